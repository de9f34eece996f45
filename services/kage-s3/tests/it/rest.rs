//! Signed REST calls and plain answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_api_s3::types::{PutObjectOutput, PutObjectRequest};
use kage_core::{Call, Forward, Origin, Tx};
use kage_test::{Caller, HttpReply, HttpRequest, World};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

pub type Reply = HttpReply;

pub struct S3 {
    pub world: World,
    pub admin: Caller,
}

pub type Headers<'a> = &'a [(&'a str, &'a str)];

impl S3 {
    pub fn new() -> S3 {
        S3::with(Vec::new())
    }

    /// A double with more services.
    pub fn with(more: Vec<kage_core::Service>) -> S3 {
        let mut services = vec![kage_iam::service(), kage_kms::service(), kage_s3::service()];
        services.extend(more);
        let world = World::new(services);
        let admin = world.admin();
        S3 { world, admin }
    }

    /// A call in us-east-1. `target` is path and query. Without a caller it is unsigned.
    pub fn send(
        &self,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        self.send_in("us-east-1", caller, method, target, headers, body)
    }

    pub fn send_in(
        &self,
        region: &str,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        // As every SDK does where S3 wants it.
        if ["?tagging", "?delete", "?lifecycle"].iter().any(|end| target.ends_with(end)) && !body.is_empty() {
            let digest = STANDARD.encode(Md5::digest(body));
            let all = [headers, &[("content-md5", &digest)]].concat();
            return self.send_exactly(region, caller, method, target, &all, body);
        }
        self.send_exactly(region, caller, method, target, headers, body)
    }

    /// The same without a header that was not given.
    pub fn send_exactly(
        &self,
        region: &str,
        caller: Option<&Caller>,
        method: &str,
        target: &str,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Reply {
        let request = HttpRequest { region, service: "s3", method, target, headers, body };
        self.world.http(caller, &request)
    }

    pub fn get(&self, target: &str) -> Reply {
        self.send(Some(&self.admin), "GET", target, &[], b"")
    }

    pub fn put(&self, target: &str, body: &[u8]) -> Reply {
        self.send(Some(&self.admin), "PUT", target, &[], body)
    }

    pub fn delete(&self, target: &str) -> Reply {
        self.send(Some(&self.admin), "DELETE", target, &[], b"")
    }

    /// A user of the management account with this inline policy.
    pub fn user(&self, name: &str, statement: Value) -> Caller {
        let user = self.world.user(&self.admin, name);
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
        self.world.call(&self.admin, "iam", "PutUserPolicy", input).ok();
        user
    }

    pub fn policy(&self, bucket: &str, statement: Value) -> Reply {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        self.put(&format!("/{bucket}?policy"), document.as_bytes())
    }

    /// Switches Block Public Access of a bucket off.
    pub fn unblock(&self, bucket: &str) {
        self.delete(&format!("/{bucket}?publicAccessBlock")).ok();
    }

    /// Sets the ownership of objects.
    pub fn own(&self, bucket: &str, ownership: &str) {
        let body = format!(
            "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>"
        );
        self.put(&format!("/{bucket}?ownershipControls"), body.as_bytes()).ok();
    }

    /// PutObject by an AWS service for a resource of the management account.
    pub fn as_service(
        &self,
        name: &'static str,
        source: &str,
        input: PutObjectRequest,
    ) -> Result<(), String> {
        let pipeline = &self.world.pipeline;
        let world = pipeline.world();
        let mut tx = Tx::new(world.store.begin());
        let call = Call {
            world,
            road: pipeline,
            caller: kage_core::Caller::service(name),
            account: kage_test::MANAGEMENT.to_owned(),
            region: "us-east-1".to_owned(),
            service: &kage_api_s3::SERVICE,
            operation: &kage_api_s3::operations::PUT_OBJECT,
            request_id: "r".to_owned(),
            now: world.clock.now(),
            origin: Origin::default(),
            called_via: Vec::new(),
            source_arn: None,
            source_account: None,
        };
        let how = Forward::AsService {
            name,
            source_arn: Some(source.to_owned()),
            source_account: Some(kage_test::MANAGEMENT.to_owned()),
        };
        let target = (&kage_api_s3::SERVICE, &kage_api_s3::operations::PUT_OBJECT);
        let done = call.forward::<PutObjectOutput>(&mut tx, how, target, input);
        if done.is_ok() {
            tx.into_inner().commit().unwrap().wait().unwrap();
        }
        done.map(|_| ()).map_err(|error| error.code.into_owned())
    }

    /// Data events of an account.
    pub fn data_events(&self, account: &str) -> Vec<Value> {
        let stream = kage_record::stream_name(account, "us-east-1", false);
        let read = |tx: &mut Tx| kage_record::read(tx.reads(), &stream, 0, 10_000);
        self.world.write(read).into_iter().map(|stored| stored.event).collect()
    }
}
