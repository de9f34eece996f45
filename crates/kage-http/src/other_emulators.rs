//! Paths that tools written for other emulators call on the AWS port. Answered with `--auth open` only.

use crate::outgoing::{self, OutBody};
use crate::server::Control;
use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Answers `POST /moto-api/reset` and `GET /_localstack/health`.
pub struct OtherEmulators {
    /// What can be done to the double.
    pub control: Arc<Control>,
}

impl OtherEmulators {
    /// The answer, when the path is one of theirs.
    pub async fn answer(&self, method: &Method, path: &str) -> Option<Response<OutBody>> {
        match (method, path) {
            (&Method::POST, "/moto-api/reset") => {
                let control = Arc::clone(&self.control);
                let reset = tokio::task::spawn_blocking(move || control.reset()).await;
                Some(match reset {
                    Ok(Ok(())) => json_answer(StatusCode::OK, &json!({ "status": "ok" })),
                    Ok(Err(failure)) => json_answer(StatusCode::INTERNAL_SERVER_ERROR, &failure.to_json()),
                    Err(_) => outgoing::broken(None),
                })
            }
            (&Method::GET, "/_localstack/health") => Some(json_answer(StatusCode::OK, &self.health())),
            _ => None,
        }
    }

    /// LocalStack: "Internal LocalStack endpoints", `/_localstack/health`: services by name with their state.
    fn health(&self) -> Value {
        let services: Map<String, Value> =
            self.control.services.iter().map(|name| (name.clone(), json!("available"))).collect();
        json!({ "services": services, "edition": "kagemusha", "version": env!("CARGO_PKG_VERSION") })
    }
}

/// A JSON answer.
pub fn json_answer(status: StatusCode, value: &Value) -> Response<OutBody> {
    text_answer(status, "application/json", value.to_string() + "\n")
}

/// An answer of text.
pub fn text_answer(status: StatusCode, kind: &'static str, text: String) -> Response<OutBody> {
    let length = text.len();
    let mut response = Response::new(OutBody::Bytes(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}
