//! Files and directories that only their owner may read.
#![expect(
    clippy::disallowed_methods,
    reason = "the files of the command line: token, certificates, run file"
)]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes the directory, and those above it, readable for the owner alone. One that exists stays as it is.
pub fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Makes a directory in a place where everybody may write, and makes sure that it is ours: somebody else could have made
/// it before, or a link in its place.
pub fn make_own_directory(directory: &Path, user: u32) -> io::Result<()> {
    make_directory(directory)?;
    let found = fs::symlink_metadata(directory)?;
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to somebody else, or others may read it"))
}

/// Writes a file for the owner alone. Readers see the old file or the new one and never a part.
pub fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let unfinished = file.with_file_name(name);
    let _ = fs::remove_file(&unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(&unfinished).and_then(|mut out| out.write_all(text.as_bytes()));
    written.and_then(|()| fs::rename(&unfinished, file)).inspect_err(|_| drop(fs::remove_file(&unfinished)))
}

/// Writes a file that everybody may read.
pub fn write(file: &Path, text: &str) -> io::Result<()> {
    fs::write(file, text)
}

/// The text of a file; `None` when there is none.
pub fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether others than the owner may read the file.
pub fn is_exposed(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.mode() & 0o077 != 0)
}

/// The number of the user who runs this process.
pub fn user() -> io::Result<u32> {
    // `/proc/self` belongs to whoever runs the process; where there is no `/proc`, a fresh file does.
    if let Ok(process) = fs::metadata("/proc/self") {
        return Ok(process.uid());
    }
    let file = std::env::temp_dir().join(format!("kagemusha-{}", std::process::id()));
    let _ = fs::remove_file(&file);
    let mine = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?.metadata()?.uid();
    fs::remove_file(&file)?;
    Ok(mine)
}
