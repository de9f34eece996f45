//! Services and operations, as the API models describe them.

use crate::Schema;

/// A wire protocol. The names are those of the API models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson 1.0 (`application/x-amz-json-1.0`).
    AwsJson10,
    /// awsJson 1.1 (`application/x-amz-json-1.1`).
    AwsJson11,
    /// restJson1.
    RestJson,
    /// restXml.
    RestXml,
    /// awsQuery: form in, XML out.
    Query,
    /// ec2Query: form in, XML out, with EC2's own rules.
    Ec2Query,
    /// Smithy RPC v2 CBOR.
    RpcV2Cbor,
}

/// A service of AWS, with the operations that have generated types.
#[derive(Debug)]
pub struct ServiceModel {
    /// Our name for it, which is botocore's folder name: `kms`, `organizations`, `s3`.
    pub name: &'static str,
    /// The Smithy service id: `KMS`, `Organizations`.
    pub service_id: &'static str,
    /// The name in the credential scope of signatures: `kms`.
    pub signing_name: &'static str,
    /// The first label of its endpoint: `kms`, `monitoring`.
    pub endpoint_prefix: &'static str,
    /// The prefix of `X-Amz-Target`, where it has one: `TrentService`.
    pub target_prefix: Option<&'static str>,
    /// Its API version: `2014-11-01`.
    pub api_version: &'static str,
    /// The XML namespace of its answers, where it has one.
    pub xml_namespace: Option<&'static str>,
    /// Every protocol that the model names, the preferred one first.
    pub protocols: &'static [Protocol],
    /// Whether awsQuery error codes are sent in `x-amzn-query-error` to clients of a newer protocol.
    pub query_compatible: bool,
    /// The operations that have types here.
    pub operations: &'static [&'static OperationModel],
}

/// HTTP binding of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http {
    /// The method.
    pub method: &'static str,
    /// The path template with an optional query part: `/{Bucket}/{Key+}?uploads`.
    pub uri: &'static str,
    /// The status of a success.
    pub status: u16,
}

/// One operation with generated types.
#[derive(Debug)]
pub struct OperationModel {
    /// Its name: `Encrypt`.
    pub name: &'static str,
    /// How it is bound to HTTP in REST protocols; `POST /` otherwise.
    pub http: Http,
    /// What it takes.
    pub input: &'static Schema,
    /// What it answers.
    pub output: &'static Schema,
    /// Element name and namespace of the request document where they differ from the shape's (restXml).
    pub input_xml: Option<(&'static str, Option<&'static str>)>,
    /// The element around the result in awsQuery answers: `GetUserResult`.
    pub result_wrapper: Option<&'static str>,
    /// The errors it declares.
    pub errors: &'static [&'static ErrorModel],
    /// Label that is put before the endpoint's host: `{AccountId}.`.
    pub host_prefix: Option<&'static str>,
    /// Whether the request must carry a checksum (`httpChecksumRequired`).
    pub checksum_required: bool,
}

/// One error shape.
#[derive(Debug)]
pub struct ErrorModel {
    /// The shape's name: `NoSuchEntityException`.
    pub name: &'static str,
    /// The code on the wire: `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The members of the error.
    pub schema: &'static Schema,
}
