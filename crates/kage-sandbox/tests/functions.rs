//! Real functions in real processes.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests watch processes and files from outside, and stop where an expectation breaks"
)]

mod common;
mod hostile;

use common::{Bench, failure, json_answer, python};
use kage_core::{Outcome, Sandbox};
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_python_function_answers_and_its_environment_is_reused() {
    let bench = Bench::new();
    let code = "import os\ncount = 0\nprint('starting')\ndef handler(event, context):\n  global count\n  count += 1\n  print('hello', event['name'])\n  return {'count': count, 'name': context.function_name, 'arn': context.invoked_function_arn, 'id': context.aws_request_id, 'memory': context.memory_limit_in_mb, 'left': 0 < context.get_remaining_time_in_millis() <= 10000, 'mine': os.environ['MINE'], 'key': os.environ['AWS_ACCESS_KEY_ID'], 'root': os.environ['LAMBDA_TASK_ROOT'] == os.getcwd()}";
    let mut first = bench.invocation("python3.12", python(code), json!({"name": "ada"}));
    first.environment = vec![("MINE".to_owned(), "it's $HOME \"x\"\nline".to_owned())];
    let mut second = first.clone();
    second.request_id = "second".to_owned();
    let one = bench.sandbox.invoke(&first);
    let answer = json_answer(&one);
    assert_eq!(answer["count"], 1);
    assert_eq!(answer["mine"], "it's $HOME \"x\"\nline");
    assert_eq!(
        (&answer["id"], &answer["memory"], &answer["left"], &answer["root"]),
        (&json!("first"), &json!("128"), &json!(true), &json!(true))
    );
    assert_eq!(
        (answer["key"].as_str(), answer["arn"].as_str()),
        (Some("ASIA1"), Some(first.invoked_arn.as_str()))
    );
    let texts = |lines: &[kage_core::LogLine]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    assert_eq!(
        (texts(&one.init_logs), texts(&one.logs)),
        (vec!["starting".to_owned()], vec!["hello ada".to_owned()])
    );
    assert!(one.init_us.is_some() && one.max_memory_mb > 0);
    let two = bench.sandbox.invoke(&second);
    assert_eq!(json_answer(&two)["count"], 2);
    assert_eq!(
        (json_answer(&two)["id"].as_str(), two.init_us, two.init_logs.len()),
        (Some("second"), None, 0)
    );
    // Other credentials, another revision or a retirement: a new environment.
    bench.sandbox.retire(&first.function.arn);
    assert_eq!(json_answer(&bench.sandbox.invoke(&first))["count"], 1);
    let mut renewed = first.clone();
    renewed.credentials.access_key = "ASIA2".to_owned();
    assert_eq!(json_answer(&bench.sandbox.invoke(&renewed))["key"], "ASIA2");
}

#[test]
fn errors_are_reported_as_aws_does() {
    let bench = Bench::new();
    let run = |handler: &str, code: &str| {
        let mut invocation = bench.invocation("python3.12", python(code), json!({}));
        invocation.handler = handler.to_owned();
        bench.sandbox.invoke(&invocation)
    };
    let thrown = run(
        "index.handler",
        "def inner():\n  raise ValueError('no')\ndef handler(event, context):\n  inner()",
    );
    let error = failure(&thrown);
    assert_eq!(
        (&error["errorType"], &error["errorMessage"], &error["requestId"]),
        (&json!("ValueError"), &json!("no"), &json!("first"))
    );
    assert_eq!(error["stackTrace"].as_array().unwrap().len(), 2, "{error}");
    assert!(error["stackTrace"][1].as_str().unwrap().contains("line 2, in inner"), "{error}");
    assert!(
        thrown.logs[0].text.starts_with("[ERROR] ValueError: no\nTraceback (most recent call last):\n"),
        "{:?}",
        thrown.logs
    );
    let missing = failure(&run("index.handler", "import no_such_module"));
    assert_eq!(missing["errorType"], "Runtime.ImportModuleError");
    assert_eq!(missing["errorMessage"], "Unable to import module 'index': No module named 'no_such_module'");
    assert_eq!(failure(&run("index.other", ""))["errorMessage"], "Handler 'other' missing on module 'index'");
    assert_eq!(failure(&run("index", ""))["errorType"], "Runtime.MalformedHandlerName");
    assert_eq!(failure(&run("index.handler", "def x(:"))["errorType"], "Runtime.UserCodeSyntaxError");
    let odd = failure(&run("index.handler", "def handler(e, c): return {1, 2}"));
    assert_eq!(
        odd["errorMessage"],
        "Unable to marshal response: Object of type set is not JSON serializable"
    );
    let exit = failure(&run("index.handler", "import os\ndef handler(e, c): os._exit(3)"));
    assert_eq!(
        exit,
        json!({"errorType": "Runtime.ExitError", "errorMessage": "RequestId: first Error: Runtime exited with error: exit status 3"})
    );
    let none = failure(&run("index.handler", "import os\ndef handler(e, c): os._exit(0)"));
    assert_eq!(none["errorMessage"], "RequestId: first Error: Runtime exited without providing a reason");
    let large = failure(&run("index.handler", "def handler(e, c): return 'x' * 7000000"));
    assert_eq!(large["errorType"], "Function.ResponseSizeTooLarge");
}

