//! The tables of principals.
//!
//! Three services write them (IAM, STS, Organizations) and the pipeline reads them for every call; services do not
//! import each other (law 5), so the nouns and their tables live here. A noun is plain data; its collection
//! (`users::find`, `users::put`, …) is the only user of the store.

pub mod accounts;
pub mod credentials;
pub mod genesis;
pub mod groups;
pub mod instance_profiles;
pub mod mfa;
pub mod organization;
pub mod policies;
pub mod principal;
pub mod roles;
pub mod sessions;
pub mod users;

mod tags;

pub use tags::Tags;
