//! Event selectors: which records a trail takes. CloudTrail delivers by them, and the bus follows them.
//! AWS: CloudTrail API reference, EventSelector, DataResource, AdvancedEventSelector, AdvancedFieldSelector.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The selectors of a trail. An event is delivered when one of them takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selectors {
    /// `EventSelectors`.
    Basic(Vec<Basic>),
    /// `AdvancedEventSelectors`.
    Advanced(Vec<Advanced>),
}

/// A basic selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basic {
    /// `All`, `ReadOnly` or `WriteOnly`.
    pub read_write: String,
    /// Whether management events are taken.
    pub management: bool,
    /// Event sources whose management events are not.
    pub excluded: Vec<String>,
    /// Data events that are taken: resource type and beginnings of ARNs.
    pub data: Vec<(String, Vec<String>)>,
}

/// An advanced selector: every field must match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advanced {
    /// What it is called.
    pub name: Option<String>,
    /// Its conditions.
    pub fields: Vec<Field>,
}

/// A condition on one field: one of `yes` must match, when there are any, and none of `no`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// `eventCategory`, `readOnly`, `resources.type`, …
    pub name: String,
    /// `Equals`, `StartsWith`, `EndsWith`.
    pub yes: [Option<Vec<String>>; 3],
    /// `NotEquals`, `NotStartsWith`, `NotEndsWith`.
    pub no: [Option<Vec<String>>; 3],
}

impl Default for Selectors {
    /// Those of a new trail: all management events, no data events (claim LOG-CLOUDTRAIL-03).
    fn default() -> Selectors {
        Selectors::Basic(vec![Basic {
            read_write: "All".to_owned(),
            management: true,
            excluded: Vec::new(),
            data: Vec::new(),
        }])
    }
}

impl Selectors {
    /// Whether the event is delivered.
    #[must_use]
    pub fn take(&self, event: &Value) -> bool {
        match self {
            Selectors::Basic(all) => all.iter().any(|selector| selector.takes(event)),
            Selectors::Advanced(all) => all.iter().any(|selector| selector.takes(event)),
        }
    }

    /// Whether any data event can be.
    #[must_use]
    pub fn take_data(&self) -> bool {
        match self {
            Selectors::Basic(all) => all.iter().any(|selector| !selector.data.is_empty()),
            Selectors::Advanced(all) => all.iter().any(|selector| {
                selector.fields.iter().any(|field| {
                    let data = |values: &Vec<String>| values.iter().any(|value| value == "Data");
                    field.name == "eventCategory" && field.yes[0].as_ref().is_some_and(data)
                })
            }),
        }
    }

    /// Whether any management event can be delivered that only reads, or one that writes.
    #[must_use]
    pub fn take_management(&self, writes: bool) -> bool {
        let unwanted = if writes { "ReadOnly" } else { "WriteOnly" };
        match self {
            Selectors::Basic(all) => {
                all.iter().any(|selector| selector.management && selector.read_write != unwanted)
            }
            Selectors::Advanced(all) => all.iter().any(|selector| selector.can_take_management(writes)),
        }
    }

    /// Whether they are not those of a new trail: `HasCustomEventSelectors`.
    #[must_use]
    pub fn are_custom(&self) -> bool {
        *self != Selectors::default()
    }
}

fn text<'e>(event: &'e Value, name: &str) -> &'e str {
    event.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_management(event: &Value) -> bool {
    event.get("managementEvent").and_then(Value::as_bool).unwrap_or(true)
}

fn is_read_only(event: &Value) -> bool {
    event.get("readOnly").and_then(Value::as_bool).unwrap_or(false)
}

/// The resource type under which data events of a service are selected.
fn data_type(event: &Value) -> Option<&str> {
    match text(event, "eventSource") {
        "s3.amazonaws.com" => Some("AWS::S3::Object"),
        "lambda.amazonaws.com" => Some("AWS::Lambda::Function"),
        "dynamodb.amazonaws.com" => Some("AWS::DynamoDB::Table"),
        _ => resources(event, "type").next(),
    }
}

