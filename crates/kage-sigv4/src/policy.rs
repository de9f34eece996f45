//! The policy of a browser upload.
//!
//! AWS: "Creating a POST policy". The texts of errors are those that versitygw (`s3err/post-object.go`,
//! `auth/post_policy.go`) records from S3, and those of the issues named below.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

use crate::error::AuthError;
use crate::post::PostUpload;
use crate::time::parse_extended;

/// A policy that can be evaluated. Parsing proves nothing: see [`crate::PostClaim::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPolicy {
    /// When the policy ends, in unix seconds.
    pub expiration: i64,
    conditions: Vec<Condition>,
    size: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    StartsWith,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: Operator,
    /// As written, without the dollar sign.
    field: String,
    value: String,
}

impl Condition {
    // S3 prints the object form as an `eq` list: `["eq", "$acl", "public-read"]`
    // (aws-doc-sdk-examples pull request 5490), names as written (node-s3-policy pull request 8).
    fn failed(&self) -> AuthError {
        let operator = match self.operator {
            Operator::Equals => "eq",
            Operator::StartsWith => "starts-with",
        };
        let text = format!("[\"{operator}\", \"${}\", \"{}\"]", self.field, self.value);
        AuthError::PolicyConditionFailed(text)
    }

    fn holds(&self, upload: &PostUpload<'_>) -> bool {
        let name = self.field.to_ascii_lowercase();
        let found = match name.as_str() {
            "bucket" => Some(upload.bucket),
            "key" => Some(upload.key),
            _ => {
                upload.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(&name)).map(|(_, value)| *value)
            }
        };
        let Some(found) = found else { return false };
        match self.operator {
            Operator::Equals => found == self.value,
            // AWS: "Creating a POST policy", Condition Matching: a list of content types must match in every part.
            Operator::StartsWith if name == "content-type" => {
                found.split(',').all(|part| part.trim().starts_with(&self.value))
            }
            Operator::StartsWith => found.starts_with(&self.value),
        }
    }
}

impl PostPolicy {
    /// Reads a base64 policy.
    ///
    /// # Errors
    /// [`AuthError::PolicyInvalid`] with the reason as S3 words it.
    pub fn parse(base64: &str) -> Result<Self, AuthError> {
        let text = base64.trim();
        if text.is_empty() {
            return Err(invalid("Expecting '{' but found End-of-Input"));
        }
        let bytes = STANDARD
            .decode(text)
            .or_else(|_| STANDARD_NO_PAD.decode(text))
            .map_err(|_| invalid("invalid Base64 encoding."))?;
        let document: Value = serde_json::from_slice(&bytes).map_err(|_| invalid("Invalid JSON."))?;
        let Value::Object(document) = document else { return Err(invalid("Invalid JSON.")) };
        let known = |name: &str| matches!(name, "expiration" | "conditions");
        if let Some(name) = document.keys().find(|name| !known(name)) {
            return Err(invalid(&format!("Unexpected: \"{name}\"")));
        }
        let expiration = document.get("expiration").ok_or_else(|| invalid("Policy missing expiration."))?;
        let expiration = match expiration {
            Value::String(text) => parse_extended(text)
                .ok_or_else(|| invalid(&format!("Invalid 'expiration' value: '{text}'")))?,
            _ => return Err(invalid("Invalid JSON.")),
        };
        let list = document.get("conditions").ok_or_else(|| invalid("Policy missing conditions."))?;
        let Value::Array(list) = list else {
            return Err(invalid("Invalid 'conditions' value: must be a List."));
        };
        let mut policy = Self { expiration, conditions: Vec::with_capacity(list.len()), size: None };
        for item in list {
            policy.add(item)?;
        }
        Ok(policy)
    }

