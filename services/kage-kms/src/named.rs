//! The key that a call names, with everything that decides about access to it.

use crate::aliases;
use crate::ciphertext::Context;
use crate::errors;
use crate::grant::{Ask, Grant};
use crate::key::{Key, Rotation, days_after};
use crate::{grants, keys, managed, material};
use kage_core::{Access, Arn, Call, Error, Lookup, Resource, ResourcePolicy, Result, Semantics, Tx};

/// A key that a call names.
#[derive(Debug)]
pub struct Named {
    /// The key.
    pub key: Key,
    /// The alias by which it was named.
    pub alias: Option<String>,
    /// All its aliases.
    pub aliases: Vec<String>,
    /// All its grants.
    pub grants: Vec<Grant>,
    /// Whether it is an AWS managed key that this call is the first to use.
    pub is_new: bool,
}

impl Resource for Named {
    fn arn(&self) -> String {
        self.key.arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.key.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.key.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        Some(ResourcePolicy { text: self.key.policy.as_str().into(), semantics: Semantics::Key })
    }
}

impl Named {
    fn of(tx: &Tx, key: Key, alias: Option<String>) -> Result<Named> {
        let aliases = aliases::of_key(tx.reads(), &key.account, &key.region, &key.id)?;
        let grants = grants::of_key(tx.reads(), (&key.account, &key.region, &key.id))?;
        Ok(Named { key, alias, aliases, grants, is_new: false })
    }

    /// The key, made first if it is an AWS managed key that was never used before.
    ///
    /// # Errors
    /// Those of the store.
    pub fn establish(self, call: &Call<'_>, tx: &mut Tx) -> Result<Key> {
        let mut key = self.key;
        if self.is_new {
            key.backing = vec![material::generate(call, tx)?];
            let next = days_after(call.now.milliseconds(), managed::ROTATION_DAYS);
            key.rotation = Some(Rotation { period_days: managed::ROTATION_DAYS, next });
            keys::put(tx, &key)?;
            crate::jobs::plan_rotation(tx, &key)?;
            if let Some(name) = &self.alias {
                aliases::put(tx, &managed::alias(&key, name))?;
            }
        }
        Ok(key)
    }
}

