//! The query protocol, which older SDKs speak, and the codes that both protocols share.

use crate::kit::{queue, send, world};
use kage_core::Origin;
use kage_pipeline::{Head, Opening};
use kage_schema::Body;
use kage_sigv4::{Algorithm, PathRule, PayloadHash, RequestParts, Signer, sha256_hex};
use kage_test::{Caller, MANAGEMENT, World};

/// Sends a signed request; gives status, header lines and text of the answer.
fn post(
    world: &World,
    caller: &Caller,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Vec<(String, String)>, String) {
    let signer = Signer {
        algorithm: Algorithm::HmacSha256,
        access_key: &caller.key,
        secret: &caller.secret,
        session_token: None,
        region: "us-east-1",
        service: "sqs",
        path: PathRule { normalise: true, encode_again: true },
        token_after_signing: false,
        send_content_sha256: false,
    };
    let mut given: Vec<(&str, &[u8])> = vec![("host", b"127.0.0.1:4566")];
    given.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    // Older SDKs post to the URL of the queue.
    let path = format!("/{MANAGEMENT}/q");
    let parts = RequestParts { method: "POST", path: &path, query: "", headers: &given };
    let payload = PayloadHash::Exact(sha256_hex(body.as_bytes()));
    let wall = world.pipeline.world().clock.wall().seconds();
    let signed = signer.sign(&parts, &payload, wall).unwrap();
    let mut sent: Vec<(String, Vec<u8>)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    sent.extend(signed.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())));
    let origin =
        Origin { source_ip: "192.0.2.1".to_owned(), host: "127.0.0.1:4566".to_owned(), ..Origin::default() };
    let head = Head { method: "POST".to_owned(), path, query: String::new(), headers: sent, origin };
    let answer = match world.pipeline.open(head) {
        Opening::Refused(answer) => answer,
        Opening::Body(mut intake) => {
            assert!(intake.write(body.as_bytes()).is_ok());
            intake.finish()
        }
    };
    let text = match answer.response.body {
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    };
    (answer.response.status, answer.response.headers, text)
}

fn form(world: &World, caller: &Caller, form: &str) -> (u16, String) {
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let (status, _, text) = post(world, caller, &headers, &format!("Version=2012-11-05&{form}"));
    (status, text)
}

#[test]
fn forms_are_read_and_answered_with_the_names_of_the_query_protocol() {
    let world = world();
    let admin = world.admin();
    let (status, text) = form(
        &world,
        &admin,
        "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0&Tag.1.Key=k&Tag.1.Value=v",
    );
    assert_eq!(status, 200, "{text}");
    let url = format!("http://127.0.0.1:4566/{MANAGEMENT}/q");
    let made = format!(
        "<CreateQueueResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><CreateQueueResult><QueueUrl>{url}</QueueUrl></CreateQueueResult><ResponseMetadata>"
    );
    assert!(text.starts_with(&made), "{text}");
    let (_, text) = form(&world, &admin, &format!("Action=ListQueueTags&QueueUrl={url}"));
    assert!(
        text.contains("<ListQueueTagsResult><Tag><Key>k</Key><Value>v</Value></Tag></ListQueueTagsResult>"),
        "{text}"
    );
    let entries = "SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=one&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=Foo&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=Bar&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=";
    let (_, text) = form(&world, &admin, &format!("Action=SendMessageBatch&QueueUrl={url}&{entries}"));
    assert!(text.contains("<SendMessageBatchResultEntry><Id>a</Id>"), "{text}");
    assert!(text.contains("<BatchResultErrorEntry><Id>b</Id>"), "{text}");
    let ask = format!(
        "Action=ReceiveMessage&QueueUrl={url}&AttributeName.1=SentTimestamp&MessageAttributeName.1=All"
    );
    let (_, text) = form(&world, &admin, &ask);
    for part in [
        "<ReceiveMessageResult><Message><MessageId>",
        "<Body>one</Body>",
        "<Attribute><Name>SentTimestamp</Name><Value>1767323045000</Value></Attribute>",
        "<MessageAttribute><Name>Foo</Name><Value><StringValue>Bar</StringValue><DataType>String</DataType></Value></MessageAttribute>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let (_, text) = form(
        &world,
        &admin,
        &format!("Action=GetQueueAttributes&QueueUrl={url}&AttributeName.1=DelaySeconds"),
    );
    assert!(
        text.contains(
            "<GetQueueAttributesResult><Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>"
        ),
        "{text}"
    );
    let (status, text) = form(&world, &admin, &format!("Action=PurgeQueue&QueueUrl={url}"));
    assert!(status == 200 && text.contains("<PurgeQueueResponse"), "{text}");
}

#[test]
fn both_protocols_tell_the_old_codes() {
    let world = world();
    let admin = world.admin();
    let url = format!("http://127.0.0.1:4566/{MANAGEMENT}/none");
    let (status, text) = form(&world, &admin, &format!("Action=ReceiveMessage&QueueUrl={url}"));
    assert_eq!(status, 400);
    assert!(
        text.contains("<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"),
        "{text}"
    );
    let headers =
        [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "AmazonSQS.ReceiveMessage")];
    let (status, headers, text) = post(&world, &admin, &headers, &format!("{{\"QueueUrl\":\"{url}\"}}"));
    assert_eq!(status, 400);
    let told = headers.iter().find(|(name, _)| name == "x-amzn-query-error").map(|(_, value)| value.as_str());
    assert_eq!(told, Some("AWS.SimpleQueueService.NonExistentQueue;Sender"));
    assert!(text.contains("\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\""), "{text}");
}

#[test]
fn both_protocols_speak_of_the_same_queue() {
    let world = world();
    let admin = world.admin();
    let url = queue(&world, &admin, "q", serde_json::json!({}));
    send(&world, &admin, &url, "from JSON");
    let (_, text) = form(&world, &admin, &format!("Action=ReceiveMessage&QueueUrl={url}"));
    assert!(text.contains("<Body>from JSON</Body>"), "{text}");
}
