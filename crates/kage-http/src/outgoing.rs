//! Answers on their way out.

use crate::limits;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use kage_core::Download;
use kage_pipeline::{Answer, DownloadReader, LiveAnswer, LiveReader, Pipeline};
use kage_store::Snapshot;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinHandle, spawn_blocking};

/// The body of an answer.
pub enum OutBody {
    /// In memory; empty once it was sent.
    Bytes(Bytes),
    /// Read from the body store piece by piece.
    Download(Box<Streaming>),
    /// Frames of an event stream, as they come.
    Live(Box<LiveFrames>),
}

/// An event stream on its way. A thread is held only while the peer waits for the next frame.
pub struct LiveFrames {
    reading: Option<JoinHandle<(LiveReader, Option<Vec<u8>>)>>,
}

impl LiveFrames {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
            let (reader, frame) = match ready!(Pin::new(reading).poll(cx)) {
                Ok(read) => read,
                Err(error) => {
                    self.reading = None;
                    return Poll::Ready(Some(Err(io::Error::other(error))));
                }
            };
            self.reading = frame.is_some().then(|| next_frame(reader));
            match frame {
                Some(frame) if frame.is_empty() => {}
                Some(frame) => return Poll::Ready(Some(Ok(Frame::data(Bytes::from(frame))))),
                None => return Poll::Ready(None),
            }
        }
    }
}

fn next_frame(mut reader: LiveReader) -> JoinHandle<(LiveReader, Option<Vec<u8>>)> {
    spawn_blocking(move || {
        let frame = reader.next_frame();
        (reader, frame)
    })
}

/// A download that is read ahead by one batch. The thread that reads is held only while it reads, never while the peer
/// is slow.
pub struct Streaming {
    reading: Option<JoinHandle<(DownloadReader, io::Result<Vec<u8>>)>>,
    left: u64,
    /// Keeps the files of the body, should the object be deleted while it is read.
    _kept: Option<Snapshot>,
}

impl OutBody {
    /// No body.
    pub fn empty() -> OutBody {
        OutBody::Bytes(Bytes::new())
    }

    fn download(pipeline: &Pipeline, download: &Download, kept: Option<Snapshot>) -> OutBody {
        let reader = pipeline.download(download);
        OutBody::Download(Box::new(Streaming {
            reading: Some(read(reader)),
            left: download.length(),
            _kept: kept,
        }))
    }
}

fn read(mut reader: DownloadReader) -> JoinHandle<(DownloadReader, io::Result<Vec<u8>>)> {
    spawn_blocking(move || {
        let mut batch = Vec::new();
        let result = loop {
            match reader.next_piece() {
                Ok(Some(piece)) if batch.is_empty() => batch = piece,
                Ok(Some(piece)) => batch.extend_from_slice(&piece),
                Ok(None) => break Ok(batch),
                Err(error) => break Err(error),
            }
            if batch.len() >= limits::DOWNLOAD_BATCH {
                break Ok(batch);
            }
        };
        (reader, result)
    })
}

impl Streaming {
    /// An error ends the connection, so that the peer cannot take a part for the whole.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let (reader, result) = match ready!(Pin::new(reading).poll(cx)) {
            Ok(read) => read,
            Err(error) => {
                self.reading = None;
                return Poll::Ready(Some(Err(io::Error::other(error))));
            }
        };
        self.reading = None;
        let batch = match result {
            Ok(batch) => batch,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let length = batch.len() as u64;
        if batch.is_empty() || length > self.left {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        self.left = self.left.saturating_sub(length);
        if self.left > 0 {
            self.reading = Some(read(reader));
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(batch)))))
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut *self {
            OutBody::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            OutBody::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            OutBody::Download(streaming) => streaming.poll(cx),
            OutBody::Live(frames) => frames.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            OutBody::Bytes(bytes) => bytes.is_empty(),
            OutBody::Download(streaming) => streaming.left == 0,
            OutBody::Live(frames) => frames.reading.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            OutBody::Bytes(bytes) => bytes.len() as u64,
            OutBody::Download(streaming) => streaming.left,
            OutBody::Live(_) => return SizeHint::default(),
        })
    }
}

