//! Functions, versions, aliases and layers as they are made, shown, changed and removed.

use crate::bench::{Bench, allow, archive, arn, zip};
use kage_test::{HttpRequest, MANAGEMENT};
use serde_json::{Value, json};

#[test]
fn a_function_is_shown_as_aws_does() {
    let bench = Bench::new();
    let mut input = bench.input("f", "x = 1");
    input["Tags"] = json!({"team": "red"});
    input["Description"] = json!("d");
    let made = bench.call("CreateFunction", input.clone()).ok();
    let event = bench.last();
    assert_eq!(
        (&event["eventName"], &event["eventSource"]),
        (&json!("CreateFunction20150331"), &json!("lambda.amazonaws.com"))
    );
    assert_eq!(event["requestParameters"]["functionName"], "f");
    assert!(
        !event.to_string().contains(input["Code"]["ZipFile"].as_str().unwrap()),
        "the package is not recorded"
    );
    assert_eq!((&made["State"], &made["StateReasonCode"]), (&json!("Pending"), &json!("Creating")));
    let pending = bench.invoke(&bench.admin, "f", &json!({})).err();
    assert_eq!((pending.code.as_str(), pending.status), ("ResourceConflictException", 409));
    bench.settle();
    let shown = bench.call("GetFunction", json!({"FunctionName": arn("f")})).ok();
    assert_eq!(shown["Tags"], json!({"team": "red"}));
    let mut shown = shown["Configuration"].clone();
    for member in ["RevisionId", "CodeSha256", "CodeSize"] {
        assert!(!shown[member].is_null());
        shown.as_object_mut().unwrap().remove(member);
    }
    assert_eq!(
        shown,
        json!({
            "FunctionName": "f", "FunctionArn": arn("f"), "Runtime": "python3.12", "Role": bench.role,
            "Handler": "index.handler", "Description": "d", "Timeout": 3, "MemorySize": 128,
            "LastModified": "2026-01-02T03:04:05.000+0000", "Version": "$LATEST",
            "TracingConfig": {"Mode": "PassThrough"}, "State": "Active", "LastUpdateStatus": "Successful",
            "PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
        })
    );
    let again = bench.call("CreateFunction", input).err();
    assert_eq!(
        (again.code.as_str(), again.message.as_str()),
        ("ResourceConflictException", "Function already exist: f")
    );
}

#[test]
fn what_is_no_archive_or_a_dangerous_one_is_refused() {
    let bench = Bench::new();
    let create = |code: &str| {
        let mut input = bench.input("f", "");
        input["Code"] = json!({"ZipFile": code});
        bench.call("CreateFunction", input).err()
    };
    let bad = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    for code in [
        "bm8gemlw".to_owned(),
        archive(&[("../index.py", 0o100_644, b"")]),
        archive(&[("/index.py", 0o100_644, b"")]),
        archive(&[("a", 0o120_777, b"/etc/passwd")]),
        archive(&[("a", 0o120_777, b"../../secret")]),
    ] {
        let refused = create(&code);
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("InvalidParameterValueException", bad)
        );
    }
    let bomb = vec![0; 262_144_001];
    assert_eq!(
        create(&archive(&[("a", 0o100_644, &bomb)])).message,
        "Unzipped size must be smaller than 262144000 bytes"
    );
}

#[test]
fn making_a_function_needs_the_role_and_the_role_must_trust_lambda() {
    let bench = Bench::new();
    let eve = bench.user("eve", Some(&allow(json!("lambda:*"), "*")));
    let input = bench.input("f", "");
    let denied = bench.world.call(&eve, "lambda", "CreateFunction", input.clone()).err();
    assert_eq!((denied.code.as_str(), denied.status), ("AccessDeniedException", 403));
    assert!(
        denied.message.contains(&format!("iam:PassRole on resource: {}", bench.role)),
        "{}",
        denied.message
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}]});
    let amy = bench.user("amy", Some(&policy.to_string()));
    bench.world.call(&amy, "lambda", "CreateFunction", input.clone()).ok();
    let mut other = input;
    other["FunctionName"] = json!("g");
    other["Role"] = json!(bench.make_role("vm", "ec2.amazonaws.com", None));
    let refused = bench.call("CreateFunction", other.clone()).err();
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
    );
    other["Role"] = json!(format!("arn:aws:iam::{MANAGEMENT}:role/ghost"));
    assert_eq!(bench.call("CreateFunction", other).err().message, refused.message);
}

