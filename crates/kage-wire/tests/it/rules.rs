//! Rules of each protocol that the official vectors do not reach: foreign bytes, AWS's words, S3's own forms.

use crate::support;
use kage_schema::{
    Body, DynamicRecord, Http, Kind, Loader, OperationModel, Problems, Protocol, Record, Schema, ServiceModel,
};
use kage_wire::{ErrorView, ReadError, Request, Response, host_id, read_input, write_error, write_output};
use serde_json::{Value, json};

static UNIT: Schema = Schema::new("Unit", Kind::Structure, &[]);

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A service of one operation `Op` whose input or output is the shape `In` or `Out`.
struct Fixture {
    protocol: Protocol,
    service: &'static ServiceModel,
    operation: &'static OperationModel,
}

impl Fixture {
    fn new(protocol: Protocol, service: &'static str, operation: &'static str, shapes: Value) -> Fixture {
        let shapes = leak(shapes).as_object().unwrap();
        let mut loader = Loader::new(shapes);
        let mut schema = |name: &str| shapes.get(name).map_or(&UNIT, |_| loader.schema(name).unwrap());
        let operation = leak(OperationModel {
            name: operation,
            http: Http { method: "POST", uri: "/{Bucket}/{Key+}", status: 200 },
            input: schema("In"),
            output: schema("Out"),
            input_xml: None,
            result_wrapper: Some("OpResult"),
            errors: &[],
            host_prefix: None,
            checksum_required: false,
        });
        let service = leak(ServiceModel {
            name: service,
            service_id: service,
            signing_name: service,
            endpoint_prefix: service,
            target_prefix: None,
            api_version: "2020-01-01",
            xml_namespace: None,
            protocols: leak([protocol]),
            query_compatible: false,
            operations: leak([operation]),
        });
        Fixture { protocol, service, operation }
    }

    fn read_full(&self, request: &Request<'_>) -> Result<(Value, Vec<String>), ReadError> {
        let mut record = DynamicRecord::new(self.operation.input);
        let mut problems = Problems::new();
        read_input(self.protocol, self.service, self.operation, request, &mut record, &mut problems)?;
        Ok((support::to_json(&record), problems.violations.iter().map(|found| found.path.clone()).collect()))
    }

    fn read(&self, body: impl AsRef<[u8]>) -> Result<Value, ReadError> {
        self.read_full(&request("/b/k", "", &[], body.as_ref())).map(|(value, _)| value)
    }

    fn write(&self, output: Value) -> Response {
        let record = support::from_json(self.operation.output, &output);
        write_output(self.protocol, self.service, self.operation, &record, "R1").unwrap()
    }
}

fn request<'a>(
    path: &'a str,
    query: &'a str,
    headers: &'a [(String, String)],
    body: &'a [u8],
) -> Request<'a> {
    Request { method: "POST", path, query, headers, body, streaming: None }
}

fn body(response: &Response) -> String {
    String::from_utf8(response.body.bytes().unwrap().to_vec()).unwrap()
}

fn scalars() -> Value {
    json!({
        "In": { "type": "structure", "required": ["S"], "members": {
            "S": {"shape": "S"}, "I": {"shape": "I"}, "L": {"shape": "L"}, "D": {"shape": "D"}, "B": {"shape": "B"},
            "T": {"shape": "T"}, "Y": {"shape": "Y"}, "U": {"shape": "U"}, "List": {"shape": "List"},
            "Structs": {"shape": "Structs"}, "Map": {"shape": "Map"}, "Doc": {"shape": "Doc"}, "In": {"shape": "In"},
        }},
        "S": {"type": "string"}, "I": {"type": "integer"}, "L": {"type": "long"}, "D": {"type": "double"},
        "B": {"type": "boolean"}, "T": {"type": "timestamp"}, "Y": {"type": "blob"},
        "U": {"type": "structure", "union": true, "members": {"a": {"shape": "S"}, "b": {"shape": "I"}}},
        "List": {"type": "list", "member": {"shape": "S"}},
        "Structs": {"type": "list", "member": {"shape": "Item"}},
        "Item": {"type": "structure", "required": ["K"], "members": {"K": {"shape": "S"}}},
        "Map": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "Item"}},
        "Doc": {"type": "structure", "members": {}, "document": true},
    })
}

