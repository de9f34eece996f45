//! Key policies: put, got, listed.

use crate::named::{self, Named};
use crate::{errors, keys, policy};
use kage_api_kms::types::{GetKeyPolicyResponse, ListKeyPoliciesResponse, PutKeyPolicyResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

fn require_default(name: Option<&String>) -> Result<()> {
    match name {
        Some(name) if name != policy::NAME => Err(errors::no_policy()),
        _ => Ok(()),
    }
}

/// Sets the policy of a key.
pub struct PutKeyPolicy;

impl Operation for PutKeyPolicy {
    shape!(PUT_KEY_POLICY: PutKeyPolicyRequest -> PutKeyPolicyResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        named::own_access(call, "kms:PutKeyPolicy", target)
            .key("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string())
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<PutKeyPolicyResponse> {
        require_default(input.policy_name.as_ref())?;
        let mut key = target.key;
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        key.policy = policy::stored(call, tx.reads(), &key.arn(), &input.policy, bypass)?;
        keys::put(tx, &key)?;
        Ok(PutKeyPolicyResponse {})
    }
}

/// Shows the policy of a key.
pub struct GetKeyPolicy;

impl Operation for GetKeyPolicy {
    shape!(GET_KEY_POLICY: GetKeyPolicyRequest -> GetKeyPolicyResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:GetKeyPolicy", target)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<GetKeyPolicyResponse> {
        require_default(input.policy_name.as_ref())?;
        Ok(GetKeyPolicyResponse {
            policy: Some(policy::shown(tx.reads(), &target.key.policy)?),
            policy_name: Some(policy::NAME.to_owned()),
        })
    }
}

/// Lists the names of the policies of a key: there is one.
pub struct ListKeyPolicies;

impl Operation for ListKeyPolicies {
    shape!(LIST_KEY_POLICIES: ListKeyPoliciesRequest -> ListKeyPoliciesResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::own_access(call, "kms:ListKeyPolicies", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, _: Named, input: &Self::Input) -> Result<ListKeyPoliciesResponse> {
        // One name is never cut, so that no marker was ever given out.
        if input.marker.is_some() {
            return Err(errors::invalid_marker());
        }
        Ok(ListKeyPoliciesResponse {
            policy_names: Some(vec![policy::NAME.to_owned()]),
            next_marker: None,
            truncated: Some(false),
        })
    }
}