#[test]
fn logging_records_carry_level_time_and_request() {
    let bench = Bench::new();
    let code = "import logging\nlogging.getLogger().setLevel('INFO')\ndef handler(e, c):\n  logging.info('two\\nlines')\n  print('last', end='')";
    let result = bench.sandbox.invoke(&bench.invocation("python3.12", python(code), json!({})));
    assert_eq!(json_answer(&result), json!(null));
    let text = &result.logs[0].text;
    assert!(text.starts_with("[INFO]\t20") && text.ends_with("Z\tfirst\ttwo\nlines"), "{text:?}");
}

#[test]
fn a_function_that_takes_too_long_ends_with_everything_it_started() {
    let bench = Bench::new();
    // It ignores every signal it can, and its child leaves the process group.
    let code = "import os, signal, time, subprocess\ndef handler(e, c):\n  for n in (1, 2, 3, 15): signal.signal(n, signal.SIG_IGN)\n  subprocess.Popen(['setsid', 'sleep', '98765.25'])\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n      while True: time.sleep(98765.5)\n    os._exit(0)\n  print('asleep')\n  time.sleep(1000)";
    let mut invocation = bench.invocation("python3.12", python(code), json!({}));
    invocation.timeout_ms = 1500;
    let began = Instant::now();
    let result = bench.sandbox.invoke(&invocation);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(
        failure(&result),
        json!({"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: first Error: Task timed out after 1.50 seconds"})
    );
    assert_eq!((result.duration_us, result.logs[0].text.as_str()), (1_500_000, "asleep"));
    bench.require_ended(&["98765.25"]);
    assert!(bench.rooms().is_empty(), "{:?}", bench.rooms());
}

#[test]
fn a_function_over_its_memory_is_killed() {
    let bench = Bench::new();
    let code = "def handler(e, c):\n  kept = []\n  while True: kept.append(bytearray(b'x' * 1000000))";
    let result = bench.sandbox.invoke(&bench.invocation("python3.12", python(code), json!({})));
    assert_eq!(
        failure(&result)["errorMessage"],
        "RequestId: first Error: Runtime exited with error: signal: killed"
    );
    assert!(result.max_memory_mb > 128, "{}", result.max_memory_mb);
    assert!(bench.rooms().is_empty());
}

#[test]
fn a_function_that_fills_its_disk_meets_the_limit() {
    let bench = Bench::new();
    let code = "import os\ndef handler(e, c):\n  n = 0\n  try:\n    with open(os.environ.get('TMPDIR', '/tmp') + '/f', 'wb') as f:\n      while True: n += f.write(b'x' * 1000000)\n  except OSError as error:\n    return [n, error.errno]";
    let mut invocation = bench.invocation("python3.12", python(code), json!({}));
    invocation.storage_mb = 20;
    let answer = json_answer(&bench.sandbox.invoke(&invocation));
    let bytes = answer[0].as_u64().unwrap();
    assert!((15_000_000..=20 << 20).contains(&bytes), "{answer}");
}

