//! A disk in memory that knows what a power cut would leave of it.

use super::{DirectoryLock, Disk, DiskFile};
use crate::lock;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A disk in memory. It serves ephemeral stores, and with [`MemoryDisk::crash`] the tests of durability.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    names: Arc<Mutex<Names>>,
    locked: Arc<AtomicBool>,
}

/// The same directory twice: as programs see it, and as the medium has it since the last sync.
#[derive(Default)]
struct Names {
    live: BTreeMap<String, MemoryFile>,
    durable: BTreeMap<String, MemoryFile>,
}

#[derive(Clone, Default)]
struct MemoryFile(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// So many of `bytes` survive a power cut for sure.
    synced: usize,
    /// What was there before a cut of the file that is not synced yet, and how much of it was synced: a
    /// power cut may bring it back, for the medium may have got it without being asked.
    before_cut: Option<(Vec<u8>, usize)>,
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk as a power cut leaves it. Whatever was synced is there. What was not is there or not, as
    /// `choose` says: it is given a bound and returns a number from zero to below it. Each file keeps an
    /// arbitrary prefix of its unsynced bytes, each unsynced name or removal happened or did not.
    pub fn crash(&self, choose: &mut dyn FnMut(u64) -> u64) -> MemoryDisk {
        let names = lock(&self.names);
        let all: std::collections::BTreeSet<&String> =
            names.live.keys().chain(names.durable.keys()).collect();
        let mut after = Names::default();
        for name in all {
            let (live, durable) = (names.live.get(name), names.durable.get(name));
            let same = matches!((live, durable), (Some(a), Some(b)) if Arc::ptr_eq(&a.0, &b.0));
            let kept = if same || choose(2) == 0 { live } else { durable };
            if let Some(file) = kept {
                let file = file.crash(choose);
                after.live.insert(name.clone(), file.clone());
                after.durable.insert(name.clone(), file);
            }
        }
        MemoryDisk { names: Arc::new(Mutex::new(after)), locked: Arc::default() }
    }

    /// The bytes of a file, to look at or to damage in tests.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        lock(&self.names).live.get(name).map(|file| lock(&file.0).bytes.clone())
    }

    /// Replaces the bytes of a file (made if need be), durably.
    pub fn overwrite(&self, name: &str, bytes: Vec<u8>) {
        drop(self.make(name, bytes));
    }

    /// Makes a file with these bytes, durably, and opens it.
    pub(crate) fn make(&self, name: &str, bytes: Vec<u8>) -> Arc<dyn DiskFile> {
        let file = MemoryFile::durable(bytes);
        let mut names = lock(&self.names);
        names.live.insert(name.to_owned(), file.clone());
        names.durable.insert(name.to_owned(), file.clone());
        Arc::new(file)
    }

    /// Names of all files.
    pub fn names(&self) -> Vec<String> {
        lock(&self.names).live.keys().cloned().collect()
    }
}

impl MemoryFile {
    fn durable(bytes: Vec<u8>) -> Self {
        let synced = bytes.len();
        MemoryFile(Arc::new(Mutex::new(Content { bytes, synced, before_cut: None })))
    }

    fn crash(&self, choose: &mut dyn FnMut(u64) -> u64) -> MemoryFile {
        let content = lock(&self.0);
        let (bytes, synced) = match &content.before_cut {
            Some((before, synced)) if choose(2) == 0 => (before, *synced),
            _ => (&content.bytes, content.synced),
        };
        let unsynced = bytes.len().saturating_sub(synced);
        let kept = synced.saturating_add(choose(unsynced as u64 + 1) as usize);
        Self::durable(bytes.get(..kept).unwrap_or(bytes).to_vec())
    }
}

fn missing(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{name} does not exist"))
}

/// The directory part of a name: `""` or what stands before the `/`.
fn directory_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

impl Disk for MemoryDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = MemoryFile::default();
        lock(&self.names).live.insert(name.to_owned(), file.clone());
        Ok(Arc::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        match lock(&self.names).live.get(name) {
            Some(file) => Ok(Arc::new(file.clone())),
            None => Err(missing(name)),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut names = lock(&self.names);
        let file = names.live.remove(from).ok_or_else(|| missing(from))?;
        names.live.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        lock(&self.names).live.remove(name).map(drop).ok_or_else(|| missing(name))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let names = lock(&self.names);
        let inside = names.live.keys().filter(|name| directory_of(name) == directory);
        Ok(inside.filter_map(|name| name.rsplit('/').next().map(str::to_owned)).collect())
    }

    fn create_directory(&self, _directory: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self, directory: &str) -> io::Result<()> {
        let mut names = lock(&self.names);
        let Names { live, durable } = &mut *names;
        durable.retain(|name, _| directory_of(name) != directory);
        let inside = live.iter().filter(|(name, _)| directory_of(name) == directory);
        durable.extend(inside.map(|(name, file)| (name.clone(), file.clone())));
        Ok(())
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        if self.locked.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        Ok(Some(Box::new(Unlock(self.locked.clone()))))
    }

    fn path(&self, _name: &str) -> Option<PathBuf> {
        None
    }

    fn label(&self) -> String {
        "memory".to_owned()
    }
}

struct Unlock(Arc<AtomicBool>);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl DiskFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        lock(&self.0).bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let content = lock(&self.0);
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let slice = from.checked_add(buffer.len()).and_then(|to| content.bytes.get(from..to));
        buffer.copy_from_slice(slice.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.0).bytes.len() as u64)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let mut content = lock(&self.0);
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if length < content.bytes.len() {
            let before = (content.bytes.clone(), content.synced);
            content.before_cut.get_or_insert(before);
            content.synced = content.synced.min(length);
            content.bytes.truncate(length);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut content = lock(&self.0);
        content.synced = content.bytes.len();
        content.before_cut = None;
        Ok(())
    }
}
