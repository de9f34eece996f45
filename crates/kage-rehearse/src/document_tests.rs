use super::*;

fn problems(text: &str) -> Vec<String> {
    parse(text).expect_err("refused").iter().map(Problem::to_string).collect()
}

const WHOLE: &str = r#"# A title

<!-- just a note -->

## Given: two accounts

```kage
accounts: mgmt, app
```

```json file=deny.json expand
{"Sid": "${NAME}"}
```

```sh
aws iam create-user --user-name bob
```

## Variant: bob is denied
<!-- claims: ID-POLICY-02 -->

Prose, and a picture of what comes back:

```json
{"not": "a file"}
```

### Bob lists users

```sh profile=bob
aws iam list-users
```
```expect
# who is refused
error AccessDenied contains "explicit deny"
no event DeleteTrail by "bob"
```

## Variant: bob is not denied

```sh name="the table"
echo a
```
```output
a
```
"#;

#[test]
fn a_whole_document() {
    let rehearsal = parse(WHOLE).expect("parses");
    assert_eq!(rehearsal.title, "A title");
    assert_eq!(rehearsal.accounts, ["mgmt", "app"]);
    assert_eq!(rehearsal.given.steps.len(), 2);
    assert!(matches!(
        &rehearsal.given.steps[0].action,
        Action::File { path, expand: true, .. } if path == "deny.json"
    ));
    assert_eq!(rehearsal.given.steps[1].name, "aws iam create-user --user-name bob");
    let names: Vec<&str> = rehearsal.variants.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["Variant: bob is denied", "Variant: bob is not denied"]);
    let denied = &rehearsal.variants[0];
    assert_eq!(denied.claims, ["ID-POLICY-02"]);
    assert_eq!(denied.steps[0].name, "Bob lists users");
    assert!(
        matches!(&denied.steps[0].action, Action::Shell { profile: Some(profile), .. } if profile == "bob")
    );
    assert_eq!(denied.steps[0].checks.len(), 2);
    assert_eq!(denied.steps[0].checks[0].line, 35);
    assert_eq!(rehearsal.variants[1].steps[0].name, "the table");
}

#[test]
fn a_document_without_variants_is_one_section() {
    let text = "# T\n## Given\n```sh\nx=1\n```\n## When\n```sh\necho $x\n```\n## Then\n```sh\necho 2\n```\n\
                ```expect\noutput contains \"2\"\n```\n";
    let rehearsal = parse(text).expect("parses");
    assert_eq!(rehearsal.given.steps.len(), 1);
    assert_eq!(rehearsal.variants.len(), 1);
    assert_eq!(rehearsal.variants[0].steps.len(), 2);
    assert_eq!(rehearsal.accounts, ["mgmt"]);
}

#[test]
fn a_rehearsal_without_expectations_is_refused_by_name() {
    assert_eq!(
        problems("# T\n## When\n```sh\necho 1\n```\n"),
        ["this rehearsal expects nothing, so it cannot fail"]
    );
    assert_eq!(
        problems(
            "# T\n## Variant: a\n```sh\necho 1\n```\n```expect\nexit 0\n```\n## Variant: b\n```sh\necho 1\n```\n"
        ),
        ["line 9: `Variant: b` expects nothing, so it cannot fail"]
    );
}

#[test]
fn a_check_that_cannot_fail_is_refused_by_name() {
    assert_eq!(
        problems("# T\n## When\n```sh\necho 1\n```\n```expect\noutput contains \"\"\nexit 0\n```\n"),
        ["line 7: `output contains \"\"` cannot fail: every output contains the empty text"]
    );
    assert_eq!(
        problems("# T\n## When\n```sh\necho 1\n```\n```output\n…\n```\n"),
        ["line 6: `output as written` cannot fail: it matches every output"]
    );
    assert_eq!(
        problems("# T\n## When\n```sh\necho 1\n```\n```expect\n# nothing\n```\n"),
        ["line 6: this expect block expects nothing"]
    );
}

#[test]
fn all_problems_are_found_at_once_with_their_lines() {
    let text = "# T\n## Variant: a\n```sh porfile=x\nls\n```\n```bash\nls\n```\n```expect\nprints 1\n```\n\
                ## Notes\n```sh\nls\n```\n```json file=../x\n{}\n```\n## Given\n";
    let lines: Vec<usize> = parse(text).expect_err("refused").iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 6, 10, 13, 16, 19]);
}

#[test]
fn expectations_need_a_block_and_accounts_come_first() {
    assert!(problems("# T\n## When\n```expect\nexit 0\n```\n")[0].contains("must follow the sh block"));
    assert!(
        problems(
            "# T\n```sh\nls\n```\n```kage\naccounts: mgmt\n```\n```sh\nls\n```\n```expect\nexit 0\n```\n"
        )[0]
        .contains("before every step")
    );
}

#[test]
fn the_rehearsals_of_the_repository_are_well_formed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rehearsals");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("rehearsals folder") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|extension| extension != "md") || path.ends_with("README.md") {
            continue;
        }
        #[expect(clippy::disallowed_methods, reason = "the test reads the rehearsals themselves")]
        let text = std::fs::read_to_string(&path).expect("readable");
        if let Err(problems) = parse(&text) {
            panic!("{}: {problems:?}", path.display());
        }
        count += 1;
    }
    assert!(count >= 4, "only {count} rehearsals found");
}
