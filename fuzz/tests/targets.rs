//! Runs every target, and shows that the driver reports what fails.

use kage_fuzz::{Settings, TARGETS, Target, find, fuzz, run};

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let target = find(stringify!($name)).expect("the target is in the table");
                match run(target, Settings::from_environment()) {
                    Ok(count) => println!("{count} inputs: {}", target.law),
                    Err(failure) => panic!("{failure}"),
                }
            }
        )*

        #[test]
        fn every_target_has_a_test() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            assert!(TARGETS.iter().all(|target| !target.seeds.is_empty() && !target.dictionary.is_empty()));
        }
    };
}

targets! {
    arn
    chunked_body
    chunked_round_trip
    decide_generated
    decide_texts
    event_stream_bytes
    event_stream_round_trip
    event_pattern
    schedule_expression
    input_template
    policy_document
    post_policy
    signature
    time_text
    time_number
    wire_request
}

/// Fails on text with an opening and a closing bracket next to each other, which no seed has.
const CANARY: Target = Target {
    name: "canary",
    law: "no text holds `()`; this law is broken on purpose",
    check: |data| assert!(!data.windows(2).any(|pair| pair == b"()"), "the canary sings"),
    seeds: &[b"seed", b"another"],
    dictionary: &[b"(", b")", b"()"],
    rounds: 10_000,
};

#[test]
fn the_driver_reports_the_canary() {
    let settings = Settings { rounds: None, seed: Some(7) };
    let failure = run(&CANARY, settings).expect_err("the canary must fail");
    assert!(failure.input.windows(2).any(|pair| pair == b"()"), "{failure}");
    assert!(failure.round >= CANARY.seeds.len(), "a seed cannot have failed: {failure}");
    let text = failure.to_string();
    for part in ["`canary`", "KAGE_SEED=7", "the canary sings", "hex:  ", "2829", "text: "] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    // The same seed finds the same input; another seed finds another.
    assert_eq!(run(&CANARY, settings).as_ref(), Err(&failure));
    let other = run(&CANARY, Settings { seed: Some(8), ..settings }).expect_err("the canary must fail");
    assert_ne!(other.input, failure.input);
}

#[test]
fn a_run_has_the_seeds_and_the_rounds() {
    let quiet = Target { check: |_| {}, ..CANARY };
    assert_eq!(run(&quiet, Settings { rounds: Some(5), seed: None }), Ok(7));
}

#[test]
fn a_seed_that_fails_is_reported_first() {
    let bad = Target { seeds: &[b"good", b"()"], ..CANARY };
    let failure = run(&bad, Settings { rounds: Some(0), seed: None }).expect_err("the second seed must fail");
    assert_eq!((failure.round, failure.input.as_slice()), (1, &b"()"[..]));
}

#[test]
fn one_input_runs_by_name() {
    fuzz("arn", b"arn:aws:iam::111122223333:user/a");
}

#[test]
#[should_panic(expected = "there is no fuzz target `nothing`")]
fn an_unknown_name_is_no_success() {
    fuzz("nothing", b"");
}
