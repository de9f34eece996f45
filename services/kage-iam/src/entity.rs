//! What users, groups and roles have in common: a name, and policies that hang on them.

use crate::{documents, errors, managed};
use kage_api_iam::types::{AttachedPolicy, PolicyDetail};
use kage_authz::{PolicyKind, policy_size};
use kage_core::{Access, Call, Lookup, Resource, Result, Tx};
use kage_identity::groups::{self, Group};
use kage_identity::policies;
use kage_identity::roles::{self, Role};
use kage_identity::users::{self, User};
use std::collections::BTreeMap;

/// AWS: IAM user guide, "IAM and AWS STS quotas": managed policies attached to one user, group or role.
pub const ATTACHED_MAX: usize = 10;

/// A user, a group or a role.
pub trait Entity: Resource + Clone + Send + Sync + 'static {
    /// What it is, in the words of errors: `user`.
    const KIND: &'static str;
    /// The quota of attached policies: `PoliciesPerUser`.
    const ATTACHED_QUOTA: &'static str;
    /// Characters of all inline policies together, without white space.
    const INLINE_MAX: usize;

    /// Its name.
    fn name(&self) -> &str;
    /// ARNs of attached policies, and inline policies by name.
    fn policies(&self) -> (&Vec<String>, &BTreeMap<String, String>);
    /// The same, to be changed.
    fn policies_mut(&mut self) -> (&mut Vec<String>, &mut BTreeMap<String, String>);
    /// ARN of its permissions boundary.
    fn boundary(&self) -> Option<&str>;
    /// The entity of this name in the caller's account.
    fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Self>>;
    /// Writes it.
    fn save(&self, tx: &mut Tx) -> Result<()>;
    /// Refuses when only AWS may change it.
    fn require_modifiable(&self) -> Result<()> {
        Ok(())
    }
    /// Refuses a managed policy that cannot hang on it.
    fn require_suits(&self, policy_arn: &str) -> Result<()> {
        if policy_arn.starts_with("arn:aws:iam::aws:policy/aws-service-role/") {
            return Err(errors::service_role_policy());
        }
        Ok(())
    }
}

/// A user or a role: what can have a permissions boundary.
pub trait Principal: Entity {
    /// Its permissions boundary, to be changed.
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

macro_rules! policies {
    () => {
        fn name(&self) -> &str {
            &self.name
        }
        fn policies(&self) -> (&Vec<String>, &BTreeMap<String, String>) {
            (&self.attached, &self.inline)
        }
        fn policies_mut(&mut self) -> (&mut Vec<String>, &mut BTreeMap<String, String>) {
            (&mut self.attached, &mut self.inline)
        }
    };
}

/// Quotas of inline policies: AWS: IAM user guide, "IAM and AWS STS quotas".
impl Entity for User {
    const KIND: &'static str = "user";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerUser";
    const INLINE_MAX: usize = 2_048;
    policies!();

    fn boundary(&self) -> Option<&str> {
        self.boundary.as_deref()
    }
    fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<User>> {
        Ok(match users::find(tx.reads(), &call.account, name)? {
            Some(user) => Lookup::Found(user),
            None => Lookup::missing(call.global_arn("iam", format!("user/{name}")), errors::no_user(name)),
        })
    }
    fn save(&self, tx: &mut Tx) -> Result<()> {
        users::put(tx, self)
    }
}

impl Principal for User {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

impl Entity for Group {
    const KIND: &'static str = "group";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerGroup";
    const INLINE_MAX: usize = 5_120;
    policies!();

    fn boundary(&self) -> Option<&str> {
        None
    }
    fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Group>> {
        Ok(match groups::find(tx.reads(), &call.account, name)? {
            Some(group) => Lookup::Found(group),
            None => Lookup::missing(call.global_arn("iam", format!("group/{name}")), errors::no_group(name)),
        })
    }
    fn save(&self, tx: &mut Tx) -> Result<()> {
        groups::put(tx, self)
    }
}

impl Entity for Role {
    const KIND: &'static str = "role";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerRole";
    const INLINE_MAX: usize = 10_240;
    policies!();

