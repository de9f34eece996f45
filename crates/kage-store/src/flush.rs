//! Making commits durable: one sync serves all commits written before it (group commit).

use crate::disk::{Disk, DiskFile};
use crate::error::{During, StoreError};
use crate::store::Durability;
use crate::{lock, wait};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// How far the journal is written and synced, by commit numbers.
struct Progress {
    written: u64,
    synced: u64,
    /// The growing segment.
    file: Arc<dyn DiskFile>,
    /// Bodies adopted by written commits and not synced yet.
    bodies: Vec<Arc<dyn DiskFile>>,
    /// Why nothing more can be written.
    failed: Option<Arc<str>>,
    /// The flusher waits for work.
    idle: bool,
    stop: bool,
}

/// What tickets hear of.
#[derive(Clone, Default)]
struct News {
    synced: u64,
    failed: Option<Arc<str>>,
}

pub(crate) struct Flush {
    disk: Arc<dyn Disk>,
    /// None: nothing outlives the process (ephemeral), so every commit counts as synced.
    durability: Option<Durability>,
    progress: Mutex<Progress>,
    work: Condvar,
    one_at_a_time: Mutex<()>,
    news: watch::Sender<News>,
    done: Condvar,
    /// Whether a thread runs [`Flush::serve`].
    pub background: bool,
}

fn read_only(reason: &str) -> StoreError {
    StoreError::ReadOnly { reason: reason.to_owned() }
}

impl Flush {
    /// All commits up to `number` are durable, `file` is the growing segment.
    pub fn new(
        disk: Arc<dyn Disk>,
        durability: Option<Durability>,
        background: bool,
        number: u64,
        file: Arc<dyn DiskFile>,
    ) -> Self {
        let bodies = Vec::new();
        let progress = Progress {
            written: number,
            synced: number,
            file,
            bodies,
            failed: None,
            idle: false,
            stop: false,
        };
        Flush {
            disk,
            durability,
            progress: Mutex::new(progress),
            work: Condvar::new(),
            one_at_a_time: Mutex::new(()),
            news: watch::Sender::new(News { synced: number, failed: None }),
            done: Condvar::new(),
            background,
        }
    }

    /// All commits up to this number are durable.
    pub fn synced(&self) -> u64 {
        lock(&self.progress).synced
    }

    /// Refuses once a write or sync has failed for good.
    pub fn check(&self) -> Result<(), StoreError> {
        match &lock(&self.progress).failed {
            Some(reason) => Err(read_only(reason)),
            None => Ok(()),
        }
    }

    /// Why nothing more can be written, if so.
    pub fn failure(&self) -> Option<Arc<str>> {
        lock(&self.progress).failed.clone()
    }

    /// Makes the store read-only.
    pub fn fail(&self, reason: String) -> StoreError {
        let mut progress = lock(&self.progress);
        let reason = progress.failed.get_or_insert_with(|| reason.into()).clone();
        self.tell(&progress);
        read_only(&reason)
    }

    /// A commit has been written.
    pub fn committed(&self, number: u64, bodies: impl IntoIterator<Item = Arc<dyn DiskFile>>) {
        let mut progress = lock(&self.progress);
        progress.written = number;
        match self.durability {
            None => progress.synced = number,
            // Under power a body is synced when it is sealed, before the journal speaks of it.
            Some(Durability::Power) => {}
            Some(Durability::Process) => progress.bodies.extend(bodies),
        }
        if progress.idle {
            self.work.notify_one();
        }
    }

    /// The journal goes on in another file; the old one is synced.
    pub fn switch(&self, file: Arc<dyn DiskFile>) {
        lock(&self.progress).file = file;
    }

    fn tell(&self, progress: &Progress) {
        self.news.send_replace(News { synced: progress.synced, failed: progress.failed.clone() });
        self.done.notify_all();
    }