fn resources<'e>(event: &'e Value, name: &'e str) -> impl Iterator<Item = &'e str> {
    let all = event.get("resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(move |resource| resource.get(name)?.as_str())
}

impl Basic {
    fn takes(&self, event: &Value) -> bool {
        let read_write = match self.read_write.as_str() {
            "ReadOnly" => is_read_only(event),
            "WriteOnly" => !is_read_only(event),
            _ => true,
        };
        let kind = if is_management(event) {
            self.management && !self.excluded.iter().any(|source| source == text(event, "eventSource"))
        } else {
            self.data.iter().any(|(kind, arns)| {
                data_type(event) == Some(kind)
                    && resources(event, "ARN").any(|arn| arns.iter().any(|named| is_named(kind, arn, named)))
            })
        };
        read_write && kind
    }
}

/// Whether a value of a basic selector names a resource. Values for objects are beginnings, and a bucket's ARN stands for all
/// objects in it, as in the event of a listing; functions and tables are named as they are, or all of them at once.
/// AWS: API reference, DataResource, `Values`.
fn is_named(kind: &str, arn: &str, named: &str) -> bool {
    if kind == "AWS::S3::Object" {
        return arn.starts_with(named) || named.strip_suffix('/') == Some(arn);
    }
    let all = named.split(':').nth(3).is_none_or(str::is_empty);
    let part = arn.strip_prefix(named);
    // Versions and aliases of a function, indexes of a table.
    part.is_some_and(|rest| all || rest.is_empty() || rest.starts_with([':', '/']))
}

impl Advanced {
    fn takes(&self, event: &Value) -> bool {
        self.fields.iter().all(|field| field.matches(event))
    }

    fn can_take_management(&self, writes: bool) -> bool {
        let example = serde_json::json!({"managementEvent": true, "readOnly": !writes});
        let decides = |field: &&Field| matches!(field.name.as_str(), "eventCategory" | "readOnly");
        self.fields.iter().filter(decides).all(|field| field.matches(&example))
    }
}

impl Field {
    fn matches(&self, event: &Value) -> bool {
        let values = self.values(event);
        let any = |operators: &[Option<Vec<String>>; 3]| {
            let [equals, starts, ends] = operators;
            let holds = |wanted: &Option<Vec<String>>, test: fn(&str, &str) -> bool| {
                wanted.iter().flatten().any(|wanted| values.iter().any(|value| test(value, wanted)))
            };
            holds(equals, |value, wanted| value == wanted)
                || holds(starts, |value, wanted| value.starts_with(wanted))
                || holds(ends, |value, wanted| value.ends_with(wanted))
        };
        let positive = self.yes.iter().all(Option::is_none) || any(&self.yes);
        positive && !any(&self.no)
    }

    fn values<'e>(&self, event: &'e Value) -> Vec<&'e str> {
        let flag = |set: bool| if set { "true" } else { "false" };
        match self.name.as_str() {
            "eventCategory" => vec![if is_management(event) { "Management" } else { "Data" }],
            "readOnly" => vec![flag(is_read_only(event))],
            "resources.type" => data_type(event).into_iter().collect(),
            "resources.ARN" => resources(event, "ARN").collect(),
            "userIdentity.arn" => {
                event.pointer("/userIdentity/arn").and_then(Value::as_str).into_iter().collect()
            }
            name => event.get(name).and_then(Value::as_str).into_iter().collect(),
        }
    }
}

/// What decides whether a trail takes a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// The trail's selectors.
    pub selectors: Selectors,
    /// Whether events of global services are taken.
    pub global_events: bool,
    /// Whether the events are left out that CloudTrail causes by delivering: `RecursiveLogging` is false.
    #[serde(default)]
    pub without_deliveries: bool,
}

/// Services whose events stand in us-east-1 because they belong to no Region.
/// AWS: CloudTrail user guide, "Global service events".
const GLOBAL_SOURCES: [&str; 5] = [
    "iam.amazonaws.com",
    "sts.amazonaws.com",
    "cloudfront.amazonaws.com",
    "organizations.amazonaws.com",
    "route53.amazonaws.com",
];

impl Filter {
    /// Whether the event is delivered.
    #[must_use]
    pub fn takes(&self, event: &Value) -> bool {
        (self.global_events || !GLOBAL_SOURCES.contains(&text(event, "eventSource")))
            && !(self.without_deliveries && is_delivery(event))
            && self.selectors.take(event)
    }
}

/// Whether CloudTrail caused the event by delivering: it called itself, or S3 asked KMS for the key of a file.
/// AWS: CloudTrail API reference, CreateTrail, `RecursiveLogging`.
fn is_delivery(event: &Value) -> bool {
    let of_file = event.pointer("/requestParameters/encryptionContext/aws:cloudtrail:arn").is_some();
    let by_service = event.pointer("/userIdentity/type").is_some_and(|kind| kind == "AWSService");
    text(event, "sourceIPAddress") == "cloudtrail.amazonaws.com" || of_file && by_service
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn takes(kind: &str, named: &str, source: &str, arn: &str) -> bool {
        let data = vec![(kind.to_owned(), vec![named.to_owned()])];
        let basic = Basic { read_write: "All".to_owned(), management: false, excluded: Vec::new(), data };
        basic.takes(&json!({
            "eventSource": source, "managementEvent": false, "readOnly": false,
            "resources": [{"type": kind, "ARN": arn}],
        }))
    }

    #[test]
    fn functions_and_tables_are_named_whole_and_objects_by_their_beginning() {
        let function = |named: &str, arn: &str| {
            let whole = format!("arn:aws:lambda:us-east-1:111111111111:function:{arn}");
            takes("AWS::Lambda::Function", named, "lambda.amazonaws.com", &whole)
        };
        let hello = "arn:aws:lambda:us-east-1:111111111111:function:hello";
        assert!(function(hello, "hello") && function(hello, "hello:1") && !function(hello, "hello-world"));
        assert!(function("arn:aws:lambda", "any"));
        let object = |named: &str| takes("AWS::S3::Object", named, "s3.amazonaws.com", "arn:aws:s3:::b/in/a");
        assert!(object("arn:aws:s3") && object("arn:aws:s3:::b/") && object("arn:aws:s3:::b/in"));
        assert!(!object("arn:aws:s3:::b/out"));
        let table = "arn:aws:dynamodb:us-east-1:111111111111:table/t";
        let of = |arn: &str| takes("AWS::DynamoDB::Table", table, "dynamodb.amazonaws.com", arn);
        assert!(of(table) && of(&format!("{table}/stream/x")) && !of(&format!("{table}2")));
    }

    #[test]
    fn deliveries_can_be_left_out() {
        let filter = Filter { global_events: true, without_deliveries: true, ..Filter::default() };
        let call = |address: &str| json!({"eventSource": "kms.amazonaws.com", "sourceIPAddress": address});
        assert!(!filter.takes(&call("cloudtrail.amazonaws.com")) && filter.takes(&call("192.0.2.1")));
    }
}
