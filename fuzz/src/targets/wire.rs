//! The readers of every protocol.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_ec2::types::DescribeAvailabilityZonesRequest;
use kage_api_iam::types::{CreateUserRequest, SimulateCustomPolicyRequest};
use kage_api_kms::types::{CreateGrantRequest, EncryptRequest};
use kage_api_s3::types::{DeleteObjectsRequest, PutBucketAclRequest, PutObjectRequest};
use kage_schema::{
    DynamicRecord, OperationModel, Problems, Protocol, Record, ServiceModel, Violation, check_limits,
    to_json, validation_message,
};
use kage_wire::{ReadError, Request, read_input};

use crate::source::{Source, cut};
use crate::target::Target;

/// One byte that chooses the operation, then `path?query`, header lines, an empty line and the body.
pub const REQUEST: Target = Target {
    name: "wire_request",
    law: "any request is a value or a ReadError of 4xx; the generated type and the schema alone read the same",
    check: request,
    seeds: &[
        b"\x00/\n\nAction=CreateUser&Version=2010-05-08&UserName=Bob&Path=%2Fa%2F&Tags.member.1.Key=k&Tags.member.1.Value=v",
        b"\x01/\n\nAction=SimulateCustomPolicy&PolicyInputList.member.1=%7B%7D&ActionNames.member.1=s3%3A*&ContextEntries.member.2.ContextKeyName=a&ContextEntries.member.2.ContextKeyValues.member.1=b&MaxItems=10",
        b"\x02/\n\nAction=DescribeAvailabilityZones&Version=2016-11-15&ZoneName.1=us-east-1a&Filter.1.Name=state&Filter.1.Value.1=available&AllAvailabilityZones=true&DryRun=false",
        b"\x03/\n\n{\"KeyId\":\"alias/a\",\"Plaintext\":\"aGVsbG8=\",\"EncryptionContext\":{\"a\":\"b\"},\"GrantTokens\":[\"t\"],\"DryRun\":true}",
        b"\x05/\n\n{\"KeyId\":\"k\",\"GranteePrincipal\":\"arn:aws:iam::111122223333:role/r\",\"Operations\":[\"Decrypt\"],\"Constraints\":{\"EncryptionContextSubset\":{\"a\":\"b\"}}}",
        b"\x06/\n\n\xa3eKeyIdaaiPlaintextEhellorEncryptionContext\xa1aaab",
        b"\x07/\n\n\xbfeKeyIdaaqGranteePrincipalabjOperations\x81gDecryptkConstraints\xa1wEncryptionContextSubset\xa0\xff",
        b"\x08/bucket?acl\nx-amz-grant-read: id=1\nx-amz-expected-bucket-owner: 111122223333\n\n<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>a</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>b</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
        b"\x09/bucket/a%20key/b?x-id=PutObject\ncontent-length: 5\nx-amz-meta-a: 1\nx-amz-meta-B: 2\nexpires: Sun, 25 Jan 2015 08:00:00 GMT\nx-amz-object-lock-retain-until-date: 2015-01-25T08:00:00Z\nx-amz-server-side-encryption-bucket-key-enabled: true\n\nhello",
        b"\x0a/bucket?delete\nx-amz-bypass-governance-retention: true\n\n<Delete><Object><Key>a&amp;b</Key><VersionId>1</VersionId><Size>3</Size></Object><Object><Key><![CDATA[c]]></Key></Object><Quiet>true</Quiet></Delete>",
        b"\x0b/bucket?acl\nx-amz-acl: private\n\n{\"Owner\":{\"ID\":\"a\"},\"Grants\":[{\"Permission\":\"READ\"}]}",
        b"\x0c/bucket/key\n\n",
    ],
    dictionary: &[
        b".member.", b"&Tags.member.2.Key=", b"=%", b"%00", b"\"KeyId\":", b"null", b"\\ud800", b"[[[[[[[[", b"{\"a\":{\"a\":", b"1e400",
        b"<Grant>", b"</Grant>", b"<!DOCTYPE a [<!ENTITY b \"c\">]>", b"&b;", b"&#x0;", b"<![CDATA[", b"-->", b"xsi:type=", b"<a:b>",
        b"\xbf", b"\xff", b"\x9f", b"\xfb\x7f\xf8\0\0\0\0\0\0", b"\xc1\x1a\x54\xc4\xa2\x00", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xd8\x40",
        b"\nx-amz-meta-: ", b"?acl&acl=", b"/../", b"%2", b"Infinity",
    ],
    rounds: 12_000,
};

/// How one operation is read, and its input as a generated type.
struct Reader(Protocol, &'static ServiceModel, &'static OperationModel, fn() -> Box<dyn Record>);

fn input<T: Record + Default>() -> Box<dyn Record> {
    Box::new(T::default())
}

