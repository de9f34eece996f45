//! What this host allows.

use crate::meter::Groups;
use crate::script::{self, Kind};
use kage_core::Capability;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What was found, once.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// How rooms are made.
    pub(crate) kind: Kind,
    /// Why not better, when rooms are weaker than they could be.
    pub(crate) why_weaker: Option<String>,
    /// Whether a room has a network of its own.
    pub(crate) own_network: bool,
    /// Control groups for memory.
    pub(crate) groups: Option<Groups>,
    /// The host's Python.
    pub(crate) python: Option<Interpreter>,
    /// The host's Node.js.
    pub(crate) node: Option<Interpreter>,
    /// Whether `prlimit` and `setpriv` are there.
    pub(crate) has_tools: bool,
    /// Whether we run as the superuser.
    pub(crate) is_root: bool,
}

/// An interpreter of the host.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    /// Its file, links followed.
    pub(crate) program: PathBuf,
    /// The folder that holds it with its library.
    pub(crate) prefix: PathBuf,
    /// Its version.
    pub(crate) version: String,
}

impl Host {
    /// Tries what works here. Takes some ten milliseconds.
    pub(crate) fn probe(folder: &Path, without_namespaces: bool) -> Host {
        let is_root = rustix::process::geteuid().is_root();
        let python = interpreter(
            &["python3", "/usr/bin/python3", "/usr/local/bin/python3"],
            &[
                "-I",
                "-S",
                "-c",
                "import os,sys,platform;print(os.path.realpath(sys.executable));print(sys.base_prefix);print(platform.python_version())",
            ],
        );
        let node = interpreter(
            &["node", "/usr/bin/node", "/usr/local/bin/node"],
            &[
                "-p",
                "const p=process.execPath;[p,require('path').dirname(require('path').dirname(p)),process.versions.node].join('\\n')",
            ],
        );
        let mut host = Host {
            kind: Kind::Plain,
            why_weaker: None,
            own_network: false,
            groups: Groups::find(),
            python,
            node,
            has_tools: ["prlimit", "setpriv"].iter().all(|tool| runs(tool, &["--version"])),
            is_root,
        };
        if without_namespaces {
            host.why_weaker = Some("the settings say so".to_owned());
            return host;
        }
        if !cfg!(target_os = "linux") {
            host.why_weaker = Some("namespaces need Linux".to_owned());
            return host;
        }
        let kinds = if is_root { vec![Kind::Root, Kind::User] } else { vec![Kind::User] };
        let networks = if host.python.is_some() { vec![true, false] } else { vec![false] };
        for kind in kinds {
            for own_network in &networks {
                match attempt(folder, &host, kind, *own_network) {
                    Ok(()) => {
                        host.kind = kind;
                        host.own_network = *own_network;
                        host.why_weaker = host.why_weaker.filter(|_| !own_network);
                        return host;
                    }
                    Err(why) => host.why_weaker = Some(why),
                }
            }
        }
        host
    }

    /// What is enforced, and what is weaker.
    pub(crate) fn capabilities(&self, packages: Option<&Path>) -> Vec<Capability> {
        let why = self.why_weaker.as_deref().unwrap_or("no reason is known");
        let isolated = self.kind != Kind::Plain;
        let one = |name: &str, full: bool, yes: &str, no: String| Capability {
            name: name.to_owned(),
            full,
            detail: if full { yes.to_owned() } else { no },
        };
        let no_python = match &self.python {
            None => "the host has no python3 to carry connections",
            Some(_) => why,
        };
        vec![
            one(
                "files",
                isolated,
                "a root of its own: the system's programs and the function's code read-only, nothing else of the host",
                format!("WEAKER: functions see the host's files as far as their user may ({why})"),
            ),
            one(
                "user",
                self.kind == Kind::Root && self.has_tools,
                "a user of its own for each environment, without any capability",
                "WEAKER: functions run as the user of this process, without capabilities where the host has setpriv".to_owned(),
            ),
            one(
                "network",
                self.own_network,
                "a network of its own with two doors: the Runtime API and the double's endpoint",
                format!("WEAKER: functions use the host's network ({no_python})"),
            ),
            one(
                "processes",
                isolated && self.has_tools,
                "a namespace of processes, ended as a whole; at most 1,024 of them",
                format!("WEAKER: processes are found by their parents and their environment ({why})"),
            ),
            one(
                "memory",
                self.groups.is_some(),
                "measured by a control group every 10 ms and killed above the limit; the group's own limit lies at memory plus /tmp",
                "WEAKER: no control group can be made; the processes' own memory is measured every 10 ms and killed above the limit".to_owned(),
            ),
            one(
                "storage",
                isolated,
                "/tmp is a tmpfs of the function's size",
                "WEAKER: only single files are limited to the size of /tmp (RLIMIT_FSIZE)".to_owned(),
            ),
            self.runtime("python", self.python.as_ref(), packages),
            self.runtime("nodejs", self.node.as_ref(), None),
        ]
    }

    fn runtime(&self, name: &str, found: Option<&Interpreter>, packages: Option<&Path>) -> Capability {
        let extra = packages.map(|folder| format!(", packages of {}", folder.display())).unwrap_or_default();
        let detail = match found {
            Some(found) => {
                format!("every {name} runtime runs on {} {}{extra}", found.program.display(), found.version)
            }
            None => format!("WEAKER: the host has no {name}; such functions are refused"),
        };
        Capability { name: format!("runtime {name}"), full: found.is_some(), detail }
    }
}

/// Makes a room and leaves it at once.
fn attempt(folder: &Path, host: &Host, kind: Kind, own_network: bool) -> Result<(), String> {
    let room = folder.join("try");
    let made = ["root", "door"].iter().try_for_each(|name| std::fs::create_dir_all(room.join(name)));
    made.map_err(|error| error.to_string())?;
    let trial = Host { kind, own_network, ..host.clone() };
    let text = script::trial(&trial, &room);
    let (program, arguments) = script::launcher(&trial);
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", script::PATH)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("unshare cannot be run: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    crate::cache::remove(&room);
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(text.lines().last().unwrap_or("unshare failed without a word").to_owned())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The first of these programs that answers with its file, its folder and its version.
fn interpreter(programs: &[&str], arguments: &[&str]) -> Option<Interpreter> {
    programs.iter().find_map(|program| {
        let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut lines = text.lines();
        let program = PathBuf::from(lines.next()?);
        let prefix = PathBuf::from(lines.next()?);
        let version = lines.next()?.to_owned();
        (output.status.success() && program.is_absolute()).then_some(Interpreter { program, prefix, version })
    })
}
