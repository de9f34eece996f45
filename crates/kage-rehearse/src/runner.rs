//! Runs one rehearsal against a double.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::admin::{Admin, credentials_in};
use crate::directive::{Directive, Kind};
use crate::document::{Action, Rehearsal, Section, Step};
use crate::expectation::{EventTest, ExitStatus, Expectation};
use crate::history::{self, Record};
use crate::judge;
use crate::report::{CheckReport, End, SectionReport, StepReport};
use crate::shell::{Outcome, Shell};
use crate::variables::{Variables, expand_braces};
use crate::workplace::{Profiles, Workplace};

/// What a section starts from and leaves behind, besides the state of the double and the files.
#[derive(Debug, Clone, Default)]
struct State {
    variables: Variables,
    profiles: Profiles,
    /// The name of the account that a profile belongs to.
    account_of: BTreeMap<String, String>,
}

/// One rehearsal in progress.
pub struct Run<'a> {
    /// Name of the Markdown file, for messages of bash.
    pub file: &'a str,
    /// The document.
    pub rehearsal: &'a Rehearsal,
    /// The admin API of the double.
    pub admin: &'a Admin,
    /// Runs the blocks.
    pub shell: &'a Shell,
    /// Its folder.
    pub place: Workplace,
    state: State,
    /// Account ids by name.
    accounts: BTreeMap<String, String>,
}

impl<'a> Run<'a> {
    /// Prepares a run: accounts are made, and a profile for the administrator of each.
    pub fn begin(
        file: &'a str,
        rehearsal: &'a Rehearsal,
        admin: &'a Admin,
        shell: &'a Shell,
        place: Workplace,
    ) -> Result<Self, String> {
        let mut run =
            Self { file, rehearsal, admin, shell, place, state: State::default(), accounts: BTreeMap::new() };
        for (index, name) in rehearsal.accounts.iter().enumerate() {
            let id = if index == 0 { admin.management_account()? } else { run.create_account(name)? };
            run.state.account_of.insert(name.clone(), name.clone());
            let variable = format!("{}_ACCOUNT", name.to_ascii_uppercase().replace('-', "_"));
            run.state.variables.insert(variable, id.clone());
            run.accounts.insert(name.clone(), id);
            run.administrators()?;
        }
        Ok(run)
    }

    /// Runs everything. Each variant starts from the state after `Given`: the double's, the files, the variables.
    /// Fails when the double does; what was run until then is in `reports`.
    pub fn all(&mut self, reports: &mut Vec<SectionReport>) -> Result<(), String> {
        if !self.rehearsal.given.steps.is_empty() {
            let report = self.section(&self.rehearsal.given);
            let failed = report.end() != End::Passed;
            reports.push(report);
            if failed {
                reports.extend(self.rehearsal.variants.iter().map(not_run));
                return Ok(());
            }
        }
        let several = self.rehearsal.variants.len() > 1;
        let snapshot = format!("rehearse-given-{}", std::process::id());
        if several {
            self.admin.save(&snapshot)?;
        }
        let start = self.state.clone();
        for (index, variant) in self.rehearsal.variants.iter().enumerate() {
            if index > 0 {
                self.admin.restore(&snapshot)?;
                self.state = start.clone();
            }
            self.place.fork(index.saturating_add(1))?;
            self.administrators()?;
            reports.push(self.section(variant));
        }
        if several { self.admin.forget(&snapshot) } else { Ok(()) }
    }

    /// Makes the profiles of the administrators anew. That of a member account may be a session, which ends when the
    /// clock passes its hour.
    fn administrators(&mut self) -> Result<(), String> {
        for (name, id) in &self.accounts {
            self.state.profiles.insert(name.clone(), self.admin.administrator(id)?);
        }
        self.place.write_profiles(&self.state.profiles)
    }

    fn create_account(&self, name: &str) -> Result<String, String> {
        let first = self.default_profile();
        let email = format!("{name}@rehearsal.example");
        let arguments = ["organizations", "create-account", "--account-name", name, "--email", &email];
        let status = self.ask(&first, &arguments)?;
        let text = |value: &Value, field: &str| {
            value.pointer(&format!("/CreateAccountStatus/{field}")).and_then(Value::as_str).map(str::to_owned)
        };
        let request = text(&status, "Id").ok_or("create-account answered no Id")?;
        let describe =
            ["organizations", "describe-create-account-status", "--create-account-request-id", &request];
        let status = self.ask(&first, &describe)?;
        text(&status, "AccountId").ok_or_else(|| format!("the account `{name}` was not created: {status}"))
    }

