//! Synchronous invocations.

use crate::bench::{Bench, allow, arn, payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

#[test]
fn a_function_runs_as_its_role_and_writes_its_log() {
    let bench = Bench::new();
    let code = "import os\ndef handler(event, context):\n  print('hello', event['who'])\n  return {'arn': context.invoked_function_arn, 'key': os.environ['AWS_ACCESS_KEY_ID'], 'region': os.environ['AWS_REGION'], 'group': context.log_group_name}";
    bench.function("greet", code);
    let input =
        json!({"FunctionName": "greet", "LogType": "Tail", "Payload": json!({"who": "ada"}).to_string()});
    let answered = bench.call("Invoke", input).ok();
    let answer = payload(&answered);
    assert_eq!(
        (&answer["arn"], &answer["region"], &answer["group"]),
        (&json!(arn("greet")), &json!("us-east-1"), &json!("/aws/lambda/greet"))
    );
    assert_eq!(answered["ExecutedVersion"], "$LATEST");
    let tail = String::from_utf8(STANDARD.decode(answered["LogResult"].as_str().unwrap()).unwrap()).unwrap();
    let lines: Vec<&str> = tail.lines().collect();
    assert!(lines[0].starts_with("START RequestId: ") && lines[0].ends_with(" Version: $LATEST"), "{tail}");
    assert_eq!(lines[1], "hello ada");
    assert!(lines[2].starts_with("END RequestId: "), "{tail}");
    assert!(
        lines[3].contains("\tBilled Duration: ")
            && lines[3].contains("\tMemory Size: 128 MB\tMax Memory Used: ")
            && lines[3].contains("\tInit Duration: "),
        "{tail}"
    );
    assert_eq!(bench.log("greet").concat(), tail);
    // The credentials are a real session of the role.
    let role: Value = bench
        .world
        .events(kage_test::MANAGEMENT)
        .into_iter()
        .find(|event| event["eventName"] == "AssumeRole")
        .unwrap();
    assert_eq!(role["userIdentity"]["invokedBy"], "lambda.amazonaws.com");
    assert_eq!(role["responseElements"]["credentials"]["accessKeyId"], answer["key"]);
    assert_eq!(role["requestParameters"]["roleSessionName"], "greet");
}

#[test]
fn failures_are_answers_with_a_function_error() {
    let bench = Bench::new();
    let code = "import time\ndef handler(event, context):\n  if event == 'slow': time.sleep(60)\n  raise KeyError('x')";
    bench.function("fails", code);
    let answered = bench.invoke(&bench.admin, "fails", &json!(1)).ok();
    assert_eq!(answered["FunctionError"], "Unhandled");
    assert_eq!(
        (&payload(&answered)["errorType"], &payload(&answered)["errorMessage"]),
        (&json!("KeyError"), &json!("'x'"))
    );
    bench.call("UpdateFunctionConfiguration", json!({"FunctionName": "fails", "Timeout": 1})).ok();
    bench.settle();
    let answered = payload(&bench.invoke(&bench.admin, "fails", &json!("slow")).ok());
    assert_eq!(answered["errorType"], "Sandbox.Timedout");
    assert!(
        answered["errorMessage"].as_str().unwrap().ends_with(" Error: Task timed out after 1.00 seconds"),
        "{answered}"
    );
    let log = bench.log("fails");
    assert!(log.iter().any(|line| line.ends_with(" Task timed out after 1.00 seconds\n\n")), "{log:?}");
    assert!(
        log.iter().any(|line| line.starts_with("REPORT ")
            && line.contains("Duration: 1000.00 ms")
            && line.contains("Status: timeout")),
        "{log:?}"
    );
}

#[test]
fn a_role_without_permission_for_logs_leaves_none() {
    let bench = Bench::new();
    bench.set_policy("app", &allow(json!("s3:*"), "*"));
    bench.function("quiet", "def handler(e, c): return 1");
    assert_eq!(bench.answer("quiet", &json!({})), json!(1));
    let groups = bench.world.call(&bench.admin, "logs", "DescribeLogGroups", json!({})).ok();
    assert_eq!(groups["logGroups"], json!([]));
}

#[test]
fn payloads_are_json_of_limited_size() {
    let bench = Bench::new();
    bench.function("echo", "def handler(e, c): return e");
    assert_eq!(bench.answer("echo", &json!([1, "é"])), json!([1, "é"]));
    let raw = |text: &str, kind: &str| {
        bench.call("Invoke", json!({"FunctionName": "echo", "InvocationType": kind, "Payload": text}))
    };
    let bad = raw("{", "RequestResponse").err();
    assert_eq!((bad.code.as_str(), bad.status), ("InvalidRequestContentException", 400));
    assert_eq!(payload(&bench.call("Invoke", json!({"FunctionName": "echo"})).ok()), json!({}));
    let large = json!("x".repeat(1_048_580)).to_string();
    assert_eq!(raw(&large, "Event").err().code, "RequestTooLargeException");
    assert_eq!(payload(&raw(&large, "RequestResponse").ok()).as_str().unwrap().len(), 1_048_580);
    let dry = raw("{}", "DryRun").ok();
    assert_eq!(dry.get("FunctionError"), None);
}

#[test]
fn versions_and_aliases_run_their_own_code() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return ['one', c.function_version]");
    bench.call("PublishVersion", json!({"FunctionName": "f"})).ok();
    bench.call("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"})).ok();
    let code = crate::bench::zip("def handler(e, c): return ['two', c.function_version]");
    bench.call("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": code})).ok();
    bench.settle();
    assert_eq!(bench.answer("f", &json!({})), json!(["two", "$LATEST"]));
    let live = bench.call("Invoke", json!({"FunctionName": "f", "Qualifier": "live"})).ok();
    assert_eq!((payload(&live), &live["ExecutedVersion"]), (json!(["one", "1"]), &json!("1")));
    bench.call("PublishVersion", json!({"FunctionName": "f"})).ok();
    let routing = json!({"AdditionalVersionWeights": {"2": 1.0}});
    bench.call("UpdateAlias", json!({"FunctionName": "f", "Name": "live", "RoutingConfig": routing})).ok();
    assert_eq!(bench.answer("f:live", &json!({})), json!(["two", "2"]));
    let gone = bench.call("Invoke", json!({"FunctionName": "f", "Qualifier": "9"})).err();
    assert_eq!(
        (gone.code.as_str(), gone.message),
        ("ResourceNotFoundException", format!("Function not found: {}:9", arn("f")))
    );
}

