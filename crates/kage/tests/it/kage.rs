//! The binary under test.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A directory to work in, which is also the place for temporary files: tests do not see each other's doubles.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kage"));
        command.args(arguments).current_dir(self.path()).env("TMPDIR", self.path()).stdin(Stdio::null());
        for name in ["KAGE_DATA", "KAGE_ADMIN", "KAGE_TOKEN"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Done {
        Done(self.command(arguments).output().unwrap())
    }

    /// Runs a command to its end with this in its environment.
    pub fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
        Done(self.command(arguments).envs(environment.iter().copied()).output().unwrap())
    }

    /// Starts a double on free ports and waits until it says that it is ready.
    pub fn up(&self, arguments: &[&str]) -> Up {
        let all = [&["up", "--port", "0", "--admin-port", "0", "--json"], arguments].concat();
        let mut child = self.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {line:?}"));
        Up { child, ready }
    }

    /// Starts a double on free ports, gives what it says to people, and stops it.
    pub fn banner(&self, arguments: &[&str]) -> String {
        let all = [&["up", "--port", "0", "--admin-port", "0"], arguments].concat();
        let mut child = self.command(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut banner = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !banner.contains("get-caller-identity") && lines.read_line(&mut banner).unwrap() > 0 {}
        assert_eq!(Up { child, ready: Value::Null }.signal("TERM"), Some(0));
        banner
    }
}

/// What a command did.
pub struct Done(Output);

impl Done {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// The same, after making sure that it went well.
    #[track_caller]
    pub fn good(self) -> Done {
        assert_eq!(self.code(), 0, "{}{}", self.out(), self.err());
        self
    }

    /// The output, which must be one line of JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let out = self.out();
        assert_eq!(out.lines().count(), 1, "not one line: {out}{}", self.err());
        serde_json::from_str(&out).unwrap()
    }
}

/// A running double. It does not outlive the test.
pub struct Up {
    child: Child,
    pub ready: Value,
}

impl Up {
    pub fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.ready))
    }

    /// Sends a signal by name and gives the exit code; `None` when the signal ended it.
    pub fn signal(self, name: &str) -> Option<i32> {
        self.ended_by(name).0
    }

    /// As `signal`, with what it wrote on its error output.
    pub fn ended_by(mut self, name: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        if let Some(mut err) = self.child.stderr.take() {
            err.read_to_string(&mut said).unwrap();
        }
        (code, said)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
