//! `kage version`.

use crate::cli::Globals;
use crate::failure::Failure;
use serde_json::json;

/// Prints the version.
///
/// # Errors
/// None.
pub fn run(globals: &Globals) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if globals.json {
        println!("{}", json!({ "version": version }));
    } else {
        println!("kage {version}");
    }
    Ok(())
}
