//! Functions that do what they should not: each is answered as AWS does, nothing is left, and the next invocation works.

use crate::common::{self, Bench, failure, json_answer, python};
use kage_core::{Invocation, Outcome, Sandbox};
use serde_json::json;
use std::time::{Duration, Instant};

/// After whatever happened, another invocation of the same function works.
fn require_usable(bench: &Bench, invocation: &Invocation) {
    let next = Invocation { payload: b"\"fine\"".to_vec(), timeout_ms: 20_000, ..invocation.clone() };
    assert_eq!(json_answer(&bench.sandbox.invoke(&next)), json!("fine"));
}

fn code(body: &str) -> String {
    format!("import os, sys, signal, socket, time\ndef handler(e, c):\n  if e == 'fine': return e\n{body}")
}

#[test]
fn a_hundred_megabytes_of_output_end_and_are_bounded() {
    let bench = Bench::new();
    let code = code(
        "  for _ in range(100): sys.stdout.write(('x' * 999 + '\\n') * 1000)\n  sys.stdout.write('y' * 3000000)\n  return 'written'",
    );
    let mut invocation = bench.invocation("python3.12", python(&code), json!(0));
    invocation.timeout_ms = 60_000;
    let result = bench.sandbox.invoke(&invocation);
    assert_eq!(json_answer(&result), json!("written"));
    let kept: usize = result.logs.iter().map(|line| line.text.len()).sum();
    assert!(kept > 0 && kept <= 104_000_000, "{kept}");
    require_usable(&bench, &invocation);
}

#[test]
fn ten_thousand_open_files_meet_a_limit() {
    let bench = Bench::new();
    let code = code(
        "  kept = []\n  try:\n    while len(kept) < 10000: kept.append(open('/dev/null'))\n  except OSError as error:\n    return [len(kept), error.errno]\n  return [len(kept), 0]",
    );
    let invocation = bench.invocation("python3.12", python(&code), json!(0));
    let answer = json_answer(&bench.sandbox.invoke(&invocation));
    // AWS: Lambda quotas, "File descriptors": 1,024; EMFILE is 24.
    assert!(answer[0].as_u64().unwrap() < 1024 && answer[1] == 24, "{answer}");
    require_usable(&bench, &invocation);
}

