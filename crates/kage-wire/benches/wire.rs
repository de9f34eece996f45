//! Decoding requests and encoding answers. `cargo bench -p kage-wire`.

#![expect(clippy::expect_used, reason = "a bench with a broken fixture must stop")]

use kage_schema::{
    DynamicRecord, Http, Loader, OperationModel, Problems, Protocol, Record, Scalar, ServiceModel, Slot,
};
use kage_wire::{Request, read_input, write_output};
use serde_json::{Value, json};
use std::hint::black_box;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn models(
    protocol: Protocol,
    name: &'static str,
    operation: &'static str,
    uri: &'static str,
    shapes: Value,
) -> (ServiceModel, OperationModel) {
    let shapes = leak(shapes).as_object().expect("an object");
    let mut loader = Loader::new(shapes);
    let operation = OperationModel {
        name: operation,
        http: Http { method: "POST", uri, status: 200 },
        input: loader.schema("In").expect("an input"),
        output: loader.schema("Out").expect("an output"),
        input_xml: None,
        result_wrapper: Some("OpResult"),
        errors: &[],
        host_prefix: None,
        checksum_required: false,
    };
    let service = ServiceModel {
        name,
        service_id: name,
        signing_name: name,
        endpoint_prefix: name,
        target_prefix: None,
        api_version: "2020-01-01",
        xml_namespace: Some("https://example.amazonaws.com/doc/2020-01-01/"),
        protocols: leak([protocol]),
        query_compatible: false,
        operations: &[],
    };
    (service, operation)
}

/// What `cargo xtask bench` counts the instructions of, when it says how often to run.
#[inline(never)]
fn counted(times: u32, run: &mut dyn FnMut()) {
    for _ in 0..times {
        run();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures time and is told by its environment what to do"
)]
fn measure(name: &str, mut run: impl FnMut()) {
    run();
    if let Some(times) = std::env::var("KAGE_BENCH_COUNT").ok().and_then(|text| text.parse().ok()) {
        counted(times, &mut run);
        println!("counted: {name}");
        return;
    }
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let start = std::time::Instant::now();
        for _ in 0..500 {
            run();
        }
        best = best.min(start.elapsed().as_secs_f64() / 500.0);
    }
    println!("{name:<58} {:>12.0}/s {:>9.0} ns", 1.0 / best, best * 1e9);
}

fn run(
    what: &str,
    protocol: Protocol,
    models: &(ServiceModel, OperationModel),
    request: &Request<'_>,
    output: &DynamicRecord,
) {
    let (service, operation) = models;
    measure(&format!("decode {what}"), || {
        let mut input = DynamicRecord::new(operation.input);
        let mut problems = Problems::new();
        read_input(protocol, service, operation, request, &mut input, &mut problems)
            .expect("a valid request");
        black_box(input);
    });
    measure(&format!("encode {what}"), || {
        let response = write_output(protocol, service, operation, output, "id").expect("a valid output");
        black_box(response.body.bytes().map_or(0, <[u8]>::len));
    });
}

fn text(slot: Option<&mut dyn Slot>, value: &str) {
    slot.and_then(|slot| slot.set(Scalar::Str(value.to_owned())).ok()).expect("a text");
}