    fn boundary(&self) -> Option<&str> {
        self.boundary.as_deref()
    }
    fn lookup(call: &Call<'_>, tx: &Tx, name: &str) -> Result<Lookup<Role>> {
        Ok(match roles::find(tx.reads(), &call.account, name)? {
            Some(role) => Lookup::Found(role),
            None => Lookup::missing(call.global_arn("iam", format!("role/{name}")), errors::no_role(name)),
        })
    }
    fn save(&self, tx: &mut Tx) -> Result<()> {
        roles::put(tx, self)
    }
    /// Rules 63 and 131 of `authorization.md`.
    fn require_modifiable(&self) -> Result<()> {
        if self.is_service_linked() || self.path.starts_with("/aws-reserved/") {
            return Err(errors::protected_role(&self.name));
        }
        Ok(())
    }
}

impl Principal for Role {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

/// One action on an entity, with the condition key `iam:ResourceTag/…`.
///
/// AWS: Service Authorization Reference, IAM: only users and roles have `iam:ResourceTag`; groups have no tags at all.
pub fn access<E: Entity>(action: &str, target: &Lookup<E>) -> Access {
    let access = Access::on(action, target);
    let tags = target.found().map(Resource::tags).unwrap_or_default();
    tags.into_iter().fold(access, |access, (key, value)| access.key(format!("iam:ResourceTag/{key}"), value))
}

/// One action that changes the permissions of an entity: `iam:PermissionsBoundary` is the boundary that it has.
pub fn access_within_boundary<E: Entity>(action: &str, target: &Lookup<E>) -> Access {
    access(action, target).key_if("iam:PermissionsBoundary", target.found().and_then(Entity::boundary))
}

/// Attaches a managed policy. Attaching one twice changes nothing.
///
/// # Errors
/// `UnmodifiableEntity`, `NoSuchEntity`, `PolicyNotAttachable`, `LimitExceeded`.
pub fn attach<E: Entity>(call: &Call<'_>, tx: &mut Tx, mut entity: E, arn: &str) -> Result<()> {
    entity.require_modifiable()?;
    managed::require_attachable(call, tx, arn)?;
    entity.require_suits(arn)?;
    let (attached, _) = entity.policies_mut();
    if attached.iter().any(|known| known == arn) {
        return Ok(());
    }
    if attached.len() >= ATTACHED_MAX {
        return Err(errors::quota(E::ATTACHED_QUOTA, ATTACHED_MAX));
    }
    attached.push(arn.to_owned());
    entity.save(tx)
}

/// Detaches a managed policy.
///
/// # Errors
/// `UnmodifiableEntity`, `NoSuchEntity`.
pub fn detach<E: Entity>(tx: &mut Tx, mut entity: E, arn: &str) -> Result<()> {
    managed::require_arn(arn)?;
    entity.require_modifiable()?;
    let (attached, _) = entity.policies_mut();
    let before = attached.len();
    attached.retain(|known| known != arn);
    if attached.len() == before {
        return Err(errors::no_policy(arn));
    }
    entity.save(tx)
}

/// Writes an inline policy.
///
/// # Errors
/// `UnmodifiableEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
pub fn put_inline<E: Entity>(tx: &mut Tx, mut entity: E, name: &str, text: &str) -> Result<()> {
    entity.require_modifiable()?;
    documents::parse(text, PolicyKind::Identity)?;
    let (_, inline) = entity.policies_mut();
    // Names of inline policies are unique without regard to case; the spelling of the first is kept.
    let known = inline.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    inline.insert(known.unwrap_or_else(|| name.to_owned()), text.to_owned());
    let size = inline.values().fold(0_usize, |sum, text| sum.saturating_add(policy_size(text)));
    if size > E::INLINE_MAX {
        let text = format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            E::INLINE_MAX,
            E::KIND,
            entity.name()
        );
        return Err(errors::limit(text));
    }
    entity.save(tx)
}

/// An inline policy: its name as it was first spelled, and its document.
///
/// # Errors
/// `NoSuchEntity`.
pub fn inline<'e, E: Entity>(entity: &'e E, name: &str) -> Result<(&'e String, &'e String)> {
    let (_, inline) = entity.policies();
    inline
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| errors::no_inline_policy(E::KIND, name))
}

