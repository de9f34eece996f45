//! The admin port: what the owner of the double may do and no AWS API offers. JSON, behind a token.
//!
//! | route | what |
//! | --- | --- |
//! | `GET /health` | whether it runs; the only one without a token |
//! | `GET /v1/accounts` | all accounts |
//! | `POST /v1/credentials` | credentials of a user, the root user, or the administrator of an account |
//! | `GET /v1/why` | the latest calls |
//! | `GET /v1/why/<request id>` | the explanation of a call; `?render=text` for a terminal |
//! | `GET`, `POST /v1/clock` | reads and moves the clock |
//! | `GET`, `POST /v1/snapshots` | lists and saves |
//! | `POST /v1/snapshots/<name>/restore`, `DELETE /v1/snapshots/<name>` | restores and removes |
//! | `POST /v1/fork` | copies the whole double into a new data directory |
//! | `GET /v1/ca` | the certificate to trust, PEM |
//! | `POST /v1/reset` | back to the first state |

mod accounts;
mod clock;
mod credentials;
mod failure;
mod guard;
mod router;
mod snapshots;

pub use failure::Failure;
pub use router::Admin;