fn json_service() -> Fixture {
    Fixture::new(Protocol::AwsJson11, "kms", "Op", scalars())
}

#[test]
fn json_types_are_refused_in_awss_words() {
    let service = json_service();
    for (document, message) in [
        (r#"{"I":"1"}"#, "STRING_VALUE can not be converted to an Integer"),
        (r#"{"I":2147483648}"#, "NUMBER_VALUE can not be converted to an Integer"),
        (r#"{"I":-2147483649.5}"#, "NUMBER_VALUE can not be converted to an Integer"),
        (r#"{"S":1.5}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"L":9223372036854775808}"#, "NUMBER_VALUE can not be converted to a Long"),
        (r#"{"S":1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"S":true}"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{"B":"true"}"#, "STRING_VALUE can not be converted to a Boolean"),
        (r#"{"S":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"S":[]}"#, "Start of list found where not expected"),
        (
            r#"{"Y":"23456"}"#,
            "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        (r#"{"Y":"=+/="}"#, "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"),
        (r#"{"Y":"ab\nc"}"#, "'ab\nc' can not be converted to a Blob: Invalid Base64 character: '\n'"),
        (
            r#"{"Y":"+/+="}"#,
            "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected",
        ),
        (r#"{"Y":1}"#, "NUMBER_VALUE can not be converted to a Blob"),
        (r#"{"T":"2020-01-01T00:00:00Z"}"#, "STRING_VALUE can not be converted to milliseconds since epoch"),
        (r#"{"List":"x"}"#, "Expected list or null"),
        (r#"{"List":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"Structs":[1]}"#, "Expected null"),
        (r#"{"Map":true}"#, "Expected map or null"),
        (r#"{"Map":[]}"#, "Start of list found where not expected"),
        (r#"{"In":"x"}"#, "Expected null"),
        ("[]", "Start of list found where not expected"),
        (r#"{"U":{}}"#, "Exactly one member of the union U must be set."),
        (r#"{"U":{"a":"x","b":1}}"#, "Exactly one member of the union U must be set."),
        (r#"{"U":{"new":1}}"#, "Exactly one member of the union U must be set."),
        // Bytes that are no document at all get no message.
        (r#"{"S":"a"} x"#, ""),
        (r#"{"S":"a""#, ""),
        ("", ""),
        (" ", ""),
        ("null", ""),
        ("\"x\"", ""),
        (r#"{"S":"a",}"#, ""),
        (r#"{"D":NaN}"#, ""),
        (r#"{"D":1e999}"#, ""),
        (r#"{"S":"\ud83d"}"#, ""),
        ("{\"S\":\"\u{0}\"}", ""),
    ] {
        let error = service.read(document).expect_err(document);
        let expected = ReadError {
            code: "SerializationException",
            message: message.to_owned(),
            status: 400,
            extra: Vec::new(),
        };
        assert_eq!(error, expected, "{document}");
    }
}

#[test]
fn json_takes_what_aws_takes() {
    let service = json_service();
    for (document, expected) in [
        ("{}", json!({})),
        (r#"{"S":null,"Unknown":[{"a":1}],"I":10.0,"D":3}"#, json!({"I": 10, "D": 3.0})),
        // What is behind the point is dropped.
        (r#"{"I":1.9,"L":-1.9}"#, json!({"I": 1, "L": -1})),
        (r#"{"T":1.5,"Y":"AQ==","D":"NaN"}"#, json!({"T": 1.5, "Y": "\u{1}", "D": "NaN"})),
        // The last of two mentions counts, also where the first one was a list.
        (r#"{"S":"a","S":"b","List":["x","y"],"List":["z"]}"#, json!({"S": "b", "List": ["z"]})),
        (r#"{"U":{"a":null,"b":2}}"#, json!({"U": {"b": 2}})),
        (r#"{"Map":{"k":{"K":"1"},"n":null}}"#, json!({"Map": {"k": {"K": "1"}}})),
        (r#"{"Doc":{"a":[1,null]},"S":"\ud83d\ude00"}"#, json!({"Doc": {"a": [1, null]}, "S": "😀"})),
    ] {
        assert_eq!(service.read(document), Ok(expected), "{document}");
    }
}

#[test]
fn depth_is_limited_in_every_format() {
    let deep = |open: &str, close: &str| open.repeat(5000) + &close.repeat(5000);
    let json = deep(r#"{"In":"#, "}").replace(":}", ":{}}");
    assert_eq!(json_service().read(json).unwrap_err().code, "SerializationException");
    let unknown = format!(r#"{{"Doc":{}}}"#, deep("[", "]"));
    assert_eq!(json_service().read(unknown).unwrap_err().code, "SerializationException");

    let cbor = Fixture::new(Protocol::RpcV2Cbor, "kms", "Op", scalars());
    let nested = |key: &[u8]| [[0xa1].as_slice(), key].concat().repeat(5000);
    assert!(cbor.read(nested(b"\x62In")).is_err());
    assert!(cbor.read(nested(b"\x61?")).is_err());

    let query = Fixture::new(Protocol::Query, "iam", "Op", scalars());
    let name = "In.".repeat(5000);
    assert_eq!(query.read(format!("{name}S=x")).unwrap_err().code, "MalformedQueryString");

    let xml = Fixture::new(Protocol::RestXml, "route53", "Op", scalars());
    assert_eq!(xml.read(deep("<In>", "</In>")).unwrap_err().code, "InvalidInput");
}

#[test]
fn missing_members_are_reported_with_their_path() {
    let expected = vec!["structs.2.member.k".to_owned(), "map.a.member.k".to_owned(), "s".to_owned()];
    let document = br#"{"Structs":[{"K":"1"},{}],"Map":{"a":{}}}"#;
    let found = json_service().read_full(&request("/", "", &[], document)).unwrap().1;
    assert_eq!(found, expected);

    let query = Fixture::new(Protocol::Query, "iam", "Op", scalars());
    let form = b"Action=Op&Structs.member.1.K=1&Structs.member.2.X=&Map.entry.1.key=a&Map.entry.1.value.X=";
    assert_eq!(query.read_full(&request("/", "", &[], form)).unwrap().1, expected);

    let xml = Fixture::new(Protocol::RestXml, "route53", "Op", scalars());
    let document = b"<In><Structs><member><K>1</K></member><member/></Structs><Map><entry><key>a</key><value/></entry></Map></In>";
    assert_eq!(xml.read_full(&request("/", "", &[], document)).unwrap().1, expected);

    let nulls = json_service().read_full(&request("/", "", &[], br#"{"S":"","List":["a",null]}"#)).unwrap();
    assert_eq!(nulls.1, ["list"]);
    let keys = br#"{"S":"","Map":{"Big.Key":{}},"Structs":[null]}"#;
    let found = json_service().read_full(&request("/", "", &[], keys)).unwrap().1;
    assert_eq!(found, ["map.Big.Key.member.k", "structs.1.member"]);
}

#[test]
fn forms_are_read_as_the_query_services_read_them() {
    let query = Fixture::new(Protocol::Query, "iam", "Op", scalars());
    // Numbers order the elements; `List=` is an empty list; the query string counts too; of two mentions the last counts.
    let form = b"List.member.10=j&List.member.2=b&List.member.1=x&List.member.1=a&List.member.3=c&List.member.4=&List.member.5=e&List.member.6=f&List.member.7=g&List.member.8=h&List.member.9=i&Structs=&Unknown.x=y";
    let (value, problems) = query.read_full(&request("/", "S=from+query%21", &[], form)).unwrap();
    let letters = ["a", "b", "c", "", "e", "f", "g", "h", "i", "j"];
    assert_eq!(value, json!({"S": "from query!", "List": letters, "Structs": []}));
    assert!(problems.is_empty());
    // A number that is left out is a null, in lists of values and of structures; many in a row are refused.
    let (value, problems) =
        query.read_full(&request("/", "S=x&List.member.2=b&Structs.member.2.K=k", &[], b"")).unwrap();
    assert_eq!(value["List"], json!([null, "b"]));
    assert_eq!(problems, ["list", "structs.1.member"]);
    for (form, says) in [
        ("List.member.0=a", "0 is not a valid index"),
        ("List.member.1=a&List.member.12=b", "Excessively sparse input would skip 11 list elements"),
        ("Structs.member.4294967295.K=b", "Excessively sparse input would skip 4294967294 list elements"),
    ] {
        let error = query.read(form).unwrap_err();
        assert_eq!((error.code, error.message.as_str(), error.status), ("MalformedInput", says, 400));
    }
    let code = |form: &str| query.read(form).unwrap_err();
    assert_eq!((code("S=%zz").code, code("S=%zz").status), ("MalformedQueryString", 404));
    assert_eq!(code("I=abc").code, "MalformedInput");
    assert_eq!(code("I=abc").message, "STRING_VALUE can not be converted to an Integer");
    assert_eq!(code("List=abc").code, "MalformedInput");
    assert_eq!(code("S.x=abc").message, "Start of structure or map found where not expected.");

    let ec2 = Fixture::new(Protocol::Ec2Query, "ec2", "Op", scalars());
    let error = ec2.read("I=abc").unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        ("InvalidParameterValue", "Value ( abc ) for parameter I is invalid.")
    );
    assert_eq!(ec2.read("List.1=a&List.3=b").unwrap(), json!({"List": ["a", "b"]}));
}

fn bucket_shapes() -> Value {
    json!({
        "In": {"type": "structure", "required": ["Bucket", "Key", "Tagging"], "payload": "Tagging", "members": {
            "Bucket": {"shape": "S", "location": "uri", "locationName": "Bucket"},
            "Key": {"shape": "S", "location": "uri", "locationName": "Key"},
            "MaxKeys": {"shape": "I", "location": "querystring", "locationName": "max-keys"},
            "Since": {"shape": "T", "location": "header", "locationName": "If-Modified-Since"},
            "Names": {"shape": "List", "location": "header", "locationName": "x-amz-names"},
            "Dates": {"shape": "Times", "location": "header", "locationName": "x-amz-dates"},
            "Metadata": {"shape": "Map", "location": "headers", "locationName": "x-amz-meta-"},
            "Tagging": {"shape": "Tagging", "locationName": "Tagging"},
        }},
        "Tagging": {"type": "structure", "required": ["TagSet"], "members": {"TagSet": {"shape": "TagSet"}}},
        "TagSet": {"type": "list", "member": {"shape": "Tag", "locationName": "Tag"}},
        "Tag": {"type": "structure", "members": {"Key": {"shape": "S"}, "Value": {"shape": "S"}}},
        "Out": {"type": "structure", "members": {
            "LocationConstraint": {"shape": "S"}, "Contents": {"shape": "Contents"},
            "ETag": {"shape": "S", "location": "header", "locationName": "ETag"},
            "Metadata": {"shape": "Map", "location": "headers", "locationName": "x-amz-meta-"},
            "Grantee": {"shape": "Grantee"},
        }},
        "Contents": {"type": "list", "flattened": true, "member": {"shape": "Tag"}},
        "Grantee": {"type": "structure", "xmlNamespace": {"prefix": "xsi", "uri": "http://www.w3.org/2001/XMLSchema-instance"},
            "members": {"Type": {"shape": "S", "locationName": "xsi:type", "xmlAttribute": true}, "ID": {"shape": "S"}}},
        "List": {"type": "list", "member": {"shape": "S"}}, "Times": {"type": "list", "member": {"shape": "T"}},
        "Map": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}},
        "S": {"type": "string"}, "I": {"type": "integer"}, "T": {"type": "timestamp"},
    })
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_rest_request_is_read_from_all_its_parts() {
    let s3 = Fixture::new(Protocol::RestXml, "s3", "PutObjectTagging", bucket_shapes());
    let headers = headers(&[
        ("if-modified-since", "Sun, 25 Jan 2015 08:00:00 GMT"),
        ("x-amz-names", "a, \"b,\\\"c\""),
        ("X-Amz-Names", "d"),
        ("x-amz-dates", "Sun, 25 Jan 2015 08:00:00 GMT, Sun, 25 Jan 2015 08:00:01 GMT"),
        ("x-amz-meta-colour", "red"),
        ("x-amz-meta-twice", "a"),
        ("x-amz-meta-twice", " b"),
    ]);
    let body = b"\xef\xbb\xbf<?xml version=\"1.0\"?><Tagging xmlns=\"urn:x\"><TagSet><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>";
    let request = request("/b/a//b%2F%20+", "tagging&max-keys=7&X-Amz-Signature=0", &headers, body);
    let (value, problems) = s3.read_full(&request).unwrap();
    let expected = json!({
        "Bucket": "b", "Key": "a//b/ +", "MaxKeys": 7, "Since": 1_422_172_800.0, "Names": ["a", "b,\"c", "d"],
        "Dates": [1_422_172_800.0, 1_422_172_801.0], "Metadata": {"colour": "red", "twice": "a,b"},
        "Tagging": {"TagSet": [{"Key": "a", "Value": ""}]},
    });
    assert_eq!(value, expected);
    assert!(problems.is_empty());
}

#[test]
fn s3_refuses_in_its_own_words() {
    let s3 = Fixture::new(Protocol::RestXml, "s3", "PutObjectTagging", bucket_shapes());
    for document in ["<Tagging><TagSet>", "<Other/>", "x", "<!DOCTYPE a><Tagging/>"] {
        let error = s3.read(document).unwrap_err();
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        assert_eq!((error.code, error.message.as_str()), ("MalformedXML", message), "{document}");
    }
    let error = s3.read_full(&request("/b/k", "max-keys=many", &[], b"")).unwrap_err();
    let extra = headers(&[("ArgumentName", "max-keys"), ("ArgumentValue", "many")]);
    assert_eq!((error.code, error.extra), ("InvalidArgument", extra));
    assert_eq!(s3.read_full(&request("/b/%zz", "", &[], b"")).unwrap_err().code, "InvalidURI");
}

#[test]
fn s3_answers_have_its_roots_and_ids() {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let space = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    let list = Fixture::new(Protocol::RestXml, "s3", "ListObjectsV2", bucket_shapes());
    let response = list.write(json!({
        "Contents": [{"Key": "a\r\u{1}<&"}], "ETag": "\"e\"", "Metadata": {"k": "v\r\nx: y"},
        "Grantee": {"Type": "CanonicalUser", "ID": "1"},
    }));
    let expected = format!(
        "{declaration}<ListBucketResult {space}><Contents><Key>a&#xD;&#x1;&lt;&amp;</Key></Contents>\
         <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>1</ID></Grantee>\
         </ListBucketResult>"
    );
    assert_eq!(body(&response), expected);
    assert_eq!(response.header("x-amz-request-id"), Some("R1"));
    assert_eq!(response.header("x-amz-id-2"), Some(host_id("R1").as_str()));
    assert_eq!((response.header("etag"), response.header("x-amz-meta-k")), (Some("\"e\""), Some("v  x: y")));

    let location = Fixture::new(Protocol::RestXml, "s3", "GetBucketLocation", bucket_shapes());
    let text = body(&location.write(json!({"LocationConstraint": "eu-west-1"})));
    assert_eq!(text, format!("{declaration}<LocationConstraint {space}>eu-west-1</LocationConstraint>"));
    let text = body(&location.write(json!({})));
    assert_eq!(text, format!("{declaration}<LocationConstraint {space}></LocationConstraint>"));
}

#[test]
fn errors_have_the_form_of_their_protocol() {
    let extra = headers(&[("Key", "k<")]);
    let view = ErrorView {
        code: "NoSuchKey",
        shape: "NoSuchKeyShape",
        message: "No.",
        status: 404,
        sender_fault: true,
        extra: &extra,
        ..ErrorView::default()
    };
    let shapes = || json!({});
    let answer = |protocol, service: &'static str, view: &ErrorView<'_>| {
        let fixture = Fixture::new(protocol, service, "Op", shapes());
        let response = write_error(protocol, fixture.service, view, "R1");
        assert_eq!(response.status, view.status);
        (body(&response), response)
    };
    let s3 = answer(Protocol::RestXml, "s3", &view);
    assert_eq!(
        s3.0,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>No.</Message>\
             <Key>k&lt;</Key><RequestId>R1</RequestId><HostId>{}</HostId></Error>",
            host_id("R1")
        )
    );
    let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchKey</Code><Message>No.</Message><Key>k&lt;</Key>\
                 </Error><RequestId>R1</RequestId></ErrorResponse>";
    assert_eq!(answer(Protocol::Query, "iam", &view).0, query);
    assert_eq!(answer(Protocol::RestXml, "route53", &view).0, query);
    assert_eq!(answer(Protocol::AwsJson11, "kms", &view).0, r#"{"__type":"NoSuchKeyShape","message":"No."}"#);
    let namespaced = answer(Protocol::AwsJson10, "dynamodb", &view).0;
    assert_eq!(namespaced, r#"{"__type":"com.amazonaws.dynamodb.v20120810#NoSuchKeyShape","message":"No."}"#);
    let rest = answer(Protocol::RestJson, "lambda", &view);
    assert_eq!(
        (rest.0.as_str(), rest.1.header("x-amzn-errortype")),
        (r#"{"message":"No."}"#, Some("NoSuchKeyShape"))
    );

    let denied =
        ErrorView { code: "AccessDeniedException", message: "User: x", status: 400, ..ErrorView::default() };
    let denial = answer(Protocol::AwsJson11, "kms", &denied).0;
    assert_eq!(denial, r#"{"__type":"AccessDeniedException","Message":"User: x"}"#);
    let silent = ErrorView { code: "SerializationException", status: 400, ..ErrorView::default() };
    assert_eq!(answer(Protocol::AwsJson11, "kms", &silent).0, r#"{"__type":"SerializationException"}"#);
}

#[test]
fn streaming_bodies_pass_through() {
    let shapes = json!({
        "In": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "Body", "streaming": true}}},
        "Out": {"type": "structure", "payload": "Body", "members": {
            "Body": {"shape": "Body", "streaming": true},
            "ContentType": {"shape": "S", "location": "header", "locationName": "Content-Type"},
        }},
        "Body": {"type": "blob"}, "S": {"type": "string"},
    });
    let s3 = Fixture::new(Protocol::RestXml, "s3", "PutObject", shapes);
    let handle = std::sync::Arc::new(7_u32);
    let mut request = request("/b/k", "", &[], b"");
    request.streaming = Some(Body::Attached(handle));
    let mut input = DynamicRecord::new(s3.operation.input);
    read_input(s3.protocol, s3.service, s3.operation, &request, &mut input, &mut Problems::new()).unwrap();
    let kage_schema::View::Body(held) = input.slot(0).unwrap().view() else { panic!("no body") };
    assert_eq!(held.attached::<u32>().as_deref(), Some(&7));
    let response = s3.write(json!({"Body": "bytes", "ContentType": "image/png"}));
    assert_eq!((body(&response).as_str(), response.header("content-type")), ("bytes", Some("image/png")));
}
