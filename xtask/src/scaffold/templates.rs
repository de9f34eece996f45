//! What the files of a new service say, and a new rehearsal.

use super::operation;
use crate::workspace::Outcome;

/// The start of `service.toml`.
pub fn registry(service: &str) -> String {
    format!(
        "# The only registry of this service: which operations it has, and how faithful each is.\n\
         # fidelity: faithful (as AWS, as far as we know) | partial (see gaps) | routed (known by name, refused with 501).\n\
         # gaps: what is not as in AWS; only partial ones have them.\n\
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
         [lints]\nworkspace = true\n"
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
pub fn operations(service: &str) -> String {
    format!("//! The operations.\n{}", operation::shape(service))
}

/// One line of the head of the routing data: `signing`.
pub fn fact<'a>(routes: &'a str, key: &str) -> Option<&'a str> {
    let (head, _) = routes.split_once("\n\n").unwrap_or((routes, ""));
    head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
}

/// `src/lib.rs`, with what the routing data tells.
pub fn library(service: &str, routes: &str) -> Outcome<String> {
    let value = |key: &str| fact(routes, key);
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

/// A rehearsal that fails until it is filled in. kage-rehearse tests that it can be read.
pub fn rehearsal(name: &str) -> String {
    include_str!("rehearsal.md").replacen("NAME", name, 1)
}
