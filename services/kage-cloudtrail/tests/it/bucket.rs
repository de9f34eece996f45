//! A stand-in for S3 that has what CloudTrail asks of it: buckets with policies, GetBucketAcl and PutObject. It is judged by
//! the real pipeline, so that bucket policies decide as they do for the real service.

use flate2::read::GzDecoder;
use kage_api_s3::types as api;
use kage_core::{
    Access, Call, Content, DenialStyle, Error, Lookup, Operation, Recording, Resource, ResourcePolicy,
    Result, Semantics, Service, Tx, Upload, operation, scan,
};
use kage_store::Key;
use kage_store::table::{Table, key as row};
use kage_test::World;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;

const BUCKETS: Table<Bucket> = Table::new("test.buckets");
const OBJECTS: Table<Object> = Table::new("test.objects");
static MODELS: [&kage_schema::ServiceModel; 1] = [&kage_api_s3::SERVICE];

#[derive(Clone, Serialize, Deserialize)]
pub struct Bucket {
    name: String,
    owner: String,
    policy: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub key: String,
    pub bytes: Vec<u8>,
    pub metadata: BTreeMap<String, String>,
    pub encryption: Option<String>,
    pub acl: Option<String>,
}

impl Resource for Bucket {
    fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.name)
    }
    fn owner(&self) -> Option<String> {
        Some(self.owner.clone())
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.clone()?.into();
        Some(ResourcePolicy { text, semantics: Semantics::Generic })
    }
}

fn bucket(tx: &Tx, name: &str) -> Result<Lookup<Bucket>> {
    match BUCKETS.get(tx.reads(), &row(&[name]))? {
        Some(bucket) => Ok(Lookup::Found(bucket)),
        None => Err(Error::new("NoSuchBucket", 404, "The specified bucket does not exist")),
    }
}

struct GetBucketAcl;

impl Operation for GetBucketAcl {
    type Input = api::GetBucketAclRequest;
    type Output = api::GetBucketAclOutput;
    type Target = Bucket;
    const MODEL: &'static kage_schema::OperationModel = &kage_api_s3::operations::GET_BUCKET_ACL;

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bucket>> {
        bucket(tx, &input.bucket)
    }
    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bucket>) -> Access {
        Access::on("s3:GetBucketAcl", target)
    }
    fn run(_: &Call<'_>, _: &mut Tx, _: Bucket, _: &Self::Input) -> Result<Self::Output> {
        Ok(Self::Output::default())
    }
}

struct PutObject;

impl Operation for PutObject {
    type Input = api::PutObjectRequest;
    type Output = api::PutObjectOutput;
    type Target = Bucket;
    const MODEL: &'static kage_schema::OperationModel = &kage_api_s3::operations::PUT_OBJECT;
    const RECORDING: Recording = Recording::data("AWS::S3::Object");

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bucket>> {
        bucket(tx, &input.bucket)
    }
    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Bucket>) -> Access {
        let mut access = Access::on("s3:PutObject", target).key_if("s3:x-amz-acl", input.acl.clone());
        for evaluation in &mut access.evaluations {
            evaluation.resource = format!("arn:aws:s3:::{}/{}", input.bucket, input.key);
        }
        access
    }
    fn run(_: &Call<'_>, tx: &mut Tx, _: Bucket, input: &Self::Input) -> Result<Self::Output> {
        let upload = input.body.attached::<Upload>().unwrap();
        let Content::Inline(bytes) = &upload.content else { panic!("a test file above 4 KB") };
        let object = Object {
            key: input.key.clone(),
            bytes: bytes.0.clone(),
            metadata: input.metadata.clone().unwrap_or_default(),
            encryption: input.server_side_encryption.clone(),
            acl: input.acl.clone(),
        };
        OBJECTS.put(tx.writer(), &row(&[&input.bucket, &input.key]), &object)?;
        Ok(Self::Output::default())
    }
}

pub fn service() -> Service {
    Service {
        models: &MODELS,
        event_source: "s3.amazonaws.com",
        global: false,
        denial: DenialStyle::S3,
        validation_code: "InvalidRequest",
        validation_first: false,
        operations: vec![operation::<GetBucketAcl>(), operation::<PutObject>()],
        jobs: Vec::new(),
    }
}

/// A double with CloudTrail, IAM and the stand-in, and a bucket `logs` that CloudTrail may write to.
pub fn world() -> World {
    with(Vec::new())
}

/// The same with more services.
pub fn with(more: Vec<Service>) -> World {
    let mut services = vec![kage_cloudtrail::service(), kage_iam::service(), service()];
    services.extend(more);
    let world = World::new(services);
    set(&world, Some(policy()));
    world
}

/// AWS: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail".
pub fn policy() -> String {
    let cloudtrail = json!({"Service": "cloudtrail.amazonaws.com"});
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::logs",
         "Condition": {"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111111111111:trail/*"}}},
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:PutObject",
         "Resource": "arn:aws:s3:::logs/AWSLogs/111111111111/*",
         "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "111111111111"}}}
    ]})
    .to_string()
}

/// Sets the bucket `logs` and its policy.
pub fn set(world: &World, policy: Option<String>) {
    let bucket = Bucket { name: "logs".to_owned(), owner: kage_test::MANAGEMENT.to_owned(), policy };
    world.write(|tx| Ok(BUCKETS.put(tx.writer(), &row(&["logs"]), &bucket)?));
}

/// All objects under a part of the account's keys that are no folders, in the order of keys.
pub fn objects(world: &World, folder: &str) -> Vec<Object> {
    under(world, &format!("AWSLogs/111111111111/{folder}/"))
}

/// All objects whose keys begin so and that are no folders, in the order of keys.
pub fn under(world: &World, prefix: &str) -> Vec<Object> {
    let all = world.write(|tx| scan(&OBJECTS, tx.reads(), &Key::new()));
    all.into_iter().filter(|object| object.key.starts_with(prefix) && !object.key.ends_with('/')).collect()
}

/// The names of the events in files, as `name by user`, in the order of keys.
pub fn names(files: &[Object]) -> Vec<String> {
    let records = files.iter().flat_map(|file| file.json()["Records"].as_array().unwrap().clone());
    records.map(|record| record["eventName"].as_str().unwrap().to_owned()).collect()
}

/// Whether there is an object with exactly this key.
pub fn has(world: &World, key: &str) -> bool {
    world.write(|tx| Ok(OBJECTS.contains(tx.reads(), &row(&["logs", key]))))
}

impl Object {
    /// Its JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.content()).unwrap()
    }
    /// Its bytes, uncompressed.
    pub fn content(&self) -> Vec<u8> {
        let mut out = Vec::new();
        GzDecoder::new(self.bytes.as_slice()).read_to_end(&mut out).unwrap();
        out
    }
}

/// The names of all delivered events in the order of delivery.
pub fn delivered(world: &World) -> Vec<String> {
    let mut files = objects(world, "CloudTrail");
    // Keys of one minute have random ends; each file's first event says which came first.
    files.sort_by_key(|file| file.json()["Records"][0]["eventTime"].as_str().unwrap().to_owned());
    let records = files.iter().flat_map(|file| file.json()["Records"].as_array().unwrap().clone());
    records.map(|record| record["eventName"].as_str().unwrap().to_owned()).collect()
}