/// Removes an inline policy.
///
/// # Errors
/// `UnmodifiableEntity`, `NoSuchEntity`.
pub fn delete_inline<E: Entity>(tx: &mut Tx, mut entity: E, name: &str) -> Result<()> {
    entity.require_modifiable()?;
    let known = inline(&entity, name)?.0.clone();
    entity.policies_mut().1.remove(&known);
    entity.save(tx)
}

/// Refuses to delete an entity on which policies hang. Attached ones are named first, as IAM does.
///
/// # Errors
/// `DeleteConflict`.
pub fn require_no_policies<E: Entity>(entity: &E) -> Result<()> {
    let (attached, inline) = entity.policies();
    if !attached.is_empty() {
        return Err(errors::delete_conflict("detach all policies"));
    }
    if !inline.is_empty() {
        return Err(errors::delete_conflict("delete policies"));
    }
    Ok(())
}

/// The attached policies as answers show them.
#[must_use]
pub fn attached_view<E: Entity>(entity: &E, path_prefix: Option<&str>) -> Vec<AttachedPolicy> {
    let within = |arn: &&String| path_prefix.is_none_or(|prefix| managed::path_of(arn).starts_with(prefix));
    let view = |arn: &String| AttachedPolicy {
        policy_name: Some(managed::name_of(arn).to_owned()),
        policy_arn: Some(arn.clone()),
    };
    entity.policies().0.iter().filter(within).map(view).collect()
}

/// The inline policies with their documents.
#[must_use]
pub fn inline_view<E: Entity>(entity: &E) -> Vec<PolicyDetail> {
    let view = |(name, text): (&String, &String)| PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(documents::encode(text)),
    };
    entity.policies().1.iter().map(view).collect()
}

/// Sets the permissions boundary.
///
/// # Errors
/// `UnmodifiableEntity`, `NoSuchEntity`, `InvalidInput`.
pub fn put_boundary<E: Principal>(call: &Call<'_>, tx: &mut Tx, mut entity: E, arn: &str) -> Result<()> {
    entity.require_modifiable()?;
    managed::require_attachable(call, tx, arn)?;
    *entity.boundary_mut() = Some(arn.to_owned());
    entity.save(tx)
}

/// Removes the permissions boundary.
///
/// # Errors
/// `UnmodifiableEntity`, `NoSuchEntity` when there is none.
pub fn delete_boundary<E: Principal>(tx: &mut Tx, mut entity: E) -> Result<()> {
    entity.require_modifiable()?;
    if entity.boundary_mut().take().is_none() {
        let text = format!("{} {} does not have a permission boundary.", capital(E::KIND), entity.name());
        return Err(errors::no_such_entity(text));
    }
    entity.save(tx)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// How often each managed policy is attached, and how often it is a boundary, in one account.
#[derive(Default)]
pub struct Usage(BTreeMap<String, (i32, i32)>);

impl Usage {
    /// Counts over all users, groups and roles of the account.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(call: &Call<'_>, tx: &Tx) -> Result<Usage> {
        let mut usage = Usage::default();
        let account = &call.account;
        users::list(tx.reads(), account)?.iter().for_each(|user| usage.add(user));
        groups::list(tx.reads(), account)?.iter().for_each(|group| usage.add(group));
        roles::list(tx.reads(), account)?.iter().for_each(|role| usage.add(role));
        Ok(usage)
    }

    fn add<E: Entity>(&mut self, entity: &E) {
        for arn in entity.policies().0 {
            let counts = self.0.entry(arn.clone()).or_default();
            counts.0 = counts.0.saturating_add(1);
        }
        if let Some(arn) = entity.boundary() {
            let counts = self.0.entry(arn.to_owned()).or_default();
            counts.1 = counts.1.saturating_add(1);
        }
    }

    /// Attachments and uses as a boundary.
    #[must_use]
    pub fn count(&self, arn: &str) -> (i32, i32) {
        self.0.get(arn).copied().unwrap_or_default()
    }

    /// ARNs of AWS's own policies that are in use.
    pub fn aws_managed(&self) -> impl Iterator<Item = &String> {
        self.0.keys().filter(|arn| policies::is_aws_managed(arn))
    }
}
