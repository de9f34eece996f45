//! `kage ca`.

use crate::cli::Globals;
use crate::discover;
use crate::failure::Failure;
use serde_json::json;

/// Prints the certificate to trust.
///
/// # Errors
/// When no double is running.
pub fn run(globals: &Globals) -> Result<(), Failure> {
    let double = discover::find(globals)?;
    let pem = double.client.get_text("/v1/ca")?;
    if globals.json {
        println!("{}", json!({ "pem": pem, "file": double.run_file.map(|run| run.ca_file) }));
    } else {
        print!("{pem}");
    }
    Ok(())
}
