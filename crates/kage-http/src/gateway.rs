//! The AWS port.

use crate::connection::{Face, Peer};
use crate::other_emulators::OtherEmulators;
use crate::outgoing::{self, OutBody};
use crate::upload::{self, Lost};
use hyper::body::Incoming;
use hyper::header::{EXPECT, HOST, HeaderMap, HeaderName, REFERER, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use kage_core::Origin;
use kage_pipeline::{Head, Opening, Pipeline};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Hands requests to the pipeline.
pub struct Gateway {
    pub pipeline: Pipeline,
    /// Paths of other emulators; with `--auth open` only.
    pub other_emulators: Option<OtherEmulators>,
}

impl Face for Gateway {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, peer: Arc<Peer>) -> Response<OutBody> {
        if let Some(others) = &self.other_emulators
            && let Some(response) = others.answer(request.method(), request.uri().path()).await
        {
            return response;
        }
        let (parts, body) = request.into_parts();
        let mut body = upload::Incoming::new(body);
        let head_only = parts.method == Method::HEAD;
        // hyper sends `100 Continue` when the body is first asked for, so a refused call never gets its body sent.
        let waits = expects_continue(&parts);
        let answer = match self.pipeline.open(head(&parts, &peer)) {
            Opening::Refused(answer) => Ok(answer),
            Opening::Body(intake) => upload::feed(intake, &mut body).await,
        };
        if !waits && answer.is_ok() && !body.ended() {
            body.drain().await;
        }
        if !body.ended() && parts.version < Version::HTTP_2 {
            peer.linger.store(true, Ordering::Relaxed);
        }
        match answer {
            Ok(answer) => outgoing::response(&self.pipeline, answer, head_only).await,
            Err(Lost::Panic) => outgoing::broken(None),
            Err(Lost::Silent) => outgoing::bare(StatusCode::REQUEST_TIMEOUT),
            Err(Lost::Peer) => outgoing::bare(StatusCode::BAD_REQUEST),
        }
    }
}

fn expects_continue(parts: &Parts) -> bool {
    parts.version == Version::HTTP_11
        && parts
            .headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The head exactly as it was received; in HTTP/2 the authority stands for `Host`, which signatures cover.
fn head(parts: &Parts, peer: &Peer) -> Head {
    let mut headers: Vec<(String, Vec<u8>)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let host = match (text(&parts.headers, HOST), parts.uri.authority()) {
        (Some(host), _) => host,
        (None, Some(authority)) => {
            headers.push(("host".to_owned(), authority.as_str().as_bytes().to_vec()));
            authority.as_str().to_owned()
        }
        (None, None) => String::new(),
    };
    let origin = Origin {
        source_ip: peer.address.to_string(),
        user_agent: text(&parts.headers, USER_AGENT).unwrap_or_default(),
        secure: peer.tls.is_some(),
        tls: peer.tls.clone(),
        host,
        referer: text(&parts.headers, REFERER),
        ..Origin::default()
    };
    let path = match parts.uri.path() {
        "" => "/",
        path => path,
    };
    Head {
        method: parts.method.as_str().to_owned(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        origin,
    }
}
