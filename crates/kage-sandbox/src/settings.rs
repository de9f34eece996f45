//! What the binary decides.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Settings of the sandbox.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A folder of its own: unpacked code, and a folder for each execution environment. Its content is thrown away at
    /// the start.
    pub folder: PathBuf,
    /// Where the double listens in plain HTTP; functions are told `AWS_ENDPOINT_URL`. Set when it listens; functions that run
    /// before reach no endpoint.
    pub endpoint: Arc<OnceLock<SocketAddr>>,
    /// A folder of Python packages that functions find last, as AWS's runtime brings boto3: the `site-packages` of a
    /// virtual environment. `None`: only what the host's Python itself has.
    pub python_packages: Option<PathBuf>,
    /// The most execution environments at one time.
    pub rooms: usize,
    /// How long an idle execution environment is kept.
    pub idle: Duration,
    /// How long an invocation waits for a free execution environment before it is answered with "busy".
    pub patience: Duration,
    /// Never use namespaces: for tests of the weaker way, and for hosts on which they make trouble.
    pub without_namespaces: bool,
}

impl Settings {
    /// Settings with the defaults: 16 environments, five minutes idle.
    #[must_use]
    pub fn new(folder: PathBuf) -> Settings {
        Settings {
            folder,
            endpoint: Arc::default(),
            python_packages: None,
            rooms: 16,
            idle: Duration::from_secs(300),
            patience: Duration::from_secs(30),
            without_namespaces: false,
        }
    }
}
