//! Sessions that may not call IAM at all (rule 9 of `authorization.md`).
//!
//! AWS: STS API reference: credentials of GetSessionToken cannot call IAM unless MFA was used, those of
//! GetFederationToken never can. The answer is that of an unknown token. One check before every operation.

use crate::words;
use kage_core::{Call, CallerKind, Error, Handler, Prepared, Recording, Result, Tx};
use kage_schema::{OperationModel, Record, Violation};
use serde_json::{Map, Value};

/// An operation behind the check.
struct Guarded(Box<dyn Handler>);

/// The same operation, refused to sessions that may not call IAM.
#[must_use]
pub fn guarded(handler: Box<dyn Handler>) -> Box<dyn Handler> {
    Box::new(Guarded(handler))
}

fn require_long_term_or_mfa(call: &Call<'_>) -> Result<()> {
    let Some(session) = &call.caller.session else { return Ok(()) };
    let refused = match &call.caller.kind {
        CallerKind::Federated { .. } => true,
        CallerKind::User { .. } | CallerKind::Root => session.mfa_at.is_none(),
        _ => false,
    };
    // A service that acts with the caller's session is not the caller who calls IAM.
    if refused && call.called_via.is_empty() {
        return Err(Error::new(
            "InvalidClientTokenId",
            403,
            "The security token included in the request is invalid",
        ));
    }
    Ok(())
}

impl Handler for Guarded {
    fn model(&self) -> &'static OperationModel {
        self.0.model()
    }

    fn recording(&self) -> Recording {
        self.0.recording()
    }

    fn new_input(&self) -> Box<dyn Record> {
        self.0.new_input()
    }

    fn prepare(&self, call: &Call<'_>, tx: &Tx, input: &dyn Record) -> Result<Prepared> {
        require_long_term_or_mfa(call)?;
        self.0.prepare(call, tx, input)
    }

    fn run(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        prepared: Prepared,
        input: &dyn Record,
    ) -> Result<Box<dyn Record>> {
        self.0.run(call, tx, prepared, input)
    }

    fn refuse(&self, violations: &[Violation]) -> Option<Error> {
        self.0.refuse(violations).or_else(|| words::refuse(violations))
    }

    fn amend(
        &self,
        call: &Call<'_>,
        input: &dyn Record,
        output: Option<&dyn Record>,
        event: &mut Map<String, Value>,
    ) {
        self.0.amend(call, input, output, event);
    }
}
