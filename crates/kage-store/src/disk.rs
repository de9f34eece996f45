//! File operations as the store needs them. Everything durable goes through these two traits, so that tests
//! can put a disk below the store that fails, tears and forgets.

mod faulty;
mod memory;
mod real;

pub use faulty::FaultyDisk;
pub use memory::MemoryDisk;
pub use real::RealDisk;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Held as long as the store is open; dropping it gives the directory free.
pub type DirectoryLock = Box<dyn Send + Sync>;

/// One directory with files and one level of subdirectories. Names are relative and use `/`.
///
/// Durability is as POSIX has it: a file's bytes survive a power cut after [`DiskFile::sync`], its name after
/// [`Disk::sync_directory`] of the directory that holds it. Without these a power cut may keep or drop either.
pub trait Disk: Send + Sync {
    /// Makes a new empty file; an older one of that name is unlinked first (never truncated: it may have
    /// other links).
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Opens an existing file for reading and appending.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Renames a file, replacing the target, as one step.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file's name. Open handles keep reading.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Names of the files directly in `directory` (`""` is the store's own), without order.
    fn list(&self, directory: &str) -> io::Result<Vec<String>>;
    /// Makes a subdirectory; fine if it is there.
    fn create_directory(&self, directory: &str) -> io::Result<()>;
    /// Makes the names in `directory` durable.
    fn sync_directory(&self, directory: &str) -> io::Result<()>;
    /// Takes the directory for this process; `None` if another has it.
    fn lock(&self) -> io::Result<Option<DirectoryLock>>;
    /// Where the file is for the operating system, if it is a real one.
    fn path(&self, name: &str) -> Option<PathBuf>;
    /// What to call this disk in messages.
    fn label(&self) -> String;
}

/// An open file. All methods may be called from several threads; appends are ordered by the caller.
pub trait DiskFile: Send + Sync {
    /// Writes all bytes at the end. After an error any prefix of them may be there.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// Fills the buffer from `offset`; too short a file is `UnexpectedEof`.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Cuts the file to `length` bytes.
    fn truncate(&self, length: u64) -> io::Result<()>;
    /// Makes the file's bytes and length durable.
    fn sync(&self) -> io::Result<()>;
}
