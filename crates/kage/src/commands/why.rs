//! `kage why`.

use super::{list, print_table, text};
use crate::cli::{Globals, WhyArguments};
use crate::client::segment;
use crate::discover;
use crate::failure::Failure;

/// Explains a call, or lists the latest ones.
///
/// # Errors
/// When the call is not remembered, or no double is running.
pub fn run(arguments: &WhyArguments, globals: &Globals) -> Result<(), Failure> {
    let client = discover::find(globals)?.client;
    let Some(id) = &arguments.request_id else {
        let answer = client.get("/v1/why")?;
        if globals.json {
            println!("{answer}");
            return Ok(());
        }
        let row = |call| vec![text(call, "request_id").to_owned(), text(call, "summary").to_owned()];
        let rows: Vec<Vec<String>> = list(&answer, "calls").iter().map(row).collect();
        print_table(&["REQUEST", "CALL"], &rows);
        return Ok(());
    };
    let path = format!("/v1/why/{}", segment(id));
    if globals.json {
        println!("{}", client.get(&path)?);
    } else {
        println!("{}", client.get_text(&format!("{path}?render=text"))?.trim_end());
    }
    Ok(())
}
