//! Commands that speak to a running double.

use crate::kage::Desk;
use serde_json::{Value, json};

#[test]
fn env_prints_what_tools_need() {
    let desk = Desk::new();
    let up = desk.up(&["--ephemeral"]);
    let env = desk.run(&["env", "--format", "json", "--region", "eu-west-1"]).good().json();
    assert_eq!(env["AWS_ENDPOINT_URL"], up.ready["endpoint"]);
    assert_eq!(env["AWS_ACCOUNT_ID"], "111111111111");
    assert_eq!(env["AWS_REGION"], "eu-west-1");
    assert!(env["AWS_ACCESS_KEY_ID"].as_str().unwrap().starts_with("AKIA"));
    assert_eq!(env.get("AWS_CA_BUNDLE"), None);

    let tls = desk.run(&["env", "--tls", "--json"]).good().json();
    assert_eq!(tls["AWS_ENDPOINT_URL"], up.ready["tls_endpoint"]);
    assert_eq!(tls["AWS_CA_BUNDLE"], up.ready["ca_file"]);

    let key = env["AWS_ACCESS_KEY_ID"].as_str().unwrap();
    let sh = desk.run(&["env"]).good().out();
    assert!(sh.contains(&format!("export AWS_ACCESS_KEY_ID={key}\n")), "{sh}");
    assert!(sh.contains("unset AWS_SESSION_TOKEN\n"), "{sh}");
    let profile = desk.run(&["env", "--format", "profile"]).good().out();
    assert!(profile.contains("[profile kage-111111111111-admin]"), "{profile}");
    assert!(profile.contains(&format!("aws_access_key_id = {key}")), "{profile}");

    let root = desk.run(&["env", "--root", "--json"]).good().json();
    assert_ne!(root["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"]);
    let nobody = desk.run(&["env", "--user", "nobody"]);
    assert_eq!((nobody.code(), nobody.out().as_str()), (1, ""));
    assert!(nobody.err().contains("nobody"), "{}", nobody.err());
}

#[test]
fn clock_and_snapshots_are_moved_by_hand() {
    let desk = Desk::new();
    let _up = desk.up(&["--ephemeral"]);
    desk.run(&["clock", "set", "2037-01-01T00:00:00Z"]).good();
    assert_eq!(
        desk.run(&["snapshot", "save", "a name", "--json"]).good().json(),
        json!({ "saved": "a name" })
    );
    let moved = desk.run(&["clock", "advance", "31d", "--json"]).good().json();
    assert!(moved["now"].as_str().unwrap().starts_with("2037-02-01T00:0"), "{moved}");
    desk.run(&["snapshot", "restore", "a name"]).good();
    let shown = desk.run(&["clock", "show"]).good().out();
    assert!(shown.starts_with("2037-01-01T00:0"), "{shown}");
    assert!(desk.run(&["snapshot", "list"]).good().out().contains("a name"));
    desk.run(&["snapshot", "remove", "a name"]).good();
    let listed = desk.run(&["snapshot", "list", "--json"]).good().json();
    assert_eq!(listed["snapshots"].as_array().unwrap().len(), 1, "the first state stays: {listed}");
    for refused in
        [&["clock", "advance", "soon"][..], &["snapshot", "restore", "a name"], &["why", "no-such-id"]]
    {
        let done = desk.run(&[refused, &["--json"]].concat());
        assert_eq!(done.code(), 1, "{refused:?}");
        let said: Value = serde_json::from_str(&done.err()).unwrap();
        assert!(said["error"].is_string() && said["hint"].is_string(), "{said}");
    }
}

#[test]
fn a_fork_goes_its_own_way() {
    let desk = Desk::new();
    let _up = desk.up(&["--ephemeral"]);
    let key = desk.run(&["env", "--json"]).good().json()["AWS_ACCESS_KEY_ID"].clone();
    desk.run(&["fork", "branch"]).good();
    let again = desk.run(&["fork", "branch"]);
    assert_eq!(again.code(), 1);
    assert!(again.err().contains("not empty"), "{}", again.err());
    let forked = desk.up(&["--data", "branch"]);
    assert!(forked.text("data").ends_with("branch"));
    let env = desk.run(&["env", "--json", "--data", "branch"]).good().json();
    assert_eq!(env["AWS_ACCESS_KEY_ID"], key);
    assert_eq!(env["AWS_ENDPOINT_URL"], forked.ready["endpoint"]);
}

#[test]
fn a_double_is_found_by_flag_variable_or_file() {
    let desk = Desk::new();
    let up = desk.up(&["--ephemeral"]);
    let (admin, data) = (up.text("admin"), up.text("data"));
    let token = desk.run(&["accounts", "--data", data, "--json"]).good().json();
    assert_eq!(token["accounts"][0]["id"], "111111111111");
    desk.run(&["accounts", "--admin", admin]).good();
    desk.run_with(&[("KAGE_DATA", data)], &["accounts"]).good();
    // From another place the token must be said.
    let elsewhere = Desk::new();
    assert_eq!(elsewhere.run(&["accounts"]).code(), 3);
    assert_eq!(elsewhere.run(&["accounts", "--admin", admin]).code(), 2);
    let wrong = elsewhere.run(&["accounts", "--admin", admin, "--token", "wrong"]);
    assert_eq!(wrong.code(), 1);
    assert!(wrong.err().contains("token"), "{}", wrong.err());
    let file = desk.run_with(&[("KAGE_DATA", data)], &["ca", "--json"]).good().json();
    assert_eq!(file["file"], up.ready["ca_file"]);
    // An explicit directory means that double and no other.
    assert_eq!(desk.run(&["accounts", "--data", "nowhere"]).code(), 3);
}

#[test]
fn doctor_looks_at_the_machine_and_the_double() {
    let desk = Desk::new();
    let _up = desk.up(&["--ephemeral"]);
    let report = desk.run(&["doctor", "--json"]).good().json();
    assert_eq!(report["ok"], true);
    let of = |check: &str| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings.filter(|it| it["check"] == check).map(|it| it["verdict"].clone()).collect::<Vec<_>>()
    };
    for check in ["double", "clock", "data directory", "version"] {
        assert_eq!(of(check), [json!("ok")], "{check}: {report}");
    }
    // A file stands where the data directory should be.
    let blocked = desk.run(&["doctor", "--json", "--data", "/dev/null/x"]);
    assert_eq!(blocked.code(), 1);
    assert_eq!(blocked.json()["ok"], false);
}
