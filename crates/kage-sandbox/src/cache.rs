//! Unpacked packages, by their content.

use crate::error::{Trouble, host};
use kage_core::Package;
use kage_zip::{Entry, Kind, Limits, unpack};
use sha2::{Digest, Sha256};
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

// AWS: Lambda quotas, "Deployment package (.zip file archive) size": 250 MB unpacked, layers included.
const LIMITS: Limits = Limits { entries: 65_534, total: 262_144_000 };

/// The folder of unpacked packages.
pub(crate) struct Cache {
    folder: PathBuf,
    /// One package is unpacked at a time; the number makes names of unfinished folders.
    unpacking: Mutex<u64>,
}

impl Cache {
    /// A cache in this folder, which must be there.
    pub(crate) fn new(folder: PathBuf) -> Cache {
        Cache { folder, unpacking: Mutex::new(0) }
    }

    /// The folder that holds these packages, unpacked over each other in their order.
    ///
    /// # Errors
    /// When a package cannot be read or does not unpack.
    pub(crate) fn folder(&self, packages: &[Package]) -> Result<PathBuf, Trouble> {
        let mut digest = Sha256::new();
        for package in packages {
            digest.update(package.sha256.as_bytes());
            digest.update([b'\n']);
        }
        let place = self.folder.join(hex::encode(digest.finalize()));
        let mut number = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        if place.exists() {
            return Ok(place);
        }
        *number = number.wrapping_add(1);
        let unfinished = self.folder.join(format!("unfinished-{number}"));
        let done = fill(&unfinished, packages)
            .and_then(|()| fs::rename(&unfinished, &place).map_err(host("keeping an unpacked package")));
        if done.is_err() {
            let _ = fs::remove_dir_all(&unfinished);
        }
        done.map(|()| place)
    }
}

fn fill(folder: &Path, packages: &[Package]) -> Result<(), Trouble> {
    make_folder(folder).map_err(host("making a folder for a package"))?;
    for package in packages {
        let archive = (package.read)().map_err(Trouble::Package)?;
        if hex::encode(Sha256::digest(&archive)) != package.sha256 {
            return Err(Trouble::Package("its content is not what its digest says".to_owned()));
        }
        unpack(&archive, &LIMITS, &mut |entry, content| write(folder, entry, content))
            .map_err(|error| Trouble::Package(error.to_string()))?;
    }
    seal(folder);
    Ok(())
}

/// Takes the right to write away, for hosts on which functions run as our own user.
fn seal(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            seal(&entry.path());
        }
    }
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o555));
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// Puts one entry below `folder`. A later package's entry takes the place of an earlier one's; nothing is written through
/// a link that an earlier package left.
fn write(folder: &Path, entry: &Entry, content: &mut dyn Read) -> io::Result<()> {
    let mut place = folder.to_path_buf();
    let mut parts = entry.path.split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        if parts.peek().is_some() || entry.kind == Kind::Folder {
            require_folder(&place)?;
        }
    }
    if entry.kind == Kind::Folder {
        return Ok(());
    }
    match fs::symlink_metadata(&place) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&place)?,
        Ok(_) => fs::remove_file(&place)?,
        Err(_) => {}
    }
    if let Kind::Link(target) = &entry.kind {
        return symlink(target, &place);
    }
    let mut file = fs::File::create_new(&place)?;
    io::copy(content, &mut file)?;
    // A function runs as a user of its own, for whom the bits of "others" count; a file that they may not read cannot be
    // read, as on AWS. Archives without Unix modes say nothing.
    let others = if entry.mode == 0 { 0o5 } else { entry.mode & 0o5 };
    file.set_permissions(Permissions::from_mode(others * 0o111))
}

fn require_folder(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => fs::remove_file(place).and_then(|()| make_folder(place)),
        Err(_) => make_folder(place),
    }
}

/// Removes a folder and all in it, also where a function took away its own rights.
pub(crate) fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_ok() {
        return;
    }
    open_up(folder);
    let _ = fs::remove_dir_all(folder);
}

fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kage_zip::pack;
    use std::sync::Arc;

    fn package(files: &[(&str, u32, &[u8])]) -> Package {
        let archive = pack(files).unwrap();
        let sha256 = hex::encode(Sha256::digest(&archive));
        Package { sha256, read: Arc::new(move || Ok(archive.clone())) }
    }

    #[test]
    fn layers_lie_over_each_other_and_links_lead_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_path_buf());
        // Each link alone stays inside; together they would climb out. The second package writes "through" them.
        let first = package(&[
            ("a", 0o100_644, b"1"),
            ("d/up", 0o120_777, b".."),
            ("out", 0o120_777, b"d/up/.."),
            ("secret", 0o100_600, b"x"),
        ]);
        let second = package(&[("a", 0o100_755, b"2"), ("out/b", 0o100_644, b"3")]);
        let place = cache.folder(&[first.clone(), second.clone()]).unwrap();
        assert_eq!(fs::read(place.join("a")).unwrap(), b"2");
        assert_eq!(fs::metadata(place.join("a")).unwrap().permissions().mode() & 0o777, 0o555);
        assert_eq!(fs::metadata(place.join("secret")).unwrap().permissions().mode() & 0o777, 0);
        assert!(fs::symlink_metadata(place.join("out")).unwrap().is_dir());
        assert!(!folder.path().join("b").exists());
        // Asked again it is there, and is not read again.
        let silent = |package: &Package| Package {
            read: Arc::new(|| Err("read again".to_owned())),
            ..package.clone()
        };
        assert_eq!(cache.folder(&[silent(&first), silent(&second)]).unwrap(), place);
        let lying = Package { sha256: "00".to_owned(), ..first };
        assert!(cache.folder(&[lying]).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");
        drop(outside);
    }
}
