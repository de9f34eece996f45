//! Reading JSON, but keeping only what is asked for: what is passed over is checked and costs no memory.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Which members are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Everything from here on.
    all: bool,
    members: BTreeMap<String, Wanted>,
}

impl Wanted {
    /// Wants what this path of members leads to.
    pub fn add<'p>(&mut self, path: impl IntoIterator<Item = &'p str>) {
        let mut at = self;
        for name in path {
            at = at.members.entry(name.to_owned()).or_default();
        }
        at.all = true;
    }

    /// The wanted part of a document; `None` when it is no JSON. `alone`: nothing may stand behind it.
    pub fn read(&self, document: &[u8], alone: bool) -> Option<Value> {
        let mut reader = serde_json::Deserializer::from_slice(document);
        let value = Part(self).deserialize(&mut reader).ok()?;
        if alone {
            reader.end().ok()?;
        }
        Some(value)
    }
}

/// A value of which a part is wanted.
struct Part<'w>(&'w Wanted);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        if self.0.all {
            return serde::Deserialize::deserialize(reader);
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(found) = members.next_key_seed(Name(self.0))? {
            match found {
                Some((name, wanted)) => {
                    let value = members.next_value_seed(Part(wanted))?;
                    out.insert(name.to_owned(), value);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(out))
    }

    // Members are wanted, so of anything but an object only its kind counts.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(Vec::new()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Value, E> {
        Ok(Value::String(String::new()))
    }
}

/// The name of a member, looked up without a copy.
struct Name<'w>(&'w Wanted);

impl<'de, 'w> DeserializeSeed<'de> for Name<'w> {
    type Value = Option<(&'w str, &'w Wanted)>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'w> Visitor<'_> for Name<'w> {
    type Value = Option<(&'w str, &'w Wanted)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.members.get_key_value(name).map(|(name, wanted)| (name.as_str(), wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(paths: &[&[&str]], document: &str) -> Option<Value> {
        let mut wanted = Wanted::default();
        paths.iter().for_each(|path| wanted.add(path.iter().copied()));
        wanted.read(document.as_bytes(), true)
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let document = r#"{"a":{"b":[1,{"x":"y"}],"c":2},"d":"no","e":null,"f":[1],"g":"text","b":5}"#;
        let paths: &[&[&str]] = &[&["a", "b"], &["e"], &["f", "x"], &["g", "x"], &["z"]];
        let kept = json!({"a": {"b": [1, {"x": "y"}]}, "e": null, "f": [], "g": ""});
        assert_eq!(read(paths, document), Some(kept));
        assert_eq!(
            read(&[&["a"], &["a", "c"]], document),
            Some(json!({"a": {"b": [1, {"x": "y"}], "c": 2}}))
        );
        assert_eq!(read(&[&["x"]], r#"{"\u0078":1}"#), Some(json!({"x": 1})));
    }

    #[test]
    fn what_is_passed_over_is_checked() {
        for broken in [r#"{"a":1,"b":[}"#, r#"{"a":1"#, r#"{"a":1} x"#, "", "x"] {
            assert_eq!(read(&[&["a"]], broken), None, "{broken}");
        }
        let deep = format!("{{\"b\":{}", "[".repeat(1_000_000));
        assert_eq!(read(&[&["a"]], &deep), None);
    }
}
