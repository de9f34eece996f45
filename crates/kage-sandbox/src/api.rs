//! The Lambda Runtime API of one room.
//!
//! AWS: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use crate::room::{Reply, Shared, Work};
use crate::wire::{Connection, Request};
use serde_json::{Value, json};
use std::sync::Arc;

const PREFIX: &str = "/2018-06-01/runtime/";
// AWS: Lambda quotas, "Invocation payload": 6 MB; the message of ResponseSizeTooLarge names 6291556 bytes.
const ANSWER_MAX: usize = 6_291_556;

/// Serves one connection of the runtime until it ends.
pub(crate) fn serve(shared: &Arc<Shared>, mut connection: Connection) {
    while let Ok(Some(request)) = connection.read() {
        let path = request.path.clone();
        let written = match (request.method.as_str(), path.strip_prefix(PREFIX)) {
            ("GET", Some("invocation/next")) => match shared.next() {
                Some(work) => hand_out(&mut connection, &work),
                None => return,
            },
            ("POST", Some("init/error")) => {
                shared.init_failed(failure(&request));
                accepted(&mut connection)
            }
            ("POST", Some(place)) => {
                match place.strip_prefix("invocation/").and_then(|rest| rest.split_once('/')) {
                    Some((id, "response")) => answered(shared, &mut connection, &request, id),
                    Some((id, "error")) => failed(shared, &mut connection, &request, id),
                    _ => refuse(&mut connection, "404 Not Found", "UnknownPath", "no such path"),
                }
            }
            (_, Some(_)) => {
                refuse(&mut connection, "405 Method Not Allowed", "MethodNotAllowed", "wrong method")
            }
            // AWS: "Lambda Extensions API". Not modelled, and said so.
            _ => refuse(&mut connection, "404 Not Found", "UnknownPath", "only the Runtime API is modelled"),
        };
        if written.is_err() {
            return;
        }
    }
}

type Written = std::io::Result<()>;

fn hand_out(connection: &mut Connection, work: &Work) -> Written {
    let deadline = work.deadline_ms.to_string();
    let mut headers = vec![
        ("Lambda-Runtime-Aws-Request-Id", work.request_id.as_str()),
        ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
        ("Lambda-Runtime-Invoked-Function-Arn", work.arn.as_str()),
    ];
    headers.extend(work.trace_id.as_deref().map(|value| ("Lambda-Runtime-Trace-Id", value)));
    headers.extend(work.client_context.as_deref().map(|value| ("Lambda-Runtime-Client-Context", value)));
    connection.write("200 OK", &headers, &work.payload)
}

fn answered(shared: &Arc<Shared>, connection: &mut Connection, request: &Request, id: &str) -> Written {
    let size = request.body.as_ref().map(Vec::len);
    if size.is_none_or(|size| size > ANSWER_MAX) {
        let text = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
        let payload = json!({ "errorType": "Function.ResponseSizeTooLarge", "errorMessage": text });
        let reply = Reply::Error {
            payload: payload.to_string().into_bytes(),
            error_type: "Function.ResponseSizeTooLarge".to_owned(),
        };
        shared.reply(id, reply);
        return refuse(connection, "413 Payload Too Large", "RequestEntityTooLarge", text);
    }
    match shared.reply(id, Reply::Answer(request.body.clone().unwrap_or_default())) {
        true => accepted(connection),
        false => unknown(connection),
    }
}

fn failed(shared: &Arc<Shared>, connection: &mut Connection, request: &Request, id: &str) -> Written {
    match shared.reply(id, failure(request)) {
        true => accepted(connection),
        false => unknown(connection),
    }
}

/// What a runtime says went wrong.
fn failure(request: &Request) -> Reply {
    let payload = request.body.clone().unwrap_or_default();
    let named = serde_json::from_slice::<Value>(&payload).ok();
    let named = named.as_ref().and_then(|value| value["errorType"].as_str());
    let header = request.header("lambda-runtime-function-error-type");
    let error_type = named.or(header).unwrap_or("Runtime.Unknown").to_owned();
    Reply::Error { payload, error_type }
}

fn accepted(connection: &mut Connection) -> Written {
    connection.write("202 Accepted", &[], br#"{"status":"OK"}"#)
}

fn unknown(connection: &mut Connection) -> Written {
    refuse(connection, "400 Bad Request", "InvalidRequestID", "Invalid request ID")
}

fn refuse(connection: &mut Connection, status: &str, kind: &str, message: &str) -> Written {
    let body = json!({ "errorType": kind, "errorMessage": message }).to_string();
    connection.write(status, &[], body.as_bytes())
}
