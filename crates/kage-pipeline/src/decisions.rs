//! What was decided lately, kept so that it can be explained.
//!
//! A judgement keeps the request and the compiled policies that were in force (shared, not copied), so the explanation
//! is of the moment of the call whatever changed since. Explaining is work that a call does not wait for.

use kage_authz::{Decision, Effect, PolicySet, Request};
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many calls are remembered: a call takes about four kilobytes, most of it its condition keys.
const REMEMBERED_MAX: usize = 4_096;

/// One evaluation as it was judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What was asked.
    pub request: Request,
    /// The policies in force.
    pub policies: PolicySet,
    /// What came out.
    pub effect: Effect,
}

impl Judgement {
    /// The decision with everything that led to it.
    #[must_use]
    pub fn explain(&self) -> Decision {
        kage_authz::explain(&self.request, &self.policies)
    }
}

/// All evaluations of one call that were judged; the last one is the deciding one.
#[derive(Clone, Debug, Default)]
pub struct Judgements(pub Arc<Vec<Judgement>>);

impl Judgements {
    /// Whether something was refused.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.0.iter().any(|one| one.effect != Effect::Allow)
    }

    /// Adds judgements that were made while the operation ran.
    pub fn add(&mut self, more: Vec<Box<dyn Any + Send>>) {
        if !more.is_empty() {
            let more = more.into_iter().filter_map(|one| one.downcast::<Judgement>().ok()).map(|one| *one);
            Arc::make_mut(&mut self.0).extend(more);
        }
    }
}

/// A call and how it was judged.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// `kms:Encrypt` as service and operation: `kms Encrypt`.
    pub call: String,
    /// Who called.
    pub caller: String,
    /// When, on the double's clock.
    pub time: String,
    /// What the caller was told: `200`, or the error's code and message.
    pub outcome: String,
    /// How it was judged; empty when it was refused before, or needed no permission.
    pub judgements: Judgements,
    /// Why there is no judgement, when there is none.
    pub note: Option<String>,
}

/// The calls of late, by request id.
#[derive(Default)]
pub struct Decisions(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    calls: HashMap<String, Arc<Remembered>>,
    order: VecDeque<String>,
}

impl Decisions {
    /// Remembers a call, and forgets the oldest when there are too many.
    pub fn remember(&self, request_id: &str, call: Remembered) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.order.len() >= REMEMBERED_MAX
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.calls.remove(&oldest);
        }
        inner.order.push_back(request_id.to_owned());
        inner.calls.insert(request_id.to_owned(), Arc::new(call));
    }

    /// The call with this request id.
    #[must_use]
    pub fn find(&self, request_id: &str) -> Option<Arc<Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.get(request_id).cloned()
    }

    /// The request ids of the latest calls, newest first, `limit` at most.
    #[must_use]
    pub fn latest(&self, limit: usize) -> Vec<(String, Arc<Remembered>)> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = inner.order.iter().rev().take(limit);
        ids.filter_map(|id| inner.calls.get(id).map(|call| (id.clone(), Arc::clone(call)))).collect()
    }
}
