//! The models of one case, loaded from its shapes. They live as long as the test.

use kage_schema::{Http, Kind, Loader, OperationModel, Protocol, Schema, ServiceModel};
use serde_json::Value;

static UNIT: Schema = Schema::new("Unit", Kind::Structure, &[]);

pub struct ErrorShape {
    pub schema: &'static Schema,
    pub code: &'static str,
    pub is_fault: bool,
}

pub struct Model {
    pub protocol: Protocol,
    pub service: &'static ServiceModel,
    pub operation: &'static OperationModel,
    pub error: Option<(String, ErrorShape)>,
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn text(value: &Value) -> &'static str {
    leak(value.as_str().unwrap_or_default().to_owned()).as_str()
}

fn protocol(metadata: &Value) -> Protocol {
    match metadata["protocol"].as_str().unwrap() {
        "ec2" => Protocol::Ec2Query,
        "query" => Protocol::Query,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::RpcV2Cbor,
        "json" if metadata["jsonVersion"] == "1.0" => Protocol::AwsJson10,
        "json" => Protocol::AwsJson11,
        other => panic!("{other}"),
    }
}

impl Model {
    pub fn load(suite: &Value, case: &Value) -> Model {
        let (metadata, given) = (&suite["metadata"], &case["given"]);
        let protocol = protocol(metadata);
        let shapes = suite["shapes"].as_object().unwrap();
        let mut loader = Loader::new(shapes);
        let mut schema = |reference: &Value| match reference["shape"].as_str() {
            Some(name) => loader.schema(name).unwrap(),
            None => &UNIT,
        };
        let (input, output) = (schema(&given["input"]), schema(&given["output"]));
        let error = given["errors"][0]["shape"].as_str().map(|name| {
            let shape = &shapes[name];
            let shape = ErrorShape {
                schema: schema(&given["errors"][0]),
                code: leak(shape["error"]["code"].as_str().unwrap_or(name).to_owned()),
                is_fault: shape["fault"].as_bool().unwrap_or(false),
            };
            (name.to_owned(), shape)
        });
        let name = text(&given["name"]);
        // The suites' service traits, which botocore's form of them does not carry.
        let xml_namespace =
            matches!(protocol, Protocol::Query | Protocol::Ec2Query).then_some("https://example.com/");
        let result_wrapper = given.get("output").map(|_| leak(format!("{name}Result")).as_str());
        let operation = leak(OperationModel {
            name,
            http: Http {
                method: text(&given["http"]["method"]),
                uri: text(&given["http"]["requestUri"]),
                status: given["http"]["responseCode"].as_u64().unwrap_or(200) as u16,
            },
            input,
            output,
            input_xml: given["input"]["locationName"]
                .as_str()
                .map(|name| (leak(name.to_owned()).as_str(), None)),
            result_wrapper,
            errors: &[],
            host_prefix: None,
            checksum_required: false,
        });
        let service = leak(ServiceModel {
            name: "protocoltests",
            service_id: text(&metadata["serviceId"]),
            signing_name: "protocoltests",
            endpoint_prefix: "protocoltests",
            target_prefix: metadata["targetPrefix"].as_str().map(|_| text(&metadata["targetPrefix"])),
            api_version: text(&metadata["apiVersion"]),
            xml_namespace,
            protocols: leak([protocol]),
            query_compatible: metadata.get("awsQueryCompatible").is_some(),
            operations: leak([operation]),
        });
        Model { protocol, service, operation, error }
    }
}