/// The answer as it goes over the wire. Waits until its commit is as durable as the store promises.
pub async fn response(pipeline: &Pipeline, answer: Answer, head_only: bool) -> Response<OutBody> {
    let Answer { response, ticket, request_id, kept } = answer;
    if let Some(ticket) = ticket
        && ticket.durable().await.is_err()
    {
        return broken(Some(&request_id));
    }
    let Ok(status) = StatusCode::from_u16(response.status) else { return broken(Some(&request_id)) };
    let mut out = Response::new(OutBody::empty());
    *out.status_mut() = status;
    let mut declared = None;
    for (name, value) in response.headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { return broken(Some(&request_id)) };
        // Bytes that no header may hold came in by an API that stores what it is given; without them it can be sent.
        let Ok(value) = header_value(&value) else { return broken(Some(&request_id)) };
        if name == CONTENT_LENGTH {
            declared = Some(value);
        } else {
            out.headers_mut().append(name, value);
        }
    }
    let body = match response.body {
        kage_schema::Body::Empty => OutBody::empty(),
        kage_schema::Body::Bytes(bytes) => OutBody::Bytes(bytes),
        attached @ kage_schema::Body::Attached(_) => match attached.attached::<Download>() {
            Some(download) if head_only => {
                declared.get_or_insert_with(|| HeaderValue::from(download.length()));
                OutBody::empty()
            }
            Some(download) if download.length() == 0 => OutBody::empty(),
            Some(download) => OutBody::download(pipeline, &download, kept),
            None => match attached.attached::<LiveAnswer>() {
                Some(live) => {
                    let reading = Some(next_frame(pipeline.live(&live)));
                    *out.body_mut() = OutBody::Live(Box::new(LiveFrames { reading }));
                    // It has no length: its end is the end.
                    return out;
                }
                None => return broken(Some(&request_id)),
            },
        },
    };
    // RFC 9110, section 8.6: no Content-Length in answers 1xx and 204; in an answer to HEAD, the length that GET's would have.
    let bodiless = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    if head_only {
        let length = declared.unwrap_or_else(|| HeaderValue::from(exact(&body)));
        if !bodiless {
            out.headers_mut().insert(CONTENT_LENGTH, length);
        }
        return out;
    }
    if !bodiless {
        out.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(exact(&body)));
    }
    *out.body_mut() = body;
    out
}

fn exact(body: &OutBody) -> u64 {
    body.size_hint().lower()
}

/// Text as a header value; control characters are left out, because no peer would accept them.
fn header_value(text: &str) -> Result<HeaderValue, hyper::header::InvalidHeaderValue> {
    HeaderValue::from_str(text).or_else(|_| {
        let clean: Vec<u8> =
            text.bytes().filter(|byte| *byte >= 0x20 && *byte != 0x7f || *byte == b'\t').collect();
        HeaderValue::from_bytes(&clean)
    })
}

/// An answer without body, for errors of HTTP itself.
pub fn bare(status: StatusCode) -> Response<OutBody> {
    let mut out = Response::new(OutBody::empty());
    *out.status_mut() = status;
    out.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
    out
}

/// 500 for what the double itself got wrong.
pub fn broken(request_id: Option<&str>) -> Response<OutBody> {
    let mut out = bare(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        out.headers_mut().insert("x-amzn-requestid", id);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use kage_core::{Clock, Content, DownloadSource, World};
    use kage_pipeline::{Auth, Options};
    use kage_schema::Blob;
    use std::sync::Arc;

    fn pipeline() -> Pipeline {
        let world = World::new(kage_store::Store::ephemeral(), Clock::system(), Some(1));
        Pipeline::new(world, Vec::new(), Options { auth: Auth::Strict })
    }

    /// An answer with a body of pieces of these lengths; `missing` bytes more are promised than are there.
    fn answer(status: u16, lengths: &[usize], missing: u64) -> Answer {
        let source = |length: &usize| DownloadSource {
            content: Content::Inline(Blob(vec![b'x'; *length])),
            offset: 0,
            length: *length as u64 + missing,
        };
        let download = Download { sources: lengths.iter().map(source).collect() };
        let response = kage_wire::Response {
            status,
            headers: vec![("ETag".to_owned(), "e".to_owned()), ("Content-Length".to_owned(), "9".to_owned())],
            body: kage_schema::Body::Attached(Arc::new(download)),
        };
        Answer { response, ticket: None, request_id: "id".to_owned(), kept: None }
    }

    #[tokio::test]
    async fn a_download_is_sent_whole_and_in_order() {
        let lengths = [10, limits::DOWNLOAD_BATCH, 1, 3 * limits::DOWNLOAD_BATCH];
        let out = response(&pipeline(), answer(200, &lengths, 0), false).await;
        let total: usize = lengths.iter().sum();
        assert_eq!(out.headers()[CONTENT_LENGTH], total.to_string(), "the length is that of the body");
        assert_eq!(out.headers()["etag"], "e");
        assert_eq!(out.into_body().collect().await.unwrap().to_bytes().len(), total);
    }

    #[tokio::test]
    async fn a_download_that_falls_short_is_broken_off() {
        let out = response(&pipeline(), answer(200, &[10], 1), false).await;
        assert_eq!(out.headers()[CONTENT_LENGTH], "11");
        assert!(out.into_body().collect().await.is_err(), "a part must not pass for the whole");
    }

    #[tokio::test]
    async fn an_answer_to_head_keeps_its_length_and_sends_nothing() {
        let out = response(&pipeline(), answer(200, &[10], 0), true).await;
        assert_eq!(out.headers()[CONTENT_LENGTH], "9", "what the operation says");
        assert!(out.into_body().collect().await.unwrap().to_bytes().is_empty());
        for status in [204, 304] {
            let out = response(&pipeline(), answer(status, &[], 0), false).await;
            assert!(!out.headers().contains_key(CONTENT_LENGTH), "{status}");
        }
    }

    #[test]
    fn no_line_break_gets_into_a_header() {
        assert_eq!(header_value("a\r\nx-evil: 1").unwrap(), "ax-evil: 1");
        assert_eq!(header_value("plain").unwrap(), "plain");
        assert_eq!(header_value("smörgås").unwrap().as_bytes(), "smörgås".as_bytes());
    }
}
