//! `services/*/service.toml`, the only registry of operations.

use crate::workspace::{self, Outcome};
use std::path::PathBuf;

/// How faithful an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// As AWS, as far as we know.
    Faithful,
    /// Works, with the gaps that are listed.
    Partial,
    /// Known by name; refused with 501.
    Routed,
}

/// One listed operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the model.
    pub name: String,
    /// How faithful it is.
    pub fidelity: Fidelity,
    /// What is not as in AWS.
    pub gaps: String,
}

/// The operations of one API model. A service may answer several, as S3 does with `s3` and `s3control`.
#[derive(Debug)]
pub struct Model {
    /// The folder of the model in botocore: `s3control`.
    pub service: String,
    /// The listed operations.
    pub operations: Vec<Operation>,
}

/// One service crate.
#[derive(Debug)]
pub struct Service {
    /// The folder of the crate.
    pub folder: PathBuf,
    /// Its models, the main one first.
    pub models: Vec<Model>,
}

/// Every service that has a `service.toml`, in the order of the folder names.
pub fn services() -> Outcome<Vec<Service>> {
    let mut services = Vec::new();
    for folder in workspace::list(&workspace::root().join("services"))? {
        let file = folder.join("service.toml");
        if !file.exists() {
            continue;
        }
        let text = workspace::read(&file)?;
        let models = parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        services.push(Service { folder, models });
    }
    Ok(services)
}

fn parse(text: &str) -> Outcome<Vec<Model>> {
    let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    let mut models = vec![model(&table, &["service", "operation", "model"])?];
    for extra in tables(&table, "model")? {
        models.push(model(extra, &["service", "operation"])?);
    }
    Ok(models)
}

fn model(table: &toml::Table, known: &[&str]) -> Outcome<Model> {
    only(table, known)?;
    let service = text(table, "service")?;
    let mut operations = Vec::new();
    for entry in tables(table, "operation")? {
        only(entry, &["name", "fidelity", "gaps"])?;
        let name = text(entry, "name")?;
        if operations.iter().any(|known: &Operation| known.name == name) {
            return Err(format!("operation `{name}` is listed twice"));
        }
        let fidelity = match text(entry, "fidelity")?.as_str() {
            "faithful" => Fidelity::Faithful,
            "partial" => Fidelity::Partial,
            "routed" => Fidelity::Routed,
            other => return Err(format!("operation `{name}` has the unknown fidelity `{other}`")),
        };
        let gaps = if entry.contains_key("gaps") { text(entry, "gaps")? } else { String::new() };
        if fidelity == Fidelity::Partial && gaps.is_empty() {
            return Err(format!("operation `{name}` is partial and does not say what is missing"));
        }
        operations.push(Operation { name, fidelity, gaps });
    }
    Ok(Model { service, operations })
}

fn only(table: &toml::Table, known: &[&str]) -> Outcome {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key `{key}`")),
        None => Ok(()),
    }
}

fn text(table: &toml::Table, key: &str) -> Outcome<String> {
    let value = table.get(key).and_then(toml::Value::as_str);
    value.map(str::to_owned).ok_or_else(|| format!("`{key}` is missing or no text"))
}

fn tables<'a>(table: &'a toml::Table, key: &str) -> Outcome<Vec<&'a toml::Table>> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let array = value.as_array().ok_or_else(|| format!("`{key}` is no list of tables"))?;
    array
        .iter()
        .map(|entry| entry.as_table().ok_or_else(|| format!("`{key}` is no list of tables")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_may_list_several_models() {
        let text = "service = 's3'\n[[operation]]\nname = 'GetObject'\nfidelity = 'partial'\ngaps = 'no ranges'\n\
            [[model]]\nservice = 's3control'\n[[model.operation]]\nname = 'GetJob'\nfidelity = 'routed'\n";
        let models = parse(text).unwrap();
        assert_eq!(models.len(), 2);
        assert_eq!(models[0].operations[0].gaps, "no ranges");
        assert_eq!(models[1].service, "s3control");
        assert_eq!(models[1].operations[0].fidelity, Fidelity::Routed);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let entry = |more: &str| format!("service = 's'\n[[operation]]\nname = 'A'\n{more}");
        for bad in [
            entry("fidelity = 'perfect'\ngaps = ''"),
            entry("fidelity = 'partial'\ngaps = ''"),
            entry("fidelity = 'routed'\ngaps = ''\nnote = ''"),
            entry(
                "fidelity = 'routed'\ngaps = ''\n[[operation]]\nname = 'A'\nfidelity = 'routed'\ngaps = ''",
            ),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
    }
}
