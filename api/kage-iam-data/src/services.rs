//! Actions, resource types and condition keys of every service prefix.
//!
//! The facts are those of the service authorization reference, as the package has them.

use crate::archive::Archive;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::read(include_bytes!("../data/services.bin")));
static LOADED: LazyLock<Vec<OnceLock<ServiceData>>> =
    LazyLock::new(|| ARCHIVE.entries.iter().map(|_| OnceLock::new()).collect());

/// The entry of the archive that is no service.
const GLOBAL: &str = "@global";

/// What kind of access an action gives. Some actions have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessLevel {
    /// Sees which resources there are.
    List,
    /// Reads a resource.
    Read,
    /// Changes a resource.
    Write,
    /// Changes only tags.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

/// The type of a condition key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// A number.
    Numeric,
    /// True or false.
    Bool,
    /// A point in time.
    Date,
    /// An IP address or range.
    IpAddress,
}

/// One action.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name without the prefix: `CreateGrant`.
    pub name: String,
    /// What kind of access it gives; at least one.
    pub access_levels: Vec<AccessLevel>,
    /// The condition keys that hold whatever the resource: `kms:ViaService`.
    pub condition_keys: Vec<String>,
    /// Actions that the caller must be allowed as well, with their prefix: `iam:PassRole`.
    pub dependent_actions: Vec<String>,
    /// The types of resource that it works on. None: policies must name `*`.
    pub resources: Vec<ActionResource>,
}

/// A type of resource that an action works on.
#[derive(Debug, PartialEq, Eq)]
pub struct ActionResource {
    /// The name of the [`ResourceType`].
    pub name: String,
    /// Whether each call names one.
    pub required: bool,
    /// Condition keys that hold with this resource only.
    pub condition_keys: Vec<String>,
    /// Dependent actions with this resource only.
    pub dependent_actions: Vec<String>,
}

/// One type of resource.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// `key`.
    pub name: String,
    /// `arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}`.
    pub arn: String,
    /// Condition keys that tell about such a resource.
    pub condition_keys: Vec<String>,
}

/// One condition key.
#[derive(Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// Its name, perhaps with a variable part: `kms:EncryptionContext:${EncryptionContextKey}`.
    pub name: String,
    /// The type of its values.
    pub kind: ConditionType,
    /// Whether it has several values.
    pub multivalued: bool,
}

impl ConditionKey {
    /// Whether this is the key that a policy calls `name`: letter case does not count, and a variable part stands for
    /// any text.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let fixed = variable_part(&self.name);
        let Some((start, end)) = fixed else { return self.name.eq_ignore_ascii_case(name) };
        let same = |a: Option<&str>, b: &str| a.is_some_and(|a| a.eq_ignore_ascii_case(b));
        name.len() > start.len() + end.len()
            && same(name.get(..start.len()), start)
            && same(name.get(name.len() - end.len()..), end)
    }
}

/// What stands before and behind the variable part: `${…}`, `<key>`, or `tag-key` at the end.
fn variable_part(name: &str) -> Option<(&str, &str)> {
    for (open, close) in [("${", "}"), ("<", ">")] {
        if let Some((start, rest)) = name.split_once(open) {
            return Some((start, rest.split_once(close).map_or("", |(_, end)| end)));
        }
    }
    name.strip_suffix("tag-key").map(|start| (start, ""))
}

/// What is known of the actions with one prefix.
#[derive(Debug, Default)]
pub struct ServiceData {
    actions: Vec<Action>,
    by_name: HashMap<String, usize>,
    resource_types: Vec<ResourceType>,
    condition_keys: Vec<ConditionKey>,
}

impl ServiceData {
    /// All actions, in the order of their names.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The action of this name; letter case does not count.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.by_name.get(&name.to_ascii_lowercase()).and_then(|index| self.actions.get(*index))
    }

    /// All types of resource, in the order of their names.
    #[must_use]
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }

    /// The type of resource of this name.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|kind| kind.name == name)
    }

    /// The condition keys that the service's actions know, those that begin with `aws:` among them where the
    /// reference lists them.
    #[must_use]
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.condition_keys
    }

    /// The key that a policy calls by this name; see [`ConditionKey::is_named`].
    #[must_use]
    pub fn condition_key(&self, name: &str) -> Option<&ConditionKey> {
        self.condition_keys.iter().find(|key| key.is_named(name))
    }

    fn parse(text: &str) -> ServiceData {
        let mut data = ServiceData::default();
        for line in text.lines() {
            let mut columns = line.split('\t');
            let kind = columns.next();
            let mut next = || columns.next().unwrap_or_default();
            match kind {
                Some("a") => data.actions.push(Action {
                    name: next().to_owned(),
                    access_levels: next().split(", ").filter_map(access_level).collect(),
                    condition_keys: list(next()),
                    dependent_actions: list(next()),
                    resources: Vec::new(),
                }),
                Some("r") => {
                    let resource = ActionResource {
                        name: next().to_owned(),
                        required: next() == "!",
                        condition_keys: list(next()),
                        dependent_actions: list(next()),
                    };
                    if let Some(action) = data.actions.last_mut() {
                        action.resources.push(resource);
                    }
                }
                Some("t") => data.resource_types.push(ResourceType {
                    name: next().to_owned(),
                    arn: next().to_owned(),
                    condition_keys: list(next()),
                }),
                Some("k") => {
                    let name = next().to_owned();
                    if let Some((kind, multivalued)) = condition_type(next()) {
                        data.condition_keys.push(ConditionKey { name, kind, multivalued });
                    }
                }
                _ => {}
            }
        }
        let names =
            data.actions.iter().enumerate().map(|(at, action)| (action.name.to_ascii_lowercase(), at));
        data.by_name = names.collect();
        data
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn access_level(name: &str) -> Option<AccessLevel> {
    Some(match name {
        "List" => AccessLevel::List,
        "Read" => AccessLevel::Read,
        "Write" => AccessLevel::Write,
        "Tagging" => AccessLevel::Tagging,
        "Permissions management" => AccessLevel::PermissionsManagement,
        _ => return None,
    })
}

fn condition_type(name: &str) -> Option<(ConditionType, bool)> {
    let (name, multivalued) = match name.strip_prefix("ArrayOf") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let kind = match name {
        "String" => ConditionType::String,
        "ARN" => ConditionType::Arn,
        "Numeric" => ConditionType::Numeric,
        "Bool" => ConditionType::Bool,
        "Date" => ConditionType::Date,
        "IPAddress" => ConditionType::IpAddress,
        _ => return None,
    };
    Some((kind, multivalued))
}

fn load(name: &str) -> Option<&'static ServiceData> {
    let (index, entry) = ARCHIVE.find(name)?;
    LOADED.get(index).map(|cell| cell.get_or_init(|| ServiceData::parse(&entry.text().unwrap_or_default())))
}

