//! Starting, stopping, and starting again.
#![expect(clippy::disallowed_types, reason = "a test looks whether somebody listens")]

use crate::kage::Desk;
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_ephemeral_double_leaves_nothing() {
    let desk = Desk::new();
    let up = desk.up(&["--ephemeral"]);
    for file in ["token_file", "run_file", "ca_file"] {
        assert_eq!(mode(Path::new(up.text(file))), 0o600, "{file}");
    }
    let data = Path::new(up.text("data")).to_owned();
    assert_eq!(mode(data.parent().unwrap()), 0o700);
    assert!(!desk.path().join(".kage").exists());
    let endpoint = up.text("endpoint").strip_prefix("http://").unwrap().to_owned();
    assert!(TcpStream::connect(&endpoint).is_ok());
    assert_eq!(up.signal("TERM"), Some(0));
    assert!(!data.exists());
    assert!(!data.parent().unwrap().join("run.json").exists());
    assert!(TcpStream::connect(&endpoint).is_err());
    assert_eq!(desk.run(&["accounts"]).code(), 3);
}

#[test]
fn state_keys_certificate_and_clock_survive_a_restart() {
    let desk = Desk::new();
    let up = desk.up(&[]);
    assert_eq!(Path::new(up.text("data")), desk.path().canonicalize().unwrap().join(".kage"));
    let credentials = |desk: &Desk| {
        let mut env = desk.run(&["env", "--json"]).good().json();
        env.as_object_mut().unwrap().remove("AWS_ENDPOINT_URL");
        env
    };
    let first = (credentials(&desk), desk.run(&["ca"]).good().out());
    desk.run(&["clock", "set", "2037-01-01T00:00:00Z"]).good();
    desk.run(&["clock", "freeze"]).good();
    assert_eq!(up.signal("INT"), Some(0));
    for gone in ["run.json", "token"] {
        assert!(!desk.path().join(".kage").join(gone).exists(), "{gone}");
    }
    let _again = desk.up(&[]);
    assert_eq!((credentials(&desk), desk.run(&["ca"]).good().out()), first);
    let clock = desk.run(&["clock", "--json"]).good().json();
    assert_eq!(clock["frozen"], true);
    assert!(clock["now"].as_str().unwrap().starts_with("2037-01-01T00:0"), "{clock}");
}

#[test]
fn a_killed_double_is_found_gone_and_starts_again_with_its_state() {
    let desk = Desk::new();
    let up = desk.up(&[]);
    let key = desk.run(&["env", "--root", "--json"]).good().json()["AWS_ACCESS_KEY_ID"].clone();
    desk.run(&["snapshot", "save", "kept"]).good();
    assert_eq!(up.signal("KILL"), None);
    let done = desk.run(&["accounts"]);
    assert_eq!(done.code(), 3);
    assert!(done.err().contains("kage up"), "{}", done.err());
    let _again = desk.up(&[]);
    assert_eq!(desk.run(&["env", "--root", "--json"]).good().json()["AWS_ACCESS_KEY_ID"], key);
    assert!(desk.run(&["snapshot", "list"]).good().out().contains("kept"));
}

#[test]
fn two_doubles_do_not_share_a_directory_or_a_port() {
    let desk = Desk::new();
    let up = desk.up(&[]);
    let second = desk.run(&["up", "--port", "0", "--admin-port", "0"]);
    assert_eq!(second.code(), 1);
    assert!(second.err().contains("--data"), "{}", second.err());
    let port = up.text("endpoint").rsplit(':').next().unwrap();
    let third = desk.run(&["up", "--port", port, "--admin-port", "0", "--ephemeral"]);
    assert_eq!(third.code(), 1);
    assert!(third.err().contains(port) && third.err().contains("--port"), "{}", third.err());
    // The first one runs on, and is still found.
    desk.run(&["accounts"]).good();
}

#[test]
fn the_same_seed_makes_the_same_double() {
    let keys: Vec<String> = ["7", "7", "8"]
        .into_iter()
        .map(|seed| {
            let desk = Desk::new();
            let _up = desk.up(&["--ephemeral", "--seed", seed]);
            desk.run(&["env"]).good().out().lines().find(|line| line.contains("SECRET")).unwrap().to_owned()
        })
        .collect();
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
}

#[test]
fn an_exposed_key_is_refused() {
    let desk = Desk::new();
    assert_eq!(desk.up(&[]).signal("TERM"), Some(0));
    let key = desk.path().join(".kage/tls/ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let done = desk.run(&["up", "--port", "0", "--admin-port", "0"]);
    assert_eq!(done.code(), 1);
    assert!(done.err().contains("chmod 600"), "{}", done.err());
}

#[test]
fn another_address_is_warned_about() {
    let desk = Desk::new();
    let up = desk.up(&["--ephemeral", "--host", "0.0.0.0", "--auth", "open"]);
    assert_eq!(up.text("auth"), "open");
    assert!(up.text("endpoint").starts_with("http://127.0.0.1:"), "{}", up.ready);
    assert!(up.text("admin").starts_with("http://127.0.0.1:"), "{}", up.ready);
    let (code, said) = up.ended_by("TERM");
    assert_eq!(code, Some(0));
    assert!(said.contains("0.0.0.0") && said.contains("administrator"), "{said}");

    let (code, said) = desk.up(&["--ephemeral"]).ended_by("TERM");
    assert_eq!((code, said.as_str()), (Some(0), ""), "loopback needs no warning");
}

#[test]
fn people_get_a_banner() {
    let desk = Desk::new();
    let banner = desk.banner(&["--data", "my double"]);
    for part in
        ["Kagemusha", "http://127.0.0.1:", "strict", "my double", "eval \"$(kage env --data 'my double')\""]
    {
        assert!(banner.contains(part), "no {part:?} in {banner}");
    }
    assert!(desk.banner(&["--ephemeral", "--auth", "open"]).contains("OPEN"));
}

#[test]
fn a_start_that_fails_leaves_nothing() {
    let desk = Desk::new();
    let up = desk.up(&["--ephemeral"]);
    let port = up.text("endpoint").rsplit(':').next().unwrap();
    assert_eq!(desk.run(&["up", "--ephemeral", "--port", port, "--admin-port", "0"]).code(), 1);
    let all = Path::new(up.text("data")).parent().unwrap();
    let left: Vec<_> = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the running double and the file that leads to it: {left:?}");
}
