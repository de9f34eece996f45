use super::*;
use crate::expectation_parser::parse;

const DENIED: &str = "\nAn error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::\
                      111111111111:user/bob is not authorized to perform: iam:ListUsers on resource: * with an explicit \
                      deny in an identity-based policy\n";

fn outcome(exit: i32, stdout: &str, stderr: &str) -> Outcome {
    Outcome { exit, stdout: stdout.to_owned(), stderr: stderr.to_owned(), timed_out: false }
}

fn verdict(line: &str, outcome: &Outcome) -> Result<(), String> {
    let variables = Variables::from([("WHO".to_owned(), "bob".to_owned())]);
    judge(&parse(line).expect(line), outcome, &variables, &mut |_| panic!("no event was asked for"))
}

/// Each kind of expectation, once passing and once failing with what came.
#[test]
fn every_kind_passes_and_fails() {
    let good =
        outcome(0, "{\"Users\": [{\"UserName\": \"bob\"}], \"N\": 3, \"Name\": \"bob and eve\"}", "a note\n");
    let denied = outcome(255, "", DENIED);
    let cases: &[(&str, &Outcome, Option<&str>)] = &[
        ("exit 0", &good, None),
        ("exit 0", &denied, Some("exit 255, AccessDenied from ListUsers")),
        ("exit nonzero", &denied, None),
        ("exit nonzero", &good, Some("exit 0")),
        ("output contains \"a note\"", &good, None),
        ("stdout contains \"a note\"", &good, Some("it is not there")),
        ("stderr contains \"a note\"", &good, None),
        ("stdout contains \"$WHO\"", &good, None),
        ("output contains \"$NOBODY\"", &good, Some("the variable `NOBODY` is not set")),
        ("output does not contain \"eve\"", &good, Some("it is there")),
        ("output does not contain \"mallory\"", &good, None),
        ("stderr is \"a note\"", &good, None),
        ("stderr is \"a\"", &good, Some("`a note`")),
        ("stdout matches /\"UserName\": \"b.b\"/", &good, None),
        ("stdout matches /^eve/", &good, Some("nothing matches")),
        ("stdout does not match /e.e/", &good, Some("`eve` matches")),
        ("stdout does not match /m.l/", &good, None),
        ("error AccessDenied", &denied, None),
        ("error AccessDenied when calling ListUsers contains \"explicit deny\"", &denied, None),
        ("error AccessDenied matches /user\\/$/", &denied, Some("nothing matches: User: arn")),
        ("error AccessDenied when calling GetUser", &denied, Some("AccessDenied from ListUsers: User: arn")),
        ("error NoSuchEntity", &denied, Some("AccessDenied from ListUsers: User: arn")),
        ("error AccessDenied", &good, Some("exit 0, no AWS error")),
        ("json Users[0].UserName == \"$WHO\"", &good, None),
        ("json Users[?UserName=='$WHO'] | length(@) == 1", &good, None),
        ("json Users[0].UserName == \"eve\"", &good, Some("\"bob\"")),
        ("json Users[0].UserName != \"eve\"", &good, None),
        ("json Users[].UserName == [\"bob\"]", &good, None),
        ("json Users[].UserName contains \"bob\"", &good, None),
        ("json Users[].UserName contains \"eve\"", &good, Some("[\"bob\"]")),
        ("json Name contains \"eve\"", &good, None),
        ("json N >= 3", &good, None),
        ("json N > 3", &good, Some("3")),
        ("json N <= 3", &good, None),
        ("json N < 3", &good, Some("3")),
        ("json N == 3.0", &good, None),
        ("json Missing > 0", &good, Some("null")),
        ("json N == 3", &denied, Some("stdout is not JSON")),
    ];
    for (line, outcome, came) in cases {
        match (verdict(line, outcome), came) {
            (Ok(()), None) => {}
            (Err(why), Some(came)) if why.starts_with(came) => {}
            (verdict, came) => panic!("{line}: {verdict:?}, not {came:?}"),
        }
    }
}

#[test]
fn an_error_that_was_swallowed_is_no_refusal() {
    let swallowed = outcome(0, "", DENIED);
    assert_eq!(
        verdict("error AccessDenied", &swallowed).expect_err("exit 0"),
        "AccessDenied from ListUsers, but exit 0"
    );
}

#[test]
fn the_last_error_counts_and_retries_are_read_over() {
    let text = format!(
        "{DENIED}upload failed: a to s3://b/a An error occurred (Throttling) when calling the PutObject operation \
         (reached max retries: 0): slow down"
    );
    let error = last_aws_error(&text).expect("found");
    assert_eq!(
        (error.code.as_str(), error.operation.as_str(), error.message.as_str()),
        ("Throttling", "PutObject", "slow down")
    );
}

#[test]
fn what_took_too_long_has_no_good_exit() {
    let late = Outcome { timed_out: true, ..outcome(137, "", "") };
    assert_eq!(verdict("exit 137", &late).expect_err("late"), "it took too long and was ended");
}

#[test]
fn events_are_asked_for_with_their_variables_put_in() {
    let variables = Variables::from([("WHO".to_owned(), "bob".to_owned())]);
    let mut asked = Vec::new();
    let expectation = parse("event CreateAccessKey by \"$WHO\" within 5m").expect("parses");
    let verdict = judge(&expectation, &outcome(0, "", ""), &variables, &mut |test| {
        asked.push((test.name.clone(), test.by.clone()));
        Err("none".to_owned())
    });
    assert_eq!(verdict, Err("none".to_owned()));
    assert_eq!(asked, [("CreateAccessKey".to_owned(), "bob".to_owned())]);
}

fn transcript_verdict(wanted: &str, stdout: &str) -> Result<(), String> {
    let lines = wanted.lines().map(str::to_owned).collect();
    judge(&Expectation::Transcript(lines), &outcome(0, stdout, ""), &Variables::new(), &mut |_| Ok(()))
}

#[test]
fn transcripts_are_compared_line_by_line() {
    transcript_verdict("a  b\nc\n", "a  b\nc  \n\n").expect("white space at the ends");
    transcript_verdict("a\n…\nz", "a\nb\nc\nz\n").expect("lines between");
    transcript_verdict("a\n…\nz", "a\nz\n").expect("no lines between");
    transcript_verdict("id: …, ok", "id: 17, ok\n").expect("text within");
    assert_eq!(transcript_verdict("a\nb", "a\nc\n").expect_err("differs"), "line 2 is `c`");
    assert_eq!(transcript_verdict("a\nb", "a\n").expect_err("short"), "line 2 is `(no more output)`");
    assert!(transcript_verdict("a", "a\nb\n").is_err());
    assert!(transcript_verdict("a.c", "abc\n").is_err());
    assert!(transcript_verdict("a\n…\nz", "a\nz\nmore\n").is_err());
}
