//! `CreateGrant` and `ListGrants`.

use super::crypto;
use crate::grant::{Ask, Constraints, Grant, Party};
use crate::key::Key;
use crate::named::{self, Named};
use crate::pages::{self, Asked};
use crate::principals::{self, Known};
use crate::{errors, grants, view};
use kage_api_kms::types::{CreateGrantRequest, CreateGrantResponse, ListGrantsResponse};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_store::Reads;
use serde_json::{Map, Value, json};

/// AWS: KMS developer guide, "Resource quotas": grants of one key.
const GRANTS_MAX: usize = 50_000;
/// What a grant on a symmetric encryption key can allow. AWS: KMS developer guide, "Grant operations".
const OPERATIONS: [&str; 11] = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
];

/// Lets someone use a key.
pub struct CreateGrant;

impl Operation for CreateGrant {
    shape!(CREATE_GRANT: CreateGrantRequest -> CreateGrantResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let constraints = constraints(input);
        let access = named::access(call, "kms:CreateGrant", target)
            .key("kms:GrantIsForAWSResource", is_for_aws_resource(call))
            .keys("kms:GrantOperations", input.operations.clone())
            .keys("kms:GrantConstraintType", constraints.names())
            .key_if("kms:GranteePrincipal", input.grantee_principal.as_deref())
            .key_if("kms:RetiringPrincipal", input.retiring_principal.as_deref());
        let access = named::with_context(access, &constraints.pairs());
        named::granted(access, call, target, Ask::Child(&input.operations, &constraints))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, target: Named, input: &Self::Input) -> Result<CreateGrantResponse> {
        grants::require_tokens(tx.reads(), input.grant_tokens.as_ref())?;
        let existing = target.grants.clone();
        let key = target.establish(call, tx)?;
        key.require_enabled()?;
        let grant = new_grant(call, tx.reads(), &key, input)?;
        // AWS: KMS API reference, `Name`: the same request under the same name gives the same grant.
        if let Some(same) = existing.iter().find(|old| old.name.is_some() && is_same(old, &grant)) {
            crypto::require_wet(input.dry_run)?;
            return Ok(answer(same));
        }
        if existing.len() >= GRANTS_MAX {
            return Err(errors::limit(format!(
                "{} has reached the limit of {GRANTS_MAX} grants.",
                key.arn()
            )));
        }
        crypto::require_wet(input.dry_run)?;
        grants::put(tx, &grant)?;
        Ok(answer(&grant))
    }

    fn amend(_: &Call<'_>, input: &Self::Input, _: Option<&Self::Output>, event: &mut Map<String, Value>) {
        // AWS: KMS developer guide, "Logging AWS KMS API calls", CreateGrant: the id is recorded, the token is not.
        if let Some(Value::Object(answer)) = event.get_mut("responseElements") {
            answer.remove("grantToken");
            answer.insert("keyId".to_owned(), json!(input.key_id));
        }
        if let Some(Value::Object(asked)) = event.get_mut("requestParameters") {
            asked.remove("grantTokens");
        }
    }
}

