//! Whether a role lets the service assume it. AWS asks this when a schedule is made or changed.

use crate::errors;
use crate::invocation::PRINCIPAL;
use kage_core::{Access, Arn, Call, Caller, Origin, ResourcePolicy, Result, Semantics, Tx};
use kage_identity::roles;

/// Refuses a role that does not trust the service for this group.
///
/// # Errors
/// `ValidationException`, and those of the store.
pub fn require(call: &Call<'_>, tx: &mut Tx, role_arn: &str, group_arn: &str) -> Result<()> {
    let arn = Arn::parse(role_arn).filter(|arn| arn.service == "iam").ok_or_else(errors::role)?;
    let name = arn.resource.rsplit('/').next().unwrap_or_default();
    let role = roles::find(tx.reads(), &arn.account, name)?.filter(|role| role.arn() == role_arn);
    let role = role.ok_or_else(errors::role)?;
    let asked = Call {
        world: call.world,
        road: call.road,
        caller: Caller::service(PRINCIPAL),
        account: call.account.clone(),
        region: call.region.clone(),
        service: call.service,
        operation: call.operation,
        request_id: call.request_id.clone(),
        now: call.now,
        origin: Origin { source_ip: PRINCIPAL.to_owned(), secure: true, ..Origin::default() },
        called_via: Vec::new(),
        source_arn: Some(group_arn.to_owned()),
        source_account: Some(call.account.clone()),
    };
    let trust = ResourcePolicy { text: role.trust.as_str().into(), semantics: Semantics::Trust };
    let access = Access::to("sts:AssumeRole", role_arn).owned_by(arn.account).policy(Some(trust));
    asked.require_allowed(tx, access).map_err(|_| errors::role())
}
