//! `kage rehearse`.

use crate::cli::{Globals, RehearseArguments};
use crate::discover;
use crate::failure::Failure;
use crate::{environment, files};
use kage_rehearse::admin::Admin;
use kage_rehearse::double::Double;
use kage_rehearse::{Options, junit, text};
use std::process::ExitCode;
use std::time::Duration;

/// Runs the rehearsals. Exit code 0 when everything passed, 1 when something failed, 2 when a file was refused.
///
/// # Errors
/// When the double that was said is not running, or the report cannot be written.
pub fn run(arguments: &RehearseArguments, globals: &Globals) -> Result<ExitCode, Failure> {
    let options = Options {
        files: arguments.files.clone(),
        double: double(globals)?,
        search_path: environment::search_path(),
        limit: Duration::from_secs(arguments.limit),
        keep: arguments.keep,
    };
    let report = kage_rehearse::run(&options);
    if let Some(file) = &arguments.junit {
        files::write(file, &junit::render(&report)).map_err(|error| {
            Failure::new(
                format!("cannot write {}: {error}", file.display()),
                "name another file with --junit",
            )
        })?;
    }
    if globals.json {
        println!("{}", report.to_json());
    } else {
        print!("{}", text::render(&report));
    }
    Ok(ExitCode::from(report.exit_code()))
}

/// The running double that was said, or a new one for each file.
fn double(globals: &Globals) -> Result<Double, Failure> {
    if globals.admin.is_none() && environment::admin().is_none() && globals.data.is_none() {
        let program = std::env::current_exe().map_err(|error| {
            Failure::new(format!("cannot find the kage binary: {error}"), "say a double with --data")
        })?;
        let packages = environment::lambda_python_packages();
        let arguments = packages.map(|folder| vec!["--lambda-python-packages".into(), folder.into()]);
        return Ok(Double::Own { program, arguments: arguments.unwrap_or_default() });
    }
    let found = discover::find(globals)?;
    let Some(run) = found.run_file else {
        let hint = "say the double's data directory with --data";
        return Err(Failure::new("the AWS endpoint is not known: the run file was not found", hint));
    };
    let admin = Admin { url: found.client.endpoint(), token: found.client.token().to_owned() };
    Ok(Double::Running { endpoint: run.endpoint, admin })
}
