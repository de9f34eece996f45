//! Event selectors: which events a trail delivers.
//! AWS: CloudTrail API reference, EventSelector, DataResource, AdvancedEventSelector, AdvancedFieldSelector.

use crate::errors;
use kage_api_cloudtrail::types as api;
use kage_core::Result;
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

const FIELDS: [&str; 10] = [
    "eventCategory",
    "readOnly",
    "eventName",
    "eventSource",
    "eventType",
    "resources.type",
    "resources.ARN",
    "userIdentity.arn",
    "sessionCredentialFromConsole",
    "vpcEndpointId",
];

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

    /// Whether they are not those of a new trail: `HasCustomEventSelectors`.
    #[must_use]
    pub fn are_custom(&self) -> bool {
        *self != Selectors::default()
    }

    /// Reads and checks basic selectors.
    ///
    /// # Errors
    /// `InvalidEventSelectorsException`.
    pub fn basic(selectors: &[api::EventSelector]) -> Result<Selectors> {
        if selectors.is_empty() || selectors.len() > 5 {
            return Err(errors::selectors("A trail can have from 1 to 5 event selectors."));
        }
        let all = selectors.iter().map(Basic::read).collect::<Result<Vec<_>>>()?;
        let values: usize = all.iter().flat_map(|one| &one.data).map(|(_, values)| values.len()).sum();
        if values > 250 {
            return Err(errors::selectors(
                "The total number of data resources must not exceed 250 per trail.",
            ));
        }
        Ok(Selectors::Basic(all))
    }

    /// Reads and checks advanced selectors.
    ///
    /// # Errors
    /// `InvalidEventSelectorsException`, and 501 for categories that have no events here.
    pub fn advanced(selectors: &[api::AdvancedEventSelector]) -> Result<Selectors> {
        if selectors.is_empty() {
            return Err(errors::selectors("AdvancedEventSelectors must not be empty."));
        }
        Ok(Selectors::Advanced(selectors.iter().map(Advanced::read).collect::<Result<_>>()?))
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
                    && resources(event, "ARN").any(|arn| arns.iter().any(|start| begins(arn, start)))
            })
        };
        read_write && kind
    }

    fn read(selector: &api::EventSelector) -> Result<Basic> {
        let data = selector.data_resources.iter().flatten();
        Ok(Basic {
            read_write: selector.read_write_type.clone().unwrap_or_else(|| "All".to_owned()),
            management: selector.include_management_events.unwrap_or(true),
            excluded: selector.exclude_management_event_sources.clone().unwrap_or_default(),
            data: data.map(read_data).collect::<Result<_>>()?,
        })
    }
}

/// A bucket's ARN stands for all objects in it, as in the event of a listing.
fn begins(arn: &str, start: &str) -> bool {
    arn.starts_with(start) || start.strip_suffix('/') == Some(arn)
}

fn read_data(resource: &api::DataResource) -> Result<(String, Vec<String>)> {
    let kind = resource.r#type.clone().unwrap_or_default();
    let service = match kind.as_str() {
        "AWS::S3::Object" => "s3",
        "AWS::Lambda::Function" => "lambda",
        "AWS::DynamoDB::Table" => "dynamodb",
        _ => {
            return Err(errors::selectors(format!(
                "{kind} is not a valid resource type for event selectors."
            )));
        }
    };
    let values = resource.values.clone().unwrap_or_default();
    match values.iter().find(|value| !value.starts_with(&format!("arn:aws:{service}"))) {
        Some(value) => {
            let message = format!("Value {value} for DataResources.Values is invalid for type {kind}.");
            Err(errors::selectors(message))
        }
        None => Ok((kind, values)),
    }
}

impl Advanced {
    fn takes(&self, event: &Value) -> bool {
        self.fields.iter().all(|field| field.matches(event))
    }

    fn read(selector: &api::AdvancedEventSelector) -> Result<Advanced> {
        let fields = selector.field_selectors.iter().map(Field::read).collect::<Result<Vec<_>>>()?;
        let category = fields.iter().find(|field| field.name == "eventCategory");
        let category = category.and_then(|field| field.yes[0].as_ref()).map(Vec::as_slice);
        match category {
            Some([one]) if one == "Management" || one == "Data" => {}
            Some([one]) if one == "NetworkActivity" => {
                return Err(errors::not_modelled("network activity events"));
            }
            _ => {
                let message = "Each advanced event selector must have one eventCategory field that equals Management, Data or NetworkActivity.";
                return Err(errors::selectors(message));
            }
        }
        Ok(Advanced { name: selector.name.clone(), fields })
    }
}

impl Field {
    fn read(selector: &api::AdvancedFieldSelector) -> Result<Field> {
        if !FIELDS.contains(&selector.field.as_str()) {
            return Err(errors::selectors(format!("{} is not a valid field.", selector.field)));
        }
        let yes = [selector.equals.clone(), selector.starts_with.clone(), selector.ends_with.clone()];
        let no =
            [selector.not_equals.clone(), selector.not_starts_with.clone(), selector.not_ends_with.clone()];
        if yes.iter().chain(&no).all(Option::is_none) {
            return Err(errors::selectors(format!("Field {} has no operator.", selector.field)));
        }
        Ok(Field { name: selector.field.clone(), yes, no })
    }

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
