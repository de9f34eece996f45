//! Resource policies: statements as AddPermission makes them.

use crate::errors;
use crate::function::PolicyRow;
use kage_core::{Arn, Call, Result};
use kage_identity::{roles, users};
use kage_store::Reads;
use serde_json::{Map, Value, json};

// AWS: Lambda quotas, "Function resource-based policy": 20 KB.
const SIZE_MAX: usize = 20_480;

/// What a permission says beside its id.
pub struct Permission<'a> {
    /// `lambda:InvokeFunction`.
    pub action: &'a str,
    /// An account, a role, a user, a service or `*`.
    pub principal: &'a str,
    /// Conditions: operator, key, value.
    pub conditions: Vec<(&'static str, &'static str, &'a str)>,
}

/// The statement that is shown.
///
/// # Errors
/// `InvalidParameterValueException` for a principal that is none.
pub fn statement(
    call: &Call<'_>,
    reads: &dyn Reads,
    id: &str,
    resource: &str,
    permission: &Permission<'_>,
) -> Result<Value> {
    let mut statement = Map::new();
    statement.insert("Sid".to_owned(), json!(id));
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Principal".to_owned(), principal(call, reads, permission.principal)?);
    statement.insert("Action".to_owned(), json!(permission.action));
    statement.insert("Resource".to_owned(), json!(resource));
    let mut conditions = Map::new();
    for (operator, key, value) in &permission.conditions {
        let keys = conditions.entry((*operator).to_owned()).or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert((*key).to_owned(), json!(value));
        }
    }
    if !conditions.is_empty() {
        statement.insert("Condition".to_owned(), Value::Object(conditions));
    }
    Ok(Value::Object(statement))
}

fn principal(call: &Call<'_>, reads: &dyn Reads, text: &str) -> Result<Value> {
    let wrong =
        || errors::invalid("The provided principal was invalid. Please check the principal and try again.");
    if text == "*" {
        return Ok(json!("*"));
    }
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(json!({ "AWS": format!("arn:aws:iam::{text}:root") }));
    }
    if text.starts_with("arn:") {
        let known = Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource == "root")
            || id_of(reads, text)?.is_some();
        return if known { Ok(json!({ "AWS": text })) } else { Err(wrong()) };
    }
    let _ = call;
    match text.contains('.') {
        true => Ok(json!({ "Service": text })),
        false => Err(wrong()),
    }
}

/// The unique id of a user or role by its ARN.
fn id_of(reads: &dyn Reads, text: &str) -> Result<Option<String>> {
    let Some(arn) = Arn::parse(text).filter(|arn| arn.service == "iam") else { return Ok(None) };
    let name = arn.resource.rsplit('/').next().unwrap_or_default();
    if arn.resource.starts_with("role/") {
        let role = roles::find(reads, &arn.account, name)?;
        return Ok(role.filter(|role| role.arn() == text).map(|role| role.id));
    }
    if arn.resource.starts_with("user/") {
        let user = users::find(reads, &arn.account, name)?;
        return Ok(user.filter(|user| user.arn() == text).map(|user| user.id));
    }
    Ok(None)
}

/// The document of these statements as it is shown.
pub fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string()
}

/// Adds a statement.
///
/// # Errors
/// `ResourceConflictException` for an id that is taken, `PolicyLengthExceededException`.
pub fn add(
    call: &Call<'_>,
    reads: &dyn Reads,
    row: &mut PolicyRow,
    id: &str,
    statement: Value,
) -> Result<()> {
    if row.statements.iter().any(|other| other["Sid"] == id) {
        return Err(errors::conflict(format!(
            "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing statement."
        )));
    }
    row.statements.push(statement);
    let text = document(&row.statements);
    if text.len() > SIZE_MAX {
        return Err(kage_core::Error::of(
            &kage_api_lambda::errors::POLICY_LENGTH_EXCEEDED_EXCEPTION,
            format!("The final policy size ({}) is bigger than the limit ({SIZE_MAX}).", text.len()),
        ));
    }
    settle(call, reads, row)
}

/// Removes a statement.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn remove(call: &Call<'_>, reads: &dyn Reads, row: &mut PolicyRow, id: &str) -> Result<()> {
    let before = row.statements.len();
    row.statements.retain(|statement| statement["Sid"] != id);
    if row.statements.len() == before {
        return Err(errors::not_found(format!("Statement {id} is not found in resource policy.")));
    }
    settle(call, reads, row)
}

/// Makes the judged document. A principal that was known when its statement was added keeps its unique id, also after
/// another one has taken its name (rule 53 of `authorization.md`).
fn settle(call: &Call<'_>, reads: &dyn Reads, row: &mut PolicyRow) -> Result<()> {
    let old: Value = serde_json::from_str(&row.judged).unwrap_or(Value::Null);
    let kept = |id: &Value| {
        let statements = old["Statement"].as_array()?;
        Some(statements.iter().find(|statement| &statement["Sid"] == id)?["Principal"].clone())
    };
    let mut judged = Vec::new();
    for statement in &row.statements {
        let mut statement = statement.clone();
        if let Some(principal) = kept(&statement["Sid"]) {
            statement["Principal"] = principal;
        } else if let Some(arn) = statement["Principal"]["AWS"].as_str()
            && let Some(id) = id_of(reads, arn)?
        {
            statement["Principal"] = json!({ "AWS": id });
        }
        judged.push(statement);
    }
    row.judged = document(&judged);
    row.revision = call.ids().uuid();
    Ok(())
}
