//! Why a call was allowed or refused, for people and for programs.

use crate::decisions::Remembered;
use kage_authz::Decision;
use serde::Serialize;
use std::fmt::Write as _;

/// The explanation of one call.
#[derive(Debug, Serialize)]
pub struct Why {
    /// Its request id.
    pub request_id: String,
    /// Service and operation.
    pub call: String,
    /// Who called.
    pub caller: String,
    /// When, on the double's clock.
    pub time: String,
    /// What the caller was told.
    pub outcome: String,
    /// Each evaluation with its checks in order; the last one decided.
    pub evaluations: Vec<Evaluated>,
    /// Why there is no evaluation, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One evaluation and its decision.
#[derive(Debug, Serialize)]
pub struct Evaluated {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The decision with its checks, statements and conditions.
    pub decision: Decision,
}

impl Why {
    /// Explains a remembered call.
    #[must_use]
    pub fn new(request_id: &str, call: &Remembered) -> Why {
        let evaluations: Vec<Evaluated> = call
            .judgements
            .0
            .iter()
            .map(|judgement| Evaluated {
                action: judgement.request.action.to_string(),
                resource: judgement.request.resource.arn.clone(),
                decision: judgement.explain(),
            })
            .collect();
        let note = call.note.clone().or_else(|| {
            evaluations.is_empty().then(|| {
                "no policy was asked: the operation needs no permission, or the call was refused before"
                    .to_owned()
            })
        });
        Why {
            request_id: request_id.to_owned(),
            call: call.call.clone(),
            caller: call.caller.clone(),
            time: call.time.clone(),
            outcome: call.outcome.clone(),
            evaluations,
            note,
        }
    }

    /// The explanation for a terminal.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}  ({})", self.call, self.request_id);
        let _ = writeln!(out, "by   {}", self.caller);
        let _ = writeln!(out, "at   {}", self.time);
        let _ = writeln!(out, "told {}", self.outcome);
        if let Some(note) = &self.note {
            let _ = writeln!(out, "\n{note}");
        }
        for evaluated in &self.evaluations {
            let _ = writeln!(out, "\n{} on {}", evaluated.action, evaluated.resource);
            let _ = writeln!(out, "{}", evaluated.decision);
        }
        out
    }
}
