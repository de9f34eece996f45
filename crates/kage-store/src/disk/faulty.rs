//! A disk whose n-th operation fails.

use super::{DirectoryLock, Disk, DiskFile};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk that passes every call on and lets chosen ones fail, counted from one. A failing append leaves a
/// part of its bytes behind, as a full disk does.
#[derive(Clone)]
pub struct FaultyDisk {
    below: Arc<dyn Disk>,
    plan: Arc<Plan>,
}

#[derive(Default)]
struct Plan {
    done: AtomicU64,
    fail_from: AtomicU64,
    fail_until: AtomicU64,
}

impl Plan {
    /// Counts one operation and says whether it fails.
    fn step(&self) -> io::Result<()> {
        let number = self.done.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        let failing = self.fail_from.load(Ordering::Acquire)..self.fail_until.load(Ordering::Acquire);
        if failing.contains(&number) {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                format!("operation {number} fails as planned"),
            ));
        }
        Ok(())
    }
}

impl FaultyDisk {
    /// A disk over `below` on which nothing fails yet.
    pub fn new(below: Arc<dyn Disk>) -> Self {
        FaultyDisk { below, plan: Arc::default() }
    }

    /// How many operations were asked for so far.
    pub fn operations(&self) -> u64 {
        self.plan.done.load(Ordering::Acquire)
    }

    /// Lets the operations with numbers in `range` fail, in place of those planned before.
    pub fn fail(&self, range: std::ops::Range<u64>) {
        self.plan.fail_until.store(range.end, Ordering::Release);
        self.plan.fail_from.store(range.start, Ordering::Release);
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        self.fail(0..0);
    }

    fn file(&self, below: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(FaultyFile { below, plan: self.plan.clone() })
    }
}

impl Disk for FaultyDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.plan.step()?;
        Ok(self.file(self.below.create(name)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.plan.step()?;
        Ok(self.file(self.below.open(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.plan.step()?;
        self.below.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.plan.step()?;
        self.below.remove(name)
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        self.plan.step()?;
        self.below.list(directory)
    }

    fn create_directory(&self, directory: &str) -> io::Result<()> {
        self.plan.step()?;
        self.below.create_directory(directory)
    }

    fn sync_directory(&self, directory: &str) -> io::Result<()> {
        self.plan.step()?;
        self.below.sync_directory(directory)
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        self.plan.step()?;
        self.below.lock()
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.below.path(name)
    }

    fn label(&self) -> String {
        self.below.label()
    }
}

struct FaultyFile {
    below: Arc<dyn DiskFile>,
    plan: Arc<Plan>,
}

impl DiskFile for FaultyFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.plan.step() {
            // Any length will do as long as it differs from call to call and the run can be repeated.
            let length =
                (self.plan.done.load(Ordering::Acquire) as usize).wrapping_mul(7919) % (bytes.len() + 1);
            self.below.append(bytes.get(..length).unwrap_or_default())?;
            return Err(error);
        }
        self.below.append(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.plan.step()?;
        self.below.read_at(buffer, offset)
    }

    fn length(&self) -> io::Result<u64> {
        self.plan.step()?;
        self.below.length()
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.plan.step()?;
        self.below.truncate(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.plan.step()?;
        self.below.sync()
    }
}