#[test]
fn code_comes_from_s3_with_the_callers_own_permission() {
    let bench = Bench::new();
    let put = |target: &str, body: &[u8]| {
        let request =
            HttpRequest { region: "us-east-1", service: "s3", method: "PUT", target, headers: &[], body };
        bench.world.http(Some(&bench.admin), &request).ok();
    };
    put("/code", b"");
    let mut input = bench.input("f", "");
    input["Code"] = json!({"S3Bucket": "code", "S3Key": "f.zip"});
    let missing = bench.call("CreateFunction", input.clone()).err();
    assert!(
        missing.message.starts_with("Error occurred while GetObject. S3 Error Code: NoSuchKey."),
        "{}",
        missing.message
    );
    put("/code/f.zip", b"no archive");
    assert!(
        bench
            .call("CreateFunction", input.clone())
            .err()
            .message
            .starts_with("Could not unzip uploaded file.")
    );
    // Large enough to stand in a file of its own, encrypted.
    let ballast: Vec<u8> =
        (0..40_000_u32).flat_map(|number| (number.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let files: [(&str, u32, &[u8]); 2] =
        [("index.py", 0o100_644, b"def handler(e, c): return 'from S3'"), ("ballast", 0o100_644, &ballast)];
    put("/code/f.zip", &kage_zip::pack(&files).unwrap());
    bench.call("CreateFunction", input.clone()).ok();
    bench.settle();
    assert_eq!(bench.answer("f", &json!({})), json!("from S3"));
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["lambda:*", "iam:PassRole"], "Resource": "*"}]});
    let eve = bench.user("eve", Some(&policy.to_string()));
    input["FunctionName"] = json!("g");
    let denied = bench.world.call(&eve, "lambda", "CreateFunction", input).err();
    assert_eq!((denied.code.as_str(), denied.status), ("AccessDeniedException", 403));
    assert!(denied.message.contains("permission to GetObject for code/f.zip"), "{}", denied.message);
}