    /// Runs the AWS CLI for the rehearsal itself.
    fn ask(&self, profile: &str, arguments: &[&str]) -> Result<Value, String> {
        let outcome = self.shell.aws(&self.place, profile, arguments)?;
        if outcome.exit != 0 {
            return Err(format!(
                "aws {}: {} {}",
                arguments.join(" "),
                judge::came(&outcome),
                outcome.stderr.trim()
            ));
        }
        serde_json::from_str(&outcome.stdout).map_err(|error| format!("aws {}: {error}", arguments.join(" ")))
    }

    fn default_profile(&self) -> String {
        self.rehearsal.accounts.first().cloned().unwrap_or_default()
    }

    fn section(&mut self, section: &Section) -> SectionReport {
        let mut report = not_run(section);
        for (step, slot) in section.steps.iter().zip(report.steps.iter_mut()) {
            *slot = self.step(step);
            if slot.end == End::Failed {
                break;
            }
        }
        report
    }

    fn step(&mut self, step: &Step) -> StepReport {
        let mut report = StepReport { end: End::Passed, ..blank(step) };
        let done = match &step.action {
            Action::Shell { script, profile } => {
                let profile = profile.clone().unwrap_or_else(|| self.default_profile());
                report.profile.clone_from(&profile);
                self.shell_step(step, script, &profile, &mut report)
            }
            Action::File { path, body, expand } => self.write(path, body, *expand),
            Action::Directives(directives) => directives.iter().try_for_each(|directive| {
                self.directive(directive)
                    .map_err(|why| format!("line {}: `{}`: {why}", directive.line, directive.text))
            }),
        };
        if let Err(came) = done {
            report.checks.push(CheckReport {
                line: step.line,
                text: "this can be done".to_owned(),
                came: Some(came),
            });
        }
        if report.checks.iter().any(|check| check.came.is_some()) {
            report.end = End::Failed;
        }
        report
    }

    fn shell_step(
        &mut self,
        step: &Step,
        script: &str,
        profile: &str,
        report: &mut StepReport,
    ) -> Result<(), String> {
        if !self.state.profiles.contains_key(profile) {
            return Err(format!("there is no profile `{profile}`"));
        }
        let now = self.admin.now()?;
        let source = (self.file, step.line.saturating_add(1));
        let mut variables = std::mem::take(&mut self.state.variables);
        let outcome = self.shell.block(&self.place, script, source, profile, &now, &mut variables);
        self.state.variables = variables;
        let outcome = outcome?;
        report.checks = self.judge(step, profile, &outcome);
        if report.checks.iter().any(|check| check.came.is_some()) {
            report.why = self.why(&outcome);
        }
        report.stdout = outcome.stdout;
        report.stderr = outcome.stderr;
        Ok(())
    }

    fn judge(&self, step: &Step, profile: &str, outcome: &Outcome) -> Vec<CheckReport> {
        let mut checks = Vec::new();
        if !step.checks.iter().any(|check| check.expectation.tells_exit()) {
            let success = Expectation::Exit(ExitStatus::Code(0));
            let came = judge::judge(&success, outcome, &self.state.variables, &mut |_| Ok(())).err();
            checks.push(CheckReport {
                line: step.line,
                text: "exit 0 (nothing else is said)".to_owned(),
                came,
            });
        }
        for check in &step.checks {
            let mut look = |test: &EventTest| self.look(test, profile);
            let came = judge::judge(&check.expectation, outcome, &self.state.variables, &mut look).err();
            checks.push(CheckReport { line: check.line, text: check.text.clone(), came });
        }
        checks
    }

    fn look(&self, test: &EventTest, profile: &str) -> Result<(), String> {
        let account = match &test.account {
            Some(account) => account.clone(),
            None => self.state.account_of.get(profile).cloned().unwrap_or_else(|| self.default_profile()),
        };
        if !self.accounts.contains_key(&account) {
            return Err(format!("there is no account `{account}`"));
        }
        history::judge(test, &self.records(&account, &test.name)?, &self.admin.now()?)
    }