#[test]
fn a_fork_bomb_meets_the_limit_and_leaves_nothing() {
    let bench = Bench::new();
    if !bench.is_isolated() {
        eprintln!("this host allows no namespaces: forks are not limited here");
        return;
    }
    let code = "import os, time\ndef handler(e, c):\n  n = 0\n  try:\n    while n < 3000:\n      if os.fork() == 0:\n        time.sleep(97531)\n      n += 1\n  except OSError as error:\n    return [n, error.errno]";
    let mut invocation = bench.invocation("python3.12", python(code), json!({}));
    invocation.memory_mb = 2048;
    invocation.timeout_ms = 60_000;
    let answer = json_answer(&bench.sandbox.invoke(&invocation));
    assert!((500..1024).contains(&answer[0].as_i64().unwrap()) && answer[1] == 11, "{answer}");
    bench.sandbox.retire(&invocation.function.arn);
    assert!(bench.rooms().is_empty());
}

#[test]
fn a_room_shows_nothing_of_the_host_and_nothing_of_others() {
    let bench = Bench::new();
    if !bench.is_isolated() {
        eprintln!("this host allows no namespaces: files are not hidden here");
        return;
    }
    let secret = bench.folder.path().join("secret");
    std::fs::write(&secret, "x").unwrap();
    let code = "import os, socket\ndef tries(work):\n  try:\n    work()\n    return 'done'\n  except OSError as error:\n    return type(error).__name__\ndef handler(e, c):\n  return {'secret': os.path.exists(e['secret']), 'root': sorted(os.listdir('/')), 'home': os.path.exists('/home'), 'task': tries(lambda: open('/var/task/new', 'w')), 'usr': tries(lambda: open('/usr/new', 'w')), 'etc': tries(lambda: open('/etc/new', 'w')), 'door': tries(lambda: open('/run/kage/new', 'w')), 'dev': tries(lambda: open('/dev/new', 'w')), 'null': tries(lambda: open('/dev/null', 'w').write('x')), 'root_dir': tries(lambda: open('/new', 'w')), 'net': tries(lambda: socket.create_connection(('192.0.2.1', 80), 1)), 'host': tries(lambda: socket.create_connection(('127.0.0.1', e['port']), 1)), 'processes': len([n for n in os.listdir('/proc') if n.isdigit()]), 'tmp': os.listdir('/tmp'), 'uid': os.getuid(), 'caps': [line for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapBnd', 'NoNewPrivs'))], 'mount': os.system('mount -t tmpfs x /tmp 2>/dev/null') != 0}";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let event = json!({"secret": secret, "port": port});
    let seen = json_answer(&bench.sandbox.invoke(&bench.invocation("python3.12", python(code), event)));
    assert_eq!((&seen["secret"], &seen["home"], &seen["tmp"]), (&json!(false), &json!(false), &json!([])));
    for place in ["task", "usr", "etc", "door", "dev", "root_dir"] {
        assert_ne!(seen[place], "done", "{place}: {seen}");
    }
    assert!(seen["processes"].as_u64().unwrap() < 10, "{seen}");
    assert_eq!((&seen["mount"], &seen["null"]), (&json!(true), &json!("done")));
    assert!(seen["caps"][0].as_str().unwrap().contains("0000000000000000"), "{seen}");
    assert!(seen["caps"][2].as_str().unwrap().contains('1'), "{seen}");
    if bench.has_own_network() {
        assert_ne!(seen["net"], "done");
        assert_eq!(seen["host"], "ConnectionRefusedError");
    }
}

#[test]
fn a_function_reaches_the_endpoint_of_the_double() {
    let bench = Bench::with_endpoint();
    let code = "import os, urllib.request\ndef handler(e, c):\n  return urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/hi').read().decode()";
    let result = bench.sandbox.invoke(&bench.invocation("python3.12", python(code), json!({})));
    assert_eq!(json_answer(&result), json!("GET /hi"));
}

