//! The grants of the double.

use crate::errors;
use crate::grant::Grant;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kage_core::{Call, Result, Tx};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const GRANTS: Table<Grant> = Table::new("kms.grants");

/// One grant of a key.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, key: (&str, &str, &str), id: &str) -> Result<Option<Grant>> {
    Ok(GRANTS.get(reads, &row(&[key.0, key.1, key.2, id]))?)
}

/// The grants of a key (account, Region, id), by grant id.
///
/// # Errors
/// Those of the store.
pub fn of_key(reads: &dyn Reads, key: (&str, &str, &str)) -> Result<Vec<Grant>> {
    kage_core::scan(&GRANTS, reads, &row(&[key.0, key.1, key.2]))
}

/// The grants of all accounts in a Region.
///
/// # Errors
/// Those of the store.
pub fn in_region(reads: &dyn Reads, region: &str) -> Result<Vec<Grant>> {
    let mut all = kage_core::scan(&GRANTS, reads, &Key::new())?;
    all.retain(|grant| grant.region == region);
    Ok(all)
}

/// Writes a grant.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, grant: &Grant) -> Result<()> {
    GRANTS.put(tx.writer(), &row(&[&grant.account, &grant.region, &grant.key, &grant.id]), grant)?;
    Ok(())
}

/// Removes a grant.
pub fn remove(tx: &mut Tx, grant: &Grant) {
    GRANTS.delete(tx.writer(), &row(&[&grant.account, &grant.region, &grant.key, &grant.id]));
}

/// A new token for a grant; it names the grant, and a part of it cannot be guessed.
pub fn new_token(call: &Call<'_>, key: (&str, &str, &str), id: &str) -> String {
    URL_SAFE_NO_PAD.encode([key.0, key.1, key.2, id, &call.ids().hex(32)].join("\n"))
}

/// The grant of a token.
///
/// # Errors
/// Those of the store.
pub fn by_token(reads: &dyn Reads, token: &str) -> Result<Option<Grant>> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else { return Ok(None) };
    let mut parts = text.split('\n');
    let (Some(account), Some(region), Some(key), Some(id)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Ok(None);
    };
    Ok(find(reads, (account, region, key), id)?.filter(|grant| grant.token == token))
}

/// Refuses tokens that name no grant. Grants count at once here, so that a token adds nothing to them.
///
/// # Errors
/// `InvalidGrantTokenException`.
pub fn require_tokens(reads: &dyn Reads, tokens: Option<&Vec<String>>) -> Result<()> {
    for token in tokens.into_iter().flatten() {
        if by_token(reads, token)?.is_none() {
            return Err(errors::invalid_grant_token());
        }
    }
    Ok(())
}