#[test]
fn layers_lie_under_opt() {
    let bench = Bench::new();
    let content = json!({"ZipFile": crate::bench::archive(&[("python/shared.py", 0o100_644, b"value = 7")])});
    let layer = bench.call("PublishLayerVersion", json!({"LayerName": "shared", "Content": content})).ok();
    let mut input = bench.input("f", "import shared\ndef handler(e, c): return shared.value");
    input["Layers"] = json!([layer["LayerVersionArn"]]);
    let made = bench.call("CreateFunction", input).ok();
    assert_eq!(made["Layers"][0]["Arn"], layer["LayerVersionArn"]);
    bench.settle();
    // A deleted layer version stays with the functions that use it.
    bench.call("DeleteLayerVersion", json!({"LayerName": "shared", "VersionNumber": 1})).ok();
    assert_eq!(bench.answer("f", &json!({})), json!(7));
    let mut other = bench.input("g", "");
    other["Layers"] = json!([layer["LayerVersionArn"]]);
    assert_eq!(bench.call("CreateFunction", other).err().code, "InvalidParameterValueException");
}

#[test]
fn variables_under_a_customer_key_need_that_key() {
    let bench = Bench::new();
    let key =
        bench.world.call(&bench.admin, "kms", "CreateKey", json!({})).ok()["KeyMetadata"]["Arn"].clone();
    let mut input = bench.input("f", "import os\ndef handler(e, c): return os.environ['SECRET']");
    input["Environment"] = json!({"Variables": {"SECRET": "s3cr3t"}});
    input["KMSKeyArn"] = key.clone();
    let made = bench.call("CreateFunction", input.clone()).ok();
    assert_eq!(made["Environment"]["Variables"]["SECRET"], "s3cr3t");
    bench.settle();
    // The role decrypts by the grant that was made for it; it has no permission of its own.
    assert_eq!(bench.answer("f", &json!({})), json!("s3cr3t"));
    let eve = bench.user("eve", Some(&allow(json!("lambda:*"), "*")));
    let seen =
        bench.world.call(&eve, "lambda", "GetFunctionConfiguration", json!({"FunctionName": "f"})).ok();
    assert_eq!(seen["Environment"].get("Variables"), None);
    assert_eq!(seen["Environment"]["Error"]["ErrorCode"], "AccessDeniedException");
    bench.world.call(&bench.admin, "kms", "DisableKey", json!({"KeyId": key})).ok();
    let disabled = bench.invoke(&bench.admin, "f", &json!({})).err();
    assert_eq!((disabled.code.as_str(), disabled.status), ("KMSDisabledException", 502));
    input["FunctionName"] = json!("g");
    let refused = bench.call("CreateFunction", input).err();
    assert!(refused.message.contains("KMS Exception: DisabledException"), "{}", refused.message);
    let reserved = json!({"Variables": {"AWS_REGION": "x"}});
    let refused = bench
        .call("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Environment": reserved}))
        .err();
    assert!(
        refused.message.ends_with("Reserved keys used in this request: AWS_REGION"),
        "{}",
        refused.message
    );
}

#[test]
fn reserved_concurrency_of_zero_stops_a_function() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return 1");
    bench
        .call("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0}))
        .ok();
    let seen = bench.call("GetFunctionConcurrency", json!({"FunctionName": "f"})).ok();
    assert_eq!(seen["ReservedConcurrentExecutions"], 0);
    let throttled = bench.invoke(&bench.admin, "f", &json!({})).err();
    assert_eq!((throttled.code.as_str(), throttled.status), ("TooManyRequestsException", 429));
    let much = bench
        .call("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 901}))
        .err();
    assert!(much.message.contains("minimum value of [100]"), "{}", much.message);
    bench.call("DeleteFunctionConcurrency", json!({"FunctionName": "f"})).ok();
    assert_eq!(bench.answer("f", &json!({})), json!(1));
}

#[test]
fn a_role_that_lambda_may_not_assume_any_more_runs_nothing_once_its_session_has_ended() {
    let bench = Bench::new();
    bench.function("f", "def handler(e, c): return 1");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let input = json!({"RoleName": "app", "PolicyDocument": trust.to_string()});
    bench.world.call(&bench.admin, "iam", "UpdateAssumeRolePolicy", input).ok();
    assert_eq!(bench.answer("f", &json!({})), json!(1));
    bench.world.advance(3_600_000);
    let refused = bench.invoke(&bench.admin, "f", &json!({})).err();
    assert_eq!(refused.message, "The role defined for the function cannot be assumed by Lambda.");
}
