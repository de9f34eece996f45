//! The language of ```kage blocks: accounts, profiles and the clock, one directive a line.
//!
//! ```text
//! accounts: mgmt, app, sec
//! profile bob from bob-key.json
//! profile bob from $BOB_KEY $BOB_SECRET $BOB_TOKEN
//! profile eve from eve-key.json in app
//! profile app-root root of app
//! clock advance 31d
//! clock set 2027-01-01T00:00:00Z
//! clock freeze
//! clock resume
//! ```

use crate::problem::Problem;

/// One directive and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Line in the Markdown file.
    pub line: usize,
    /// The line itself, for the report.
    pub text: String,
    /// What is to be done.
    pub kind: Kind,
}

/// What a directive does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Names the accounts. The first one is the management account; the others are created.
    Accounts(Vec<String>),
    /// Makes a profile from a file that the AWS CLI wrote: `AccessKey` of `iam create-access-key` or `Credentials` of
    /// an `sts` answer.
    ProfileFromFile {
        /// Name of the profile.
        name: String,
        /// File in the working folder.
        file: String,
        /// The account whose event history is asked about it; the first one when not said.
        account: Option<String>,
    },
    /// Makes a profile from shell variables: access key id, secret access key and, for temporary ones, session token.
    ProfileFromVariables {
        /// Name of the profile.
        name: String,
        /// Names of two or three variables, without the dollar sign.
        variables: Vec<String>,
        /// As above.
        account: Option<String>,
    },
    /// Makes a profile of the root user of an account, through the admin API.
    ProfileOfRoot {
        /// Name of the profile.
        name: String,
        /// Name of the account.
        account: String,
    },
    /// Moves or holds the double's clock.
    Clock(Clock),
}

/// What is done to the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clock {
    /// Forward by a duration; every job that falls due is run.
    Advance(String),
    /// To a time in RFC 3339.
    Set(String),
    /// Stands still.
    Freeze,
    /// Runs again.
    Resume,
}

/// Parses a block whose first body line is `first_line`. Empty lines and `# comments` are passed over.
pub fn parse(body: &str, first_line: usize) -> Result<Vec<Directive>, Problem> {
    let mut directives = Vec::new();
    for (offset, text) in body.lines().enumerate() {
        let line = first_line.saturating_add(offset);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let kind = one(text).map_err(|message| Problem::at(line, message))?;
        directives.push(Directive { line, text: text.to_owned(), kind });
    }
    if directives.is_empty() {
        return Err(Problem::at(first_line.saturating_sub(1), "this kage block says nothing"));
    }
    Ok(directives)
}

fn one(text: &str) -> Result<Kind, String> {
    if let Some(names) = text.strip_prefix("accounts:") {
        return accounts(names);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["profile", name, "from", rest @ ..] => profile(name, rest),
        ["profile", name, "root", "of", account] => {
            Ok(Kind::ProfileOfRoot { name: profile_name(name)?, account: (*account).to_owned() })
        }
        ["clock", "advance", duration] => {
            crate::expectation_parser::duration(duration)?;
            Ok(Kind::Clock(Clock::Advance((*duration).to_owned())))
        }
        ["clock", "set", time] => {
            time.parse::<jiff::Timestamp>()
                .map_err(|_| format!("`{time}` is not a time such as 2027-01-01T00:00:00Z"))?;
            Ok(Kind::Clock(Clock::Set((*time).to_owned())))
        }
        ["clock", "freeze"] => Ok(Kind::Clock(Clock::Freeze)),
        ["clock", "resume"] => Ok(Kind::Clock(Clock::Resume)),
        _ => Err(format!(
            "`{text}` is not a directive; known: accounts:, profile … from …, profile … root of …, clock"
        )),
    }
}

fn accounts(names: &str) -> Result<Kind, String> {
    let mut accounts: Vec<String> = Vec::new();
    for name in names.split(',') {
        let name = profile_name(name.trim())?;
        if accounts.contains(&name) {
            return Err(format!("the account `{name}` stands twice"));
        }
        accounts.push(name);
    }
    Ok(Kind::Accounts(accounts))
}

fn profile(name: &str, rest: &[&str]) -> Result<Kind, String> {
    let name = profile_name(name)?;
    let (rest, account) = match rest {
        [rest @ .., "in", account] => (rest, Some((*account).to_owned())),
        rest => (rest, None),
    };
    if let [file] = rest
        && !file.starts_with('$')
    {
        return Ok(Kind::ProfileFromFile { name, file: (*file).to_owned(), account });
    }
    let variables: Vec<String> = rest
        .iter()
        .filter_map(|word| word.strip_prefix('$'))
        .filter(|variable| crate::variables::is_name(variable))
        .map(str::to_owned)
        .collect();
    if variables.len() != rest.len() || !(2..=3).contains(&variables.len()) {
        return Err("a file, or $KEY $SECRET and perhaps $TOKEN, must follow `from`".to_owned());
    }
    Ok(Kind::ProfileFromVariables { name, variables, account })
}

fn profile_name(name: &str) -> Result<String, String> {
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good && name != "default" {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not a name: lower-case letters, digits and hyphens, and not `default`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_read_with_its_line() {
        let body = "# who\naccounts: mgmt, app\n\nprofile bob from $K $S $T\nprofile ops from ops.json in app\n\
                    profile r root of app\nclock advance 31d\nclock set 2027-01-01T00:00:00Z\nclock freeze\nclock resume\n";
        let directives = parse(body, 10).expect("parses");
        let kinds: Vec<Kind> = directives.iter().map(|directive| directive.kind.clone()).collect();
        assert_eq!(
            kinds,
            vec![
                Kind::Accounts(vec!["mgmt".into(), "app".into()]),
                Kind::ProfileFromVariables {
                    name: "bob".into(),
                    variables: vec!["K".into(), "S".into(), "T".into()],
                    account: None,
                },
                Kind::ProfileFromFile {
                    name: "ops".into(),
                    file: "ops.json".into(),
                    account: Some("app".into()),
                },
                Kind::ProfileOfRoot { name: "r".into(), account: "app".into() },
                Kind::Clock(Clock::Advance("31d".into())),
                Kind::Clock(Clock::Set("2027-01-01T00:00:00Z".into())),
                Kind::Clock(Clock::Freeze),
                Kind::Clock(Clock::Resume),
            ]
        );
        assert_eq!(
            directives.iter().map(|d| d.line).collect::<Vec<_>>(),
            vec![11, 13, 14, 15, 16, 17, 18, 19]
        );
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        for body in [
            "accounts: mgmt, mgmt",
            "accounts: Mgmt",
            "profile default from a.json",
            "profile bob from $K",
            "profile bob from K S",
            "clock advance soon",
            "clock set yesterday",
            "clock stop",
            "freeze",
            "# only words",
        ] {
            assert!(parse(body, 5).is_err(), "{body}");
        }
        assert_eq!(parse("clock freeze\nclock stop", 5).expect_err("second").line, 6);
    }
}
