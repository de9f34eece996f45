//! `kage accounts`.

use super::{list, print_table, text};
use crate::cli::Globals;
use crate::discover;
use crate::failure::Failure;
use serde_json::Value;

/// Lists the accounts.
///
/// # Errors
/// When no double is running.
pub fn run(globals: &Globals) -> Result<(), Failure> {
    let answer = discover::find(globals)?.client.get("/v1/accounts")?;
    if globals.json {
        println!("{answer}");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = list(&answer, "accounts")
        .iter()
        .map(|account| {
            let management = account.get("management").and_then(Value::as_bool).unwrap_or(false);
            let role = if management { "management" } else { "" };
            [
                text(account, "id"),
                text(account, "name"),
                text(account, "status"),
                text(account, "email"),
                role,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    print_table(&["ACCOUNT", "NAME", "STATUS", "EMAIL", ""], &rows);
    Ok(())
}
