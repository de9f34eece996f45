//! The environment: the one place that reads it.
#![expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]

use std::env;
use std::path::PathBuf;

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `KAGE_DATA`: the data directory.
pub fn data() -> Option<PathBuf> {
    env::var_os("KAGE_DATA").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `KAGE_LAMBDA_PYTHON_PACKAGES`: a folder of Python packages that Lambda functions find.
pub fn lambda_python_packages() -> Option<PathBuf> {
    env::var_os("KAGE_LAMBDA_PYTHON_PACKAGES").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `KAGE_ADMIN`: the admin endpoint.
pub fn admin() -> Option<String> {
    set("KAGE_ADMIN")
}

/// `PATH`: where programs are.
pub fn search_path() -> String {
    set("PATH").unwrap_or_default()
}

/// `KAGE_TOKEN`: the token of the admin endpoint.
pub fn token() -> Option<String> {
    set("KAGE_TOKEN")
}
