//! What the pipeline asks for every call: who holds a key, and which policies bind a principal.

use crate::{accounts, credentials, groups, policies, roles, sessions, users};
use kage_core::{Caller, CallerKind, Millis, Result};
use kage_store::Reads;

/// What an access key id leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// The secret access key.
    pub secret: Secret,
    /// Whether the key is active.
    pub active: bool,
    /// The token that must come with it, for temporary credentials.
    pub token: Option<Secret>,
    /// When it ends, for temporary credentials.
    pub expires: Option<Millis>,
    /// Who the bearer is.
    pub caller: Caller,
}

/// Text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

/// A policy document with the name and ARN by which explanations call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// Name of the inline or managed policy.
    pub name: String,
    /// ARN of a managed policy.
    pub arn: Option<String>,
    /// The document; `None` for AWS's own policies, which never change and are looked up by ARN when first needed.
    pub text: Option<String>,
}

/// The permissions boundary of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It has none.
    None,
    /// It has one whose policy is gone: nothing is allowed (rule 25 of `authorization.md`).
    Deleted {
        /// The policy's ARN.
        arn: String,
    },
    /// It has one.
    Policy(PolicyText),
}

/// All policies that bind a principal by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalPolicies {
    /// Identity-based policies: inline, attached, and of its groups.
    pub identity: Vec<PolicyText>,
    /// The boundary.
    pub boundary: Boundary,
    /// Session policies; `None` when the session has none and is not limited by any.
    pub session: Option<Vec<PolicyText>>,
    /// Tags of the principal, session tags included.
    pub tags: Vec<(String, String)>,
    /// Whether it is a session of a service-linked role.
    pub service_linked: bool,
}

/// Who holds the key with this id, long-term or temporary. Keys of a closed account name nobody.
/// AWS: Account Management guide, "Close an AWS account": "you can't access" it any more; no recorded answer of an API call
/// was found, so it is that of an unknown key.
///
/// # Errors
/// Those of the store.
pub fn credential(reads: &dyn Reads, access_key: &str) -> Result<Option<Credential>> {
    if let Some(session) = sessions::find(reads, access_key)? {
        if accounts::is_closed(reads, &session.caller.account)? {
            return Ok(None);
        }
        return Ok(Some(Credential {
            secret: Secret(session.secret),
            active: true,
            token: Some(Secret(session.token)),
            expires: Some(session.expires),
            caller: session.caller,
        }));
    }
    let Some(key) = credentials::find(reads, access_key)? else { return Ok(None) };
    if accounts::is_closed(reads, &key.account)? {
        return Ok(None);
    }
    let caller = match &key.user {
        None => root(&key.account),
        Some(name) => match users::find(reads, &key.account, name)? {
            Some(user) => of_user(&user),
            None => return Ok(None),
        },
    };
    Ok(Some(Credential {
        secret: Secret(key.secret),
        active: key.active,
        token: None,
        expires: None,
        caller: Caller { access_key: Some(key.id), ..caller },
    }))
}

/// The root user of an account.
#[must_use]
pub fn root(account: &str) -> Caller {
    Caller {
        kind: CallerKind::Root,
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
        id: account.to_owned(),
        access_key: None,
        session: None,
    }
}

/// A user as a caller.
#[must_use]
pub fn of_user(user: &users::User) -> Caller {
    Caller {
        kind: CallerKind::User { name: user.name.clone() },
        account: user.account.clone(),
        arn: user.arn(),
        id: user.id.clone(),
        access_key: None,
        session: None,
    }
}

/// A session of a role as a caller, without session facts.
#[must_use]
pub fn of_role(role: &roles::Role, session_name: &str) -> Caller {
    Caller {
        kind: CallerKind::Role {
            role_arn: role.arn(),
            role_id: role.id.clone(),
            role_name: role.name.clone(),
            session_name: session_name.to_owned(),
        },
        account: role.account.clone(),
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{session_name}", role.account, role.name),
        id: format!("{}:{session_name}", role.id),
        access_key: None,
        session: None,
    }
}

