//! A new file of operations.

use crate::codegen::{iam_data, names};
use crate::workspace::{self, Outcome};

/// What an operation is called in Rust and in IAM.
#[derive(Debug)]
pub struct OperationNames {
    /// `Encrypt`
    pub name: String,
    /// `kms:Encrypt`
    pub action: String,
    /// `ENCRYPT`
    model: String,
    input: String,
    output: String,
    /// What IAM knows of the action, line by line.
    known: Vec<String>,
}

impl OperationNames {
    /// Finds the names in the generated crate of the service, and the action in the data of IAM.
    pub fn find(service: &str, signing: &str, name: &str) -> Outcome<OperationNames> {
        let source = workspace::root().join(format!("api/kage-api-{service}/src"));
        let operations = workspace::read(&source.join("operations.rs"))?;
        let types = workspace::read(&source.join("types.rs"))?;
        let model = names::constant(name);
        let block = operations.split_once(&format!("pub static {model}: ")).map(|(_, block)| block);
        let found = |key: &str| {
            let schema = block.and_then(|block| schema_of(block, key));
            let found = schema.and_then(|schema| type_of(&types, schema));
            found.ok_or_else(|| format!("kage-api-{service} has no {key} of `{name}`"))
        };
        let (input, output) = (found("input")?, found("output")?);
        let known = iam_data::action(&[service, signing], name)?;
        let (action, known) = match known {
            Some((prefix, lines)) => (format!("{prefix}:{name}"), lines),
            None => {
                let lines = vec!["IAM has no action of this name: find out which one is asked.".to_owned()];
                (format!("{signing}:{name}"), lines)
            }
        };
        Ok(OperationNames { name: name.to_owned(), action, model, input, output, known })
    }
}

fn schema_of<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    Some(block.split_once(&format!("{key}: &schemas::"))?.1.split_once(',')?.0)
}

fn type_of(types: &str, schema: &str) -> Option<String> {
    let records = types.lines().filter_map(|line| line.strip_prefix("record!("));
    let mut words = records.map(|line| line.trim_end_matches(");").split(' '));
    words
        .find_map(|mut words| Some((words.next()?, words.next()?)).filter(|(_, found)| *found == schema))
        .map(|(name, _)| name.to_owned())
}

/// The file.
pub fn file(operations: &[OperationNames]) -> String {
    let mut text = "//! Say in one line what these operations have in common.\n\n\
        use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};\n"
        .to_owned();
    for operation in operations {
        text.push_str(&one(operation));
    }
    text
}

fn one(names: &OperationNames) -> String {
    let OperationNames { name, action, model, input, output, known } = names;
    let known: Vec<String> = known.iter().map(|line| format!("        // {line}\n")).collect();
    let known = known.concat();
    format!(
        r#"
/// Say in one line what it does.
pub struct {name};

impl Operation for {name} {{
    // `on`: what the call names, a noun of this service; `()` when it names nothing.
    shape!({model}: {input} -> {output} on ());

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &Self::Input) -> Result<Lookup<()>> {{
        Ok(Lookup::Found(()))
    }}

    fn access(_call: &Call<'_>, _input: &Self::Input, _target: &Lookup<()>) -> Access {{
{known}        Access::any("{action}")
    }}

    // Conditions, one change, the answer.
    fn run(_call: &Call<'_>, _tx: &mut Tx, (): (), _input: &Self::Input) -> Result<Self::Output> {{
        Err(Error::new("NotImplemented", 501, "{action} is not modelled yet"))
    }}
}}
"#
    )
}

/// The macro of `ops` with which an operation says which one it is.
pub fn shape(service: &str) -> String {
    let krate = format!("kage_api_{}", service.replace('-', "_"));
    format!(
        r"
/// The four associated items by which an operation names its model and its types.
macro_rules! shape {{
    ($model:ident: $input:ident -> $output:ident on $target:ty) => {{
        const MODEL: &'static kage_schema::OperationModel = &{krate}::operations::$model;
        type Input = {krate}::types::$input;
        type Output = {krate}::types::$output;
        type Target = $target;
    }};
}}
"
    )
}
