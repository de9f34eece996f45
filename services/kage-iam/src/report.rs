//! The credential report.
//!
//! AWS: IAM user guide, "Generate credential reports for your AWS account": columns, values, and the four hours for
//! which a report is kept. Reports of accounts without more than two keys per user have these 22 columns.

use crate::password;
use kage_core::{Millis, Result, Tx};
use kage_identity::credentials::{self, AccessKey};
use kage_identity::users::{self, User};
use kage_identity::{accounts, mfa};
use kage_schema::Timestamp;
use kage_store::Reads;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};

/// How long a report is kept, in milliseconds.
pub const KEPT_MS: i64 = 4 * 3_600_000;

/// A report as it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// When it was made.
    pub generated: Millis,
    /// Its text.
    pub content: String,
}

const REPORTS: Table<Report> = Table::new("iam.credential-reports");

const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// The last report of the account.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str) -> Result<Option<Report>> {
    Ok(REPORTS.get(reads, &row(&[account]))?)
}

/// Makes and keeps a report of the account as it is now.
///
/// # Errors
/// Those of the store.
pub fn generate(tx: &mut Tx, account: &str, now: Millis) -> Result<()> {
    let mut lines = vec![COLUMNS.join(",")];
    lines.push(root_line(tx.reads(), account)?);
    for user in users::list(tx.reads(), account)? {
        lines.push(user_line(tx.reads(), &user)?);
    }
    let report = Report { generated: now, content: lines.join("\n") };
    Ok(REPORTS.put(tx.writer(), &row(&[account]), &report)?)
}

fn date(at: Millis) -> String {
    let text = Timestamp(at).whole_seconds().iso8601();
    text.strip_suffix('Z').map(|bare| format!("{bare}+00:00")).unwrap_or(text)
}

fn flag(value: bool) -> String {
    if value { "true" } else { "false" }.to_owned()
}

fn none() -> String {
    "N/A".to_owned()
}

fn key_columns(key: Option<&AccessKey>) -> [String; 5] {
    let Some(key) = key else { return [flag(false), none(), none(), none(), none()] };
    let (used, region, service) = match &key.last_used {
        Some((at, service, region)) => (date(*at), region.clone(), service.clone()),
        None => (none(), none(), none()),
    };
    [flag(key.active), date(key.created), used, region, service]
}

fn line(head: [String; 8], keys: &[AccessKey]) -> String {
    let mut columns: Vec<String> = head.into();
    columns.extend(key_columns(keys.first()));
    columns.extend(key_columns(keys.get(1)));
    columns.extend([flag(false), none(), flag(false), none()]);
    columns.join(",")
}

fn root_line(reads: &dyn Reads, account: &str) -> Result<String> {
    let created = accounts::find(reads, account)?.map_or(0, |found| found.created);
    let mfa = mfa::list(reads, account)?.iter().any(|device| device.user.as_deref() == Some(""));
    let unsupported = || "not_supported".to_owned();
    let head = [
        "<root_account>".to_owned(),
        format!("arn:aws:iam::{account}:root"),
        date(created),
        unsupported(),
        // Nobody can sign in to the console of the double.
        "no_information".to_owned(),
        unsupported(),
        unsupported(),
        flag(mfa),
    ];
    Ok(line(head, &credentials::list(reads, account, None)?))
}

fn user_line(reads: &dyn Reads, user: &User) -> Result<String> {
    let age = password::find(reads, &user.account)?.and_then(|policy| policy.max_age_days);
    let (last_used, changed, next) = match &user.login {
        None => (none(), none(), none()),
        Some(profile) => (
            user.password_last_used.map_or_else(|| "no_information".to_owned(), date),
            date(profile.changed),
            age.map_or_else(none, |days| {
                date(profile.changed.saturating_add(i64::from(days).saturating_mul(86_400_000)))
            }),
        ),
    };
    let head = [
        user.name.clone(),
        user.arn(),
        date(user.created),
        flag(user.login.is_some()),
        last_used,
        changed,
        next,
        flag(!user.mfa.is_empty()),
    ];
    Ok(line(head, &credentials::list(reads, &user.account, Some(&user.name))?))
}
