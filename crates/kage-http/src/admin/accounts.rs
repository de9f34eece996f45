//! The accounts of the double.

use super::Failure;
use kage_core::World;
use kage_identity::{accounts, organization};
use kage_schema::Timestamp;
use serde_json::{Value, json};

/// All accounts, with the one that manages the organization marked.
pub fn list(world: &World) -> Result<Value, Failure> {
    let reads = world.store.read();
    let mut shown = Vec::new();
    for account in accounts::list(&reads)? {
        let organization = organization::of_account(&reads, &account.id)?;
        shown.push(json!({
            "id": account.id,
            "name": account.name,
            "email": account.email,
            "status": account.status,
            "management": organization.as_ref().is_some_and(|it| it.management == account.id),
            "organization": organization.map(|it| it.id),
            "created": Timestamp(account.created).iso8601(),
        }));
    }
    Ok(json!({ "accounts": shown }))
}
