//! The build tool: `cargo xtask <command>`.
#![expect(clippy::disallowed_methods, reason = "a build tool reads files and the environment")]

mod bench;
mod claims;
mod codegen;
mod coverage;
mod registry;
mod scaffold;
mod sources;
mod suite;
mod tidy;
mod workspace;

use crate::codegen::Mode;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test [part…]          everything that must hold: format, lints, generated code, laws, claims, all tests, real
                        clients, rehearsals; parts: format clippy codegen tidy claims scaffold cargo
                        acceptance rehearsals fuzz
  ci                    the same as `test` without parts
  check                 the parts that run no tests: format clippy codegen tidy claims scaffold
  codegen [--check]     writes api/ from the pinned models; --check fails when it is stale
  coverage [--check]    writes COVERAGE.md from service.toml and the models; --check fails when it is stale
  tidy                  the laws of the house: who depends on whom, sizes, links, names, proofs of each operation
  claims [--missing]    which claims of the specification are proven, and by which files
  proofs [--shrink]     which operations no test calls, denies or finds in the record; --shrink takes those that
                        are proven now from xtask/unproven.toml
  new service NAME [FILE] OPERATION…
                        scaffolds a service crate with operations, NAME as botocore calls the folder
  new op SERVICE [FILE] OPERATION…
                        scaffolds operations in one file, with their tests: `new op kms tags TagResource UntagResource`
  new noun SERVICE FILE NAME
                        scaffolds what a service keeps: `new noun sqs queues Queue`
  new rehearsal NAME    scaffolds a rehearsal: `new rehearsal S01-leaked-access-key`
  bench [name]          runs the benches
  fuzz                  short runs of the fuzz targets
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", parts @ ..] => suite::run(parts),
        ["ci"] => suite::run(&[]),
        ["check"] => suite::run(suite::CHECKS),
        ["fuzz"] => suite::run(&["fuzz"]),
        ["codegen"] => codegen::run(Mode::Write),
        ["codegen", "--check"] => codegen::run(Mode::Check),
        ["coverage"] => coverage::run(Mode::Write),
        ["coverage", "--check"] => coverage::run(Mode::Check),
        ["proofs"] => tidy::proofs::show(),
        ["proofs", "--shrink"] => tidy::proofs::shrink(),
        ["tidy"] => tidy::run(),
        ["claims"] => claims::run(claims::Show::Proven),
        ["claims", "--missing"] => claims::run(claims::Show::Missing),
        ["new", "service", name, words @ ..] if !words.is_empty() => scaffold::service(name, words),
        ["new", "op", service, words @ ..] => scaffold::operations(service, words),
        ["new", "noun", service, file, name] => scaffold::noun(service, file, name),
        ["new", "rehearsal", name] => scaffold::rehearsal(name),
        ["bench", names @ ..] => bench::run(names),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown command: {}\n\n{HELP}", words.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing to say means that it has been said.
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
