//! The pipeline itself: what all steps share.

use crate::authenticate::Auth;
use crate::decisions::Decisions;
use crate::denials::{self, Explanation};
use crate::errands::Errands;
use crate::intake::{self, Opening};
use crate::judge::Judge;
use crate::receive::Head;
use crate::registry::Registry;
use crate::seal::SealedReader;
use crate::signing_keys::SigningKeys;
use crate::wakes::Wakes;
use kage_core::{Content, Download, DownloadSource, Result, Service, World};
use kage_store::BodyReader;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

/// How the pipeline behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// How foreign credentials are taken.
    pub auth: Auth,
}

/// The road of one double. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) registry: Registry,
    pub(crate) judge: Judge,
    pub(crate) decisions: Decisions,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) wakes: Wakes,
    pub(crate) errands: Errands,
    /// Held by whoever runs jobs: one at a time, each at the time that the clock shows.
    pub(crate) turn: Mutex<()>,
    pub(crate) options: Options,
}

impl Pipeline {
    /// A pipeline for these services.
    #[must_use]
    pub fn new(world: World, services: Vec<Service>, options: Options) -> Pipeline {
        Pipeline(Arc::new(Shared {
            world,
            registry: Registry::new(services),
            judge: Judge::default(),
            decisions: Decisions::default(),
            signing_keys: SigningKeys::default(),
            wakes: Wakes::default(),
            errands: Errands::default(),
            turn: Mutex::new(()),
            options,
        }))
    }

    /// Time, randomness and state.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// Takes the head of a request: routes it and, where the head is enough for that, authenticates it, before any of
    /// the body is read.
    #[must_use]
    pub fn open(&self, head: Head) -> Opening {
        intake::open(self, head)
    }

    /// Reads the body of an answer.
    #[must_use]
    pub fn download(&self, download: &Download) -> DownloadReader {
        DownloadReader { pipeline: self.clone(), sources: download.sources.clone().into(), current: None }
    }

    /// How a call was judged: one of the latest calls, or a denial that was kept.
    ///
    /// # Errors
    /// Those of the store.
    pub fn why(&self, request_id: &str) -> Result<Option<Explanation>> {
        match self.0.decisions.find(request_id) {
            Some(call) => Explanation::new(request_id, &call).map(Some),
            None => denials::find(&self.world().store.read(), request_id),
        }
    }

    /// The latest calls, newest first: request id and a line that says what it was and what came of it.
    #[must_use]
    pub fn latest(&self, limit: usize) -> Vec<(String, String)> {
        let calls = self.0.decisions.latest(limit);
        calls
            .into_iter()
            .map(|(id, call)| (id, format!("{} by {}: {}", call.call, call.caller, call.outcome)))
            .collect()
    }
}

/// Reads the pieces of a download one after the other. It blocks on the disk.
pub struct DownloadReader {
    pipeline: Pipeline,
    sources: VecDeque<DownloadSource>,
    current: Option<SealedReader<BodyReader>>,
}

impl DownloadReader {
    /// The next piece of plaintext; `None` at the end.
    ///
    /// # Errors
    /// Those of the disk, and a body that was changed behind the double's back.
    pub fn next_piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(reader) = &mut self.current {
                if let Some(piece) = reader.next_piece()? {
                    return Ok(Some(piece));
                }
                self.current = None;
            }
            let Some(source) = self.sources.pop_front() else { return Ok(None) };
            match source.content {
                Content::Inline(bytes) => {
                    let start = usize::try_from(source.offset).unwrap_or(usize::MAX).min(bytes.len());
                    let length = usize::try_from(source.length).unwrap_or(usize::MAX);
                    let piece: Vec<u8> = bytes.iter().skip(start).take(length).copied().collect();
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                }
                Content::File { id, key } => {
                    let file = self.pipeline.world().store.bodies().open(&id).map_err(io::Error::other)?;
                    self.current = Some(SealedReader::new(file, &key, source.offset, source.length)?);
                }
            }
        }
    }
}