#[test]
fn answers_that_are_no_text_or_no_json_are_failures_or_pass_as_they_are() {
    let bench = Bench::new();
    let code = code("  return '\\udcff'");
    let invocation = bench.invocation("python3.12", python(&code), json!(0));
    let result = bench.sandbox.invoke(&invocation);
    match &result.outcome {
        Outcome::Answer(bytes) => assert_eq!(bytes, br#""\udcff""#),
        other => assert!(matches!(other, Outcome::Failed { .. }), "{other:?}"),
    }
    require_usable(&bench, &invocation);
}

#[test]
fn a_runtime_that_sends_bytes_breaks_off_or_never_asks_is_answered() {
    let bench = Bench::new();
    if !bench.is_isolated() || !std::path::Path::new("/usr/bin/python3").exists() {
        eprintln!("this host has no python3 in /usr/bin, or no namespaces");
        return;
    }
    let bootstrap = "#!/usr/bin/env python3\nimport os, socket, sys, time, urllib.request\nif os.path.exists('/opt/never'):\n  time.sleep(1000)\nif os.path.exists('/opt/leaves'):\n  sys.exit(3)\nplace = os.environ['AWS_LAMBDA_RUNTIME_API']\napi = 'http://' + place + '/2018-06-01/runtime/'\nwhile True:\n  event = urllib.request.urlopen(api + 'invocation/next')\n  text = event.read()\n  to = api + 'invocation/' + event.headers['Lambda-Runtime-Aws-Request-Id'] + '/response'\n  if text == b'1':\n    urllib.request.urlopen(urllib.request.Request(to, data=b'\\xff\\xfe\\x00'))\n    continue\n  if text == b'2':\n    host, port = place.split(':')\n    raw = socket.create_connection((host, int(port)))\n    raw.sendall(b'POST ' + to[len('http://' + place):].encode() + b' HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 1000\\r\\n\\r\\nhalf')\n    raw.close()\n    sys.exit(1)\n  if text == b'3':\n    raw = socket.create_connection((place.split(':')[0], int(place.split(':')[1])))\n    raw.sendall(b'\\x00\\xff NONSENSE' * 1000 + b'\\r\\n\\r\\n')\n    raw.close()\n  if text == b'4':\n    try:\n      urllib.request.urlopen(urllib.request.Request(api + 'invocation/another/response', data=b'1'))\n    except OSError as error:\n      text = str(getattr(error, 'code', 0)).encode()\n  urllib.request.urlopen(urllib.request.Request(to, data=text))\n";
    let files: &[(&str, u32, &[u8])] = &[("bootstrap", 0o100_755, bootstrap.as_bytes())];
    let of = |event: i32| bench.invocation("provided.al2023", common::package(files), json!(event));
    let outcome = |event: i32| bench.sandbox.invoke(&of(event)).outcome;
    assert_eq!(outcome(0), Outcome::Answer(b"0".to_vec()));
    // Bytes are passed on, or refused as no text; both leave the environment usable.
    let bytes = outcome(1);
    assert!(matches!(bytes, Outcome::Answer(_) | Outcome::Failed { .. }), "{bytes:?}");
    assert_eq!(outcome(0), Outcome::Answer(b"0".to_vec()));
    let half = failure(&bench.sandbox.invoke(&of(2)));
    assert!(half["errorType"].as_str().unwrap().starts_with("Runtime."), "{half}");
    assert_eq!(outcome(3), Outcome::Answer(b"3".to_vec()));
    // Nobody answers for another invocation.
    assert_eq!(outcome(4), Outcome::Answer(b"400".to_vec()));
    assert_eq!(outcome(0), Outcome::Answer(b"0".to_vec()));

    let with = |name: &str| {
        let mut invocation = of(0);
        invocation.layers = vec![common::package(&[(name, 0o100_644, b"1")])];
        invocation.function.revision.push_str(name);
        invocation.timeout_ms = 2_000;
        invocation
    };
    let leaves = failure(&bench.sandbox.invoke(&with("leaves")));
    assert_eq!(leaves["errorType"], "Runtime.ExitError");
    let began = Instant::now();
    let never = bench.sandbox.invoke(&with("never"));
    assert!(matches!(never.outcome, Outcome::Failed { .. }), "{never:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(outcome(0), Outcome::Answer(b"0".to_vec()));
}

#[test]
fn children_that_outlive_their_invocation_end_with_the_environment() {
    let bench = Bench::new();
    let code = code(
        "  for n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n  for _ in range(5):\n    if os.fork() == 0:\n      os.setsid()\n      os.execvp('sleep', ['sleep', '98763.125'])\n  if e == 'kill':\n    os.kill(os.getpid(), 9)\n  return 'left'",
    );
    let invocation = bench.invocation("python3.12", python(&code), json!(0));
    assert_eq!(json_answer(&bench.sandbox.invoke(&invocation)), json!("left"));
    let kill = Invocation { payload: b"\"kill\"".to_vec(), ..invocation.clone() };
    let killed = failure(&bench.sandbox.invoke(&kill));
    assert_eq!(killed["errorMessage"], "RequestId: first Error: Runtime exited with error: signal: killed");
    bench.require_ended(&["98763.125"]);
    require_usable(&bench, &invocation);
    assert_eq!(json_answer(&bench.sandbox.invoke(&invocation)), json!("left"));
    bench.sandbox.retire(&invocation.function.arn);
    bench.require_ended(&["98763.125"]);
    assert!(bench.rooms().is_empty(), "{:?}", bench.rooms());
}

#[test]
fn a_sandbox_that_ends_leaves_no_process_no_folder_and_no_mount() {
    let bench = Bench::new();
    let code = code(
        "  for n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n  if os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '98762.5'])\n  return 1",
    );
    let invocation = bench.invocation("python3.12", python(&code), json!(0));
    assert_eq!(json_answer(&bench.sandbox.invoke(&invocation)), json!(1));
    let Bench { sandbox, folder } = bench;
    drop(sandbox);
    let rooms = std::fs::read_dir(folder.path().join("sandbox/rooms")).map(Iterator::count).unwrap_or(0);
    assert_eq!(rooms, 0);
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(folder.path().to_str().unwrap()), "{mounts}");
    Bench::new().require_ended(&["98762.5"]);
}
