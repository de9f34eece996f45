//! What new files say.

use crate::codegen::names;
use crate::workspace::{self, Outcome};

/// What an operation is called in Rust.
#[derive(Debug)]
pub struct OperationNames {
    service: String,
    /// `Encrypt`
    pub name: String,
    /// `encrypt`
    pub module: String,
    /// `ENCRYPT`
    model: String,
    input: String,
    output: String,
}

impl OperationNames {
    /// Finds the names in the generated crate of the service.
    pub fn find(service: &str, name: &str) -> Outcome<OperationNames> {
        let source = workspace::root().join(format!("api/kage-api-{service}/src"));
        let operations = workspace::read(&source.join("operations.rs"))?;
        let types = workspace::read(&source.join("types.rs"))?;
        let model = names::constant(name);
        let block = operations.split_once(&format!("pub static {model}: ")).map(|(_, block)| block);
        let type_of = |key: &str| {
            let schema = block?.split_once(&format!("{key}: &schemas::"))?.1.split_once(',')?.0;
            let record = types.lines().filter_map(|line| line.strip_prefix("record!("));
            let mut words = record.map(|line| line.trim_end_matches(");").split(' '));
            words.find_map(|mut words| {
                Some((words.next()?, words.next()?)).filter(|(_, found)| *found == schema)
            })
        };
        let found = |key: &str| {
            let found = type_of(key).map(|(found, _)| found.to_owned());
            found.ok_or_else(|| format!("kage-api-{service} has no {key} of `{name}`"))
        };
        Ok(OperationNames {
            service: service.to_owned(),
            name: name.to_owned(),
            module: names::snake(name),
            model,
            input: found("input")?,
            output: found("output")?,
        })
    }
}

/// One operation.
pub fn operation(names: &OperationNames) -> String {
    let OperationNames { service, name, model, input, output, .. } = names;
    let krate = format!("kage_api_{}", service.replace('-', "_"));
    format!(
        r#"//! `{name}`.

use {krate}::operations;
use {krate}::types::{{{input}, {output}}};
use kage_core::{{Access, Call, Error, Lookup, Operation, Result, Tx}};
use kage_schema::OperationModel;

/// Say in one line what it does.
pub struct {name};

impl Operation for {name} {{
    type Input = {input};
    type Output = {output};
    // What the call names: a noun of this service.
    type Target = ();

    const MODEL: &'static OperationModel = &operations::{model};

    fn resolve(_call: &Call<'_>, _tx: &Tx, _input: &{input}) -> Result<Lookup<()>> {{
        Ok(Lookup::Found(()))
    }}

    fn access(_call: &Call<'_>, _input: &{input}, _target: &Lookup<()>) -> Access {{
        Access::any("{service}:{name}")
    }}

    // Conditions, one change, the answer.
    fn run(_call: &Call<'_>, _tx: &mut Tx, _target: (), _input: &{input}) -> Result<{output}> {{
        Err(Error::new("NotImplemented", 501, "{service}:{name} is not modelled yet"))
    }}
}}

#[cfg(test)]
mod tests {{
    #[test]
    fn it_works_is_denied_refuses_and_is_recorded() {{
        panic!("prove with kage-test that {name} works, is denied, refuses and is recorded; then set its fidelity");
    }}
}}
"#
    )
}

/// The start of `service.toml`.
pub fn registry(service: &str) -> String {
    format!(
        "# The only registry of this service: which operations it has, and how faithful each is.\n\
         # fidelity: faithful (as AWS, as far as we know) | partial (see gaps) | routed (known by name, refused with 501).\n\
         # Every operation listed here has generated types in api/. `cargo xtask codegen` and `cargo xtask coverage` read this.\n\
         service = \"{service}\"\n"
    )
}

/// `Cargo.toml` of a service.
pub fn manifest(service: &str) -> String {
    format!(
        "[package]\nname = \"kage-{service}\"\ndescription = \"Say in one line what it models.\"\n\
         version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
         publish.workspace = true\n\n[dependencies]\nkage-api-{service} = {{ workspace = true }}\n\
         kage-core = {{ workspace = true }}\nkage-schema = {{ workspace = true }}\n\n\
         [dev-dependencies]\nkage-test = {{ workspace = true }}\n\n[lints]\nworkspace = true\n"
    )
}

/// `README.md` of a service.
pub fn readme(service: &str) -> String {
    format!(
        "# kage-{service}\n\nWhat is modelled:\n\nWhat is not:\n\nWhere it differs from AWS:\n\n\
         The operations and their fidelity stand in [service.toml](service.toml).\n"
    )
}

/// `src/ops.rs` before there are operations.
pub const OPERATIONS: &str = "//! The operations, one a file.\n";

/// `src/lib.rs`, with what the routing data tells.
pub fn library(service: &str, routes: &str) -> Outcome<String> {
    let (head, _) = routes.split_once("\n\n").unwrap_or((routes, ""));
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let id = value("id").ok_or("the routing data has no id")?;
    let endpoint = value("endpoint").unwrap_or(service);
    // AWS: rules 174 and 175 of authorization.md; the author confirms it with a source.
    let (denial, validation) = match value("protocols").unwrap_or_default().split(' ').next() {
        Some("Query" | "RestXml") => ("AccessDenied", "ValidationError"),
        Some("Ec2Query") => ("UnauthorizedOperation", "ValidationError"),
        Some("RestJson") => ("AccessDeniedExceptionForbidden", "ValidationException"),
        _ => ("AccessDeniedException", "ValidationException"),
    };
    Ok(format!(
        r#"//! {id}.

mod ops;

use kage_core::{{DenialStyle, Service, operation}};
use kage_schema::ServiceModel;

static MODELS: &[&ServiceModel] = &[&kage_api_{krate}::SERVICE];

/// The service, for the binary.
#[must_use]
pub fn service() -> Service {{
    Service {{
        models: MODELS,
        event_source: "{endpoint}.amazonaws.com",
        global: false,
        denial: DenialStyle::{denial},
        validation_code: "{validation}",
        validation_first: false,
        operations: vec![
        ],
        jobs: vec![],
    }}
}}
"#,
        krate = service.replace('-', "_")
    ))
}

/// A rehearsal that fails until it is filled in.
pub fn rehearsal(name: &str) -> String {
    format!(
        "# {name}\n\nSay who does what, and what must come of it.\n\n## Given two accounts\n\n\
         ```kage\naccounts: mgmt, app\n```\n\n## What happens\n\n\
         <!-- Name what this section proves in a comment that begins with `claims` and a colon. -->\n\n\
         ```sh name=\"fill this in\"\naws sts get-caller-identity\n```\n\n\
         ```expect\nstdout is \"what must come\"\n```\n"
    )
}
