//! The first state of a double, and of every account in it.

use crate::organization::{Node, Organization, OrganizationPolicy, RESOURCE_CONTROL, SERVICE_CONTROL};
use crate::{accounts, credentials, organization, roles, users};
use kage_core::{Millis, Result, Tx, World};
use kage_store::Reads;

/// The management account of a fresh double.
pub const MANAGEMENT_ACCOUNT: &str = "111111111111";
/// The administrator that every account of the double has at first.
pub const ADMINISTRATOR: &str = "admin";
/// The role by which the management account administers the accounts it makes.
/// AWS: Organizations user guide, "Accessing member accounts".
pub const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const RESOURCE_FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// Whether the store holds no account yet.
///
/// # Errors
/// Those of the store.
pub fn is_fresh(reads: &dyn Reads) -> Result<bool> {
    Ok(accounts::list(reads)?.is_empty())
}

/// Makes the double's own secrets, the organization, its management account and the account's administrator.
///
/// # Errors
/// Those of the store.
pub fn create(tx: &mut Tx, world: &World) -> Result<()> {
    let now = world.clock.now().milliseconds();
    kage_core::create_secrets(tx, world)?;
    create_account(tx, world, MANAGEMENT_ACCOUNT, "management", "management@example.com")?;
    create_administrator(tx, world, MANAGEMENT_ACCOUNT)?;
    create_organization(tx, world, MANAGEMENT_ACCOUNT, now)
}

/// Makes an account with nothing in it.
///
/// # Errors
/// Those of the store.
pub fn create_account(tx: &mut Tx, world: &World, id: &str, name: &str, email: &str) -> Result<()> {
    accounts::put(
        tx,
        &accounts::Account {
            id: id.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            canonical_id: world.ids().hex(64),
            created: world.clock.now().milliseconds(),
            status: "ACTIVE".to_owned(),
            alias: None,
        },
    )
}

/// Makes the user [`ADMINISTRATOR`] with AdministratorAccess and one access key.
///
/// # Errors
/// Those of the store.
pub fn create_administrator(tx: &mut Tx, world: &World, account: &str) -> Result<()> {
    let now = world.clock.now().milliseconds();
    users::put(
        tx,
        &users::User {
            account: account.to_owned(),
            name: ADMINISTRATOR.to_owned(),
            path: "/".to_owned(),
            id: world.ids().principal_id("AIDA", account),
            created: now,
            attached: vec![ADMINISTRATOR_ACCESS.to_owned()],
            ..users::User::default()
        },
    )?;
    create_key(tx, world, account, Some(ADMINISTRATOR)).map(|_| ())
}

/// Makes an access key for a user, or for the root user.
///
/// # Errors
/// Those of the store.
pub fn create_key(
    tx: &mut Tx,
    world: &World,
    account: &str,
    user: Option<&str>,
) -> Result<credentials::AccessKey> {
    let key = credentials::AccessKey {
        id: world.ids().principal_id("AKIA", account),
        account: account.to_owned(),
        user: user.map(str::to_owned),
        secret: world.ids().secret_key(),
        active: true,
        created: world.clock.now().milliseconds(),
        last_used: None,
    };
    credentials::put(tx, &key)?;
    Ok(key)
}

/// Makes the role by which `management` administers `account`.
///
/// # Errors
/// Those of the store.
pub fn create_access_role(
    tx: &mut Tx,
    world: &World,
    account: &str,
    management: &str,
    name: &str,
) -> Result<()> {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{management}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    roles::put(
        tx,
        &roles::Role {
            account: account.to_owned(),
            name: name.to_owned(),
            path: "/".to_owned(),
            id: world.ids().principal_id("AROA", account),
            created: world.clock.now().milliseconds(),
            trust,
            max_session_seconds: 3600,
            attached: vec![ADMINISTRATOR_ACCESS.to_owned()],
            ..roles::Role::default()
        },
    )
}

/// Makes an organization of one account and both kinds of full-access policy. No policy type is enabled yet: `ListRoots`
/// of a new organization shows none, and runbooks begin with `EnablePolicyType`.
///
/// # Errors
/// Those of the store.
pub fn create_organization(tx: &mut Tx, world: &World, management: &str, now: Millis) -> Result<()> {
    let id = format!("o-{}", world.ids().lower(10));
    let root = format!("r-{}", world.ids().lower(4));
    organization::put(
        tx,
        &Organization {
            id: id.clone(),
            management: management.to_owned(),
            feature_set: "ALL".to_owned(),
            root: root.clone(),
            created: now,
            ..Organization::default()
        },
    )?;
    for (kind, policy_id, name, content) in [
        (SERVICE_CONTROL, "p-FullAWSAccess", "FullAWSAccess", FULL_ACCESS),
        (RESOURCE_CONTROL, "p-RCPFullAWSAccess", "RCPFullAWSAccess", RESOURCE_FULL_ACCESS),
    ] {
        organization::put_policy(
            tx,
            &OrganizationPolicy {
                id: policy_id.to_owned(),
                organization: id.clone(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                description: "Allows access to every operation".to_owned(),
                content: content.to_owned(),
                aws_managed: true,
                ..OrganizationPolicy::default()
            },
        )?;
    }
    organization::put_node(
        tx,
        &Node { id: root.clone(), organization: id.clone(), name: "Root".to_owned(), ..Node::default() },
    )?;
    organization::put_node(
        tx,
        &Node {
            id: management.to_owned(),
            organization: id,
            parent: Some(root),
            joined: Some((now, "INVITED".to_owned())),
            ..Node::default()
        },
    )
}