#[test]
fn environments_work_side_by_side_up_to_a_number_and_then_there_is_no_place() {
    let bench = Bench::built(|settings| {
        settings.rooms = 2;
        settings.patience = Duration::ZERO;
    });
    let code = "import time\ndef handler(e, c):\n  time.sleep(e)\n  return e";
    let long = bench.invocation("python3.12", python(code), json!(2));
    let results = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| bench.sandbox.invoke(&long))).collect();
        runs.into_iter().map(|run| run.join().unwrap().outcome).collect::<Vec<_>>()
    });
    let count = |wanted: &Outcome| results.iter().filter(|outcome| *outcome == wanted).count();
    assert_eq!((count(&Outcome::Answer(b"2".to_vec())), count(&Outcome::Busy)), (2, 1), "{results:?}");
    // Of one function no more run than it may have.
    let one = kage_core::Invocation { concurrency: Some(1), ..long };
    let results = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| bench.sandbox.invoke(&one))).collect();
        runs.into_iter().map(|run| run.join().unwrap().outcome).collect::<Vec<_>>()
    });
    assert!(
        results.contains(&Outcome::Throttled) && results.contains(&Outcome::Answer(b"2".to_vec())),
        "{results:?}"
    );
    // Another function takes the place of the longest idle one.
    let mut other = bench.invocation("python3.12", python(code), json!(0));
    other.function.arn.push('2');
    assert_eq!(json_answer(&bench.sandbox.invoke(&other)), json!(0));
    assert_eq!(bench.rooms().len(), 2);
}

#[test]
fn an_idle_environment_is_frozen() {
    let bench = Bench::new();
    let code = "import threading, time\nticks = 0\ndef run():\n  global ticks\n  while True:\n    time.sleep(0.005)\n    ticks += 1\nthreading.Thread(target=run, daemon=True).start()\ndef handler(e, c):\n  time.sleep(0.05)\n  return ticks";
    let invocation = bench.invocation("python3.12", python(code), json!({}));
    let first = json_answer(&bench.sandbox.invoke(&invocation)).as_i64().unwrap();
    assert!(first > 0);
    std::thread::park_timeout(Duration::from_secs(1));
    let second = json_answer(&bench.sandbox.invoke(&invocation)).as_i64().unwrap();
    assert!(second - first < 100, "{first} {second}: 200 ticks would have passed");
}

#[test]
fn the_weaker_way_works_and_says_that_it_is_weaker() {
    let bench = Bench::built(|settings| settings.without_namespaces = true);
    let code = "import os, time, subprocess\ndef handler(e, c):\n  if e == 'sleep':\n    subprocess.Popen(['setsid', 'sleep', '98764.75'])\n    time.sleep(100)\n  return os.listdir(os.environ['LAMBDA_TASK_ROOT'])";
    let answer = json_answer(&bench.sandbox.invoke(&bench.invocation("python3.12", python(code), json!(1))));
    assert_eq!(answer, json!(["index.py"]));
    let mut slow = bench.invocation("python3.12", python(code), json!("sleep"));
    slow.timeout_ms = 1000;
    assert_eq!(failure(&bench.sandbox.invoke(&slow))["errorType"], "Sandbox.Timedout");
    bench.require_ended(&["98764.75"]);
    let weaker: Vec<String> =
        bench.sandbox.capabilities().into_iter().filter(|one| !one.full).map(|one| one.name).collect();
    for name in ["files", "network", "processes", "storage"] {
        assert!(weaker.contains(&name.to_owned()), "{weaker:?}");
    }
}

