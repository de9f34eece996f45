//! Reads the SigV4 and SigV4A vectors of AWS (aws-c-auth `tests/aws-signing-test-suite`).
#![expect(clippy::disallowed_methods, reason = "test data comes from files named by the environment")]

use std::path::{Path, PathBuf};

use kage_sigv4::{PathRule, VerifyOptions};
use serde_json::Value;

pub use self::request::Request;

mod request;

/// One case of the suite.
pub struct Case {
    pub name: String,
    dir: PathBuf,
    context: Value,
}

impl Case {
    pub fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.dir.join(name)).ok()
    }

    pub fn request(&self) -> Request {
        Request::parse(&self.file("request.txt").unwrap())
    }

    pub fn text(&self, name: &str) -> &str {
        self.context[name].as_str().unwrap()
    }

    pub fn credential(&self, name: &str) -> Option<&str> {
        self.context["credentials"][name].as_str()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.context[name].as_bool().unwrap_or(false)
    }

    pub fn expires(&self) -> u64 {
        self.context["expiration_in_seconds"].as_u64().unwrap()
    }

    pub fn now(&self) -> i64 {
        let text: String = self.text("timestamp").chars().filter(|c| !matches!(c, '-' | ':')).collect();
        kage_sigv4::parse_basic(&text).unwrap()
    }

    pub fn options(&self) -> VerifyOptions<'_> {
        let mut options = VerifyOptions::generic(&["service"], Some(self.text("region")));
        options.path = PathRule { normalise: self.flag("normalize"), encode_again: true };
        options.token_after_signing = self.flag("omit_session_token");
        options
    }
}

/// All cases of one suite; `None`, with a note, when the vectors are not there.
pub fn cases(suite: &str) -> Option<Vec<Case>> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let root = std::env::var_os("KAGE_VECTORS").map_or(default, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(root.join("sigv4").join(suite)) else {
        println!("skipped: 0 cases of {suite} in {}", root.display());
        return None;
    };
    let mut cases: Vec<Case> = entries
        .map(|entry| {
            let dir = entry.unwrap().path();
            let name = dir.file_name().unwrap().to_string_lossy().into_owned();
            let context = std::fs::read_to_string(dir.join("context.json")).unwrap();
            Case { name, dir, context: serde_json::from_str(&context).unwrap() }
        })
        .collect();
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    Some(cases)
}