#[test]
fn what_is_not_modelled_is_refused_by_name() {
    let bench = Bench::new();
    for (member, value, named) in [
        ("VpcConfig", json!({"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}), "VpcConfig"),
        ("PackageType", json!("Image"), "PackageType Image"),
        ("SnapStart", json!({"ApplyOn": "PublishedVersions"}), "SnapStart"),
        ("Runtime", json!("java21"), "Runtime java21"),
        ("TracingConfig", json!({"Mode": "Active"}), "TracingConfig Active"),
        ("LoggingConfig", json!({"LogFormat": "JSON"}), "LogFormat JSON"),
    ] {
        let mut input = bench.input("f", "");
        input[member] = value;
        let refused = bench.call("CreateFunction", input).err();
        assert_eq!((refused.code.as_str(), refused.status), ("NotImplemented", 501), "{member}");
        assert!(refused.message.contains(named), "{}", refused.message);
    }
    let mut old = bench.input("f", "");
    old["Runtime"] = json!("python3.8");
    assert!(
        bench
            .call("CreateFunction", old)
            .err()
            .message
            .starts_with("The runtime parameter of python3.8 is no longer supported")
    );
}

#[test]
fn updates_change_the_latest_version_alone() {
    let bench = Bench::new();
    let made = bench.function("f", "x = 1");
    let first = bench.call("PublishVersion", json!({"FunctionName": "f", "Description": "first"})).ok();
    assert_eq!(
        (&first["Version"], &first["FunctionArn"], &first["Description"]),
        (&json!("1"), &json!(format!("{}:1", arn("f"))), &json!("first"))
    );
    // Nothing changed: the same version again.
    assert_eq!(bench.call("PublishVersion", json!({"FunctionName": "f"})).ok()["Version"], "1");
    let stale = json!({"FunctionName": "f", "MemorySize": 256, "RevisionId": "no"});
    assert_eq!(bench.call("UpdateFunctionConfiguration", stale).err().code, "PreconditionFailedException");
    let changed =
        bench.call("UpdateFunctionConfiguration", json!({"FunctionName": "f", "MemorySize": 256})).ok();
    assert_eq!((&changed["MemorySize"], &changed["LastUpdateStatus"]), (&json!(256), &json!("InProgress")));
    assert_eq!(bench.last()["eventName"], "UpdateFunctionConfiguration20150331v2");
    let busy = bench.call("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": zip("x = 2")})).err();
    assert_eq!(
        busy.message,
        format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {}",
            arn("f")
        )
    );
    bench.settle();
    let dry = bench
        .call("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": zip("x = 2"), "DryRun": true}))
        .ok();
    assert_ne!(dry["CodeSha256"], made["CodeSha256"]);
    let kept = bench.call("GetFunctionConfiguration", json!({"FunctionName": "f"})).ok();
    assert_eq!(kept["CodeSha256"], made["CodeSha256"]);
    let published = bench
        .call("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": zip("x = 2"), "Publish": true}))
        .ok();
    assert_eq!((&published["Version"], &published["CodeSha256"]), (&json!("2"), &dry["CodeSha256"]));
    bench.settle();
    let versions = bench.call("ListVersionsByFunction", json!({"FunctionName": "f"})).ok();
    let seen: Vec<&Value> =
        versions["Versions"].as_array().unwrap().iter().map(|version| &version["Version"]).collect();
    assert_eq!(seen, [&json!("$LATEST"), &json!("1"), &json!("2")]);
    assert_eq!(versions["Versions"][1]["MemorySize"], 128);
    let page = bench.call("ListVersionsByFunction", json!({"FunctionName": "f", "MaxItems": 2})).ok();
    let rest =
        bench.call("ListVersionsByFunction", json!({"FunctionName": "f", "Marker": page["NextMarker"]})).ok();
    assert_eq!(rest["Versions"][0]["Version"], "2");
}

#[test]
fn aliases_keep_their_versions() {
    let bench = Bench::new();
    bench.function("f", "x = 1");
    bench.call("PublishVersion", json!({"FunctionName": "f"})).ok();
    let input = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1", "Description": "d"});
    let made = bench.call("CreateAlias", input.clone()).ok();
    assert_eq!(
        (&made["AliasArn"], &made["FunctionVersion"]),
        (&json!(format!("{}:live", arn("f"))), &json!("1"))
    );
    assert_eq!(bench.call("CreateAlias", input).err().code, "ResourceConflictException");
    assert_eq!(bench.call("GetAlias", json!({"FunctionName": "f", "Name": "live"})).ok(), made);
    assert_eq!(
        bench.call("GetAlias", json!({"FunctionName": "f", "Name": "no"})).err().message,
        format!("Cannot find alias arn: {}:no", arn("f"))
    );
    let kept = bench.call("DeleteFunction", json!({"FunctionName": "f", "Qualifier": "1"})).err();
    assert_eq!(kept.code, "ResourceConflictException");
    let unknown = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "7"});
    assert_eq!(bench.call("UpdateAlias", unknown).err().code, "ResourceNotFoundException");
    bench.call("DeleteAlias", json!({"FunctionName": "f", "Name": "live"})).ok();
    assert_eq!(bench.call("ListAliases", json!({"FunctionName": "f"})).ok()["Aliases"], json!([]));
    bench.call("DeleteFunction", json!({"FunctionName": "f", "Qualifier": "1"})).ok();
    bench.call("DeleteFunction", json!({"FunctionName": "f"})).ok();
    assert_eq!(bench.last()["eventName"], "DeleteFunction20150331");
    let gone = bench.call("GetFunction", json!({"FunctionName": "f"})).err();
    assert_eq!(gone.message, format!("Function not found: {}", arn("f")));
    assert_eq!(bench.call("ListFunctions", json!({})).ok()["Functions"], json!([]));
}

