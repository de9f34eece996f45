//! `kage why`.

use crate::cli::{Globals, WhyArguments};
use crate::client::segment;
use crate::discover;
use crate::failure::Failure;

/// Explains a call.
///
/// # Errors
/// When the call is not remembered, or no double is running.
pub fn run(arguments: &WhyArguments, globals: &Globals) -> Result<(), Failure> {
    let client = discover::find(globals)?.client;
    let path = format!("/v1/why/{}", segment(&arguments.request_id));
    if globals.json {
        println!("{}", client.get(&path)?);
    } else {
        println!("{}", client.get_text(&format!("{path}?render=text"))?.trim_end());
    }
    Ok(())
}