/// Every protocol; where no service here speaks one, an operation of another stands in.
static READERS: &[Reader] = &[
    Reader(
        Protocol::Query,
        &kage_api_iam::SERVICE,
        &kage_api_iam::operations::CREATE_USER,
        input::<CreateUserRequest>,
    ),
    Reader(
        Protocol::Query,
        &kage_api_iam::SERVICE,
        &kage_api_iam::operations::SIMULATE_CUSTOM_POLICY,
        input::<SimulateCustomPolicyRequest>,
    ),
    Reader(
        Protocol::Ec2Query,
        &kage_api_ec2::SERVICE,
        &kage_api_ec2::operations::DESCRIBE_AVAILABILITY_ZONES,
        input::<DescribeAvailabilityZonesRequest>,
    ),
    Reader(
        Protocol::AwsJson11,
        &kage_api_kms::SERVICE,
        &kage_api_kms::operations::ENCRYPT,
        input::<EncryptRequest>,
    ),
    Reader(
        Protocol::AwsJson10,
        &kage_api_kms::SERVICE,
        &kage_api_kms::operations::ENCRYPT,
        input::<EncryptRequest>,
    ),
    Reader(
        Protocol::AwsJson11,
        &kage_api_kms::SERVICE,
        &kage_api_kms::operations::CREATE_GRANT,
        input::<CreateGrantRequest>,
    ),
    Reader(
        Protocol::RpcV2Cbor,
        &kage_api_kms::SERVICE,
        &kage_api_kms::operations::ENCRYPT,
        input::<EncryptRequest>,
    ),
    Reader(
        Protocol::RpcV2Cbor,
        &kage_api_kms::SERVICE,
        &kage_api_kms::operations::CREATE_GRANT,
        input::<CreateGrantRequest>,
    ),
    Reader(
        Protocol::RestXml,
        &kage_api_s3::SERVICE,
        &kage_api_s3::operations::PUT_BUCKET_ACL,
        input::<PutBucketAclRequest>,
    ),
    Reader(
        Protocol::RestXml,
        &kage_api_s3::SERVICE,
        &kage_api_s3::operations::PUT_OBJECT,
        input::<PutObjectRequest>,
    ),
    Reader(
        Protocol::RestXml,
        &kage_api_s3::SERVICE,
        &kage_api_s3::operations::DELETE_OBJECTS,
        input::<DeleteObjectsRequest>,
    ),
    Reader(
        Protocol::RestJson,
        &kage_api_s3::SERVICE,
        &kage_api_s3::operations::PUT_BUCKET_ACL,
        input::<PutBucketAclRequest>,
    ),
    Reader(
        Protocol::RestJson,
        &kage_api_s3::SERVICE,
        &kage_api_s3::operations::PUT_OBJECT,
        input::<PutObjectRequest>,
    ),
];

fn request(data: &[u8]) {
    let mut source = Source::new(data);
    let Some(reader) = READERS.get(source.below(READERS.len())) else { return };
    let Reader(protocol, service, operation, make) = reader;
    let (head, body) = split_head(source.rest());
    let (line, rest) = cut(head, b'\n');
    let (path, query) = cut(line, b'?');
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (path, query) = (text(path), text(query));
    let headers: Vec<(String, String)> = rest
        .split(|byte| *byte == b'\n')
        .map(|line| cut(line, b':'))
        .map(|(name, value)| (text(name), text(value).trim().to_owned()))
        .collect();
    let method = operation.http.method;
    let request = Request { method, path: &path, query: &query, headers: &headers, body, streaming: None };

    let mut typed = make();
    let by_type = read(*protocol, service, operation, &request, &mut *typed);
    let mut dynamic = DynamicRecord::new(operation.input);
    let by_schema = read(*protocol, service, operation, &request, &mut dynamic);
    assert_eq!(by_type, by_schema, "the generated type and the schema are refused differently");
    // What must be there and is not holds a default in the type and nothing in the schema's record.
    if by_type.is_ok_and(|missing| missing.is_empty()) {
        assert_eq!(limits(&*typed), limits(&dynamic), "the generated type and the schema break other limits");
        assert_eq!(shown(&*typed), shown(&dynamic), "the generated type and the schema read differently");
    }
}

fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => {
            (bytes.get(..at).unwrap_or_default(), bytes.get(at.saturating_add(2)..).unwrap_or_default())
        }
        None => (b"/bucket/key", bytes),
    }
}

/// What is missing in the value, or the refusal.
fn read(
    protocol: Protocol,
    service: &ServiceModel,
    operation: &OperationModel,
    request: &Request<'_>,
    into: &mut dyn Record,
) -> Result<Vec<Violation>, ReadError> {
    let mut problems = Problems::new();
    if let Err(error) = read_input(protocol, service, operation, request, into, &mut problems) {
        assert!((400..500).contains(&error.status), "{error} has status {}", error.status);
        assert!(!error.code.is_empty(), "{error:?} has no code");
        return Err(error);
    }
    Ok(problems.violations)
}

fn limits(record: &dyn Record) -> String {
    let mut violations = Vec::new();
    check_limits(record, &mut violations);
    validation_message(&violations)
}

fn shown(record: &dyn Record) -> String {
    let blob = |bytes: &[u8]| Some(serde_json::Value::String(STANDARD.encode(bytes)));
    format!("{:?}", to_json(record, &|_, name| name.to_owned(), &blob))
}
