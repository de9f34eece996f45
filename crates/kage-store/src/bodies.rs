//! Object bodies: opaque bytes in files of their own, beside the journal.
//!
//! A body is staged (written), sealed (complete, has an id), and adopted by a transaction. Bodies that no
//! commit adopted are removed when the store is opened. Encryption is the business of who writes them.

use crate::disk::{Disk, DiskFile, RealDisk};
use crate::error::{During, StoreError};
use crate::lock;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Names a body within its store and the store's forks. Sixteen hexadecimal digits as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BodyId(pub(crate) u64);

impl fmt::Display for BodyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl From<BodyId> for String {
    fn from(id: BodyId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for BodyId {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        text.parse()
    }
}

impl FromStr for BodyId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let digits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        number.map(BodyId).ok_or_else(|| StoreError::NoBody { id: text.to_owned() })
    }
}

/// The file of a body.
pub(crate) fn body_name(id: BodyId) -> String {
    format!("bodies/{id}")
}

/// A body that is complete and not adopted yet.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub file: Arc<dyn DiskFile>,
    pub length: u64,
}

/// Where the files are.
enum Place {
    Disk(Arc<dyn Disk>),
    /// Made when the first body comes, removed with the store.
    Temporary(Mutex<Option<(Arc<dyn Disk>, tempfile::TempDir)>>),
}

struct Inner {
    place: Place,
    sync_on_seal: bool,
    next: AtomicU64,
    sealed: Mutex<HashMap<BodyId, Sealed>>,
}

/// The bodies of a store.
#[derive(Clone)]
pub struct Bodies {
    inner: Arc<Inner>,
}

impl Bodies {
    /// Bodies on `disk`; the next one made is `next`.
    pub(crate) fn on(disk: Arc<dyn Disk>, sync_on_seal: bool, next: u64) -> Self {
        Self::new(Place::Disk(disk), sync_on_seal, next)
    }

    /// Bodies in a private temporary directory.
    pub(crate) fn temporary() -> Self {
        Self::new(Place::Temporary(Mutex::new(None)), false, 1)
    }

    fn new(place: Place, sync_on_seal: bool, next: u64) -> Self {
        let sealed = Mutex::default();
        Bodies { inner: Arc::new(Inner { place, sync_on_seal, next: AtomicU64::new(next), sealed }) }
    }

    pub(crate) fn disk(&self) -> Result<Arc<dyn Disk>, StoreError> {
        match &self.inner.place {
            Place::Disk(disk) => Ok(disk.clone()),
            Place::Temporary(made) => {
                let mut made = lock(made);
                if let Some((disk, _)) = &*made {
                    return Ok(disk.clone());
                }
                let directory = tempfile::Builder::new().prefix("kage-bodies-").tempdir();
                let directory = directory.during("create", "a temporary directory")?;
                let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(directory.path()).during("open", "bodies")?);
                disk.create_directory("bodies").during("create", "bodies")?;
                *made = Some((disk.clone(), directory));
                Ok(disk)
            }
        }
    }

    /// Begins a new body. It takes constant memory however long it gets; write in large pieces, nothing is
    /// buffered here.
    pub fn stage(&self) -> Result<StagedBody, StoreError> {
        let id = BodyId(self.inner.next.fetch_add(1, Ordering::Relaxed));
        let file = self.disk()?.create(&body_name(id)).during("create", &body_name(id))?;
        Ok(StagedBody { bodies: self.clone(), id, file, length: 0, keep: false })
    }

    /// Opens a body for reading. The reader goes on working when the body is released meanwhile.
    pub fn open(&self, id: &BodyId) -> Result<BodyReader, StoreError> {
        let name = body_name(*id);
        let file = match self.disk()?.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoBody { id: id.to_string() });
            }
            other => other.during("open", &name)?,
        };
        let length = file.length().during("measure", &name)?;
        Ok(BodyReader { file, length, position: 0 })
    }

    /// Removes a sealed body that no transaction will adopt. Does nothing to adopted ones.
    pub fn discard(&self, id: &BodyId) {
        let sealed = lock(&self.inner.sealed).remove(id);
        if sealed.is_some() {
            self.remove(*id);
        }
    }

    /// A sealed body that waits for adoption.
    pub(crate) fn sealed(&self, id: BodyId) -> Option<Sealed> {
        lock(&self.inner.sealed).get(&id).cloned()
    }

    /// The bodies have been adopted by a commit.
    pub(crate) fn adopted(&self, ids: impl IntoIterator<Item = BodyId>) {
        let mut sealed = lock(&self.inner.sealed);
        for id in ids {
            sealed.remove(&id);
        }
    }

    /// Removes a body's file. One that cannot be removed now is removed when the store is opened again.
    pub(crate) fn remove(&self, id: BodyId) {
        if let Ok(disk) = self.disk() {
            let _ = disk.remove(&body_name(id));
        }
    }
}

/// A body that is being written. Dropping it unsealed removes it.
pub struct StagedBody {
    bodies: Bodies,
    id: BodyId,
    file: Arc<dyn DiskFile>,
    length: u64,
    keep: bool,
}

impl StagedBody {
    /// Completes the body. It can be adopted by a transaction of this store now, and be read. Under
    /// [`crate::Durability::Power`] it is on the medium when this returns; else it gets there with the
    /// commit that adopts it.
    pub fn seal(mut self) -> Result<BodyId, StoreError> {
        if self.bodies.inner.sync_on_seal {
            self.file.sync().during("sync", &body_name(self.id))?;
            self.bodies.disk()?.sync_directory("bodies").during("sync", "bodies")?;
        }
        self.keep = true;
        let sealed = Sealed { file: self.file.clone(), length: self.length };
        lock(&self.bodies.inner.sealed).insert(self.id, sealed);
        Ok(self.id)
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// True before the first byte.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Write for StagedBody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.append(bytes) {
            // So that the caller may try again.
            self.file.truncate(self.length)?;
            return Err(error);
        }
        self.length = self.length.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for StagedBody {
    fn drop(&mut self) {
        if !self.keep {
            self.bodies.remove(self.id);
        }
    }
}

/// Reads a body.
pub struct BodyReader {
    file: Arc<dyn DiskFile>,
    length: u64,
    position: u64,
}

impl BodyReader {
    /// Length of the body in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// True if the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.length.saturating_sub(self.position);
        let count = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        let Some(buffer) = buffer.get_mut(..count) else { return Ok(0) };
        self.file.read_at(buffer, self.position)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for BodyReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.length, offset),
        };
        let position = base.checked_add_signed(offset);
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
