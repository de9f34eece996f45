//! `kage`: the command line of Kagemusha, and the wiring of its services.
//!
//! In reading order: `cli` is what can be said, `up` starts a double, `commands` speak to a running one over its admin
//! port (`discover` finds it, `client` talks), `wiring` lists the services.

mod cli;
mod client;
mod commands;
mod courier;
mod discover;
mod environment;
mod failure;
mod files;
mod run_file;
mod up;
mod wiring;

use clap::Parser as _;
use cli::{Cli, Command, UpArguments};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let globals = cli.globals;
    let json = globals.json;
    let command = cli.command.unwrap_or_else(|| Command::Up(UpArguments::defaults()));
    match run(command, &globals) {
        Ok(code) => code,
        Err(failure) => failure.report(json),
    }
}

fn run(command: Command, globals: &cli::Globals) -> Result<ExitCode, Failure> {
    match command {
        Command::Up(arguments) => up::run(&arguments, globals)?,
        Command::Env(arguments) => commands::env::run(&arguments, globals)?,
        Command::Accounts => commands::accounts::run(globals)?,
        Command::Why(arguments) => commands::why::run(&arguments, globals)?,
        Command::Clock(arguments) => commands::clock::run(&arguments, globals)?,
        Command::Snapshot(arguments) => commands::snapshot::run(&arguments, globals)?,
        Command::Fork(arguments) => commands::fork::run(&arguments, globals)?,
        Command::Ca => commands::ca::run(globals)?,
        Command::Rehearse(arguments) => return commands::rehearse::run(&arguments, globals),
        Command::Doctor => return commands::doctor::run(globals),
        Command::Completions(arguments) => commands::completions::run(&arguments, globals)?,
        Command::Version => commands::version::run(globals)?,
    }
    Ok(ExitCode::SUCCESS)
}
