//! Routes of the admin port.

use super::{Failure, accounts, clock, credentials, guard, snapshots};
use crate::connection::{Face, Peer};
use crate::limits;
use crate::other_emulators::{json_answer, text_answer};
use crate::outgoing::OutBody;
use crate::server::Control;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The admin port.
pub struct Admin {
    control: Arc<Control>,
    token: String,
    listening_on: IpAddr,
}

enum Reply {
    Json(Value),
    Text(&'static str, String),
}

impl Admin {
    /// A port that wants this token.
    pub fn new(control: Arc<Control>, token: String, listening_on: IpAddr) -> Admin {
        Admin { control, token, listening_on }
    }

    async fn reply(&self, request: Request<Incoming>) -> Result<Reply, Failure> {
        let (parts, body) = request.into_parts();
        guard::check_host(&parts.headers, parts.uri.authority(), self.listening_on)?;
        let path = parts.uri.path().to_owned();
        if parts.method == Method::GET && path == "/health" {
            return Ok(Reply::Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })));
        }
        guard::check_token(&parts.headers, &self.token)?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let request = body_of(body).await?;
        let control = Arc::clone(&self.control);
        let method = parts.method;
        match spawn_blocking(move || route(&control, &method, &path, &query, &request)).await {
            Ok(reply) => reply,
            Err(_) => Err(Failure::new(500, "the request made kage panic", "please report it")),
        }
    }
}

impl Face for Admin {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, _peer: Arc<Peer>) -> Response<OutBody> {
        match self.reply(request).await {
            Ok(Reply::Json(value)) => json_answer(StatusCode::OK, &value),
            Ok(Reply::Text(kind, text)) => text_answer(StatusCode::OK, kind, text),
            Err(failure) => {
                let status =
                    StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                json_answer(status, &failure.to_json())
            }
        }
    }
}

/// The body as JSON; `null` when there is none.
async fn body_of(body: Incoming) -> Result<Value, Failure> {
    let collected = timeout(limits::BODY_SILENCE, Limited::new(body, limits::ADMIN_BODY).collect());
    let Ok(Ok(collected)) = collected.await else {
        return Err(Failure::bad("the body is longer than 64 KiB, or did not arrive", "send less"));
    };
    let bytes = collected.to_bytes();
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::bad(format!("the body is no JSON: {error}"), "send JSON"))
}

fn route(
    control: &Control,
    method: &Method,
    path: &str,
    query: &str,
    request: &Value,
) -> Result<Reply, Failure> {
    let segments: Vec<String> = path.trim_matches('/').split('/').map(segment).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let world = control.pipeline.world();
    let json = match (method.as_str(), segments.as_slice()) {
        ("GET", ["v1", "accounts"]) => accounts::list(world)?,
        ("POST", ["v1", "credentials"]) => credentials::give(world, request)?,
        ("GET", ["v1", "why"]) => latest(control),
        ("GET", ["v1", "why", id]) => return why(control, id, query),
        ("GET", ["v1", "clock"]) => clock::show(&control.pipeline),
        ("POST", ["v1", "clock"]) => clock::change(&control.pipeline, request)?,
        ("GET", ["v1", "snapshots"]) => snapshots::list(control),
        ("POST", ["v1", "snapshots"]) => snapshots::save(control, request)?,
        ("POST", ["v1", "snapshots", name, "restore"]) => snapshots::restore(control, name)?,
        ("DELETE", ["v1", "snapshots", name]) => snapshots::remove(control, name)?,
        ("POST", ["v1", "fork"]) => snapshots::fork(control, request)?,
        ("GET", ["v1", "ca"]) => {
            return Ok(Reply::Text("application/x-pem-file", control.authority_pem.clone()));
        }
        ("POST", ["v1", "reset"]) => {
            control.reset()?;
            json!({ "reset": true })
        }
        _ => {
            let error = format!("the admin endpoint has no {method} {path}");
            return Err(Failure::new(404, error, "see: kage --help"));
        }
    };
    Ok(Reply::Json(json))
}

/// A path segment without its percent escapes; broken escapes stay as they are.
fn segment(text: &str) -> String {
    // `decode` is for queries, where a plus is a space.
    kage_pipeline::decode(&text.replace('+', "%2B"))
}

/// How many of the latest calls are listed.
const LATEST: usize = 50;

fn latest(control: &Control) -> Value {
    let calls = control.pipeline.latest(LATEST).into_iter();
    let calls: Vec<Value> =
        calls.map(|(id, summary)| json!({ "request_id": id, "summary": summary })).collect();
    json!({ "calls": calls })
}

fn why(control: &Control, id: &str, query: &str) -> Result<Reply, Failure> {
    let Some(why) = control.pipeline.why(id)? else {
        let error = format!("no call with the request id {id} is remembered");
        let hint = "the id stands in the header x-amzn-RequestId (S3: x-amz-request-id); recent calls and denials are remembered";
        return Err(Failure::new(404, error, hint));
    };
    if query.split('&').any(|pair| pair == "render=text") {
        return Ok(Reply::Text("text/plain; charset=utf-8", why.text));
    }
    Ok(Reply::Json(why.json))
}
