//! An event bus.

use kage_core::{Arn, Call, Millis, Resource, ResourcePolicy, Semantics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The bus that every account has in every Region.
pub const DEFAULT: &str = "default";

/// An event bus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bus {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its policy.
    pub policy: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made; the default bus was never made.
    pub created: Option<Millis>,
    /// When it was changed last.
    pub modified: Option<Millis>,
    /// A digest of the patterns of its enabled rules: the name of their compiled form.
    pub patterns: String,
}

/// Where a bus is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
}

impl Place {
    /// The bus that a call names by name or ARN; the default one when it names none.
    pub fn named(call: &Call<'_>, text: Option<&str>) -> Place {
        let text = text.unwrap_or(DEFAULT);
        Place::of_arn(text).unwrap_or_else(|| Place {
            account: call.account.clone(),
            region: call.region.clone(),
            name: text.to_owned(),
        })
    }

    /// The bus of an ARN.
    pub fn of_arn(text: &str) -> Option<Place> {
        let arn = Arn::parse(text).filter(|arn| arn.service == "events")?;
        let name = arn.of("event-bus")?.to_owned();
        Some(Place { account: arn.account, region: arn.region, name })
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        Arn::new("events", &self.region, &self.account, format!("event-bus/{}", self.name)).to_string()
    }

    /// The ARN of a rule on it.
    pub fn rule_arn(&self, rule: &str) -> String {
        let resource =
            if self.name == DEFAULT { format!("rule/{rule}") } else { format!("rule/{}/{rule}", self.name) };
        Arn::new("events", &self.region, &self.account, resource).to_string()
    }
}

impl Bus {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone(), name: self.name.clone() }
    }

    /// A bus as it is made.
    pub fn new(place: &Place) -> Bus {
        Bus {
            account: place.account.clone(),
            region: place.region.clone(),
            name: place.name.clone(),
            ..Bus::default()
        }
    }
}

impl Resource for Bus {
    fn arn(&self) -> String {
        self.place().arn()
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<ResourcePolicy> {
        let text = self.policy.as_deref()?;
        Some(ResourcePolicy { text: text.into(), semantics: Semantics::Generic })
    }
}
