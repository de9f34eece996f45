//! Whole rehearsals against a fake `aws` on PATH and a fake admin API.

#![expect(clippy::disallowed_methods, reason = "these tests stand in for the user's machine")]

mod world;

use std::path::Path;

use kage_rehearse::admin::Admin;
use kage_rehearse::double::Double;
use kage_rehearse::{Options, junit, run};
use world::World;

const GOOD: &str = r#"# Bob and his key

```kage
accounts: mgmt, app
```

## Given

```sh
aws iam create-access-key > bob-key.json
BOB_KEY=$(grep -o 'AKIA[A-Z]*' bob-key.json)
echo shared > note.txt
```
```kage
profile bob from bob-key.json
profile app-root root of app
clock advance 31d
```

## Variant: bob is refused
<!-- claims: ID-POLICY-02 -->

```json file=who.json expand
{"key": "${BOB_KEY}", "account": "${APP_ACCOUNT}", "user": "${aws:username}"}
```

```sh profile=bob
echo mine > note.txt
MINE=1
aws iam list-users
```
```expect
error AccessDenied when calling ListUsers contains "explicit deny"
event ListUsers by "bob" within 5m
no event DeleteTrail by "mallory"
```

```sh
cat who.json
```
```output
{"key": "AKIABOB", "account": "222222222222", "user": "${…}"}
```

## Variant: the administrator is not

```sh
cat note.txt
echo "${MINE-unset} $BOB_KEY"
```
```output
shared
unset AKIABOB
```

```sh profile=app-root
aws iam list-users
```
```expect
json Users[].UserName == ["bob"]
```
"#;

#[test]
fn a_rehearsal_that_passes() {
    let world = World::new();
    let report = world.run(GOOD);
    assert_eq!(
        world.told(&report),
        "demo.md  Bob and his key\n  \
         passed   Given (2 steps)\n  \
         passed   Variant: bob is refused (3 steps)\n  \
         passed   Variant: the administrator is not (2 steps)\n\n\
         1 file, 3 passed, 0 failed, 10 checks, claims 1 of 1 proven\n"
    );
    assert_eq!(report.exit_code(), 0);
}

/// Asked again whenever the clock or the state was moved, since sessions end.
const ADMINISTRATORS: [&str; 2] = [
    r#"POST /v1/credentials {"account":"111111111111"}"#,
    r#"POST /v1/credentials {"account":"222222222222"}"#,
];

#[test]
fn sessions_of_administrators_are_renewed_when_the_clock_has_moved() {
    let world = World::new();
    assert!(world.run(GOOD).passed());
    let asked = world.asked();
    let moved = asked.iter().position(|line| line.starts_with("POST /v1/clock")).expect("moved");
    let mut renewed = asked[moved + 1..moved + 3].to_vec();
    renewed.sort();
    assert_eq!(renewed, ADMINISTRATORS);
}

#[test]
fn what_is_asked_of_the_double_and_with_which_keys() {
    let world = World::new();
    assert!(world.run(GOOD).passed());
    let asked: Vec<String> = world
        .asked()
        .into_iter()
        .filter(|line| line != "GET /v1/clock" && !ADMINISTRATORS.contains(&line.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            r#"POST /v1/snapshots {"save":"rehearse-before-PID"}"#,
            "GET /v1/accounts",
            r#"POST /v1/credentials {"account":"222222222222","root":true}"#,
            r#"POST /v1/clock {"advance":"31d"}"#,
            r#"POST /v1/snapshots {"save":"rehearse-given-PID"}"#,
            "POST /v1/snapshots/rehearse-given-PID/restore {}",
            "DELETE /v1/snapshots/rehearse-given-PID",
            "POST /v1/snapshots/rehearse-before-PID/restore {}",
            "DELETE /v1/snapshots/rehearse-before-PID",
        ]
    );
    assert_eq!(
        world.calls(),
        [
            "mgmt AKIAADMIN1 http://127.0.0.1:9 organizations create-account",
            "mgmt AKIAADMIN1 http://127.0.0.1:9 organizations describe-create-account-status",
            "mgmt AKIAADMIN1 http://127.0.0.1:9 iam create-access-key",
            "bob AKIABOB http://127.0.0.1:9 iam list-users",
            "mgmt AKIAADMIN1 http://127.0.0.1:9 cloudtrail lookup-events",
            "mgmt AKIAADMIN1 http://127.0.0.1:9 cloudtrail lookup-events",
            "app-root AKIAROOT2 http://127.0.0.1:9 iam list-users",
        ]
    );
}

