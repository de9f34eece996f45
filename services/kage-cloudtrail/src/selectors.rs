//! Reading event selectors. What they take stands in `kage_record::selectors`.
//! AWS: CloudTrail API reference, EventSelector, DataResource, AdvancedEventSelector, AdvancedFieldSelector.

use crate::errors;
use kage_api_cloudtrail::types as api;
use kage_core::Result;
pub use kage_record::selectors::{Advanced, Basic, Field, Selectors};

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

/// Reads and checks basic selectors.
///
/// # Errors
/// `InvalidEventSelectorsException`.
pub fn basic(selectors: &[api::EventSelector]) -> Result<Selectors> {
    if selectors.is_empty() || selectors.len() > 5 {
        return Err(errors::selectors("A trail can have from 1 to 5 event selectors."));
    }
    let all = selectors.iter().map(basic_of).collect::<Result<Vec<_>>>()?;
    let values: usize = all.iter().flat_map(|one| &one.data).map(|(_, values)| values.len()).sum();
    if values > 250 {
        return Err(errors::selectors("The total number of data resources must not exceed 250 per trail."));
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
    Ok(Selectors::Advanced(selectors.iter().map(advanced_of).collect::<Result<_>>()?))
}

fn basic_of(selector: &api::EventSelector) -> Result<Basic> {
    let data = selector.data_resources.iter().flatten();
    Ok(Basic {
        read_write: selector.read_write_type.clone().unwrap_or_else(|| "All".to_owned()),
        management: selector.include_management_events.unwrap_or(true),
        excluded: selector.exclude_management_event_sources.clone().unwrap_or_default(),
        data: data.map(read_data).collect::<Result<_>>()?,
    })
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

fn advanced_of(selector: &api::AdvancedEventSelector) -> Result<Advanced> {
    let fields = selector.field_selectors.iter().map(field_of).collect::<Result<Vec<_>>>()?;
    let category = fields.iter().find(|field| field.name == "eventCategory");
    let category = category.and_then(|field| field.yes[0].as_ref()).map(Vec::as_slice);
    match category {
        Some([one]) if one == "Management" => {}
        Some([one]) if one == "Data" => require_type(&fields)?,
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

/// AWS: API reference, AdvancedFieldSelector, `resources.type`: required for data events, one value, only Equals.
fn require_type(fields: &[Field]) -> Result<()> {
    let kind = fields.iter().find(|field| field.name == "resources.type");
    let values = kind.and_then(|field| field.yes[0].as_deref()).unwrap_or_default();
    match values {
        [one] if one.starts_with("AWS::") => Ok(()),
        _ => Err(errors::selectors(
            "An advanced event selector for data events must have one resources.type field that equals one resource type.",
        )),
    }
}

fn field_of(selector: &api::AdvancedFieldSelector) -> Result<Field> {
    if !FIELDS.contains(&selector.field.as_str()) {
        return Err(errors::selectors(format!("{} is not a valid field.", selector.field)));
    }
    let yes = [selector.equals.clone(), selector.starts_with.clone(), selector.ends_with.clone()];
    let no = [selector.not_equals.clone(), selector.not_starts_with.clone(), selector.not_ends_with.clone()];
    if yes.iter().chain(&no).all(Option::is_none) {
        return Err(errors::selectors(format!("Field {} has no operator.", selector.field)));
    }
    Ok(Field { name: selector.field.clone(), yes, no })
}
