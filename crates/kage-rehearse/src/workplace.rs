//! The folder of one rehearsal: a home without the user's settings, AWS profiles, the working folder.

#![expect(clippy::disallowed_methods, reason = "this module owns the files of a rehearsal")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::admin::Credentials;

/// The Region of every call that names none.
pub const REGION: &str = "us-east-1";

/// AWS profiles by name.
pub type Profiles = BTreeMap<String, Credentials>;

/// The temporary folder; removed with the value.
#[derive(Debug)]
pub struct Workplace {
    root: tempfile::TempDir,
    /// The name of the working folder in use.
    current: String,
}

impl Workplace {
    /// Makes the folders.
    pub fn new() -> Result<Self, String> {
        let root =
            tempfile::Builder::new().prefix("kage-rehearse-").tempdir().map_err(|error| error.to_string())?;
        let place = Self { root, current: "given".to_owned() };
        for folder in ["home/.aws", "blocks", "given", "tmp"] {
            fs::create_dir_all(place.path(folder)).map_err(|error| error.to_string())?;
        }
        Ok(place)
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The folder in which blocks run and to which files are written.
    pub fn working(&self) -> PathBuf {
        self.path(&self.current)
    }

    /// Goes on in a copy of the folder of `## Given`, so that variants do not see each other's files.
    pub fn fork(&mut self, number: usize) -> Result<(), String> {
        let name = format!("variant-{number}");
        copy(&self.path("given"), &self.path(&name)).map_err(|error| error.to_string())?;
        self.current = name;
        Ok(())
    }

    /// Writes the AWS configuration and credentials files.
    pub fn write_profiles(&self, profiles: &Profiles) -> Result<(), String> {
        let mut config = String::new();
        let mut credentials = String::new();
        for (name, keys) in profiles {
            let _ = writeln!(config, "[profile {name}]\nregion = {REGION}\noutput = json\n");
            let _ = writeln!(
                credentials,
                "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}",
                keys.access_key_id, keys.secret_access_key
            );
            if let Some(token) = &keys.session_token {
                let _ = writeln!(credentials, "aws_session_token = {token}");
            }
            credentials.push('\n');
        }
        self.write("home/.aws/config", &config)?;
        self.write("home/.aws/credentials", &credentials)
    }

    /// Writes a file of the working folder.
    pub fn write_working(&self, path: &str, text: &str) -> Result<(), String> {
        let file = self.working().join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs::write(&file, text).map_err(|error| format!("{path}: {error}"))
    }

    /// Reads a file of the working folder.
    pub fn read_working(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.working().join(path)).map_err(|error| format!("{path}: {error}"))
    }

    /// Writes a file by its path inside.
    pub fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.path(name), text).map_err(|error| format!("{name}: {error}"))
    }

    /// Reads a file by its path inside; what is not UTF-8 is replaced.
    pub fn read(&self, name: &str) -> Result<String, String> {
        let bytes = fs::read(self.path(name)).map_err(|error| format!("{name}: {error}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// An empty file, for a process to write to.
    pub fn create(&self, name: &str) -> Result<fs::File, String> {
        fs::File::create(self.path(name)).map_err(|error| format!("{name}: {error}"))
    }

    /// Removes a file that may not be there.
    pub fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path(name));
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_start_from_the_files_of_given_and_not_from_each_others() {
        let mut place = Workplace::new().expect("folders");
        place.write_working("a/policy.json", "{}").expect("written");
        place.fork(1).expect("forked");
        place.write_working("own.txt", "1").expect("written");
        place.fork(2).expect("forked");
        assert_eq!(place.read_working("a/policy.json").expect("copied"), "{}");
        assert!(place.read_working("own.txt").is_err());
    }

    #[test]
    fn profiles_are_written_as_the_aws_cli_reads_them() {
        let place = Workplace::new().expect("folders");
        let keys = |token: Option<&str>| Credentials {
            access_key_id: "AKIA1".into(),
            secret_access_key: "s".into(),
            session_token: token.map(str::to_owned),
        };
        let profiles = Profiles::from([("bob".to_owned(), keys(None)), ("ops".to_owned(), keys(Some("T")))]);
        place.write_profiles(&profiles).expect("written");
        assert_eq!(
            place.read("home/.aws/credentials").expect("there"),
            "[bob]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n\n\
             [ops]\naws_access_key_id = AKIA1\naws_secret_access_key = s\naws_session_token = T\n\n"
        );
        assert!(place.read("home/.aws/config").expect("there").contains("[profile ops]\nregion = us-east-1"));
    }
}
