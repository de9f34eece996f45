//! The account: alias, password policy, summary.

use crate::entity::ATTACHED_MAX;
use crate::password::{self, PasswordPolicy};
use crate::{documents, errors, pages};
use kage_api_iam::types::{
    CreateAccountAliasResponse, DeleteAccountAliasResponse, DeleteAccountPasswordPolicyResponse,
    GetAccountPasswordPolicyResponse, GetAccountSummaryResponse, ListAccountAliasesResponse,
    UpdateAccountPasswordPolicyResponse, summary_key_type as key,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::{accounts, credentials, groups, instance_profiles, mfa, policies, roles, users};
use std::collections::BTreeMap;

/// An operation on the account as a whole, which no policy can name as a resource.
macro_rules! on_account {
    ($(#[$doc:meta])* $operation:ident $model:ident $input:ident $output:ident,
     |$call:ident, $tx:ident, $in:ident| $run:expr) => {
        $(#[$doc])*
        pub struct $operation;

        impl Operation for $operation {
            shape!($model: $input -> $output on ());

            fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
                Ok(Lookup::Found(()))
            }

            fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
                Access::any(concat!("iam:", stringify!($operation)))
            }

            fn run($call: &Call<'_>, $tx: &mut Tx, (): (), $in: &Self::Input) -> Result<Self::Output> {
                $run
            }
        }
    };
}

on_account! {
    /// Sets the alias of the account, in place of an earlier one.
    CreateAccountAlias CREATE_ACCOUNT_ALIAS CreateAccountAliasRequest CreateAccountAliasResponse,
    |call, tx, input| {
        let alias = &input.account_alias;
        // Aliases are unique over all accounts.
        if accounts::list(tx.reads())?.iter().any(|account| account.alias.as_ref() == Some(alias)) {
            return Err(errors::exists(format!("The account alias {alias} already exists.")));
        }
        let mut account = accounts::find(tx.reads(), &call.account)?.unwrap_or_default();
        account.alias = Some(alias.clone());
        accounts::put(tx, &account)?;
        Ok(CreateAccountAliasResponse {})
    }
}

on_account! {
    /// Removes the alias of the account.
    DeleteAccountAlias DELETE_ACCOUNT_ALIAS DeleteAccountAliasRequest DeleteAccountAliasResponse,
    |call, tx, input| {
        let alias = &input.account_alias;
        let mut account = accounts::find(tx.reads(), &call.account)?.unwrap_or_default();
        if account.alias.as_ref() != Some(alias) {
            return Err(errors::no_such_entity(format!("The account alias with name {alias} cannot be found.")));
        }
        account.alias = None;
        accounts::put(tx, &account)?;
        Ok(DeleteAccountAliasResponse {})
    }
}

on_account! {
    /// Lists the alias of the account; there is one at most.
    ListAccountAliases LIST_ACCOUNT_ALIASES ListAccountAliasesRequest ListAccountAliasesResponse,
    |call, tx, input| {
        let alias = accounts::find(tx.reads(), &call.account)?.and_then(|account| account.alias);
        let cut = pages::by_place(call, alias, input.marker.as_deref(), input.max_items)?;
        Ok(ListAccountAliasesResponse {
            account_aliases: cut.items,
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

on_account! {
    /// Sets the password policy of the account. What is left out becomes the default again.
    UpdateAccountPasswordPolicy UPDATE_ACCOUNT_PASSWORD_POLICY UpdateAccountPasswordPolicyRequest
        UpdateAccountPasswordPolicyResponse,
    |call, tx, input| {
        let default = PasswordPolicy::default();
        let policy = PasswordPolicy {
            minimum_length: input.minimum_password_length.unwrap_or(default.minimum_length),
            symbols: input.require_symbols.unwrap_or(false),
            numbers: input.require_numbers.unwrap_or(false),
            uppercase: input.require_uppercase_characters.unwrap_or(false),
            lowercase: input.require_lowercase_characters.unwrap_or(false),
            users_may_change: input.allow_users_to_change_password.unwrap_or(false),
            max_age_days: input.max_password_age,
            reuse_prevention: input.password_reuse_prevention,
            hard_expiry: input.hard_expiry,
        };
        password::put(tx, &call.account, &policy)?;
        Ok(UpdateAccountPasswordPolicyResponse {})
    }
}

/// Shows the password policy of the account, if one was set.
pub struct GetAccountPasswordPolicy;

impl Operation for GetAccountPasswordPolicy {
    shape!(GET_ACCOUNT_PASSWORD_POLICY: GetAccountPasswordPolicyRequest ->
        GetAccountPasswordPolicyResponse on Option<PasswordPolicy>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Option<PasswordPolicy>>> {
        Ok(Lookup::Found(password::find(tx.reads(), &call.account)?))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Option<PasswordPolicy>>) -> Access {
        let policy = target.found().and_then(Option::as_ref);
        password::allowed_to_users(call, policy, Access::any("iam:GetAccountPasswordPolicy"))
    }

    fn run(
        call: &Call<'_>,
        _: &mut Tx,
        policy: Option<PasswordPolicy>,
        _: &Self::Input,
    ) -> Result<GetAccountPasswordPolicyResponse> {
        let policy = policy.ok_or_else(|| errors::no_password_policy(&call.account))?;
        Ok(GetAccountPasswordPolicyResponse { password_policy: policy.view() })
    }
}

on_account! {
    /// Removes the password policy of the account.
    DeleteAccountPasswordPolicy DELETE_ACCOUNT_PASSWORD_POLICY DeleteAccountPasswordPolicyRequest
        DeleteAccountPasswordPolicyResponse,
    |call, tx, _input| {
        if !password::remove(tx, &call.account) {
            // AWS: recorded answers: here the policy has another name than in GetAccountPasswordPolicy.
            return Err(errors::no_such_entity("The account policy with name PasswordPolicy cannot be found."));
        }
        Ok(DeleteAccountPasswordPolicyResponse {})
    }
}

on_account! {
    /// Counts what the account has, beside its quotas.
    GetAccountSummary GET_ACCOUNT_SUMMARY GetAccountSummaryRequest GetAccountSummaryResponse,
    |call, tx, _input| {
        let summary_map = counts(call, tx)?
            .into_iter()
            .chain(QUOTAS.iter().map(|(name, quota)| (*name, *quota)))
            .map(|(name, count)| (name.to_owned(), i32::try_from(count).unwrap_or(i32::MAX)))
            .collect::<BTreeMap<String, i32>>();
        Ok(GetAccountSummaryResponse { summary_map: Some(summary_map) })
    }
}

/// AWS: IAM user guide, "IAM and AWS STS quotas", and the example of the API reference, GetAccountSummary.
const QUOTAS: [(&str, usize); 18] = [
    (key::ACCESS_KEYS_PER_USER_QUOTA, 2),
    (key::ASSUME_ROLE_POLICY_SIZE_QUOTA, documents::TRUST_POLICY_MAX),
    (key::ATTACHED_POLICIES_PER_GROUP_QUOTA, ATTACHED_MAX),
    (key::ATTACHED_POLICIES_PER_ROLE_QUOTA, ATTACHED_MAX),
    (key::ATTACHED_POLICIES_PER_USER_QUOTA, ATTACHED_MAX),
    (key::GLOBAL_ENDPOINT_TOKEN_VERSION, 1),
    (key::GROUP_POLICY_SIZE_QUOTA, 5_120),
    (key::GROUPS_PER_USER_QUOTA, 10),
    (key::GROUPS_QUOTA, 300),
    (key::INSTANCE_PROFILES_QUOTA, 1_000),
    (key::POLICIES_QUOTA, super::policies::POLICIES_MAX),
    (key::POLICY_SIZE_QUOTA, documents::MANAGED_POLICY_MAX),
    (key::POLICY_VERSIONS_IN_USE_QUOTA, 10_000),
    (key::ROLE_POLICY_SIZE_QUOTA, 10_240),
    (key::ROLES_QUOTA, 1_000),
    (key::USER_POLICY_SIZE_QUOTA, 2_048),
    (key::USERS_QUOTA, 5_000),
    (key::VERSIONS_PER_POLICY_QUOTA, super::policies::VERSIONS_MAX),
];

fn counts(call: &Call<'_>, tx: &Tx) -> Result<Vec<(&'static str, usize)>> {
    let (reads, account) = (tx.reads(), call.account.as_str());
    let devices = mfa::list(reads, account)?;
    let own = policies::list(reads, account)?;
    let root_mfa = devices.iter().any(|device| device.user.as_deref() == Some(""));
    let root_keys = !credentials::list(reads, account, None)?.is_empty();
    Ok(vec![
        (key::USERS, users::list(reads, account)?.len()),
        (key::GROUPS, groups::list(reads, account)?.len()),
        (key::ROLES, roles::list(reads, account)?.len()),
        (key::INSTANCE_PROFILES, instance_profiles::list(reads, account)?.len()),
        (key::POLICIES, own.len()),
        (key::POLICY_VERSIONS_IN_USE, own.iter().map(|policy| policy.versions.len()).sum()),
        (key::MFA_DEVICES, devices.len()),
        (key::MFA_DEVICES_IN_USE, devices.iter().filter(|device| device.user.is_some()).count()),
        (key::ACCOUNT_MFA_ENABLED, usize::from(root_mfa)),
        (key::ACCOUNT_ACCESS_KEYS_PRESENT, usize::from(root_keys)),
        // No account of the double has a root password, a certificate or an identity provider.
        (key::ACCOUNT_PASSWORD_PRESENT, 0),
        (key::ACCOUNT_SIGNING_CERTIFICATES_PRESENT, 0),
        (key::PROVIDERS, 0),
        (key::SERVER_CERTIFICATES, 0),
    ])
}
