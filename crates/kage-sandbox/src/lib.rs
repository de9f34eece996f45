//! Runs foreign code: Lambda functions as sandboxed processes behind the Lambda Runtime API.
//!
//! An edge crate: processes, sockets and files are its business. Nothing here is unsafe code: namespaces, mounts and limits
//! are set by the host's own tools (`unshare`, `mount`, `setpriv`, `prlimit`) in a script that [`script`] writes.
//!
//! - [`settings`]: what the binary decides.
//! - [`host`]: what this host allows, and what is weaker for that.
//! - [`cache`]: unpacked packages.
//! - [`script`]: the script that makes a room and starts a runtime in it.
//! - [`api`], [`wire`], [`door`]: the Runtime API and the way to the double, over a socket of each room's own.
//! - [`logs`]: what a function writes.
//! - [`processes`], [`meter`]: signals to whole trees of processes; memory in use.
//! - [`room`]: one execution environment from its start to its end.
//! - [`pool`]: all of them; the implementation of [`kage_core::Sandbox`].

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge where foreign code runs: files, sockets and wall time are its business"
)]

mod api;
mod cache;
mod door;
mod error;
mod host;
mod logs;
mod meter;
mod pool;
mod processes;
mod room;
mod script;
mod settings;
mod wire;

pub use pool::ProcessSandbox;
pub use settings::Settings;
