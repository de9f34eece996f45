//! The calls of the admin API that a rehearsal makes.

use serde_json::{Value, json};

use crate::directive::Clock;
use crate::http;

/// Where the admin API listens and the token it asks for.
#[derive(Debug, Clone)]
pub struct Admin {
    /// `http://127.0.0.1:4567`
    pub url: String,
    /// The bearer token.
    pub token: String,
}

/// One set of AWS credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token, of temporary ones.
    pub session_token: Option<String>,
}

impl Admin {
    /// The id of the management account.
    pub fn management_account(&self) -> Result<String, String> {
        let answer = self.call("GET", "/v1/accounts", None)?;
        let accounts = answer.get("accounts").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let is_management =
            |account: &&Value| account.get("management").and_then(Value::as_bool).unwrap_or_default();
        accounts
            .iter()
            .find(is_management)
            .or_else(|| accounts.first().filter(|_| accounts.len() == 1))
            .and_then(account_id)
            .ok_or_else(|| format!("GET /v1/accounts names no management account: {answer}"))
    }

    /// Credentials of the administrator of an account.
    pub fn administrator(&self, account: &str) -> Result<Credentials, String> {
        self.credentials(&json!({"account": account}))
    }

    /// Credentials of the root user of an account.
    pub fn root(&self, account: &str) -> Result<Credentials, String> {
        self.credentials(&json!({"account": account, "root": true}))
    }

    fn credentials(&self, body: &Value) -> Result<Credentials, String> {
        let answer = self.call("POST", "/v1/credentials", Some(body))?;
        credentials_in(&answer, ["access_key_id", "secret_access_key", "session_token"])
            .ok_or_else(|| "POST /v1/credentials answered no credentials".to_owned())
    }

    /// The double's time in RFC 3339, the begun second left out: AWS counts sessions and events in whole seconds.
    pub fn now(&self) -> Result<String, String> {
        let answer = self.call("GET", "/v1/clock", None)?;
        let now =
            answer.get("now").and_then(Value::as_str).and_then(|now| now.parse::<jiff::Timestamp>().ok());
        now.and_then(|now| jiff::Timestamp::from_second(now.as_second()).ok())
            .map(|now| now.to_string())
            .ok_or_else(|| format!("GET /v1/clock says no `now`: {answer}"))
    }

    /// Moves or holds the clock. Returns when every job that fell due has been run.
    pub fn clock(&self, clock: &Clock) -> Result<(), String> {
        let body = match clock {
            Clock::Advance(duration) => json!({"advance": duration}),
            Clock::Set(time) => json!({"set": time}),
            Clock::Freeze => json!({"freeze": true}),
            Clock::Resume => json!({"resume": true}),
        };
        self.call("POST", "/v1/clock", Some(&body)).map(|_| ())
    }

    /// Saves the whole state under a name.
    pub fn save(&self, name: &str) -> Result<(), String> {
        self.call("POST", "/v1/snapshots", Some(&json!({"save": name}))).map(|_| ())
    }

    /// Brings back the state saved under a name.
    pub fn restore(&self, name: &str) -> Result<(), String> {
        self.call("POST", &format!("/v1/snapshots/{name}/restore"), Some(&json!({}))).map(|_| ())
    }

    /// Removes the state saved under a name.
    pub fn forget(&self, name: &str) -> Result<(), String> {
        self.call("DELETE", &format!("/v1/snapshots/{name}"), None).map(|_| ())
    }

    /// Why a request was decided as it was, as text.
    pub fn why(&self, request: &str) -> Result<String, String> {
        let answer =
            http::send(&self.url, &self.token, "GET", &format!("/v1/why/{request}?render=text"), "")?;
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("status {}", answer.status)) }
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = http::send(&self.url, &self.token, method, path, &body)?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("{method} {path} answered {}: {}", answer.status, answer.body.trim()));
        }
        if answer.body.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer.body)
            .map_err(|error| format!("{method} {path} answered no JSON: {error}"))
    }
}

fn account_id(account: &Value) -> Option<String> {
    let id = account.get("account").or_else(|| account.get("id")).and_then(Value::as_str)?;
    Some(id.to_owned())
}

/// Reads key id, secret and token under the given names.
pub fn credentials_in(value: &Value, names: [&str; 3]) -> Option<Credentials> {
    let [key, secret, token] = names.map(|name| value.get(name).and_then(Value::as_str).map(str::to_owned));
    Some(Credentials { access_key_id: key?, secret_access_key: secret?, session_token: token })
}