fn main() {
    let headers = [("content-type".to_owned(), "x".to_owned())];
    let request =
        |path, query, body| Request { method: "POST", path, query, headers: &headers, body, streaming: None };

    let kms = models(
        Protocol::AwsJson11,
        "kms",
        "Encrypt",
        "/",
        json!({
            "In": {"type": "structure", "required": ["KeyId", "Plaintext"], "members": {
                "KeyId": {"shape": "S"}, "Plaintext": {"shape": "Y"}, "EncryptionContext": {"shape": "Map"},
                "GrantTokens": {"shape": "List"}, "EncryptionAlgorithm": {"shape": "S"}, "DryRun": {"shape": "B"}}},
            "Out": {"type": "structure", "members": {"CiphertextBlob": {"shape": "Y"}, "KeyId": {"shape": "S"}, "EncryptionAlgorithm": {"shape": "S"}}},
            "Map": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}}, "List": {"type": "list", "member": {"shape": "S"}},
            "S": {"type": "string"}, "Y": {"type": "blob"}, "B": {"type": "boolean"},
        }),
    );
    let mut output = DynamicRecord::new(kms.1.output);
    output.slot_mut(0).and_then(|slot| slot.set(Scalar::Blob(vec![7; 200])).ok()).expect("a blob");
    text(output.slot_mut(1), "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    text(output.slot_mut(2), "SYMMETRIC_DEFAULT");
    let body = br#"{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"c29tZSBwbGFpbiB0ZXh0IG9mIG9yZGluYXJ5IGxlbmd0aA==","EncryptionContext":{"purpose":"test","tenant":"4711"},"GrantTokens":["a","b"]}"#;
    run("KMS Encrypt, awsJson 1.1", Protocol::AwsJson11, &kms, &request("/", "", body), &output);

    let iam = models(
        Protocol::Query,
        "iam",
        "TagRole",
        "/",
        json!({
            "In": {"type": "structure", "required": ["RoleName", "Tags"], "members": {"RoleName": {"shape": "S"}, "Tags": {"shape": "Tags"}}},
            "Out": {"type": "structure", "members": {"Tags": {"shape": "Tags"}, "IsTruncated": {"shape": "B"}}},
            "Tags": {"type": "list", "member": {"shape": "Tag"}},
            "Tag": {"type": "structure", "required": ["Key", "Value"], "members": {"Key": {"shape": "S"}, "Value": {"shape": "S"}}},
            "S": {"type": "string"}, "B": {"type": "boolean"},
        }),
    );
    let mut output = DynamicRecord::new(iam.1.output);
    let tags = output.slot_mut(0).and_then(|slot| slot.list_mut()).expect("a list");
    for index in 0..5 {
        let tag = tags.push().record_mut().expect("a structure");
        text(tag.slot_mut(0), &format!("key-{index}"));
        text(tag.slot_mut(1), "some value");
    }
    let body = b"Action=TagRole&Version=2010-05-08&RoleName=build-agent&Tags.member.1.Key=team&Tags.member.1.Value=platform%20one&Tags.member.2.Key=stage&Tags.member.2.Value=test&Tags.member.3.Key=owner&Tags.member.3.Value=me%40example.com";
    run(
        "IAM TagRole with 3 tags in, 5 out, awsQuery",
        Protocol::Query,
        &iam,
        &request("/", "", body),
        &output,
    );

    let s3 = models(
        Protocol::RestXml,
        "s3",
        "ListObjectsV2",
        "/{Bucket}?list-type=2",
        json!({
            "In": {"type": "structure", "required": ["Bucket"], "members": {
                "Bucket": {"shape": "S", "location": "uri", "locationName": "Bucket"},
                "Prefix": {"shape": "S", "location": "querystring", "locationName": "prefix"},
                "MaxKeys": {"shape": "I", "location": "querystring", "locationName": "max-keys"}}},
            "Out": {"type": "structure", "members": {"Name": {"shape": "S"}, "Contents": {"shape": "Contents"}, "KeyCount": {"shape": "I"}}},
            "Contents": {"type": "list", "flattened": true, "member": {"shape": "Object"}},
            "Object": {"type": "structure", "members": {"Key": {"shape": "S"}, "ETag": {"shape": "S"}, "Size": {"shape": "L"}, "StorageClass": {"shape": "S"}}},
            "S": {"type": "string"}, "I": {"type": "integer"}, "L": {"type": "long"},
        }),
    );
    let mut output = DynamicRecord::new(s3.1.output);
    text(output.slot_mut(0), "logs");
    let contents = output.slot_mut(1).and_then(|slot| slot.list_mut()).expect("a list");
    for index in 0..100_i64 {
        let object = contents.push().record_mut().expect("a structure");
        text(object.slot_mut(0), &format!("AWSLogs/111122223333/CloudTrail/{index:08}.json.gz"));
        text(object.slot_mut(1), "\"d41d8cd98f00b204e9800998ecf8427e\"");
        object.slot_mut(2).and_then(|slot| slot.set(Scalar::Int(index * 1000)).ok()).expect("a size");
        text(object.slot_mut(3), "STANDARD");
    }
    run(
        "S3 ListObjectsV2 of 100 keys, restXml",
        Protocol::RestXml,
        &s3,
        &request("/logs", "list-type=2&prefix=AWSLogs%2F&max-keys=100", b""),
        &output,
    );
}
