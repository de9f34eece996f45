//! EBS encryption by default.

use crate::{access, ebs_encryption, require_no_dry_run};
use kage_api_ec2::types::{
    DisableEbsEncryptionByDefaultResult, EnableEbsEncryptionByDefaultResult, GetEbsEncryptionByDefaultResult,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// Says whether it is on.
pub struct GetEbsEncryptionByDefault;

impl Operation for GetEbsEncryptionByDefault {
    shape!(GET_EBS_ENCRYPTION_BY_DEFAULT: GetEbsEncryptionByDefaultRequest -> GetEbsEncryptionByDefaultResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:GetEbsEncryptionByDefault")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;
        let on = ebs_encryption::is_on(call, tx)?;
        Ok(GetEbsEncryptionByDefaultResult { ebs_encryption_by_default: Some(on), sse_type: None })
    }
}

/// Turns it on.
pub struct EnableEbsEncryptionByDefault;

impl Operation for EnableEbsEncryptionByDefault {
    shape!(ENABLE_EBS_ENCRYPTION_BY_DEFAULT: EnableEbsEncryptionByDefaultRequest -> EnableEbsEncryptionByDefaultResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:EnableEbsEncryptionByDefault")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;

        ebs_encryption::set(call, tx, true)?;
        Ok(EnableEbsEncryptionByDefaultResult { ebs_encryption_by_default: Some(true) })
    }
}

/// Turns it off.
pub struct DisableEbsEncryptionByDefault;

impl Operation for DisableEbsEncryptionByDefault {
    shape!(DISABLE_EBS_ENCRYPTION_BY_DEFAULT: DisableEbsEncryptionByDefaultRequest -> DisableEbsEncryptionByDefaultResult on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        access(call, "ec2:DisableEbsEncryptionByDefault")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<Self::Output> {
        require_no_dry_run(input.dry_run)?;
        ebs_encryption::set(call, tx, false)?;
        Ok(DisableEbsEncryptionByDefaultResult { ebs_encryption_by_default: Some(false) })
    }
}