const BAD: &str = r#"# Bob is let in

## Given

```sh
aws iam create-access-key > bob-key.json
```
```kage
profile bob from bob-key.json
```

## Variant: bob may look
<!-- claims: ID-POLICY-02 -->

```sh profile=bob name="Bob lists users"
aws iam list-users
```
```expect
json Users[0].UserName == "bob"
```

```sh
echo never
```

## Variant: this one is fine
<!-- claims: ID-POLICY-03 -->

```sh
aws iam list-users
```
```expect
output contains "bob"
```
"#;

#[test]
fn a_rehearsal_that_fails_says_where_what_and_why() {
    let world = World::new();
    let report = world.run(BAD);
    assert_eq!(report.exit_code(), 1);
    assert_eq!(
        world.told(&report),
        r#"demo.md  Bob is let in
  passed   Given (2 steps)
  FAILED   Variant: bob may look (2 steps)

    demo.md:15  Bob lists users  (profile bob)
      | aws iam list-users
    expected  exit 0 (nothing else is said)   (line 15)
    came      exit 255, AccessDenied from ListUsers
    expected  json Users[0].UserName == "bob"   (line 19)
    came      stdout is not JSON: EOF while parsing a value at line 1 column 0
    stderr
      | An error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::111111111111:user/bob is not authorized to perform: iam:ListUsers with an explicit deny in an identity-based policy
    why
      | DENIED by statement 1 of policy deny-all

  passed   Variant: this one is fine (1 step)

1 file, 2 passed, 1 failed, 5 checks, claims 1 of 2 proven
"#
    );
}

#[test]
fn the_json_report_tells_the_same() {
    let world = World::new();
    let json = world.run(BAD).to_json();
    assert_eq!(json["passed"], false);
    let failed = &json["files"][0]["sections"][1];
    assert_eq!((&failed["end"], &failed["line"]), (&"failed".into(), &12.into()));
    assert_eq!(failed["steps"][0]["checks"][1]["passed"], false);
    assert_eq!(failed["steps"][0]["why"], "DENIED by statement 1 of policy deny-all\n");
    assert_eq!(failed["steps"][1]["end"], "not run");
}

/// Reads the XML with a parser and counts what the attributes promise.
#[test]
fn the_junit_report_is_well_formed_and_counts_right() {
    use quick_xml::events::Event;
    let world = World::new();
    let document = BAD.replace("Bob lists users", "Bob <lists> & 'users'");
    let xml = junit::render(&world.run(&document));
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut cases, mut failures, mut skipped, mut open) = (0, 0, 0, Vec::new());
    let mut promised = String::new();
    loop {
        let event = reader.read_event().expect("well formed");
        let (name, closes) = match &event {
            Event::Eof => break,
            Event::Start(tag) => (tag.name(), false),
            Event::Empty(tag) => (tag.name(), true),
            Event::End(tag) => {
                assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref()));
                continue;
            }
            _ => continue,
        };
        let name = name.as_ref().to_owned();
        match name.as_str() {
            "testcase" => cases += 1,
            "failure" => failures += 1,
            "skipped" => skipped += 1,
            "testsuites" => promised = format!("{event:?}").replace("\\\"", "\""),
            _ => {}
        }
        if !closes {
            open.push(name);
        }
    }
    assert!(open.is_empty());
    assert_eq!((cases, failures, skipped), (5, 1, 1));
    assert!(promised.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{promised}");
}

