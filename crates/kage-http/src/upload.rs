//! Request bodies on their way in.

use crate::limits;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{self, Body as _};
use kage_pipeline::{Answer, Intake};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// The body of a request, which knows whether it was read to its end.
pub struct Incoming {
    body: body::Incoming,
    ended: bool,
}

impl Incoming {
    /// A body of which nothing was read.
    pub fn new(body: body::Incoming) -> Incoming {
        let ended = body.is_end_stream();
        Incoming { body, ended }
    }

    /// Whether nothing of it is left in the connection.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The next bytes, `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Lost> {
        loop {
            let frame = timeout(limits::BODY_SILENCE, self.body.frame()).await.map_err(|_| Lost::Silent)?;
            let Some(frame) = frame else {
                self.ended = true;
                return Ok(None);
            };
            // HTTP trailers are no data; `aws-chunked` has its own, inside the data.
            if let Ok(bytes) = frame.map_err(|_| Lost::Peer)?.into_data() {
                return Ok(Some(bytes));
            }
        }
    }

    /// Reads what the peer still sends of a body that nobody wants, if it is not much: the connection can then be used
    /// again.
    pub async fn drain(&mut self) {
        let all = async {
            let mut size = 0_usize;
            while let Ok(Some(bytes)) = self.next().await {
                size = size.saturating_add(bytes.len());
                if size > limits::DRAIN_BYTES {
                    break;
                }
            }
        };
        let _ = timeout(limits::DRAIN_TIME, all).await;
    }
}

/// Why there is no answer to a call.
pub enum Lost {
    /// The peer went away, or broke the protocol, before the body was complete.
    Peer,
    /// The peer fell silent in the middle of the body.
    Silent,
    /// The call panicked.
    Panic,
}

impl From<JoinError> for Lost {
    fn from(_: JoinError) -> Lost {
        Lost::Panic
    }
}

/// Hands the body to the call and finishes it.
///
/// Bytes are handed on in batches on a blocking thread, while the next batch is received; no thread waits for the peer.
/// An upload holds at most two batches in memory, however long it is.
///
/// # Errors
/// [`Lost`]; an answer of the call that refuses the body is no error.
pub async fn feed(intake: Box<Intake>, body: &mut Incoming) -> Result<Answer, Lost> {
    let mut writer = Writer::Ready(intake);
    let mut batch = Vec::new();
    let mut size = 0_usize;
    while let Some(bytes) = body.next().await? {
        size = size.saturating_add(bytes.len());
        batch.push(bytes);
        if size >= limits::UPLOAD_BATCH {
            writer = match writer.intake().await? {
                Ok(intake) => Writer::Busy(write(intake, std::mem::take(&mut batch))),
                Err(refusal) => return Ok(*refusal),
            };
            size = 0;
        }
    }
    let intake = match writer.intake().await? {
        Ok(intake) => intake,
        Err(refusal) => return Ok(*refusal),
    };
    let answer = spawn_blocking(move || match write_all(intake, &batch) {
        Ok(intake) => intake.finish(),
        Err(refusal) => *refusal,
    });
    Ok(answer.await?)
}

/// The call that takes the body, here or on its thread.
enum Writer {
    Ready(Box<Intake>),
    Busy(JoinHandle<Result<Box<Intake>, Box<Answer>>>),
}

impl Writer {
    async fn intake(self) -> Result<Result<Box<Intake>, Box<Answer>>, Lost> {
        match self {
            Writer::Ready(intake) => Ok(Ok(intake)),
            Writer::Busy(writing) => Ok(writing.await?),
        }
    }
}

fn write(intake: Box<Intake>, batch: Vec<Bytes>) -> JoinHandle<Result<Box<Intake>, Box<Answer>>> {
    spawn_blocking(move || write_all(intake, &batch))
}

fn write_all(mut intake: Box<Intake>, batch: &[Bytes]) -> Result<Box<Intake>, Box<Answer>> {
    for bytes in batch {
        intake.write(bytes)?;
    }
    Ok(intake)
}
