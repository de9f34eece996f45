//! Credentials for the owner of the double: how the first call gets signed.

use super::Failure;
use kage_core::{Session, Tx, World};
use kage_identity::{accounts, credentials, genesis, organization, principal, roles, sessions, users};
use kage_schema::Timestamp;
use serde_json::{Value, json};

/// AWS: IAM user guide, "IAM and AWS STS quotas": two access keys per user.
const KEYS_MAX: usize = 2;
/// Role sessions that are handed out last an hour, as AssumeRole's do by default.
const SESSION_SECONDS: i64 = 3600;
/// The name of the sessions that are handed out.
const SESSION_NAME: &str = "kage";

/// Gives an active key of the wanted principal, an existing one if there is one.
///
/// `{"account": …, "user": …}` or `{"account": …, "root": true}`. Without an account: the management account. Without
/// user and root: the user `admin`; in accounts that have none, a session of `OrganizationAccountAccessRole`, as the
/// management account would take it.
pub fn give(world: &World, request: &Value) -> Result<Value, Failure> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let account = text("account").unwrap_or(genesis::MANAGEMENT_ACCOUNT);
    let root = request.get("root").and_then(Value::as_bool).unwrap_or(false);
    let mut tx = Tx::new(world.store.begin());
    if accounts::find(tx.reads(), account)?.is_none() {
        return Err(Failure::new(404, format!("there is no account {account}"), "see: kage accounts"));
    }
    let given = match (root, text("user")) {
        (true, Some(_)) => {
            return Err(Failure::bad("both a user and root are asked for", "ask for one of them"));
        }
        (true, None) => key(&mut tx, world, account, None)?,
        (false, Some(user)) => key_of_user(&mut tx, world, account, user)?,
        (false, None) if users::find(tx.reads(), account, genesis::ADMINISTRATOR)?.is_some() => {
            key(&mut tx, world, account, Some(genesis::ADMINISTRATOR))?
        }
        (false, None) => session(&mut tx, world, account)?,
    };
    tx.into_inner().commit()?.wait()?;
    Ok(given)
}

fn key_of_user(tx: &mut Tx, world: &World, account: &str, user: &str) -> Result<Value, Failure> {
    match users::find(tx.reads(), account, user)? {
        // The name as it was given at first: names are found in any case of letters.
        Some(found) => key(tx, world, account, Some(&found.name)),
        None => {
            let hint = format!("make it with: aws iam create-user --user-name {user}");
            Err(Failure::new(404, format!("account {account} has no user {user}"), hint))
        }
    }
}

fn key(tx: &mut Tx, world: &World, account: &str, user: Option<&str>) -> Result<Value, Failure> {
    let keys = credentials::list(tx.reads(), account, user)?;
    let key = match keys.iter().find(|key| key.active) {
        Some(key) => key.clone(),
        None if keys.len() < KEYS_MAX => genesis::create_key(tx, world, account, user)?,
        None => {
            let who = user.unwrap_or("the root user");
            let error = format!("{who} of account {account} has two access keys, and both are inactive");
            return Err(Failure::new(409, error, "activate or delete one of them with aws iam"));
        }
    };
    Ok(json!({
        "account": account,
        "user": user,
        "root": user.is_none(),
        "access_key_id": key.id,
        "secret_access_key": key.secret,
    }))
}

fn session(tx: &mut Tx, world: &World, account: &str) -> Result<Value, Failure> {
    let Some(role) = roles::find(tx.reads(), account, genesis::ACCESS_ROLE)? else {
        let error = format!("account {account} has neither a user admin nor {}", genesis::ACCESS_ROLE);
        return Err(Failure::new(404, error, "name a user with --user, or ask for --root"));
    };
    let now = world.clock.now();
    let expires = now.plus_seconds(SESSION_SECONDS);
    let access_key = world.ids().principal_id("ASIA", account);
    let mut caller = principal::of_role(&role, SESSION_NAME);
    caller.access_key = Some(access_key.clone());
    caller.session = Some(Session { issued: now.0, expires: expires.0, ..Session::default() });
    let stored = sessions::StoredSession {
        access_key,
        secret: world.ids().secret_key(),
        token: world.ids().token(356),
        caller,
        expires: expires.0,
    };
    sessions::put(tx, &stored)?;
    let management = organization::of_account(tx.reads(), account)?.map(|it| it.management);
    Ok(json!({
        "account": account,
        "role": role.name,
        "management": management,
        "access_key_id": stored.access_key,
        "secret_access_key": stored.secret,
        "session_token": stored.token,
        "expires": Timestamp(stored.expires).iso8601(),
    }))
}
