//! The double's faces on the network.
//!
//! The AWS port speaks HTTP/1.1 and HTTP/2, plain and TLS, told apart by the first bytes of a connection. It knows no
//! service, signature or policy: it turns a request into a [`kage_pipeline::Head`] and a body, and an answer into bytes.
//! The admin port is for the owner of the double: a token, JSON, and what no AWS API can do (clock, snapshots, why).
//!
//! In reading order: [`Server`] binds and runs, `connection` tells the protocols apart, `gateway` is the AWS port,
//! `upload` and `outgoing` move bodies, `admin` is the admin port, `scheduler` wakes jobs.

mod admin;
mod authority;
mod connection;
mod gateway;
mod limits;
mod other_emulators;
mod outgoing;
mod scheduler;
mod server;
mod tls;
mod upload;

pub use authority::{Authority, AuthorityError};
pub use server::{GENESIS, ServeError, Server, Settings};
