//! Records against those that AWS published, and the streams they stand in.

use kage_api_iam::types::{GetUserRequest, GetUserResponse};
use kage_core::{
    Call, Caller, CallerKind, Clock, ClockState, Error, Forward, Origin, Result, Road, Session, Tx, World,
};
use kage_record::{Fact, Outcome, Touched, Watch, user_identity};
use kage_schema::{OperationModel, Record, ServiceModel};
use serde_json::{Value, json};

/// 2013-11-02T01:06:28Z.
const ISSUED: i64 = 1_383_354_388_000;
const ACCOUNT: &str = "123456789012";

fn caller(kind: CallerKind, arn: &str, id: &str) -> Caller {
    Caller {
        kind,
        account: ACCOUNT.to_owned(),
        arn: arn.to_owned(),
        id: id.to_owned(),
        access_key: Some("KEY".to_owned()),
        session: None,
    }
}

fn alice() -> Caller {
    let kind = CallerKind::User { name: "Alice".to_owned() };
    caller(kind, "arn:aws:iam::123456789012:user/Alice", "AIDAJ45Q7YFFAREXAMPLE")
}

fn session(caller: Caller) -> Caller {
    Caller { session: Some(Session { issued: ISSUED, ..Session::default() }), ..caller }
}

// AWS: CloudTrail user guide, "CloudTrail userIdentity element", examples.
#[test]
fn every_kind_of_caller_reads_as_in_published_records() {
    let user = json!({"type": "IAMUser", "principalId": "AIDAJ45Q7YFFAREXAMPLE",
        "arn": "arn:aws:iam::123456789012:user/Alice", "accountId": ACCOUNT, "accessKeyId": "KEY", "userName": "Alice"});
    assert_eq!(user_identity(&alice(), None), user);
    let attributes = json!({"creationDate": "2013-11-02T01:06:28Z", "mfaAuthenticated": "false"});
    let kind = CallerKind::Role {
        role_arn: "arn:aws:iam::123456789012:role/RoleToBeAssumed".to_owned(),
        role_id: "AROAIDPPEZS35WEXAMPLE".to_owned(),
        role_name: "RoleToBeAssumed".to_owned(),
        session_name: "MySessionName".to_owned(),
    };
    let arn = "arn:aws:sts::123456789012:assumed-role/RoleToBeAssumed/MySessionName";
    let role = session(caller(kind, arn, "AROAIDPPEZS35WEXAMPLE:MySessionName"));
    let issuer = json!({"type": "Role", "principalId": "AROAIDPPEZS35WEXAMPLE",
        "arn": "arn:aws:iam::123456789012:role/RoleToBeAssumed", "accountId": ACCOUNT, "userName": "RoleToBeAssumed"});
    assert_eq!(
        user_identity(&role, Some("s3.amazonaws.com")),
        json!({"type": "AssumedRole", "principalId": "AROAIDPPEZS35WEXAMPLE:MySessionName", "arn": arn,
            "accountId": ACCOUNT, "accessKeyId": "KEY", "invokedBy": "s3.amazonaws.com",
            "sessionContext": {"sessionIssuer": issuer, "attributes": attributes}})
    );
    let kind = CallerKind::Federated {
        name: "bob".to_owned(),
        issuer_arn: "arn:aws:iam::123456789012:user/team/Alice".to_owned(),
        issuer_id: "AIDAJ45Q7YFFAREXAMPLE".to_owned(),
    };
    let federated = session(caller(kind, "arn:aws:sts::123456789012:federated-user/bob", "123456789012:bob"));
    let seen = user_identity(&federated, None);
    assert_eq!(seen["type"], "FederatedUser");
    assert_eq!(
        seen["sessionContext"]["sessionIssuer"],
        json!({"type": "IAMUser", "principalId": "AIDAJ45Q7YFFAREXAMPLE",
            "arn": "arn:aws:iam::123456789012:user/team/Alice", "accountId": ACCOUNT, "userName": "Alice"})
    );
    let service = Caller::service("cloudtrail.amazonaws.com");
    let plain = json!({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"});
    assert_eq!(user_identity(&service, None), plain);
    let nobody = json!({"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"});
    assert_eq!(user_identity(&Caller::anonymous(), None), nobody);
    let root = caller(CallerKind::Root, "arn:aws:iam::123456789012:root", ACCOUNT);
    assert_eq!(user_identity(&root, None)["type"], "Root");
    assert!(user_identity(&root, None).get("userName").is_none());
}

struct NoRoad;

impl Road for NoRoad {
    fn forward(
        &self,
        _: &Call<'_>,
        _: &mut Tx,
        _: Forward,
        _: (&'static ServiceModel, &'static OperationModel),
        _: Box<dyn Record>,
    ) -> Result<Box<dyn Record>> {
        Err(Error::internal("there is no road"))
    }

    fn judge(&self, _: &Call<'_>, _: &mut Tx, _: kage_core::Access) -> Result<()> {
        Err(Error::internal("there is no road"))
    }

    fn assume(&self, _: &Call<'_>, _: &mut Tx, _: &kage_core::ServiceRole) -> Result<String> {
        Err(Error::internal("there is no road"))
    }
}

fn world() -> World {
    World::new(kage_store::Store::ephemeral(), Clock::new(ClockState::Frozen { at_ms: ISSUED }), Some(1))
}

fn call(world: &World, caller: Caller) -> Call<'_> {
    Call {
        world,
        road: &NoRoad,
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
        service: &kage_api_iam::SERVICE,
        operation: &kage_api_iam::operations::GET_USER,
        request_id: "request".to_owned(),
        now: world.clock.now(),
        origin: Origin {
            source_ip: if caller.service_name().is_some() { "ignored" } else { "192.0.2.1" }.to_owned(),
            user_agent: "aws-cli".to_owned(),
            vpc_endpoint: Some("vpce-1".to_owned()),
            ..Origin::default()
        },
        caller,
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    }
}

fn build(call: &Call<'_>, outcome: Outcome<'_>, touched: &[Touched]) -> Vec<(String, Value)> {
    let input = GetUserRequest { user_name: Some("bob".to_owned()) };
    let fact = Fact {
        source: "iam.amazonaws.com",
        global: false,
        handler: None,
        name: "GetUser",
        input: Some(&input),
        outcome,
        touched,
    };
    kage_record::build(call, &fact)
}

fn touched(arn: &str, account: &str, kind: &str) -> Touched {
    Touched { arn: arn.to_owned(), account: account.to_owned(), kind: Some(kind.to_owned()) }
}

#[test]
fn a_failure_says_its_code_and_answers_nothing() {
    let world = world();
    let outcome = Outcome::Failure { code: "AccessDenied", message: "no" };
    let events = build(&call(&world, alice()), outcome, &[]);
    assert_eq!(events.len(), 1);
    let (account, event) = &events[0];
    assert_eq!(account, ACCOUNT);
    assert_eq!((&event["errorCode"], &event["errorMessage"]), (&json!("AccessDenied"), &json!("no")));
    assert_eq!(event["responseElements"], Value::Null);
    assert_eq!(event["requestParameters"], json!({"userName": "bob"}));
    assert_eq!(event["eventTime"], "2013-11-02T01:06:28Z");
    assert_eq!(event["awsRegion"], "eu-west-1");
    assert_eq!(event["readOnly"], true);
    assert_eq!(event["vpcEndpointId"], "vpce-1");
    assert_eq!(event["eventCategory"], "Management");
    assert!(event.get("sharedEventID").is_none());
    assert!(event.get("resources").is_none());
}

#[test]
fn the_owner_of_a_resource_gets_a_copy_that_hides_the_caller() {
    let world = world();
    let output = GetUserResponse::default();
    let other = touched("arn:aws:kms:eu-west-1:999999999999:key/1", "999999999999", "AWS::KMS::Key");
    let events = build(&call(&world, alice()), Outcome::Success(&output), &[other]);
    let accounts: Vec<&str> = events.iter().map(|(account, _)| account.as_str()).collect();
    assert_eq!(accounts, [ACCOUNT, "999999999999"]);
    let (own, copy) = (&events[0].1, &events[1].1);
    assert!(own["sharedEventID"].is_string());
    assert_eq!(own["sharedEventID"], copy["sharedEventID"]);
    assert_ne!(own["eventID"], copy["eventID"]);
    assert_eq!(own["recipientAccountId"], ACCOUNT);
    assert_eq!(copy["recipientAccountId"], "999999999999");
    assert_eq!(own["userIdentity"]["type"], "IAMUser");
    let view = json!({"type": "AWSAccount", "principalId": "AIDAJ45Q7YFFAREXAMPLE", "accountId": ACCOUNT});
    assert_eq!(copy["userIdentity"], view);
    let key = json!([{"accountId": "999999999999", "type": "AWS::KMS::Key",
        "ARN": "arn:aws:kms:eu-west-1:999999999999:key/1"}]);
    assert_eq!(copy["resources"], key);
}

#[test]
fn a_service_stands_for_itself() {
    let world = world();
    let output = GetUserResponse::default();
    let object = touched("arn:aws:s3:::logs/a/b", ACCOUNT, "AWS::S3::Object");
    let service = Caller::service("cloudtrail.amazonaws.com");
    let events = build(&call(&world, service), Outcome::Success(&output), &[object]);
    let event = &events[0].1;
    assert_eq!(event["sourceIPAddress"], "cloudtrail.amazonaws.com");
    assert_eq!(event["userAgent"], "cloudtrail.amazonaws.com");
    assert!(event["sharedEventID"].is_string());
    assert_eq!(
        event["resources"],
        json!([{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs/a/b"},
            {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}])
    );
}

#[test]
fn a_watch_plans_one_job_for_the_first_event() {
    let world = world();
    let mut tx = Tx::new(world.store.begin());
    let watch = Watch { job: "x.do".to_owned(), delay_ms: 1000, management: true, data: false };
    let event = |management: bool| {
        let event = json!({"awsRegion": "eu-west-1", "eventTime": "2013-11-02T01:06:28Z", "managementEvent": management});
        [(ACCOUNT.to_owned(), event)]
    };
    kage_record::append(&mut tx, &event(true)).unwrap();
    assert_eq!(tx.scheduled(), 0);
    kage_record::set_watch(&mut tx, ACCOUNT, &watch).unwrap();
    kage_record::append(&mut tx, &event(false)).unwrap();
    assert_eq!(tx.scheduled(), 0);
    kage_record::append(&mut tx, &event(true)).unwrap();
    kage_record::append(&mut tx, &event(true)).unwrap();
    assert_eq!(tx.scheduled(), 1);
    kage_record::begin_planned(&mut tx, "x.do", ACCOUNT, "eu-west-1");
    kage_record::append(&mut tx, &event(true)).unwrap();
    assert_eq!(tx.scheduled(), 2);
    kage_record::begin_planned(&mut tx, "x.do", ACCOUNT, "eu-west-1");
    kage_record::end_watch(&mut tx, ACCOUNT, "x.do");
    kage_record::append(&mut tx, &event(true)).unwrap();
    assert_eq!(tx.scheduled(), 2);
    let streams = kage_record::streams_of(tx.reads(), ACCOUNT);
    assert_eq!(streams, [("eu-west-1".to_owned(), true), ("eu-west-1".to_owned(), false)]);
}