    /// Judges expiry, form fields, bucket and key. `now` is in unix seconds. The size is judged by
    /// [`Self::check_size`] when it is known.
    ///
    /// # Errors
    /// [`AuthError::PolicyExpired`], [`AuthError::PolicyExtraFields`], [`AuthError::PolicyConditionFailed`].
    pub fn evaluate(&self, upload: &PostUpload<'_>, now: i64) -> Result<(), AuthError> {
        if now > self.expiration {
            return Err(AuthError::PolicyExpired);
        }
        let mut extra: Vec<String> = Vec::new();
        for (name, _) in upload.fields {
            let name = name.to_ascii_lowercase();
            if !is_exempt(&name) && !self.mentions(&name) && !extra.contains(&name) {
                extra.push(name);
            }
        }
        // aws-sdk-php issue 3292: a policy without bucket condition fails with this text.
        if !self.mentions("bucket") && !extra.iter().any(|name| name == "bucket") {
            extra.push("bucket".to_owned());
        }
        if !extra.is_empty() {
            return Err(AuthError::PolicyExtraFields(extra.join(", ")));
        }
        self.conditions.iter().find(|condition| !condition.holds(upload)).map_or(Ok(()), |c| Err(c.failed()))
    }

    /// The allowed size of the upload in bytes, both ends included. Stop reading beyond the second.
    #[must_use]
    pub const fn size_range(&self) -> Option<(u64, u64)> {
        self.size
    }

    /// Judges the size of the upload in bytes.
    ///
    /// # Errors
    /// [`AuthError::EntityTooLarge`], [`AuthError::EntityTooSmall`].
    pub const fn check_size(&self, size: u64) -> Result<(), AuthError> {
        match self.size {
            Some((_, limit)) if size > limit => Err(AuthError::EntityTooLarge { size, limit }),
            Some((limit, _)) if size < limit => Err(AuthError::EntityTooSmall { size, limit }),
            _ => Ok(()),
        }
    }

    fn mentions(&self, name: &str) -> bool {
        self.conditions.iter().any(|condition| condition.field.eq_ignore_ascii_case(name))
    }

    fn add(&mut self, item: &Value) -> Result<(), AuthError> {
        match item {
            Value::Object(object) => {
                let mut entries = object.iter();
                let (Some((field, value)), None) = (entries.next(), entries.next()) else {
                    return Err(invalid(
                        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
                    ));
                };
                let value = value
                    .as_str()
                    .ok_or_else(|| invalid("Invalid Simple-Condition: value must be a string."))?;
                self.push(Operator::Equals, field, value);
                Ok(())
            }
            Value::Array(list) => self.add_list(list),
            _ => Err(invalid("Invalid condition test: must be a List or Object.")),
        }
    }

    fn add_list(&mut self, list: &[Value]) -> Result<(), AuthError> {
        let Some(name) = list.first().and_then(Value::as_str) else {
            return Err(invalid("Invalid Condition: missing operation identifier."));
        };
        let wrong_count = || invalid(&format!("Invalid {name}: wrong number of arguments."));
        let operator = match name.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equals,
            "starts-with" => Operator::StartsWith,
            "content-length-range" => {
                let [_, low, high] = list else { return Err(wrong_count()) };
                let (Some(low), Some(high)) = (number(low), number(high)) else { return Err(wrong_count()) };
                // Two ranges must both hold.
                let (old_low, old_high) = self.size.unwrap_or((0, u64::MAX));
                self.size = Some((low.max(old_low), high.min(old_high)));
                return Ok(());
            }
            _ => return Err(invalid(&format!("Invalid Condition: unknown operation '{name}'."))),
        };
        let [_, Value::String(field), Value::String(value)] = list else { return Err(wrong_count()) };
        self.push(operator, field.strip_prefix('$').unwrap_or(field), value);
        Ok(())
    }

    fn push(&mut self, operator: Operator, field: &str, value: &str) {
        self.conditions.push(Condition { operator, field: field.to_owned(), value: value.to_owned() });
    }
}

// AWS: "Creating a POST policy": every field must be in the conditions except these.
fn is_exempt(name: &str) -> bool {
    matches!(name, "x-amz-signature" | "file" | "policy") || name.starts_with("x-ignore-")
}

// Numbers and numbers in quotes are both in use.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn invalid(reason: &str) -> AuthError {
    AuthError::PolicyInvalid(reason.to_owned())
}
