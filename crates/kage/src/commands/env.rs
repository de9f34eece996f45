//! `kage env`: what AWS tools need to know to call the double.

use super::text;
use crate::cli::{EnvArguments, EnvFormat, Globals};
use crate::discover::{self, Double};
use crate::failure::Failure;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Prints the environment.
///
/// # Errors
/// When there is no such account or user, or no double is running.
pub fn run(arguments: &EnvArguments, globals: &Globals) -> Result<(), Failure> {
    let double = discover::find(globals)?;
    let mut wanted = Map::new();
    if let Some(account) = &arguments.account {
        wanted.insert("account".to_owned(), json!(account));
    }
    if let Some(user) = &arguments.user {
        wanted.insert("user".to_owned(), json!(user));
    }
    if arguments.root {
        wanted.insert("root".to_owned(), json!(true));
    }
    let credentials = double.client.post("/v1/credentials", &Value::Object(wanted))?;
    let endpoint = endpoint(&double, arguments.tls)?;
    let variables = variables(arguments, &credentials, &endpoint);
    let format = if globals.json { EnvFormat::Json } else { arguments.format };
    match format {
        EnvFormat::Sh => print!("{}", shell(&variables)),
        EnvFormat::Json => println!("{}", object(&variables)),
        EnvFormat::Profile => print!("{}", profile(arguments, &credentials, &endpoint)),
    }
    Ok(())
}

struct Endpoint {
    url: String,
    ca_file: Option<String>,
}

fn endpoint(double: &Double, tls: bool) -> Result<Endpoint, Failure> {
    let Some(run) = &double.run_file else {
        let hint = "run kage env on the machine of the double, or say its data directory with --data";
        return Err(Failure::new("the AWS endpoint is not known: the run file was not found", hint));
    };
    let shown = |file: &Path| file.display().to_string();
    Ok(if tls {
        Endpoint { url: run.tls_endpoint.clone(), ca_file: Some(shown(&run.ca_file)) }
    } else {
        Endpoint { url: run.endpoint.clone(), ca_file: None }
    })
}

/// Names and values; `None` for what an earlier setting must not leave behind.
type Variables = Vec<(&'static str, Option<String>)>;

fn variables(arguments: &EnvArguments, credentials: &Value, endpoint: &Endpoint) -> Variables {
    let of = |name: &str| Some(text(credentials, name).to_owned()).filter(|value| !value.is_empty());
    let mut all: Variables = vec![
        ("AWS_ENDPOINT_URL", Some(endpoint.url.clone())),
        ("AWS_ACCESS_KEY_ID", of("access_key_id")),
        ("AWS_SECRET_ACCESS_KEY", of("secret_access_key")),
        ("AWS_SESSION_TOKEN", of("session_token")),
        ("AWS_REGION", Some(arguments.region.clone())),
        ("AWS_DEFAULT_REGION", Some(arguments.region.clone())),
        ("AWS_ACCOUNT_ID", of("account")),
        // A profile would win over these variables in some SDKs, and send real credentials to the double.
        ("AWS_PROFILE", None),
        ("AWS_DEFAULT_PROFILE", None),
    ];
    if let Some(file) = &endpoint.ca_file {
        // AWS: SDKs and Tools reference guide, "General configuration": AWS_CA_BUNDLE (CLI, Python, Go and others);
        // JavaScript reads NODE_EXTRA_CA_CERTS of Node.js; Rust and Go also SSL_CERT_FILE.
        for name in ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"] {
            all.push((name, Some(file.clone())));
        }
    }
    all
}

fn shell(variables: &Variables) -> String {
    let mut out = String::new();
    for (name, value) in variables {
        match value {
            Some(value) => out.push_str(&format!("export {name}={}\n", quoted(value))),
            None => out.push_str(&format!("unset {name}\n")),
        }
    }
    out
}

fn object(variables: &Variables) -> Value {
    let set = variables.iter().filter_map(|(name, value)| Some(((*name).to_owned(), json!(value.as_ref()?))));
    Value::Object(set.collect())
}

/// AWS: SDKs and Tools reference guide, "Shared config and credentials files".
fn profile(arguments: &EnvArguments, credentials: &Value, endpoint: &Endpoint) -> String {
    let who = ["user", "role"].into_iter().map(|name| text(credentials, name)).find(|name| !name.is_empty());
    let name = format!("kage-{}-{}", text(credentials, "account"), who.unwrap_or("root"));
    let mut out = format!(
        "# ~/.aws/config\n[profile {name}]\nregion = {}\nendpoint_url = {}\n",
        arguments.region, endpoint.url
    );
    if let Some(file) = &endpoint.ca_file {
        out.push_str(&format!("ca_bundle = {file}\n"));
    }
    out.push_str(&format!(
        "\n# ~/.aws/credentials\n[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        text(credentials, "access_key_id"),
        text(credentials, "secret_access_key")
    ));
    let token = text(credentials, "session_token");
    if !token.is_empty() {
        out.push_str(&format!("aws_session_token = {token}\n"));
    }
    out
}

/// Text as one word of a POSIX shell.
pub fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+=@%,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn an_old_token_does_not_stay() {
        let shell = shell(&vec![("AWS_ACCESS_KEY_ID", Some("A".to_owned())), ("AWS_SESSION_TOKEN", None)]);
        assert_eq!(shell, "export AWS_ACCESS_KEY_ID=A\nunset AWS_SESSION_TOKEN\n");
    }
}