#[test]
fn node_functions_answer_by_promise_and_by_callback() {
    let bench = Bench::new();
    if !bench.sandbox.capabilities().iter().any(|one| one.name == "runtime nodejs" && one.full) {
        eprintln!("this host has no node");
        return;
    }
    let code = "exports.handler = async (event, context) => { console.log('hi', event.a); return { id: context.awsRequestId, left: context.getRemainingTimeInMillis() > 0 }; };\nexports.back = (event, context, callback) => { setTimeout(() => callback(null, 'later'), 20); };\nexports.fails = async () => { throw new TypeError('no'); };\nexports.nested = { deep: async () => 7 };\nexports.crash = () => { setTimeout(() => { throw new Error('boom'); }, 1); };";
    let run = |handler: &str| {
        let files: &[(&str, u32, &[u8])] = &[("index.js", 0o100_644, code.as_bytes())];
        let mut invocation = bench.invocation("nodejs22.x", common::package(files), json!({"a": 1}));
        invocation.handler = format!("index.{handler}");
        invocation.function.revision.push_str(handler);
        bench.sandbox.invoke(&invocation)
    };
    let promised = run("handler");
    assert_eq!(json_answer(&promised), json!({"id": "first", "left": true}));
    assert!(promised.logs[0].text.ends_with("Z\tfirst\tINFO\thi 1"), "{:?}", promised.logs);
    assert_eq!(json_answer(&run("back")), json!("later"));
    assert_eq!(json_answer(&run("nested.deep")), json!(7));
    let failed = failure(&run("fails"));
    assert_eq!((&failed["errorType"], &failed["errorMessage"]), (&json!("TypeError"), &json!("no")));
    assert!(failed["trace"][1].as_str().unwrap().contains("/index.js:3"), "{failed}");
    assert_eq!(failure(&run("none"))["errorMessage"], "index.none is undefined or not exported");
    assert_eq!(failure(&run("crash"))["errorMessage"], "boom");
    let module: &[(&str, u32, &[u8])] =
        &[("index.mjs", 0o100_644, b"export const handler = async () => import.meta.url;")];
    let result = bench.sandbox.invoke(&bench.invocation("nodejs22.x", common::package(module), json!({})));
    assert!(json_answer(&result).as_str().unwrap().ends_with("/index.mjs"));
}

#[test]
fn a_custom_runtime_and_layers_work() {
    let bench = Bench::new();
    // A bootstrap as users write them; the host's python is only its interpreter.
    let bootstrap = "#!/usr/bin/env python3\nimport os, urllib.request\napi = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/'\nwhile True:\n  event = urllib.request.urlopen(api + 'invocation/next')\n  text = event.read() + open('/opt/word').read().encode()\n  place = api + 'invocation/' + event.headers['Lambda-Runtime-Aws-Request-Id'] + '/response'\n  urllib.request.urlopen(urllib.request.Request(place, data=text))\n";
    let python3 = std::path::Path::new("/usr/bin/python3").exists();
    if !bench.is_isolated() || !python3 {
        eprintln!("this host has no python3 in /usr/bin, or no namespaces for /opt");
        return;
    }
    let code = common::package(&[("bootstrap", 0o100_755, bootstrap.as_bytes())]);
    let mut invocation = bench.invocation("provided.al2023", code, json!(1));
    let lower: &[(&str, u32, &[u8])] =
        &[("word", 0o100_644, b"0"), ("python/mine.py", 0o100_644, b"value = 5")];
    invocation.layers = vec![common::package(lower), common::package(&[("word", 0o100_644, b"2")])];
    assert_eq!(json_answer(&bench.sandbox.invoke(&invocation)), json!(12));
    let mut python = bench.invocation(
        "python3.13",
        python("import mine\ndef handler(e, c): return mine.value"),
        json!({}),
    );
    python.layers = invocation.layers;
    assert_eq!(json_answer(&bench.sandbox.invoke(&python)), json!(5));
    let nothing = common::package(&[("other", 0o100_755, b"")]);
    let failed = failure(&bench.sandbox.invoke(&bench.invocation("provided.al2023", nothing, json!(1))));
    assert_eq!(failed["errorType"], "Runtime.ExitError");
}

#[test]
fn extra_packages_are_found_last() {
    let extra = tempfile::tempdir().unwrap();
    std::fs::write(extra.path().join("extra_module.py"), "name = 'extra'").unwrap();
    std::fs::write(extra.path().join("both.py"), "name = 'extra'").unwrap();
    let bench = Bench::built(|settings| settings.python_packages = Some(extra.path().to_path_buf()));
    let code = common::package(&[
        (
            "index.py",
            0o100_644,
            b"import extra_module, both\ndef handler(e, c): return [extra_module.name, both.name]",
        ),
        ("both.py", 0o100_644, b"name = 'own'"),
    ]);
    let answer = json_answer(&bench.sandbox.invoke(&bench.invocation("python3.12", code, json!({}))));
    assert_eq!(answer, json!(["extra", "own"]));
}
