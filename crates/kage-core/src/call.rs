//! One call on its road.

use crate::{Access, Arn, Caller, Error, Ids, Result, Rng, Tx, Upload, World};
use kage_schema::{Body, OperationModel, Record, ServiceModel, Timestamp};
use std::any::Any;
use std::sync::Arc;

/// Everything about a call that a handler may ask.
pub struct Call<'w> {
    /// Time, randomness and state.
    pub world: &'w World,
    /// The way to other services.
    pub road: &'w dyn Road,
    /// Who calls.
    pub caller: Caller,
    /// The account in which the call acts: the caller's own. For anonymous calls and AWS services the account on whose
    /// resources they act, as far as it is known.
    pub account: String,
    /// The Region of the endpoint; `us-east-1` for global services.
    pub region: String,
    /// The service.
    pub service: &'static ServiceModel,
    /// The operation.
    pub operation: &'static OperationModel,
    /// `x-amzn-RequestId`.
    pub request_id: String,
    /// The double's time when the call arrived; the same for all its steps.
    pub now: Timestamp,
    /// How it arrived.
    pub origin: Origin,
    /// Services that forwarded it, first hop first: `aws:CalledVia`.
    pub called_via: Vec<String>,
    /// `aws:SourceArn` of a service that acts for a resource.
    pub source_arn: Option<String>,
    /// `aws:SourceAccount` of a service that acts for a resource.
    pub source_account: Option<String>,
}

/// Facts of the connection.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The peer's address, or the name of the AWS service that calls.
    pub source_ip: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// Whether the connection is TLS: `aws:SecureTransport`.
    pub secure: bool,
    /// TLS version and cipher suite, for the record.
    pub tls: Option<(String, String)>,
    /// `Host`.
    pub host: String,
    /// `Referer`.
    pub referer: Option<String>,
    /// The VPC endpoint through which it came, if it did.
    pub vpc_endpoint: Option<String>,
    /// How it was signed, in S3's words: `AuthHeader`, `QueryString`, `POST`.
    pub authentication: Option<&'static str>,
    /// Signature version: `SigV4`, `SigV4A`.
    pub signature_version: Option<&'static str>,
    /// Request headers by lower-case name, for the few operations that AWS lets depend on undeclared ones.
    pub headers: Vec<(String, String)>,
    /// The raw query string.
    pub query: String,
    /// Length, digests and trailers of a body that was read into memory, for services whose requests tell its checksum (S3).
    /// Its bytes are not in it.
    pub body: Option<Arc<Upload>>,
}

/// On whose behalf one service calls another.
#[derive(Clone, Debug)]
pub enum Forward {
    /// The caller's own session, through `via` (forward access session): `s3.amazonaws.com`.
    AsCaller {
        /// The calling service.
        via: &'static str,
    },
    /// The service itself.
    AsService {
        /// Its principal: `cloudtrail.amazonaws.com`.
        name: &'static str,
        /// The resource for which it acts: `aws:SourceArn`.
        source_arn: Option<String>,
        /// That resource's account: `aws:SourceAccount`.
        source_account: Option<String>,
    },
    /// A session of a role that the service assumes for this call. The trust policy must let it.
    AsRole(Box<ServiceRole>),
    /// A session that the service has from [`Call::assume`] and that has not ended.
    AsSession {
        /// Its access key id.
        access_key: String,
        /// The service that uses it: `lambda.amazonaws.com`.
        via: &'static str,
    },
}

/// A role that a service assumes to do something.
#[derive(Clone, Debug)]
pub struct ServiceRole {
    /// The service's principal: `events.amazonaws.com`.
    pub service: &'static str,
    /// The role.
    pub role_arn: String,
    /// Name of the session.
    pub session_name: String,
    /// The resource for which it acts: `aws:SourceArn`.
    pub source_arn: Option<String>,
    /// That resource's account: `aws:SourceAccount`.
    pub source_account: Option<String>,
}

/// The way to other services; implemented by the pipeline.
pub trait Road: Send + Sync {
    /// Takes a call of one service to another through authorize, run and record, inside the caller's transaction.
    ///
    /// # Errors
    /// The other operation's error, a denial included. Nothing it wrote is kept then but its record, so the caller may go on.
    fn forward(
        &self,
        call: &Call<'_>,
        tx: &mut Tx,
        how: Forward,
        target: (&'static ServiceModel, &'static OperationModel),
        input: Box<dyn Record>,
    ) -> Result<Box<dyn Record>>;

    /// Judges something more while an operation runs, as when one call names many objects.
    ///
    /// # Errors
    /// The denial in the words of the call's service.
    fn judge(&self, call: &Call<'_>, tx: &mut Tx, access: Access) -> Result<()>;

    /// The bytes of a body that another service answered a forward with.
    ///
    /// # Errors
    /// When it is longer than `max` bytes (413), and those of the disk.
    fn read_body(&self, body: &Body, max: u64) -> Result<Vec<u8>> {
        let _ = max;
        body.bytes().map(<[u8]>::to_vec).ok_or_else(|| Error::internal("a body that cannot be read here"))
    }

    /// Assumes a role for a service: a real `sts:AssumeRole`, judged and recorded.
    ///
    /// # Errors
    /// Those of AssumeRole.
    fn assume(&self, call: &Call<'_>, tx: &mut Tx, role: &ServiceRole) -> Result<String>;
}

impl Call<'_> {
    /// Calls another service and gives back its typed answer.
    ///
    /// # Errors
    /// The other operation's error.
    pub fn forward<O: Record>(
        &self,
        tx: &mut Tx,
        how: Forward,
        target: (&'static ServiceModel, &'static OperationModel),
        input: impl Record,
    ) -> Result<O> {
        let output: Box<dyn Any> = self.road.forward(self, tx, how, target, Box::new(input))?;
        match output.downcast::<O>() {
            Ok(output) => Ok(*output),
            Err(_) => Err(Error::internal(format!("{} answered another shape", target.1.name))),
        }
    }

    /// Refuses the call, or the part of it that `access` speaks of, unless the policies allow it.
    ///
    /// # Errors
    /// The denial in the words of the call's service.
    pub fn require_allowed(&self, tx: &mut Tx, access: Access) -> Result<()> {
        self.road.judge(self, tx, access)
    }

    /// Assumes a role for a service and gives the access key id of the session; `kage_identity::sessions` has the rest.
    ///
    /// # Errors
    /// Those of `sts:AssumeRole`.
    pub fn assume(&self, tx: &mut Tx, role: &ServiceRole) -> Result<String> {
        self.road.assume(self, tx, role)
    }

    /// The world's randomness.
    #[must_use]
    pub fn rng(&self) -> &Rng {
        &self.world.rng
    }

    /// The maker of ids.
    #[must_use]
    pub fn ids(&self) -> Ids<'_> {
        self.world.ids()
    }

    /// The ARN of a regional resource in the call's account and Region.
    #[must_use]
    pub fn arn(&self, service: &str, resource: impl Into<String>) -> String {
        Arn::new(service, &self.region, &self.account, resource).to_string()
    }

    /// The ARN of a global resource (IAM) in the call's account.
    #[must_use]
    pub fn global_arn(&self, service: &str, resource: impl Into<String>) -> String {
        Arn::new(service, "", &self.account, resource).to_string()
    }

    /// The value of a request header, by lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.origin.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
