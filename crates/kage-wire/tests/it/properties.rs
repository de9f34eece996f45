//! Laws: what is written reads back, and no bytes make a reader panic.

use crate::random::{self, Random};
use crate::support::to_json;
use kage_schema::{
    DynamicRecord, Flags, Http, Kind, Member, OperationModel, Problems, Protocol, Record, Schema,
    ServiceModel, Slot, View,
};
use kage_wire::event_stream::Frame;
use kage_wire::{ReadError, Request, read_input, write_output};
use proptest::prelude::*;

const PROTOCOLS: [Protocol; 7] = [
    Protocol::AwsJson10,
    Protocol::AwsJson11,
    Protocol::RestJson,
    Protocol::RestXml,
    Protocol::Query,
    Protocol::Ec2Query,
    Protocol::RpcV2Cbor,
];

fn service(protocol: Protocol, schema: &'static Schema) -> (ServiceModel, OperationModel) {
    let operation = OperationModel {
        name: "Op",
        http: Http { method: "POST", uri: "/", status: 200 },
        input: schema,
        output: schema,
        input_xml: None,
        result_wrapper: Some("OpResult"),
        errors: &[],
        host_prefix: None,
        checksum_required: false,
    };
    let service = ServiceModel {
        name: "test",
        service_id: "Test",
        signing_name: "test",
        endpoint_prefix: "test",
        target_prefix: None,
        api_version: "2020-01-01",
        xml_namespace: None,
        protocols: Box::leak(Box::new([protocol])),
        query_compatible: false,
        operations: &[],
    };
    (service, operation)
}

/// A random record as a client would send it: headers and body.
struct Sent {
    protocol: Protocol,
    record: DynamicRecord,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn send(seed: u64, protocol: Protocol) -> Sent {
    let mut random = Random(seed);
    let rest = matches!(protocol, Protocol::RestJson | Protocol::RestXml);
    let schema = random::load(&random::shapes(&mut random, rest));
    let mut record = DynamicRecord::new(schema);
    random::fill(&mut random, &mut record);
    if matches!(protocol, Protocol::Query | Protocol::Ec2Query) {
        let mut form = String::from("Action=Op&Version=2020-01-01");
        form_members(&mut form, "", &record, protocol == Protocol::Ec2Query);
        return Sent { protocol, record, headers: Vec::new(), body: form.into_bytes() };
    }
    // The other protocols write requests as they write answers.
    let (service, operation) = service(protocol, schema);
    let response = write_output(protocol, &service, &operation, &record, "R1").unwrap();
    let body = response.body.bytes().unwrap().to_vec();
    Sent { protocol, record, headers: response.headers, body }
}

impl Sent {
    fn read(&self) -> Result<DynamicRecord, ReadError> {
        let schema = self.record.schema();
        let (service, operation) = service(self.protocol, schema);
        let mut read = DynamicRecord::new(schema);
        let request = Request {
            method: "POST",
            path: "/",
            query: "",
            headers: &self.headers,
            body: &self.body,
            streaming: None,
        };
        let mut problems = Problems::new();
        read_input(self.protocol, &service, &operation, &request, &mut read, &mut problems)?;
        Ok(read)
    }
}

/// The client's direction of the query protocols, after the specification and independent of the reader.
fn form_members(out: &mut String, prefix: &str, record: &dyn Record, ec2: bool) {
    for (index, member) in record.schema().members().iter().enumerate() {
        let Some(slot) = record.slot(index) else { continue };
        let wire = member.wire_or_name();
        let name = if ec2 { wire[..1].to_uppercase() + &wire[1..] } else { wire.to_owned() };
        form_value(out, &format!("{prefix}{name}"), slot, member, member.has(Flags::FLATTENED), ec2);
    }
}

fn form_value(out: &mut String, name: &str, slot: &dyn Slot, member: &Member, flat: bool, ec2: bool) {
    let before = out.len();
    let default = kage_schema::TimestampFormat::Iso8601;
    let text = match slot.view() {
        View::Absent => return,
        View::Record(record) => {
            form_members(out, &format!("{name}."), record, ec2);
            String::new()
        }
        View::List(list) => {
            let element = member.target.element().unwrap();
            for index in 0..list.len() {
                let middle = if flat || ec2 { String::new() } else { format!("{}.", element.wire_or_name()) };
                let name = format!("{name}.{middle}{}", index + 1);
                form_value(out, &name, list.at(index).unwrap(), element, false, ec2);
            }
            String::new()
        }
        View::Map(map) => {
            let (key_member, value) = member.target.entry().unwrap();
            for (index, (key, slot)) in map.entries().enumerate() {
                let entry = format!("{name}{}.{}", if flat { "" } else { ".entry" }, index + 1);
                form_pair(out, &format!("{entry}.{}", key_member.wire_or_name()), key);
                form_value(out, &format!("{entry}.{}", value.wire_or_name()), slot, value, false, ec2);
            }
            String::new()
        }
        View::Time(time) => match member.timestamp_format(default) {
            kage_schema::TimestampFormat::Iso8601 => time.iso8601(),
            kage_schema::TimestampFormat::Rfc822 => time.rfc822(),
            kage_schema::TimestampFormat::Epoch => (time.milliseconds() as f64 / 1000.0).to_string(),
        },
        View::Blob(bytes) => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes),
        View::Float(value) if value.is_infinite() => {
            if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
        }
        View::Float(value) if member.target.kind == Kind::Float => (value as f32).to_string(),
        View::Float(value) => value.to_string(),
        View::Int(value) => value.to_string(),
        View::Bool(value) => value.to_string(),
        View::Str(value) => value.to_owned(),
        View::Document(_) | View::Body(_) => return,
    };
    if out.len() == before {
        form_pair(out, name, &text);
    }
}

fn form_pair(out: &mut String, name: &str, value: &str) {
    out.push('&');
    out.push_str(name);
    out.push('=');
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..1 + random.below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => {
                bytes.remove(at);
            }
            _ => {
                let from = random.below(bytes.len());
                let chunk = bytes[from..bytes.len().min(from + 9)].to_vec();
                bytes.splice(at..at, chunk);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(seed: u64) {
        for protocol in PROTOCOLS {
            let sent = send(seed, protocol);
            let shown = String::from_utf8_lossy(&sent.body).into_owned();
            let read = match sent.read() {
                Ok(read) => read,
                Err(error) => return Err(TestCaseError::fail(format!("{protocol:?}: {error}\n{shown}"))),
            };
            prop_assert_eq!(to_json(&read), to_json(&sent.record), "{:?}\n{:?}\n{}", protocol, sent.headers, shown);
        }
    }

    #[test]
    fn damaged_requests_never_panic(seed: u64, damages: u64) {
        let mut random = Random(damages);
        for protocol in PROTOCOLS {
            let mut sent = send(seed, protocol);
            for _ in 0..8 {
                let whole = sent.body.clone();
                damage(&mut random, &mut sent.body);
                for (_, value) in &mut sent.headers {
                    if random.chance(30) {
                        let mut bytes = value.clone().into_bytes();
                        damage(&mut random, &mut bytes);
                        *value = String::from_utf8_lossy(&bytes).into_owned();
                    }
                }
                if let Err(error) = sent.read() {
                    prop_assert!(error.status == 400 || error.code == "MalformedQueryString", "{error}");
                }
                sent.body = whole;
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes: Vec<u8>, seed: u64) {
        for protocol in PROTOCOLS {
            let mut sent = send(seed, protocol);
            sent.body = bytes.clone();
            let _ = sent.read();
        }
        let _ = Frame::decode(&bytes);
    }
}
