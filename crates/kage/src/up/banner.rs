//! What is said when the double is ready.

use super::place::Place;
use crate::cli::{AuthArgument, DurabilityArgument, Globals, UpArguments};
use crate::run_file::RunFile;
use serde_json::json;

/// Says that the double is ready: one JSON line, or a text for people.
pub fn show(run: &RunFile, place: &Place, arguments: &UpArguments, globals: &Globals) {
    if !arguments.host.is_loopback() {
        warn_of_exposure(arguments);
    }
    if globals.json {
        println!("{}", line(run, place, arguments));
    } else {
        println!("{}", text(run, place, arguments, globals));
    }
}

fn warn_of_exposure(arguments: &UpArguments) {
    eprintln!(
        "WARNING: the AWS endpoint listens on {}, so other machines can reach it. It is a double for tests: \
         do not put real secrets in it.",
        arguments.host
    );
    if arguments.auth == AuthArgument::Open {
        eprintln!("WARNING: with --auth open everybody who reaches it is an administrator.");
    }
}

fn auth_name(arguments: &UpArguments) -> &'static str {
    match arguments.auth {
        AuthArgument::Strict => "strict",
        AuthArgument::Open => "open",
    }
}

fn line(run: &RunFile, place: &Place, arguments: &UpArguments) -> serde_json::Value {
    json!({
        "endpoint": run.endpoint,
        "tls_endpoint": run.tls_endpoint,
        "admin": run.admin,
        "data": run.data,
        "ephemeral": place.is_ephemeral(),
        "auth": auth_name(arguments),
        "token_file": place.token_file(),
        "run_file": place.run_file(),
        "ca_file": run.ca_file,
        "pid": run.pid,
        "version": run.version,
    })
}

fn text(run: &RunFile, place: &Place, arguments: &UpArguments, globals: &Globals) -> String {
    let auth = match arguments.auth {
        AuthArgument::Strict => "strict: every call is authenticated and judged".to_owned(),
        AuthArgument::Open => format!(
            "OPEN: any foreign credentials are an administrator (account {} unless the key is an account number)",
            arguments.open_account
        ),
    };
    let data = match (place.is_ephemeral(), arguments.durability) {
        (true, _) => "in memory only, gone when this stops".to_owned(),
        (false, DurabilityArgument::Process) => run.data.display().to_string(),
        (false, DurabilityArgument::Power) => {
            format!("{} (every answer waits for the disk)", run.data.display())
        }
    };
    let option = match &globals.data {
        Some(given) if !place.is_ephemeral() => {
            format!(" --data {}", crate::commands::env::quoted(&given.display().to_string()))
        }
        _ => String::new(),
    };
    format!(
        "Kagemusha {version}\n\n  \
           AWS endpoint    {endpoint}  (and https on the same port)\n  \
           admin endpoint  {admin}\n  \
           authentication  {auth}\n  \
           data            {data}\n\n\
         In another terminal:\n\n  \
           eval \"$(kage env{option})\"\n  \
           aws sts get-caller-identity\n",
        version = run.version,
        endpoint = run.endpoint,
        admin = run.admin,
    )
}