/// `kms:GrantIsForAWSResource`: whether a service makes the call for the caller.
pub fn is_for_aws_resource(call: &Call<'_>) -> &'static str {
    if call.called_via.is_empty() { "false" } else { "true" }
}

fn constraints(input: &CreateGrantRequest) -> Constraints {
    let given = input.constraints.clone().unwrap_or_default();
    Constraints {
        subset: given.encryption_context_subset,
        equals: given.encryption_context_equals,
        source_arn: given.source_arn,
    }
}

fn answer(grant: &Grant) -> CreateGrantResponse {
    CreateGrantResponse { grant_token: Some(grant.token.clone()), grant_id: Some(grant.id.clone()) }
}

fn is_same(old: &Grant, new: &Grant) -> bool {
    let sorted = |grant: &Grant| {
        let mut operations = grant.operations.clone();
        operations.sort_unstable();
        operations
    };
    (&old.name, &old.grantee, &old.retiring, &old.constraints)
        == (&new.name, &new.grantee, &new.retiring, &new.constraints)
        && sorted(old) == sorted(new)
}

fn new_grant(call: &Call<'_>, reads: &dyn Reads, key: &Key, input: &CreateGrantRequest) -> Result<Grant> {
    if let Some(other) = input.operations.iter().find(|named| !OPERATIONS.contains(&named.as_str())) {
        let text = format!(
            "Operation {other} is not supported by a grant on a KMS key with key spec SYMMETRIC_DEFAULT."
        );
        return Err(errors::validation(text));
    }
    let constraints = constraints(input);
    if constraints.subset.is_some() && constraints.equals.is_some() {
        let text = "EncryptionContextEquals and EncryptionContextSubset cannot be specified together.";
        return Err(errors::validation(text));
    }
    let grantee =
        party(reads, input.grantee_principal.as_deref(), input.grantee_service_principal.as_deref())?;
    let Some(grantee) = grantee else {
        return Err(errors::validation("A grantee principal must be specified."));
    };
    let retiring =
        party(reads, input.retiring_principal.as_deref(), input.retiring_service_principal.as_deref())?;
    // AWS: KMS API reference, `GranteeServicePrincipal`: needs SourceArn and a retiring principal.
    let for_service = matches!(grantee, Party::Service(_));
    if for_service && (constraints.source_arn.is_none() || retiring.is_none()) {
        let text =
            "A grant for a service principal must have a SourceArn constraint and a retiring principal.";
        return Err(errors::validation(text));
    }
    let id = call.ids().hex(64);
    Ok(Grant {
        account: key.account.clone(),
        region: key.region.clone(),
        key: key.id.clone(),
        token: grants::new_token(call, (&key.account, &key.region, &key.id), &id),
        id,
        name: input.name.clone(),
        created: call.now.milliseconds(),
        issuer: format!("arn:aws:iam::{}:root", call.account),
        grantee,
        retiring,
        operations: input.operations.clone(),
        constraints,
    })
}

fn party(reads: &dyn Reads, principal: Option<&str>, service: Option<&str>) -> Result<Option<Party>> {
    match (principal, service) {
        (None, None) => Ok(None),
        (None, Some(service)) => Ok(Some(Party::Service(service.to_owned()))),
        (Some(_), Some(_)) => {
            Err(errors::validation("Specify a principal or a service principal, not both."))
        }
        (Some(arn), None) => {
            let id = match principals::find(reads, arn)? {
                Some(Known::Id(id)) => Some(id),
                Some(Known::Name(_)) => None,
                None => return Err(errors::invalid_principal(arn)),
            };
            Ok(Some(Party::Principal { arn: arn.to_owned(), id }))
        }
    }
}

/// Lists the grants of a key.
pub struct ListGrants;

impl Operation for ListGrants {
    shape!(LIST_GRANTS: ListGrantsRequest -> ListGrantsResponse on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        named::lookup_key(call, tx, &input.key_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        named::access(call, "kms:ListGrants", target)
            .key("kms:GrantIsForAWSResource", is_for_aws_resource(call))
    }

    fn run(call: &Call<'_>, _: &mut Tx, target: Named, input: &Self::Input) -> Result<ListGrantsResponse> {
        let mut all = target.grants;
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        all.retain(|grant| {
            let service = matches!(grant.grantee, Party::Service(_));
            is(&input.grant_id, &grant.id)
                && is(&input.grantee_principal, if service { "" } else { grant.grantee.name() })
                && is(&input.grantee_service_principal, if service { grant.grantee.name() } else { "" })
        });
        // AWS: KMS API reference, `Limit`: 50 unless told.
        let asked = Asked { marker: input.marker.as_deref(), limit: input.limit, default: 50 };
        let cut = pages::cut(call, all, |grant| grant.id.clone(), &asked)?;
        Ok(ListGrantsResponse {
            grants: Some(cut.items.iter().map(view::grant).collect()),
            next_marker: cut.next_marker,
            truncated: cut.truncated,
        })
    }
}