/// The prefixes of all services, sorted: `a2c`, …, `xray`.
pub fn service_prefixes() -> impl Iterator<Item = &'static str> {
    ARCHIVE.entries.iter().map(|entry| entry.name.as_str()).filter(|name| *name != GLOBAL)
}

/// What is known of the actions with this prefix; letter case does not count. Unpacked at the first call, then kept.
#[must_use]
pub fn service(prefix: &str) -> Option<&'static ServiceData> {
    if prefix == GLOBAL { None } else { load(&prefix.to_ascii_lowercase()) }
}

/// The action `prefix:name`; letter case does not count.
#[must_use]
pub fn action(prefix: &str, name: &str) -> Option<&'static Action> {
    service(prefix)?.action(name)
}

/// The condition keys that hold for all services: `aws:PrincipalArn`, ….
#[must_use]
pub fn global_condition_keys() -> &'static [ConditionKey] {
    load(GLOBAL).map_or(&[], ServiceData::condition_keys)
}

/// Whether resource control policies apply to the actions with this prefix.
// AWS: Organizations user guide, "List of AWS services that support RCPs".
#[must_use]
pub fn supports_resource_control(action_prefix: &str) -> bool {
    ARCHIVE.find(&action_prefix.to_ascii_lowercase()).is_some_and(|(_, entry)| entry.fact(0) == "rcp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_can_be_read() {
        let (mut services, mut actions) = (0, 0);
        for prefix in service_prefixes() {
            let data = service(prefix).unwrap();
            services += 1;
            actions += data.actions().len();
            for action in data.actions() {
                assert!(!action.access_levels.is_empty(), "{prefix}:{}", action.name);
                assert_eq!(data.action(&action.name.to_uppercase()), Some(action));
                for resource in &action.resources {
                    // A few actions work on another service's resources, which the reference then leaves out.
                    assert!(!resource.name.is_empty(), "{prefix}:{}", action.name);
                }
            }
            for kind in data.resource_types() {
                assert!(kind.arn.starts_with("arn:") || kind.arn.starts_with('*'), "{prefix} {kind:?}");
            }
        }
        assert!(services > 400 && actions > 20_000, "{services} services, {actions} actions");
        assert!(global_condition_keys().len() > 40);
    }

    #[test]
    fn actions_say_what_they_need() {
        let grant = action("KMS", "creategrant").unwrap();
        assert_eq!(grant.name, "CreateGrant");
        assert_eq!(grant.access_levels, [AccessLevel::PermissionsManagement, AccessLevel::Write]);
        assert!(grant.resources.iter().any(|resource| resource.name == "key" && resource.required));
        let run = action("ec2", "RunInstances").unwrap();
        assert!(run.resources.len() > 5);
        let key = service("kms").unwrap().resource_type("key").unwrap();
        assert_eq!(key.arn, "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}");
        assert_eq!(action("kms", "Nothing"), None);
        assert!(service("nothing").is_none() && service(GLOBAL).is_none());
    }

    #[test]
    fn condition_keys_may_have_a_variable_part() {
        let kms = service("kms").unwrap();
        let context = kms.condition_key("KMS:encryptioncontext:app").unwrap();
        assert_eq!(context.name, "kms:EncryptionContext:${EncryptionContextKey}");
        assert_eq!(kms.condition_key("kms:EncryptionContext:"), None);
        assert!(kms.condition_key("aws:TagKeys").unwrap().multivalued);
        let s3 = service("s3").unwrap();
        assert_eq!(s3.condition_key("s3:ExistingObjectTag/a").unwrap().name, "s3:ExistingObjectTag/<key>");
        let tag = global_condition_keys().iter().find(|key| key.is_named("aws:PrincipalTag/team")).unwrap();
        assert_eq!(tag.kind, ConditionType::String);
    }

    #[test]
    fn resource_control_policies_do_not_apply_everywhere() {
        for yes in ["s3", "sts", "kms", "sqs", "secretsmanager"] {
            assert!(supports_resource_control(yes), "{yes}");
        }
        for no in ["iam", "organizations", "ec2", "nothing", GLOBAL] {
            assert!(!supports_resource_control(no), "{no}");
        }
    }
}
