//! Usage, and commands that need no double.

use crate::kage::Desk;

#[test]
fn nonsense_is_refused_with_exit_code_2() {
    let desk = Desk::new();
    for nonsense in [
        &["up", "--seed", "1"][..],
        &["up", "--open-account", "12"],
        &["up", "--auth", "maybe"],
        &["up", "--ephemeral", "--durability", "power"],
        &["up", "--port", "99999"],
        &["env", "--root", "--user", "a"],
        &["env", "--account", "12"],
        &["snapshot"],
        &["nothing"],
        &["accounts", "--admin", "https://127.0.0.1:1", "--token", "t"],
    ] {
        let done = desk.run(nonsense);
        assert_eq!(done.code(), 2, "{nonsense:?}: {}{}", done.out(), done.err());
        assert!(!done.err().is_empty());
    }
    assert!(!desk.path().join(".kage").exists());
}

#[test]
fn without_a_double_the_exit_code_is_3() {
    let desk = Desk::new();
    for command in [
        &["accounts"][..],
        &["env"],
        &["why", "x"],
        &["clock"],
        &["snapshot", "list"],
        &["fork", "d"],
        &["ca"],
    ] {
        let done = desk.run(command);
        assert_eq!((done.code(), done.out().as_str()), (3, ""), "{command:?}");
        assert!(done.err().contains("kage up"), "{}", done.err());
    }
    assert!(!desk.path().join("d").exists());
}

#[test]
fn completions_and_version_are_printed() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(desk.run(&["completions", shell]).good().out().contains("snapshot"), "{shell}");
    }
    assert_eq!(desk.run(&["version", "--json"]).good().json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(desk.run(&["--version"]).good().out(), desk.run(&["version"]).good().out());
}
