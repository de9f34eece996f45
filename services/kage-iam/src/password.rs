//! Console passwords and the rules an account sets for them.

use crate::errors;
use aws_lc_rs::digest;
use kage_api_iam::types as api;
use kage_core::{Access, Call, CallerKind, Result, Tx};
use kage_identity::users::{LoginProfile, User};
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// The password policy of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// Characters at least.
    pub minimum_length: i32,
    /// One of `! @ # $ % ^ & * ( ) _ + - = [ ] { } | '`.
    pub symbols: bool,
    /// One digit.
    pub numbers: bool,
    /// One upper-case letter.
    pub uppercase: bool,
    /// One lower-case letter.
    pub lowercase: bool,
    /// Whether users may change their own password.
    pub users_may_change: bool,
    /// Days after which a password expires.
    pub max_age_days: Option<i32>,
    /// How many earlier passwords may not be used again.
    pub reuse_prevention: Option<i32>,
    /// Whether an expired password can be set by an administrator only.
    pub hard_expiry: Option<bool>,
}

/// AWS: IAM API reference, UpdateAccountPasswordPolicy: what holds for members that are left out.
impl Default for PasswordPolicy {
    fn default() -> PasswordPolicy {
        PasswordPolicy {
            minimum_length: 6,
            symbols: false,
            numbers: false,
            uppercase: false,
            lowercase: false,
            users_may_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
        }
    }
}

const POLICIES: Table<PasswordPolicy> = Table::new("iam.password-policies");
/// AWS: IAM user guide, "Setting an account password policy": the symbols that count.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";
/// How many earlier passwords are remembered: the largest `PasswordReusePrevention`.
const REMEMBERED: usize = 24;

/// The policy that was set for the account.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str) -> Result<Option<PasswordPolicy>> {
    Ok(POLICIES.get(reads, &row(&[account]))?)
}

/// Writes the policy of the account.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, account: &str, policy: &PasswordPolicy) -> Result<()> {
    Ok(POLICIES.put(tx.writer(), &row(&[account]), policy)?)
}

/// Removes the policy of the account; true if there was one.
pub fn remove(tx: &mut Tx, account: &str) -> bool {
    POLICIES.delete(tx.writer(), &row(&[account]))
}

/// Adds what the password policy of the account allows its users without a policy of their own.
///
/// AWS: IAM user guide, "Permit IAM users to change their own passwords": the option gives access to
/// `iam:ChangePassword` for the own user and to `iam:GetAccountPasswordPolicy`, at the level of the account.
#[must_use]
pub fn allowed_to_users(call: &Call<'_>, policy: Option<&PasswordPolicy>, access: Access) -> Access {
    let is_user = matches!(call.caller.kind, CallerKind::User { .. });
    match policy {
        Some(policy) if is_user && policy.users_may_change => {
            access.extra_allow("password policy of the account (AllowUsersToChangePassword)")
        }
        _ => access,
    }
}

impl PasswordPolicy {
    /// As answers show it.
    #[must_use]
    pub fn view(&self) -> api::PasswordPolicy {
        api::PasswordPolicy {
            minimum_password_length: Some(self.minimum_length),
            require_symbols: Some(self.symbols),
            require_numbers: Some(self.numbers),
            require_uppercase_characters: Some(self.uppercase),
            require_lowercase_characters: Some(self.lowercase),
            allow_users_to_change_password: Some(self.users_may_change),
            expire_passwords: Some(self.max_age_days.is_some()),
            max_password_age: self.max_age_days,
            password_reuse_prevention: self.reuse_prevention,
            hard_expiry: self.hard_expiry,
        }
    }

    fn require(&self, password: &str) -> Result<()> {
        let has = |test: fn(char) -> bool| password.chars().any(test);
        let long = usize::try_from(self.minimum_length).unwrap_or(0);
        let wanting = if password.chars().count() < long {
            format!("have a minimum length of {long}")
        } else if self.uppercase && !has(|letter| letter.is_ascii_uppercase()) {
            "have at least one uppercase letter".to_owned()
        } else if self.lowercase && !has(|letter| letter.is_ascii_lowercase()) {
            "have at least one lowercase letter".to_owned()
        } else if self.numbers && !has(|letter| letter.is_ascii_digit()) {
            "have at least one number".to_owned()
        } else if self.symbols && !has(|letter| SYMBOLS.contains(letter)) {
            "have at least one symbol".to_owned()
        } else {
            return Ok(());
        };
        Err(errors::weak_password(format!("Password should {wanting}")))
    }
}

/// What holds where no policy was set. AWS: IAM user guide, "Default password policy": eight characters, and three of
/// upper-case letters, lower-case letters, numbers and symbols.
fn require_default(password: &str) -> Result<()> {
    PasswordPolicy { minimum_length: 8, ..PasswordPolicy::default() }.require(password)?;
    let kinds: [fn(char) -> bool; 4] = [
        |letter| letter.is_ascii_uppercase(),
        |letter| letter.is_ascii_lowercase(),
        |letter| letter.is_ascii_digit(),
        |letter| SYMBOLS.contains(letter),
    ];
    if kinds.iter().filter(|kind| password.chars().any(**kind)).count() < 3 {
        return Err(errors::weak_password(
            "Password should contain at least three of uppercase letters, lowercase letters, numbers and symbols",
        ));
    }
    Ok(())
}

/// Gives a user a password that keeps the rules of the account.
///
/// # Errors
/// `PasswordPolicyViolation`.
pub fn set(call: &Call<'_>, tx: &Tx, user: &mut User, password: &str) -> Result<()> {
    let policy = find(tx.reads(), &user.account)?;
    match &policy {
        Some(policy) => policy.require(password)?,
        None => require_default(password)?,
    }
    let mut profile = user.login.take().unwrap_or_default();
    if !profile.digest.is_empty() {
        profile.earlier.insert(0, (profile.salt.clone(), profile.digest.clone()));
    }
    let reuse = policy.and_then(|policy| policy.reuse_prevention).unwrap_or(0);
    let earlier = profile.earlier.iter().take(usize::try_from(reuse).unwrap_or(0));
    if earlier.into_iter().any(|(salt, known)| digest_of(salt, password) == *known) {
        return Err(errors::weak_password(
            "Policy constraint violation with password reuse prevention during password change.",
        ));
    }
    profile.earlier.truncate(REMEMBERED);
    profile.salt = hex::encode(call.rng().bytes::<16>());
    profile.digest = digest_of(&profile.salt, password);
    profile.changed = call.now.milliseconds();
    user.login = Some(profile);
    Ok(())
}

/// Whether this is the password.
#[must_use]
pub fn is_right(profile: &LoginProfile, password: &str) -> bool {
    digest_of(&profile.salt, password) == profile.digest
}

fn digest_of(salt: &str, password: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(salt.as_bytes());
    context.update(password.as_bytes());
    hex::encode(context.finish())
}
