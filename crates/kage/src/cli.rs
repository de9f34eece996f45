//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::net::IpAddr;
use std::path::PathBuf;

/// The body double of an AWS organization.
///
/// Exit codes: 0 success, 1 failure, 2 wrong usage, 3 no double is running.
#[derive(Debug, Parser)]
#[command(name = "kage", version, max_term_width = 100)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub globals: Globals,
    /// The command; `up` when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command understands.
#[derive(Args, Debug)]
pub struct Globals {
    /// Data directory [default: $KAGE_DATA, or ./.kage].
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Output for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Admin endpoint of the running double [default: $KAGE_ADMIN, or as found in the data directory].
    #[arg(long, global = true, value_name = "URL")]
    pub admin: Option<String>,
    /// Token of the admin endpoint [default: $KAGE_TOKEN, or as found in the data directory].
    #[arg(long, global = true, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a double (the default command).
    Up(UpArguments),
    /// Print the environment that points AWS tools at the double: eval "$(kage env)".
    Env(EnvArguments),
    /// List the accounts.
    Accounts,
    /// Explain why a call was allowed or refused.
    Why(WhyArguments),
    /// Show or move the double's clock.
    Clock(ClockArguments),
    /// Save, restore, list and remove snapshots of the whole double.
    Snapshot(SnapshotArguments),
    /// Copy the running double into a new data directory.
    Fork(ForkArguments),
    /// Print the certificate of the local certificate authority.
    Ca,
    /// Run runbooks in Markdown and judge what comes of them.
    Rehearse(RehearseArguments),
    /// Check this machine, and the running double.
    Doctor,
    /// Print completions for a shell.
    Completions(CompletionsArguments),
    /// Print the version.
    Version,
}

/// Arguments of `kage up`.
#[derive(Args, Debug)]
pub struct UpArguments {
    /// Port of the AWS endpoint, plain and TLS; 0 takes any free one.
    #[arg(long, default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Port of the admin endpoint; 0 takes any free one.
    #[arg(long, default_value_t = DEFAULT_ADMIN_PORT)]
    pub admin_port: u16,
    /// Address of the AWS endpoint.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: IpAddr,
    /// Keep everything in memory; nothing outlives the process.
    #[arg(long, conflicts_with = "durability")]
    pub ephemeral: bool,
    /// What an answered call survives.
    #[arg(long, value_enum, default_value_t = DurabilityArgument::Process)]
    pub durability: DurabilityArgument,
    /// How foreign credentials are taken.
    #[arg(long, value_enum, default_value_t = AuthArgument::Strict)]
    pub auth: AuthArgument,
    /// With --auth open: the account of access keys that are no account numbers.
    #[arg(long, default_value = "123456789012", value_name = "ID", value_parser = account_id)]
    pub open_account: String,
    /// A folder of Python packages (a site-packages) that Lambda functions find, as AWS's runtimes bring boto3
    /// [env: KAGE_LAMBDA_PYTHON_PACKAGES].
    #[arg(long, value_name = "DIR")]
    pub lambda_python_packages: Option<PathBuf>,
    /// The same calls give the same ids and keys. They are not secret then.
    #[arg(long, value_name = "N", requires = "ephemeral")]
    pub seed: Option<u64>,
}

/// The port that other emulators use too, so that their users find it.
pub const DEFAULT_PORT: u16 = 4566;
/// The port next to it.
pub const DEFAULT_ADMIN_PORT: u16 = 4567;

impl UpArguments {
    /// What `kage` alone means.
    pub fn defaults() -> UpArguments {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            up: UpArguments,
        }
        Alone::parse_from(["kage"]).up
    }
}

/// What an answered call survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DurabilityArgument {
    /// The end of the process, kill -9 included.
    Process,
    /// A power cut: every answer waits for the disk.
    Power,
}

/// How foreign credentials are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AuthArgument {
    /// Refused, as AWS does.
    Strict,
    /// As an administrator, as other emulators do. Keys that the double made are judged in full all the same.
    Open,
}

/// Arguments of `kage env`.
#[derive(Args, Debug)]
pub struct EnvArguments {
    /// The account [default: the management account].
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account: Option<String>,
    /// The user [default: admin; in accounts without it, a session of OrganizationAccountAccessRole].
    #[arg(long, value_name = "NAME", conflicts_with = "root")]
    pub user: Option<String>,
    /// The root user of the account.
    #[arg(long)]
    pub root: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = EnvFormat::Sh)]
    pub format: EnvFormat,
    /// The https endpoint, and the variables by which the SDKs trust its certificate.
    #[arg(long)]
    pub tls: bool,
    /// The Region.
    #[arg(long, default_value = "us-east-1", value_name = "REGION")]
    pub region: String,
}

/// The form of the output of `kage env`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// For eval in a POSIX shell.
    Sh,
    /// A JSON object.
    Json,
    /// Text for ~/.aws/config and ~/.aws/credentials.
    Profile,
}

/// Arguments of `kage why`.
#[derive(Args, Debug)]
pub struct WhyArguments {
    /// The request id, as an error message or the header x-amzn-RequestId has it.
    /// Without it, the latest calls are listed.
    #[arg(value_name = "REQUEST-ID")]
    pub request_id: Option<String>,
}

/// Arguments of `kage clock`.
#[derive(Args, Debug)]
pub struct ClockArguments {
    /// What to do; `show` when nothing is said.
    #[command(subcommand)]
    pub action: Option<ClockAction>,
}

/// What can be done with the clock.
#[derive(Debug, Subcommand)]
pub enum ClockAction {
    /// Show it.
    Show,
    /// Move it forward, running all that comes due on the way.
    Advance {
        /// How far: 90s, 15m, 12h, 31d, 2w, or 1d12h.
        #[arg(value_name = "DURATION")]
        by: String,
    },
    /// Set it; forward runs all that comes due on the way.
    Set {
        /// To when: 2027-01-01T00:00:00Z.
        #[arg(value_name = "TIME")]
        to: String,
    },
    /// Stop it where it is.
    Freeze,
    /// Let it run again from where it stands.
    Resume,
}

/// Arguments of `kage snapshot`.
#[derive(Args, Debug)]
pub struct SnapshotArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: SnapshotAction,
}

/// What can be done with snapshots.
#[derive(Debug, Subcommand)]
pub enum SnapshotAction {
    /// Save the present under a name.
    Save {
        /// The name.
        name: String,
    },
    /// Go back to a snapshot.
    Restore {
        /// The name.
        name: String,
    },
    /// List the snapshots.
    List,
    /// Remove a snapshot.
    Remove {
        /// The name.
        name: String,
    },
}

/// Arguments of `kage fork`.
#[derive(Args, Debug)]
pub struct ForkArguments {
    /// The new data directory. It must not exist, or be empty.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Arguments of `kage rehearse`.
#[derive(Args, Debug)]
pub struct RehearseArguments {
    /// The Markdown files. Each gets a new double in memory, unless a running one is said with --admin or --data.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write a JUnit report to this file too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Leave the state on a running double; else it is brought back to what it was.
    #[arg(long)]
    pub keep: bool,
    /// How many seconds one block may take.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub limit: u64,
}

/// Arguments of `kage completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// The shell.
    pub shell: Shell,
}

fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account number has twelve digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert_eq!(UpArguments::defaults().port, DEFAULT_PORT);
    }
}
