//! What S3 does differently and the model does not say.

/// Our name of the service.
pub(crate) const NAME: &str = "s3";

/// AWS: S3 API reference, every response syntax: `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`. botocore's model
/// has no namespace for it.
pub(crate) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Root elements of answers whose shape has another name in botocore's model, which drops S3's `xmlName` of outputs.
/// AWS: S3 API reference, "Response Syntax" of each operation.
const ROOTS: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
    ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
    ("CreateSession", "CreateSessionResult"),
    ("DeleteObjects", "DeleteResult"),
    ("GetBucketAccelerateConfiguration", "AccelerateConfiguration"),
    ("GetBucketAcl", "AccessControlPolicy"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketLifecycle", "LifecycleConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketNotification", "NotificationConfiguration"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("GetBucketRequestPayment", "RequestPaymentConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetObjectAcl", "AccessControlPolicy"),
    ("GetObjectAttributes", "GetObjectAttributesResponse"),
    ("GetObjectTagging", "Tagging"),
    ("ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationResult"),
    ("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
    ("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("ListDirectoryBuckets", "ListAllMyDirectoryBucketsResult"),
    ("ListMultipartUploads", "ListMultipartUploadsResult"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjects", "ListBucketResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("ListParts", "ListPartsResult"),
];

/// The root element of an operation's answer, where the model does not give it.
pub(crate) fn root(operation: &str) -> Option<&'static str> {
    ROOTS.iter().find(|(name, _)| *name == operation).map(|(_, root)| *root)
}

/// Whether the answer's only member is itself the root element (`s3UnwrappedXmlOutput`).
/// AWS: S3 API reference, GetBucketLocation: `<LocationConstraint xmlns="…">eu-west-1</LocationConstraint>`.
pub(crate) fn is_unwrapped(operation: &str) -> bool {
    operation == "GetBucketLocation"
}

/// The extended request id (`x-amz-id-2`, `HostId`) that goes with a request id: 48 bytes in base64, as S3's are.
/// It carries no meaning; the same request id always has the same one, so header and body agree.
#[must_use]
pub fn host_id(request_id: &str) -> String {
    // FNV-1a seeds a splitmix64 sequence. Nothing depends on its quality.
    let mut state = request_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut bytes = Vec::with_capacity(48);
    for _ in 0..6 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(z ^ (z >> 31)).to_be_bytes());
    }
    crate::base64::encode(&bytes)
}
