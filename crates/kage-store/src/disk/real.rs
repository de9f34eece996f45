//! The operating system's files.

#![expect(clippy::disallowed_methods, reason = "this module is the edge to the file system (law 6)")]

use super::{DirectoryLock, Disk, DiskFile};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of the file system.
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    /// Uses `root`, which is made with its parents if it is not there, for its owner only.
    pub fn new(root: &Path) -> io::Result<Self> {
        if !root.is_dir() {
            // The double keeps key material: nobody else may look.
            DirBuilder::new().recursive(true).mode(0o700).create(root)?;
            Self::sync_parent(root)?;
        }
        Ok(RealDisk { root: root.to_owned() })
    }

    /// Makes the name of a directory durable.
    pub(crate) fn sync_parent(directory: &Path) -> io::Result<()> {
        match directory.parent() {
            Some(parent) if parent.as_os_str().is_empty() => File::open(".")?.sync_all(),
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }
}

impl Disk for RealDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let make = || OpenOptions::new().read(true).append(true).create_new(true).open(self.at(name));
        let file = match make() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(self.at(name))?;
                make()?
            }
            other => other?,
        };
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(RealFile(OpenOptions::new().read(true).append(true).open(self.at(name))?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.at(name))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.at(directory))? {
            let entry = entry?;
            // Names that are not UTF-8 are not ours.
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create_directory(&self, directory: &str) -> io::Result<()> {
        fs::create_dir_all(self.at(directory))
    }

    fn sync_directory(&self, directory: &str) -> io::Result<()> {
        File::open(self.at(directory))?.sync_all()
    }

    fn lock(&self) -> io::Result<Option<DirectoryLock>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(self.at("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.at(name))
    }

    fn label(&self) -> String {
        self.root.display().to_string()
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        // fdatasync: the length counts as data, times do not.
        self.0.sync_data()
    }
}
