//! Reads zip archives that strangers made. Pure: bytes in, entries out.
//!
//! - [`unpack`] gives every entry to a sink, folders and files in the archive's order, links last.
//! - [`check`] does the same and keeps nothing.
//! - [`pack`] writes archives, for tests and for packages that we make.
//!
//! Names that leave the archive (`..`, absolute paths, links to the outside), entries that grow past the limits, damaged and
//! encrypted entries, and archives that name one place twice are refused.
//!
//! Source of the format: PKWARE APPNOTE.TXT 6.3.10. Zip64, splitting and methods other than store and deflate are refused.

mod bytes;
mod pack;
mod path;
mod unpack;

pub use pack::pack;
pub use unpack::{Entry, Kind, Limits, Summary, ZipError, check, unpack};
