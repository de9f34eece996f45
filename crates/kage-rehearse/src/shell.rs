//! Runs one block with bash, and carries what it assigned to the next.
//!
//! The script file repeats the line numbers of the Markdown file, so that bash's own messages point into the document.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::variables::Variables;
use crate::workplace::{REGION, Workplace};

/// What a process left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The exit status; 128 and the signal's number added when a signal ended it, as bash counts.
    pub exit: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether it was ended because it took too long.
    pub timed_out: bool,
}

/// Where blocks are run, and with which settings.
#[derive(Debug, Clone)]
pub struct Shell {
    /// `PATH`.
    pub search_path: String,
    /// `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// How long a block may take.
    pub limit: Duration,
}

/// Variables that belong to one process, or that would take the place of the profile.
fn is_carried(name: &str) -> bool {
    let own = [
        "_",
        "SHLVL",
        "PWD",
        "OLDPWD",
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "PYTHONWARNINGS",
        "KAGE_VARIABLES",
        "KAGE_NOW",
    ];
    !own.contains(&name) && !name.starts_with("AWS_")
}

impl Shell {
    /// Runs a block that begins at `first_line` of `file`; puts what it assigned, and its functions, into `variables`.
    pub fn block(
        &self,
        place: &Workplace,
        script: &str,
        source: (&str, usize),
        profile: &str,
        now: &str,
        variables: &mut Variables,
    ) -> Result<Outcome, String> {
        let (file, first_line) = source;
        // Every assignment is exported, so that it can be read back.
        let prologue = "set -euo pipefail -o allexport; trap 'env -0 >\"$KAGE_VARIABLES\"' EXIT";
        let padding = "\n".repeat(first_line.saturating_sub(1).max(1));
        let name = format!("blocks/{file}");
        place.write(&name, &format!("{prologue}{padding}{script}"))?;
        place.remove("variables");
        let path = place.path(&name);
        let mut command = self.command(place, profile);
        command.args(["--noprofile", "--norc"]).arg(&path);
        command.envs(variables.iter()).env("KAGE_NOW", now).env("KAGE_VARIABLES", place.path("variables"));
        let mut outcome = self.run(place, command)?;
        let folder = format!("{}/", place.path("blocks").display());
        outcome.stderr = outcome.stderr.replace(&folder, "");
        if let Ok(dump) = place.read("variables") {
            variables.retain(|_, _| false);
            for (name, value) in dump.split('\0').filter_map(|pair| pair.split_once('=')) {
                if is_carried(name) {
                    variables.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Ok(outcome)
    }

    /// Runs the AWS CLI itself, for the rehearsal's own questions.
    pub fn aws(&self, place: &Workplace, profile: &str, arguments: &[&str]) -> Result<Outcome, String> {
        let mut command = self.command(place, profile);
        command.args(["--noprofile", "--norc", "-c", "exec \"$@\"", "bash", "aws"]).args(arguments);
        self.run(place, command)
    }

    fn command(&self, place: &Workplace, profile: &str) -> Command {
        let home = place.path("home");
        let mut command = Command::new("bash");
        command
            .env_clear()
            .env("PATH", &self.search_path)
            .env("HOME", &home)
            .env("TMPDIR", place.path("tmp"))
            .env("LANG", "C.UTF-8")
            // Old interpreters greet every call with warnings about themselves.
            .env("PYTHONWARNINGS", "ignore")
            .env("AWS_CONFIG_FILE", home.join(".aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join(".aws/credentials"))
            .env("AWS_PROFILE", profile)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            // The AWS CLI of version 1 reads the second name only.
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_PAGER", "")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // One command is one call: a hidden retry would be a hidden event.
            .env("AWS_MAX_ATTEMPTS", "1")
            .current_dir(place.working());
        command
    }

    /// Output goes to files, so that a process left in the background cannot hold the rehearsal by an open pipe.
    fn run(&self, place: &Workplace, mut command: Command) -> Result<Outcome, String> {
        command.stdin(Stdio::null()).stdout(place.create("stdout")?).stderr(place.create("stderr")?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("bash cannot be started: {error}"))?;
        let id = child.id();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait()));
        let (status, timed_out) = match receiver.recv_timeout(self.limit) {
            Ok(status) => (status, false),
            Err(_) => {
                kill_group(id);
                (receiver.recv().map_err(|error| error.to_string())?, true)
            }
        };
        let status = status.map_err(|error| error.to_string())?;
        Ok(Outcome {
            exit: exit_code(status),
            stdout: place.read("stdout")?,
            stderr: place.read("stderr")?,
            timed_out,
        })
    }
}

/// Ends the block and everything it started. The process group has the id of its first process.
fn kill_group(id: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).stderr(Stdio::null()).status();
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default();
    #[cfg(not(unix))]
    let signal = 0;
    status.code().unwrap_or_else(|| signal.saturating_add(128))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        #[expect(clippy::disallowed_methods, reason = "the test needs bash, wherever it is")]
        let search_path = std::env::var("PATH").expect("PATH");
        Shell { search_path, endpoint: "http://127.0.0.1:1".into(), limit: Duration::from_secs(20) }
    }

    fn run(place: &Workplace, script: &str, variables: &mut Variables) -> Outcome {
        shell().block(place, script, ("a.md", 12), "bob", "2026-01-01T00:00:00Z", variables).expect("runs")
    }

    #[test]
    fn assignments_exports_and_functions_reach_the_next_block() {
        let place = Workplace::new().expect("folders");
        let mut variables = Variables::new();
        run(&place, "KEY='a b\nc'\nexport OTHER=2\ngreet() { echo \"hello $1\"; }\n", &mut variables);
        assert_eq!(variables.get("KEY").map(String::as_str), Some("a b\nc"));
        let outcome = run(&place, "greet \"$KEY$OTHER\"; unset OTHER\n", &mut variables);
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (0, "hello a b\nc2\n"));
        assert!(!variables.contains_key("OTHER"));
    }