    /// The records of one event name, asked for as the administrator of the account.
    fn records(&self, account: &str, event: &str) -> Result<Vec<Record>, String> {
        let attribute = format!("AttributeKey=EventName,AttributeValue={event}");
        let arguments = ["cloudtrail", "lookup-events", "--lookup-attributes", &attribute];
        history::records(&self.ask(account, &arguments)?.to_string())
    }

    /// The decision trace of the last refused call, when the double can still tell. Never a reason to fail.
    fn why(&self, outcome: &Outcome) -> Option<String> {
        let error = judge::last_aws_error(&outcome.stderr)?;
        let denied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];
        if !denied.contains(&error.code.as_str()) {
            return None;
        }
        let named = self.accounts.iter().find(|(_, id)| error.message.contains(&format!("::{id}:")));
        let account = named.map_or_else(|| self.default_profile(), |(name, _)| name.clone());
        let records = self.records(&account, &error.operation).ok()?;
        self.admin.why(&history::refused_request(&records, &error.code)?).ok()
    }

    fn write(&self, path: &str, body: &str, expand: bool) -> Result<(), String> {
        let text = if expand { expand_braces(body, &self.state.variables)? } else { body.to_owned() };
        self.place.write_working(path, &text)
    }

    fn directive(&mut self, directive: &Directive) -> Result<(), String> {
        match &directive.kind {
            // The document puts these before every step, and `begin` has carried them out.
            Kind::Accounts(_) => Ok(()),
            Kind::Clock(clock) => {
                self.admin.clock(clock)?;
                self.administrators()
            }
            Kind::ProfileOfRoot { name, account } => {
                let id =
                    self.accounts.get(account).ok_or_else(|| format!("there is no account `{account}`"))?;
                let keys = self.admin.root(id)?;
                self.profile(name, keys, account.clone())
            }
            Kind::ProfileFromFile { name, file, account } => {
                let text = self.place.read_working(file)?;
                let value: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
                let inner = value.get("AccessKey").or_else(|| value.get("Credentials")).unwrap_or(&value);
                let names = ["AccessKeyId", "SecretAccessKey", "SessionToken"];
                let keys =
                    credentials_in(inner, names).ok_or_else(|| format!("{file} holds no credentials"))?;
                self.profile(name, keys, account.clone().unwrap_or_else(|| self.default_profile()))
            }
            Kind::ProfileFromVariables { name, variables, account } => {
                let mut values = Vec::new();
                for variable in variables {
                    let value = self.state.variables.get(variable);
                    values
                        .push(value.cloned().ok_or_else(|| format!("the variable `{variable}` is not set"))?);
                }
                let mut values = values.into_iter();
                let mut next = || values.next();
                let (Some(access_key_id), Some(secret_access_key)) = (next(), next()) else {
                    return Err("a key and a secret are needed".to_owned());
                };
                let keys =
                    crate::admin::Credentials { access_key_id, secret_access_key, session_token: next() };
                self.profile(name, keys, account.clone().unwrap_or_else(|| self.default_profile()))
            }
        }
    }

    fn profile(
        &mut self,
        name: &str,
        keys: crate::admin::Credentials,
        account: String,
    ) -> Result<(), String> {
        if self.accounts.contains_key(name) {
            return Err(format!("`{name}` is an account; a profile needs another name"));
        }
        if !self.accounts.contains_key(&account) {
            return Err(format!("there is no account `{account}`"));
        }
        self.state.account_of.insert(name.to_owned(), account);
        self.state.profiles.insert(name.to_owned(), keys);
        self.place.write_profiles(&self.state.profiles)
    }
}

fn not_run(section: &Section) -> SectionReport {
    SectionReport {
        name: section.name.clone(),
        line: section.line,
        claims: section.claims.clone(),
        steps: section.steps.iter().map(blank).collect(),
    }
}

fn blank(step: &Step) -> StepReport {
    let block = match &step.action {
        Action::Shell { script, .. } => script.clone(),
        Action::File { body, .. } => body.clone(),
        Action::Directives(directives) => {
            directives.iter().map(|directive| format!("{}\n", directive.text)).collect()
        }
    };
    StepReport { name: step.name.clone(), line: step.line, block, ..StepReport::default() }
}