/// Finds the key that `text` names: a key id, a key ARN, an alias name or an alias ARN.
///
/// # Errors
/// `NotFoundException` and `InvalidArnException` for texts that can name nothing.
pub fn lookup(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Named>> {
    let (account, region, name) = match Arn::parse(text) {
        Some(arn) if arn.service == "kms" && arn.partition == kage_core::PARTITION => {
            if arn.region != call.region {
                return Ok(missing(text, &arn.account, errors::other_region(&arn.region)));
            }
            let name = match arn.of("key") {
                Some(id) if is_key_id(id) => id.to_owned(),
                Some(_) => return Err(errors::invalid_arn(text)),
                None if arn.resource.starts_with("alias/") => arn.resource,
                None => return Err(errors::invalid_arn(text)),
            };
            (arn.account, arn.region, name)
        }
        _ if text.starts_with("arn:") => return Err(errors::invalid_arn(text)),
        _ => (call.account.clone(), call.region.clone(), text.to_owned()),
    };
    if name.starts_with("alias/") {
        return by_alias(call, tx, &account, &region, &name);
    }
    if !is_key_id(&name) {
        return Err(errors::invalid_key_id(text));
    }
    by_id(tx, &account, &region, &name)
}

/// As [`lookup`], for operations that take no alias.
///
/// # Errors
/// Those of [`lookup`], and `NotFoundException` for an alias.
pub fn lookup_key(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Named>> {
    let is_alias = text.starts_with("alias/")
        || Arn::parse(text).is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("alias/"));
    if is_alias {
        return Err(errors::invalid_key_id(text));
    }
    lookup(call, tx, text)
}

/// Finds a key by its place and id.
///
/// # Errors
/// Those of the store.
pub fn by_id(tx: &Tx, account: &str, region: &str, id: &str) -> Result<Lookup<Named>> {
    match keys::find(tx.reads(), account, region, id)? {
        Some(key) => Ok(Lookup::Found(Named::of(tx, key, None)?)),
        None => {
            let arn = Arn::new("kms", region, account, format!("key/{id}")).to_string();
            Ok(missing(&arn, account, errors::no_key(&arn)))
        }
    }
}

fn by_alias(call: &Call<'_>, tx: &Tx, account: &str, region: &str, name: &str) -> Result<Lookup<Named>> {
    if let Some(alias) = aliases::find(tx.reads(), account, region, name)?
        && let Some(key) = keys::find(tx.reads(), account, region, &alias.key)?
    {
        return Ok(Lookup::Found(Named::of(tx, key, Some(name.to_owned()))?));
    }
    if let Some(key) = managed::first_use(call, account, name) {
        return Ok(Lookup::Found(Named {
            key,
            alias: Some(name.to_owned()),
            aliases: vec![name.to_owned()],
            grants: Vec::new(),
            is_new: true,
        }));
    }
    let arn = aliases::arn(account, region, name);
    Ok(missing(&arn, account, errors::no_alias(&arn)))
}

fn missing(arn: &str, account: &str, error: Error) -> Lookup<Named> {
    Lookup::Missing { arn: arn.to_owned(), owner: Some(account.to_owned()), error }
}

/// A UUID, or `mrk-` and 32 hexadecimal digits.
fn is_key_id(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("mrk-") {
        Some(rest) => rest.len() == 32 && hex(rest),
        None => {
            let parts: Vec<&str> = text.split('-').collect();
            let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            lengths == [8, 4, 4, 4, 12] && parts.into_iter().all(hex)
        }
    }
}

/// One action on a key that other accounts may be allowed to do.
pub fn access(call: &Call<'_>, action: &str, target: &Lookup<Named>) -> Access {
    let access = with_call_keys(call, Access::on(action, target));
    let Some(named) = target.found() else { return access };
    // Rule 45. AWS: Organizations user guide, "Resource control policies": they do not apply to AWS managed KMS keys.
    let access = if named.key.made_for.is_some() { access.without_resource_control() } else { access };
    // Rule 140. AWS: KMS developer guide, "AWS KMS condition keys".
    access
        .key("kms:KeySpec", "SYMMETRIC_DEFAULT")
        .key("kms:KeyUsage", "ENCRYPT_DECRYPT")
        .key("kms:KeyOrigin", "AWS_KMS")
        .key("kms:MultiRegion", "false")
        .key_if("kms:RequestAlias", named.alias.as_deref())
        .keys("kms:ResourceAliases", named.aliases.iter().map(String::as_str))
}

/// One action on a key that only its own account may do.
// AWS: KMS developer guide, "Allowing users in other accounts to use a KMS key": permissions for other operations
// have no effect for other accounts. Without a resource policy nothing allows a foreign caller.
pub fn own_access(call: &Call<'_>, action: &str, target: &Lookup<Named>) -> Access {
    let access = access(call, action, target);
    match target.found() {
        Some(named) if named.key.account != call.account => access.policy(None),
        _ => access,
    }
}

/// One cryptographic action: `kms:Encrypt`.
pub fn crypto_access(
    call: &Call<'_>,
    action: &str,
    target: &Lookup<Named>,
    context: &Context,
    algorithm: Option<&str>,
) -> Access {
    let access = with_context(access(call, action, target), context)
        .key("kms:EncryptionAlgorithm", algorithm.unwrap_or("SYMMETRIC_DEFAULT"));
    let operation = action.strip_prefix("kms:").unwrap_or(action);
    granted(access, call, target, Ask::Cryptography(operation, context))
}

/// The same with every grant of the key that allows what is asked.
pub fn granted(access: Access, call: &Call<'_>, target: &Lookup<Named>, ask: Ask<'_>) -> Access {
    let grants = target.found().map(|named| named.grants.as_slice()).unwrap_or_default();
    let matching = grants.iter().filter(|grant| grant.allows(call, ask));
    matching.fold(access, |access, grant| access.extra_allow(format!("grant {}", grant.id)))
}

/// The same with the keys of an encryption context.
pub fn with_context(access: Access, context: &Context) -> Access {
    let access = access.keys("kms:EncryptionContextKeys", context.keys().map(String::as_str));
    context.iter().fold(access, |access, (name, value)| {
        access.key(format!("kms:EncryptionContext:{name}"), value.as_str())
    })
}

/// The same with the keys that every call to KMS has.
pub fn with_call_keys(call: &Call<'_>, access: Access) -> Access {
    let account = Some(call.caller.account.as_str()).filter(|account| !account.is_empty());
    access.key_if("kms:CallerAccount", account).key_if("kms:ViaService", via_service(call))
}

/// `s3.us-east-1.amazonaws.com` for a call that came through S3.
pub fn via_service(call: &Call<'_>) -> Option<String> {
    let (service, rest) = call.called_via.last()?.split_once('.')?;
    Some(format!("{service}.{}.{rest}", call.region))
}