    #[test]
    fn a_failing_command_ends_the_block_and_keeps_what_was_assigned() {
        let place = Workplace::new().expect("folders");
        let mut variables = Variables::new();
        let outcome = run(&place, "A=1\nfalse | true\nB=2\n", &mut variables);
        assert_eq!(outcome.exit, 1);
        assert_eq!(variables.get("A").map(String::as_str), Some("1"));
        assert!(!variables.contains_key("B"));
    }

    #[test]
    fn messages_of_bash_point_into_the_document() {
        let place = Workplace::new().expect("folders");
        let outcome = run(&place, "true\necho $NOT_SET\n", &mut Variables::new());
        assert_ne!(outcome.exit, 0);
        assert_eq!(outcome.stderr, "a.md: line 13: NOT_SET: unbound variable\n");
    }

    #[test]
    fn nothing_of_the_users_environment_leaks_in_and_aws_settings_do_not_stay() {
        let place = Workplace::new().expect("folders");
        let mut variables = Variables::new();
        let outcome = run(
            &place,
            "env | cut -d= -f1 | sort | tr '\\n' ' '; export AWS_ACCESS_KEY_ID=x\n",
            &mut variables,
        );
        assert_eq!(
            outcome.stdout,
            "AWS_CONFIG_FILE AWS_DEFAULT_REGION AWS_EC2_METADATA_DISABLED AWS_ENDPOINT_URL AWS_MAX_ATTEMPTS AWS_PAGER \
             AWS_PROFILE AWS_REGION AWS_SHARED_CREDENTIALS_FILE HOME KAGE_NOW KAGE_VARIABLES LANG PATH PWD \
             PYTHONWARNINGS SHLVL TMPDIR _ "
        );
        assert!(variables.is_empty(), "{variables:?}");
        let outcome = run(
            &place,
            "echo \"$AWS_PROFILE $AWS_ENDPOINT_URL $KAGE_NOW ${AWS_ACCESS_KEY_ID-unset}\"",
            &mut variables,
        );
        assert_eq!(outcome.stdout, "bob http://127.0.0.1:1 2026-01-01T00:00:00Z unset\n");
    }

    #[test]
    fn a_block_that_hangs_is_ended_with_all_it_started() {
        let place = Workplace::new().expect("folders");
        let shell = Shell { limit: Duration::from_millis(300), ..shell() };
        // `read` of a pipe that nobody writes to waits for ever.
        let script = "mkfifo pipe\ncat pipe &\ncat pipe\n";
        let outcome =
            shell.block(&place, script, ("a.md", 2), "bob", "", &mut Variables::new()).expect("runs");
        assert!(outcome.timed_out);
        assert_eq!(outcome.exit, 137);
    }
}