    /// Makes all commits written so far durable: bodies first, so that no durable commit lacks its body.
    pub fn run(&self) -> Result<(), StoreError> {
        let _one = lock(&self.one_at_a_time);
        let (target, file, bodies) = {
            let mut progress = lock(&self.progress);
            if let Some(reason) = &progress.failed {
                return Err(read_only(reason));
            }
            if progress.synced >= progress.written {
                return Ok(());
            }
            (progress.written, progress.file.clone(), std::mem::take(&mut progress.bodies))
        };
        let synced = (|| {
            for body in &bodies {
                body.sync().during("sync", "a body")?;
            }
            if !bodies.is_empty() {
                self.disk.sync_directory("bodies").during("sync", "bodies")?;
            }
            file.sync().during("sync", "the journal")
        })();
        if let Err(error) = synced {
            // After a failed fsync the system may have dropped the pages and call the next one a success:
            // https://wiki.postgresql.org/wiki/Fsync_Errors. So the file is not trusted any more.
            return Err(self.fail(error.to_string()));
        }
        let mut progress = lock(&self.progress);
        progress.synced = progress.synced.max(target);
        self.tell(&progress);
        Ok(())
    }

    /// The flusher's loop. `flush` is called when there is something to sync: at once under power, after
    /// `interval` under process.
    pub fn serve(&self, interval: Duration, flush: impl Fn()) {
        loop {
            let mut progress = lock(&self.progress);
            while !progress.stop && (progress.failed.is_some() || progress.synced >= progress.written) {
                progress.idle = true;
                progress = wait(&self.work, progress);
            }
            progress.idle = false;
            if progress.stop {
                return;
            }
            if self.durability == Some(Durability::Process) {
                let timeout = self.work.wait_timeout_while(progress, interval, |progress| !progress.stop);
                progress = timeout.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            }
            drop(progress);
            flush();
        }
    }

    /// Ends [`Flush::serve`].
    pub fn stop(&self) {
        lock(&self.progress).stop = true;
        self.work.notify_all();
    }

    fn reached(number: u64, synced: u64, failed: Option<&Arc<str>>) -> Option<Result<(), StoreError>> {
        match failed {
            _ if synced >= number => Some(Ok(())),
            Some(reason) => Some(Err(read_only(reason))),
            None => None,
        }
    }
}

/// A commit's promise. What it promises depends on the store's [`Durability`].
#[derive(Clone)]
#[must_use = "under Durability::Power a commit is durable only when its ticket says so"]
pub struct Ticket {
    number: u64,
    flush: Arc<Flush>,
}

impl Ticket {
    pub(crate) fn new(number: u64, flush: Arc<Flush>) -> Self {
        Ticket { number, flush }
    }

    /// The commit's number. Numbers grow by one from commit to commit.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Under process (and ephemeral) the promise was kept before the ticket was given.
    fn kept(&self) -> bool {
        self.flush.durability != Some(Durability::Power)
    }

    /// Blocks until the commit is as durable as the store promises: under [`Durability::Power`] until it is
    /// synced, else not at all. `ReadOnly` if the sync failed.
    pub fn wait(&self) -> Result<(), StoreError> {
        if self.kept() {
            return Ok(());
        }
        loop {
            if !self.flush.background {
                self.flush.run()?;
            }
            let progress = lock(&self.flush.progress);
            if let Some(result) = Flush::reached(self.number, progress.synced, progress.failed.as_ref()) {
                return result;
            }
            if self.flush.background {
                drop(wait(&self.flush.done, progress));
            }
        }
    }

    /// As [`Ticket::wait`], without blocking the thread (unless the store was opened without background
    /// threads: then this call does the sync itself).
    pub async fn durable(&self) -> Result<(), StoreError> {
        if self.kept() {
            return Ok(());
        }
        if !self.flush.background {
            return self.wait();
        }
        let mut news = self.flush.news.subscribe();
        loop {
            let now = news.borrow_and_update().clone();
            if let Some(result) = Flush::reached(self.number, now.synced, now.failed.as_ref()) {
                return result;
            }
            if news.changed().await.is_err() {
                return Err(read_only("the store was closed"));
            }
        }
    }
}
