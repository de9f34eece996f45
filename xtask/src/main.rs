//! The build tool: `cargo xtask <command>`.
#![expect(clippy::disallowed_methods, reason = "a build tool reads files and the environment")]

mod codegen;
mod registry;
mod sources;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  codegen [--check]   writes api/ from the pinned models; --check fails when it is stale
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["codegen"] => codegen::run(codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(codegen::Mode::Check),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown command: {}\n\n{HELP}", words.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
