//! `api/kage-iam-data/data`: facts about actions, resource types and condition keys, and the AWS managed policies.

use super::Files;
use super::archive::{self, Entry};
use super::model::{Object, inner, strings, text, yes};
use crate::sources;
use crate::workspace::{self, Outcome};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

const FOLDER: &str = "api/kage-iam-data/data";

/// Adds both files of data.
pub fn generate(files: &mut Files) -> Outcome {
    let data = sources::unpacked("iam-data")?.join("package");
    files.add(Path::new(FOLDER).join("services.bin"), archive::pack(services(&data)?)?);
    let policies = sources::unpacked("managed-policies")?.join("package/dist/managedPolicies.json");
    files.add(Path::new(FOLDER).join("policies.bin"), archive::pack(managed_policies(&policies)?)?);
    files.own(FOLDER);
    Ok(())
}

/// What IAM knows of an action, in lines for a person, and the prefix under which it was found.
pub fn action(prefixes: &[&str], name: &str) -> Outcome<Option<(String, Vec<String>)>> {
    let folder = sources::unpacked("iam-data")?.join("package/data/actions");
    for prefix in prefixes {
        let file = folder.join(format!("{prefix}.json"));
        let all = if file.exists() { objects(&file)? } else { Vec::new() };
        if let Some(action) = all.iter().find(|action| text(action, "name") == Some(name)) {
            return Ok(Some(((*prefix).to_owned(), told(action)?)));
        }
    }
    Ok(None)
}

fn told(action: &Object) -> Outcome<Vec<String>> {
    let mut lines = vec![format!("IAM: {}", needed(action, "accessLevel")?)];
    let resources = action.get("resourceTypes").and_then(Value::as_array);
    for resource in resources.into_iter().flatten().filter_map(Value::as_object) {
        let required = if yes(resource, "required") { " (required)" } else { "" };
        lines.push(format!("resource {}{required}", needed(resource, "name")?));
        lines.extend(strings(resource, "conditionKeys").iter().map(|key| format!("  key {key}")));
    }
    lines.extend(strings(action, "conditionKeys").iter().map(|key| format!("key {key}")));
    lines.extend(strings(action, "dependentActions").iter().map(|other| format!("also asks {other}")));
    Ok(lines)
}

fn services(package: &Path) -> Outcome<Vec<Entry>> {
    let data = package.join("data");
    let names = json(&data.join("serviceNames.json"))?;
    let names = names.as_object().ok_or("serviceNames.json is no object")?;
    let controlled = json(&data.join("rcpSupportedServices.json"))?;
    let mut entries = vec![Entry {
        name: "@global".to_owned(),
        facts: String::new(),
        text: global_keys(&workspace::read(&package.join("dist/esm/globalConditionKeys.js"))?)?,
    }];
    for (prefix, name) in names {
        let supported = controlled.as_array().is_some_and(|list| list.iter().any(|entry| entry == prefix));
        let mut out = String::new();
        for action in objects(&data.join(format!("actions/{prefix}.json")))? {
            action_lines(&action, &mut out)?;
        }
        for kind in objects(&data.join(format!("resourceTypes/{prefix}.json")))? {
            let keys = strings(&kind, "conditionKeys").join(",");
            let _ = writeln!(out, "t\t{}\t{}\t{keys}", needed(&kind, "key")?, needed(&kind, "arn")?);
        }
        for key in objects(&data.join(format!("conditionKeys/{prefix}.json")))? {
            let _ = writeln!(out, "k\t{}\t{}", needed(&key, "key")?, needed(&key, "type")?);
        }
        let facts = format!("{}\t{}", if supported { "rcp" } else { "" }, name.as_str().unwrap_or_default());
        entries.push(Entry { name: prefix.clone(), facts, text: out });
    }
    Ok(entries)
}

fn action_lines(action: &Object, out: &mut String) -> Outcome {
    let list = |object: &Object, key: &str| strings(object, key).join(",");
    let _ = writeln!(
        out,
        "a\t{}\t{}\t{}\t{}",
        needed(action, "name")?,
        needed(action, "accessLevel")?,
        list(action, "conditionKeys"),
        list(action, "dependentActions")
    );
    let resources = action.get("resourceTypes").and_then(Value::as_array);
    for resource in resources.into_iter().flatten().filter_map(Value::as_object) {
        let required = if yes(resource, "required") { "!" } else { "" };
        let name = needed(resource, "name")?;
        let _ = writeln!(
            out,
            "r\t{name}\t{required}\t{}\t{}",
            list(resource, "conditionKeys"),
            list(resource, "dependentActions")
        );
    }
    Ok(())
}

/// The package has these in a JavaScript module only: an array of objects with one property a line.
fn global_keys(module: &str) -> Outcome<String> {
    let mut out = String::new();
    let mut key = None;
    for line in module.lines().map(str::trim) {
        let value = |name: &str| {
            let value = line.strip_prefix(name)?.strip_prefix(": '")?;
            Some(value.trim_end_matches(',').trim_end_matches('\''))
        };
        if let Some(name) = value("key") {
            key = Some(name);
        } else if let (Some(kind), Some(name)) = (value("type"), key) {
            let _ = writeln!(out, "k\t{name}\t{kind}");
            key = None;
        }
    }
    if out.lines().count() < 40 { Err("globalConditionKeys.js is not as it was".to_owned()) } else { Ok(out) }
}

fn managed_policies(file: &Path) -> Outcome<Vec<Entry>> {
    let mut entries = Vec::new();
    let all = json(file)?;
    for (name, policy) in all.as_object().ok_or("managedPolicies.json is no object")? {
        let policy = policy.as_object().ok_or_else(|| format!("policy `{name}` is no object"))?;
        let latest = needed(policy, "latestVersionId")?;
        let version = inner(policy, "versions").and_then(|versions| inner(versions, latest));
        let document = version.and_then(|version| version.get("document"));
        let document = document.ok_or_else(|| format!("policy `{name}` has no version {latest}"))?;
        let facts = [
            needed(policy, "arn")?.to_owned(),
            latest.to_owned(),
            whole_seconds(needed(policy, "createdDate")?),
            whole_seconds(needed(policy, "lastUpdatedDate")?),
        ];
        entries.push(Entry { name: name.clone(), facts: facts.join("\t"), text: document.to_string() });
    }
    Ok(entries)
}

fn whole_seconds(time: &str) -> String {
    time.replace(".000Z", "Z")
}

fn json(file: &Path) -> Outcome<Value> {
    serde_json::from_slice(&workspace::read_bytes(file)?)
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The values of an object of objects, in the order of their names.
fn objects(file: &Path) -> Outcome<Vec<Object>> {
    let value = json(file)?;
    let object = value.as_object().ok_or_else(|| format!("{} is no object", file.display()))?;
    let mut names: Vec<&String> = object.keys().collect();
    names.sort();
    Ok(names.iter().filter_map(|name| inner(object, name).cloned()).collect())
}

fn needed<'a>(object: &'a Object, key: &str) -> Outcome<&'a str> {
    let value = text(object, key).ok_or_else(|| format!("no `{key}` in {object:?}"))?;
    if value.contains(['\t', '\n']) { Err(format!("`{value}` does not fit in a column")) } else { Ok(value) }
}