/// The policies that bind the caller.
///
/// # Errors
/// Those of the store.
pub fn policies_of(reads: &dyn Reads, caller: &Caller) -> Result<PrincipalPolicies> {
    let mut out = PrincipalPolicies {
        identity: Vec::new(),
        boundary: Boundary::None,
        session: None,
        tags: Vec::new(),
        service_linked: false,
    };
    match &caller.kind {
        CallerKind::Anonymous | CallerKind::Root | CallerKind::Service { .. } => {}
        CallerKind::User { name } => add_user(reads, &caller.account, name, &mut out)?,
        CallerKind::Federated { issuer_arn, .. } => {
            // AWS: STS API reference, GetFederationToken: the permissions are the intersection of the calling user's
            // policies and the session policies.
            if let Some(name) = issuer_arn.rsplit('/').next().filter(|_| issuer_arn.contains(":user/")) {
                add_user(reads, &caller.account, name, &mut out)?;
                out.tags.clear();
            }
            out.session = Some(Vec::new());
        }
        CallerKind::Role { role_id, .. } => {
            // By unique id: a role that was deleted and made again is another role.
            if let Some(role) = roles::find_by_id(reads, role_id)? {
                out.service_linked = role.is_service_linked();
                add(reads, &role.inline, &role.attached, &mut out)?;
                out.boundary = boundary(reads, role.boundary.as_deref())?;
                out.tags = role.tags.0;
            }
        }
    }
    if let Some(session) = &caller.session {
        for (key, value) in &session.tags {
            out.tags.retain(|(known, _)| !known.eq_ignore_ascii_case(key));
            out.tags.push((key.clone(), value.clone()));
        }
        add_session(reads, session, &mut out)?;
    }
    Ok(out)
}

fn add_session(reads: &dyn Reads, session: &kage_core::Session, out: &mut PrincipalPolicies) -> Result<()> {
    if session.policies.is_empty() && session.policy_arns.is_empty() {
        return Ok(());
    }
    let mut texts = out.session.take().unwrap_or_default();
    for text in &session.policies {
        texts.push(PolicyText { name: "session policy".to_owned(), arn: None, text: Some(text.clone()) });
    }
    for arn in &session.policy_arns {
        texts.extend(managed(reads, arn)?);
    }
    out.session = Some(texts);
    Ok(())
}

fn add_user(reads: &dyn Reads, account: &str, name: &str, out: &mut PrincipalPolicies) -> Result<()> {
    let Some(user) = users::find(reads, account, name)? else { return Ok(()) };
    add(reads, &user.inline, &user.attached, out)?;
    for group in &user.groups {
        if let Some(group) = groups::find(reads, account, group)? {
            add(reads, &group.inline, &group.attached, out)?;
        }
    }
    out.boundary = boundary(reads, user.boundary.as_deref())?;
    out.tags = user.tags.0;
    Ok(())
}

fn add(
    reads: &dyn Reads,
    inline: &std::collections::BTreeMap<String, String>,
    attached: &[String],
    out: &mut PrincipalPolicies,
) -> Result<()> {
    for (name, text) in inline {
        out.identity.push(PolicyText { name: name.clone(), arn: None, text: Some(text.clone()) });
    }
    for arn in attached {
        out.identity.extend(managed(reads, arn)?);
    }
    Ok(())
}

fn managed(reads: &dyn Reads, arn: &str) -> Result<Option<PolicyText>> {
    let text = if policies::is_aws_managed(arn) {
        if !kage_iam_data::is_managed_policy(arn) {
            return Ok(None);
        }
        None
    } else {
        match policies::find(reads, arn)?.and_then(|policy| policy.document().map(str::to_owned)) {
            Some(text) => Some(text),
            None => return Ok(None),
        }
    };
    let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
    Ok(Some(PolicyText { name, arn: Some(arn.to_owned()), text }))
}

fn boundary(reads: &dyn Reads, arn: Option<&str>) -> Result<Boundary> {
    let Some(arn) = arn else { return Ok(Boundary::None) };
    Ok(match managed(reads, arn)? {
        Some(text) => Boundary::Policy(text),
        None => Boundary::Deleted { arn: arn.to_owned() },
    })
}
