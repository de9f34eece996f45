//! Foreign code: what runs a Lambda function for this double.
//!
//! The types are plain data, so that the service crate knows nothing about processes and the sandbox nothing about AWS
//! resources. The crate `kage-sandbox` implements [`Sandbox`].

use crate::Millis;
use std::fmt;
use std::sync::Arc;

/// Runs functions. Calls block until the function has answered, failed or was ended: make them on a thread that may block.
pub trait Sandbox: Send + Sync {
    /// Runs one invocation in a warm execution environment, or in a new one.
    fn invoke(&self, invocation: &Invocation) -> InvocationResult;
    /// Ends every idle execution environment of a function (an unqualified function ARN); busy ones end after their work.
    fn retire(&self, function: &str);
    /// What this host lets the sandbox enforce, for `kage doctor`.
    fn capabilities(&self) -> Vec<Capability>;
}

/// How well one limit is enforced on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What is limited: `files`, `network`, `memory`, `processes`, `storage`, `runtime python`.
    pub name: String,
    /// Whether it is enforced as far as the sandbox knows how.
    pub full: bool,
    /// How it is enforced, or what is weaker and why.
    pub detail: String,
}

/// One invocation with everything that its execution environment needs.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Which function. Invocations with equal identities and credentials share execution environments.
    pub function: FunctionIdentity,
    /// The ARN by which it was invoked, with its qualifier.
    pub invoked_arn: String,
    /// The id of the invocation.
    pub request_id: String,
    /// `python3.12`, `nodejs22.x`, `provided.al2023`.
    pub runtime: String,
    /// `index.handler`.
    pub handler: String,
    /// The deployment package.
    pub code: Package,
    /// Its layers in the order in which they are unpacked.
    pub layers: Vec<Package>,
    /// Memory in MiB.
    pub memory_mb: u32,
    /// How long it may take, in milliseconds.
    pub timeout_ms: u64,
    /// Size of `/tmp` in MiB.
    pub storage_mb: u32,
    /// How many invocations of this function, all versions together, may run at one time; `None`: as many as there is place.
    pub concurrency: Option<u32>,
    /// The function's own environment variables.
    pub environment: Vec<(String, String)>,
    /// Credentials of its execution role.
    pub credentials: SandboxCredentials,
    /// Its Region.
    pub region: String,
    /// The log group it is told.
    pub log_group: String,
    /// The log stream that a new execution environment is given.
    pub log_stream: String,
    /// The event.
    pub payload: Vec<u8>,
    /// The client context as JSON text.
    pub client_context: Option<String>,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
    /// The double's time at the start; log lines are stamped from here on.
    pub started: Millis,
}

/// Which code in which configuration runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionIdentity {
    /// The unqualified ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Changes with every change of code or configuration.
    pub revision: String,
}

/// Temporary credentials of the execution role.
#[derive(Clone, PartialEq, Eq)]
pub struct SandboxCredentials {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret: String,
    /// Session token.
    pub token: String,
}

impl fmt::Debug for SandboxCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SandboxCredentials({})", self.access_key)
    }
}

/// A zip archive by its content.
#[derive(Clone)]
pub struct Package {
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Reads the archive; asked only when it is not unpacked yet. The error is a text for people.
    pub read: Arc<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>,
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Package({})", self.sha256)
    }
}

/// What an invocation came to.
#[derive(Clone, Debug)]
pub struct InvocationResult {
    /// The answer.
    pub outcome: Outcome,
    /// The log stream of the execution environment.
    pub log_stream: String,
    /// What was written while the environment started; empty for a warm one.
    pub init_logs: Vec<LogLine>,
    /// What was written during the invocation.
    pub logs: Vec<LogLine>,
    /// Length of the invocation in microseconds.
    pub duration_us: u64,
    /// Length of the start in microseconds, when the environment was new.
    pub init_us: Option<u64>,
    /// The most memory in MiB that was seen in use.
    pub max_memory_mb: u32,
}

/// The kinds of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function's answer.
    Answer(Vec<u8>),
    /// The function failed; a JSON text with `errorMessage` and `errorType`.
    Failed {
        /// The answer's payload.
        payload: Vec<u8>,
        /// `Runtime.ExitError`, `Sandbox.Timedout`, … or what the function named.
        error_type: String,
    },
    /// Every execution environment of this host is busy.
    Busy,
    /// As many invocations of this function run as [`Invocation::concurrency`] allows.
    Throttled,
    /// The sandbox could not start the function: a text for people. Nothing of the function ran.
    NotStarted(String),
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, on the double's clock.
    pub at: Millis,
    /// The text without its end of line.
    pub text: String,
}
