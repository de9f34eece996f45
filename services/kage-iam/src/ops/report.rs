//! The credential report.

use crate::report;
use kage_api_iam::types::{self as api, GenerateCredentialReportResponse, GetCredentialReportResponse};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_schema::{Blob, Timestamp};

/// Makes a credential report unless there is one that is younger than four hours.
pub struct GenerateCredentialReport;

impl Operation for GenerateCredentialReport {
    shape!(GENERATE_CREDENTIAL_REPORT: GenerateCredentialReportRequest -> GenerateCredentialReportResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:GenerateCredentialReport")
    }

    /// The report is made in this call: who asks for it next gets it. As AWS does, the first call says that it began.
    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        _: &Self::Input,
    ) -> Result<GenerateCredentialReportResponse> {
        let now = call.now.milliseconds();
        let last = report::find(tx.reads(), &call.account)?;
        if last.is_some_and(|report| now.saturating_sub(report.generated) < report::KEPT_MS) {
            let state = Some(api::report_state_type::COMPLETE.to_owned());
            return Ok(GenerateCredentialReportResponse { state, description: None });
        }
        report::generate(tx, &call.account, now)?;
        Ok(GenerateCredentialReportResponse {
            state: Some(api::report_state_type::STARTED.to_owned()),
            description: Some("No report exists. Starting a new report generation task".to_owned()),
        })
    }
}

/// Gives out the last credential report.
pub struct GetCredentialReport;

impl Operation for GetCredentialReport {
    shape!(GET_CREDENTIAL_REPORT: GetCredentialReportRequest -> GetCredentialReportResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:GetCredentialReport")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), _: &Self::Input) -> Result<GetCredentialReportResponse> {
        let Some(report) = report::find(tx.reads(), &call.account)? else {
            let model = &kage_api_iam::errors::CREDENTIAL_REPORT_NOT_PRESENT_EXCEPTION;
            let text = "The credential report does not exist. To generate one, use GenerateCredentialReport.";
            return Err(Error::of(model, text));
        };
        if call.now.milliseconds().saturating_sub(report.generated) >= report::KEPT_MS {
            let model = &kage_api_iam::errors::CREDENTIAL_REPORT_EXPIRED_EXCEPTION;
            let text = "The most recent credential report has expired. To generate one, use GenerateCredentialReport.";
            return Err(Error::of(model, text));
        }
        Ok(GetCredentialReportResponse {
            content: Some(Blob(report.content.into_bytes())),
            report_format: Some(api::report_format_type::TEXT_CSV.to_owned()),
            generated_time: Some(Timestamp(report.generated).whole_seconds()),
        })
    }
}
