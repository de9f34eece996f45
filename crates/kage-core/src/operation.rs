//! Operations, and the thin generic edge between their types and the pipeline.

use crate::{Access, Call, Error, Lookup, Result, Tx};
use kage_schema::{OperationModel, Record, Violation};
use serde_json::{Map, Value};
use std::any::Any;
use std::marker::PhantomData;

/// One API operation.
pub trait Operation: Send + Sync + 'static {
    /// What it takes.
    type Input: Record + Default;
    /// What it answers.
    type Output: Record;
    /// What the call names; `()` for operations that name nothing.
    type Target: Send + 'static;

    /// Its description.
    const MODEL: &'static OperationModel;
    /// How CloudTrail records it.
    const RECORDING: Recording = Recording::MANAGEMENT;

    /// Finds what the call names. No rule is applied here but those of naming.
    ///
    /// # Errors
    /// Only for names that can name nothing; a resource that is not there is [`Lookup::Missing`].
    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Self::Target>>;

    /// What the caller must be allowed to do.
    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Self::Target>) -> Access;

    /// Conditions, one change, the answer. Called only after every evaluation of `access` was allowed.
    ///
    /// # Errors
    /// Those of the operation. Nothing it wrote is kept then.
    fn run(call: &Call<'_>, tx: &mut Tx, target: Self::Target, input: &Self::Input) -> Result<Self::Output>;

    /// The error for an input that breaks the limits of its model, where the service has words of its own for it. `None`
    /// leaves it to the words of AWS's framework.
    fn refuse(violations: &[Violation]) -> Option<Error> {
        let _ = violations;
        None
    }

    /// Last changes to the CloudTrail event, where AWS's record differs from the shapes.
    fn amend(
        call: &Call<'_>,
        input: &Self::Input,
        output: Option<&Self::Output>,
        event: &mut Map<String, Value>,
    ) {
        let _ = (call, input, output, event);
    }
}

/// How CloudTrail records an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its category.
    pub category: Category,
    /// `readOnly`; `None` decides by the name (`Get`, `List`, `Describe`, `Head`, …).
    pub read_only: Option<bool>,
    /// Whether `responseElements` is written; `None` writes it for operations that are not read-only.
    pub response: Option<bool>,
}

impl Recording {
    /// A management event.
    pub const MANAGEMENT: Recording =
        Recording { category: Category::Management, read_only: None, response: None };
    /// A management event that CloudTrail counts as read-only whatever its name.
    pub const READ: Recording =
        Recording { category: Category::Management, read_only: Some(true), response: None };
    /// A data event on this resource type: `AWS::S3::Object`.
    #[must_use]
    pub const fn data(resource_type: &'static str) -> Recording {
        Recording { category: Category::Data { resource_type }, read_only: None, response: None }
    }
}

/// The categories of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Always recorded.
    Management,
    /// Recorded for those who ask for it.
    Data {
        /// `AWS::S3::Object`.
        resource_type: &'static str,
    },
}

/// What `resolve` and `access` found, without its type.
pub struct Prepared {
    /// What the caller must be allowed to do.
    pub access: Access,
    /// The target, for `run`.
    target: Box<dyn Any + Send>,
}

/// An operation without its types, as the pipeline sees it.
pub trait Handler: Send + Sync {
    /// Its description.
    fn model(&self) -> &'static OperationModel;
    /// How CloudTrail records it.
    fn recording(&self) -> Recording;
    /// An empty input to decode into.
    fn new_input(&self) -> Box<dyn Record>;
    /// Resolves the target and asks what access it takes.
    ///
    /// # Errors
    /// Those of [`Operation::resolve`].
    fn prepare(&self, call: &Call<'_>, tx: &Tx, input: &dyn Record) -> Result<Prepared>;
    /// Runs the operation.
    ///
    /// # Errors
    /// Those of [`Operation::run`], and the error of a target that was missing.
    fn run(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        prepared: Prepared,
        input: &dyn Record,
    ) -> Result<Box<dyn Record>>;
    /// The service's own error for an input that breaks the limits of its model.
    fn refuse(&self, violations: &[Violation]) -> Option<Error> {
        let _ = violations;
        None
    }
    /// Last changes to the CloudTrail event.
    fn amend(
        &self,
        call: &Call<'_>,
        input: &dyn Record,
        output: Option<&dyn Record>,
        event: &mut Map<String, Value>,
    );
}

/// The operation as a handler, for a service's list.
#[must_use]
pub fn operation<O: Operation>() -> Box<dyn Handler> {
    Box::new(Erased::<O>(PhantomData))
}

struct Erased<O>(PhantomData<fn() -> O>);

fn typed<R: Record>(record: &dyn Record) -> Result<&R> {
    let any: &dyn Any = record;
    any.downcast_ref().ok_or_else(|| Error::internal("a record of another shape reached the operation"))
}

impl<O: Operation> Handler for Erased<O> {
    fn model(&self) -> &'static OperationModel {
        O::MODEL
    }

    fn recording(&self) -> Recording {
        O::RECORDING
    }

    fn new_input(&self) -> Box<dyn Record> {
        Box::new(O::Input::default())
    }

    fn prepare(&self, call: &Call<'_>, tx: &Tx, input: &dyn Record) -> Result<Prepared> {
        let input = typed::<O::Input>(input)?;
        let target = O::resolve(call, tx, input)?;
        let access = O::access(call, input, &target);
        Ok(Prepared { access, target: Box::new(target) })
    }

    fn run(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        prepared: Prepared,
        input: &dyn Record,
    ) -> Result<Box<dyn Record>> {
        let Ok(target) = prepared.target.downcast::<Lookup<O::Target>>() else {
            return Err(Error::internal("a target of another type reached the operation"));
        };
        let target = target.require()?;
        let output = O::run(call, tx, target, typed::<O::Input>(input)?)?;
        Ok(Box::new(output))
    }

    fn refuse(&self, violations: &[Violation]) -> Option<Error> {
        O::refuse(violations)
    }

    fn amend(
        &self,
        call: &Call<'_>,
        input: &dyn Record,
        output: Option<&dyn Record>,
        event: &mut Map<String, Value>,
    ) {
        if let Ok(input) = typed::<O::Input>(input) {
            O::amend(call, input, output.and_then(|output| typed::<O::Output>(output).ok()), event);
        }
    }
}
