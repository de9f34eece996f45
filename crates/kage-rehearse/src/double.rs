//! A double of the rehearsal's own: started before it, ended after it, with nothing kept.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::admin::Admin;

/// Which double a rehearsal talks to.
#[derive(Debug, Clone)]
pub enum Double {
    /// One that runs already. Its state is saved before each file and brought back after it.
    Running {
        /// The AWS endpoint, such as `http://127.0.0.1:4566`.
        endpoint: String,
        /// Its admin API.
        admin: Admin,
    },
    /// A new one for each file, started as `<program> up --ephemeral --port 0 --admin-port 0 --json`.
    Own {
        /// The `kage` binary.
        program: PathBuf,
        /// Further arguments of `up`.
        arguments: Vec<OsString>,
    },
}

/// A double in use. One of the rehearsal's own ends with this value.
#[derive(Debug)]
pub struct InUse {
    /// The AWS endpoint.
    pub endpoint: String,
    /// Its admin API.
    pub admin: Admin,
    child: Option<Child>,
}

impl InUse {
    /// Whether this double was there before the rehearsal.
    pub fn is_foreign(&self) -> bool {
        self.child.is_none()
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It keeps nothing, so there is nothing that a gentler end would save.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Makes a double ready. `home` becomes the home folder of one that is started.
pub fn begin(double: &Double, home: &Path, search_path: &str) -> Result<InUse, String> {
    match double {
        Double::Running { endpoint, admin } => {
            Ok(InUse { endpoint: endpoint.clone(), admin: admin.clone(), child: None })
        }
        Double::Own { program, arguments } => start(program, arguments, home, search_path),
    }
}

fn start(program: &Path, more: &[OsString], home: &Path, search_path: &str) -> Result<InUse, String> {
    let mut child = Command::new(program)
        .args(["up", "--ephemeral", "--port", "0", "--admin-port", "0", "--json"])
        .args(more)
        .env_clear()
        .env("PATH", search_path)
        .env("HOME", home)
        .env("TMPDIR", home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    let stdout = child.stdout.take();
    // From here on the child ends with the value, whatever fails.
    let mut in_use = InUse {
        endpoint: String::new(),
        admin: Admin { url: String::new(), token: String::new() },
        child: Some(child),
    };
    let mut line = String::new();
    if let Some(stdout) = stdout {
        let mut reader = BufReader::new(stdout);
        reader.read_line(&mut line).map_err(|error| format!("the new double said nothing: {error}"))?;
        // The rest is read and thrown away, so that the double never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    }
    let wrong = |what: &str| format!("the first line of the new double {what}: `{}`", line.trim());
    let ready: Value = serde_json::from_str(&line).map_err(|_| wrong("is not JSON"))?;
    let text = |name: &str| ready.get(name).and_then(Value::as_str).map(str::to_owned);
    in_use.endpoint = text("endpoint").ok_or_else(|| wrong("names no endpoint"))?;
    in_use.admin.url = text("admin").ok_or_else(|| wrong("names no admin"))?;
    in_use.admin.token = match text("token") {
        Some(token) => token,
        None => token(&text("token_file").ok_or_else(|| wrong("names no token_file"))?)?,
    };
    Ok(in_use)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the token of a double that this module has started is in a file"
)]
fn token(path: &str) -> Result<String, String> {
    let token = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(token.trim().to_owned())
}