#[test]
fn layers_have_versions_and_policies() {
    let mut bench = Bench::new();
    let (other, foreign) = bench.world.account();
    let content = json!({"ZipFile": archive(&[("python/a.py", 0o100_644, b"")])});
    let publish = || {
        bench
            .call(
                "PublishLayerVersion",
                json!({"LayerName": "l", "Content": content, "CompatibleRuntimes": ["python3.12"]}),
            )
            .ok()
    };
    publish();
    let second = publish();
    assert_eq!(
        (&second["Version"], bench.last()["eventName"].as_str()),
        (&json!(2), Some("PublishLayerVersion20181031"))
    );
    let listed = bench.call("ListLayerVersions", json!({"LayerName": "l"})).ok();
    assert_eq!(
        (&listed["LayerVersions"][0]["Version"], listed["LayerVersions"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    let layers = bench.call("ListLayers", json!({"CompatibleRuntime": "python3.12"})).ok();
    assert_eq!(layers["Layers"][0]["LatestMatchingVersion"]["Version"], 2);
    assert_eq!(
        bench.call("ListLayers", json!({"CompatibleRuntime": "nodejs22.x"})).ok()["Layers"],
        json!([])
    );
    let read = json!({"Arn": second["LayerVersionArn"]});
    assert_eq!(
        bench.world.call(&foreign, "lambda", "GetLayerVersionByArn", read.clone()).err().code,
        "AccessDeniedException"
    );
    let permit = json!({"LayerName": "l", "VersionNumber": 2, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": other});
    bench.call("AddLayerVersionPermission", permit.clone()).ok();
    assert_eq!(bench.call("AddLayerVersionPermission", permit).err().code, "ResourceConflictException");
    bench.world.call(&foreign, "lambda", "GetLayerVersionByArn", read.clone()).ok();
    let policy = bench.call("GetLayerVersionPolicy", json!({"LayerName": "l", "VersionNumber": 2})).ok();
    assert!(policy["Policy"].as_str().unwrap().contains(&format!("arn:aws:iam::{other}:root")), "{policy}");
    bench
        .call(
            "RemoveLayerVersionPermission",
            json!({"LayerName": "l", "VersionNumber": 2, "StatementId": "s"}),
        )
        .ok();
    assert_eq!(
        bench.world.call(&foreign, "lambda", "GetLayerVersionByArn", read).err().code,
        "AccessDeniedException"
    );
    bench.call("DeleteLayerVersion", json!({"LayerName": "l", "VersionNumber": 2})).ok();
    assert_eq!(publish()["Version"], 3);
}

#[test]
fn tags_are_set_and_decide() {
    let bench = Bench::new();
    bench.function("f", "");
    bench.call("TagResource", json!({"Resource": arn("f"), "Tags": {"env": "prod", "x": "y"}})).ok();
    bench.call("UntagResource", json!({"Resource": arn("f"), "TagKeys": ["x"]})).ok();
    assert_eq!(bench.call("ListTags", json!({"Resource": arn("f")})).ok()["Tags"], json!({"env": "prod"}));
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/env": "test"}}}]});
    let eve = bench.user("eve", Some(&policy.to_string()));
    let read = json!({"FunctionName": "f"});
    assert_eq!(
        bench.world.call(&eve, "lambda", "GetFunction", read.clone()).err().code,
        "AccessDeniedException"
    );
    bench.call("TagResource", json!({"Resource": arn("f"), "Tags": {"env": "test"}})).ok();
    bench.world.call(&eve, "lambda", "GetFunction", read).ok();
    assert_eq!(
        bench.call("TagResource", json!({"Resource": arn("f"), "Tags": {"aws:x": "1"}})).err().code,
        "InvalidParameterValueException"
    );
    let usage = bench.call("GetAccountSettings", json!({})).ok();
    assert_eq!(
        (&usage["AccountUsage"]["FunctionCount"], &usage["AccountLimit"]["ConcurrentExecutions"]),
        (&json!(1), &json!(1000))
    );
}