#[test]
fn a_document_that_cannot_fail_is_refused_and_nothing_is_run() {
    let world = World::new();
    let report = world.run("# Only words\n\n## When\n\n```sh\naws iam list-users\n```\n");
    assert_eq!(
        world.told(&report),
        "demo.md\n  refused: this rehearsal expects nothing, so it cannot fail\n\n\
         1 file, 0 passed, 0 failed, 1 refused, 0 checks, claims 0 of 0 proven\n"
    );
    assert_eq!(report.exit_code(), 2);
    assert!(world.asked().is_empty() && world.calls().is_empty());
}

#[test]
fn when_given_fails_no_variant_is_run() {
    let world = World::new();
    let report = world.run(&BAD.replace("## Given\n", "## Given\n```kage\nclock advance 99d\n```\n"));
    let told = world.told(&report);
    assert!(told.contains("FAILED   Given (3 steps)"), "{told}");
    assert!(told.contains("answered 400: too far"), "{told}");
    assert!(told.contains("not run  Variant: bob may look"), "{told}");
    assert_eq!(report.exit_code(), 1);
    assert!(world.calls().is_empty());
}

#[test]
fn a_missing_aws_cli_and_a_wrong_token_are_said_plainly() {
    let world = World::new();
    let options = Options { search_path: "/nowhere".into(), ..world.options(GOOD) };
    assert!(world.told(&run(&options)).contains("refused: the AWS CLI (`aws`) is not on PATH"));
    let admin = Admin { token: "guess".into(), ..world.admin.clone() };
    let options = Options {
        double: Double::Running { endpoint: "http://127.0.0.1:9".into(), admin },
        ..world.options(GOOD)
    };
    let report = run(&options);
    assert!(world.told(&report).contains("refused: POST /v1/snapshots answered 403"));
    assert_eq!(report.exit_code(), 2);
}

#[test]
fn a_double_of_its_own_is_started_and_ended() {
    let world = World::new();
    let folder = world.folder.path();
    std::fs::write(folder.join("token"), "secret\n").expect("written");
    let program = world.program(
        "kage",
        &format!(
            "#!/bin/bash\necho \"$*\" > {0}/arguments\necho $$ > {0}/pid\n\
             echo '{{\"endpoint\":\"http://127.0.0.1:9\",\"admin\":\"{1}\",\"token_file\":\"{0}/token\"}}'\n\
             exec tail -f /dev/null\n",
            folder.display(),
            world.admin.url
        ),
    );
    let options = Options { double: Double::Own { program, arguments: Vec::new() }, ..world.options(GOOD) };
    let report = run(&options);
    assert!(report.passed(), "{}", world.told(&report));
    let arguments = std::fs::read_to_string(folder.join("arguments")).expect("started");
    assert_eq!(arguments.trim(), "up --ephemeral --port 0 --admin-port 0 --json");
    let id = std::fs::read_to_string(folder.join("pid")).expect("started");
    assert!(!Path::new("/proc").join(id.trim()).exists(), "the double still runs");
    // A double of its own needs no bringing back.
    assert!(!world.asked().iter().any(|line| line.contains("rehearse-before")));
}

#[test]
fn a_double_that_does_not_come_up_is_said_plainly() {
    let world = World::new();
    let program = world.program("kage", "#!/bin/bash\necho 'port in use'\nexit 1\n");
    let options = Options { double: Double::Own { program, arguments: Vec::new() }, ..world.options(GOOD) };
    let told = world.told(&run(&options));
    assert!(told.contains("refused: the first line of the new double is not JSON: `port in use`"), "{told}");
}

#[test]
fn what_the_scaffold_writes_can_be_read() {
    let text = include_str!("../../../../xtask/src/scaffold/rehearsal.md");
    assert!(kage_rehearse::document::parse(text).is_ok());
    // It is judged by what is in it, and not let through as it is.
    let without = text.replace("stdout is \"what must come\"\n", "");
    assert!(kage_rehearse::document::parse(&without).is_err());
}
