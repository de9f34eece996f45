//! Where things are, and reading, writing and running with errors that name the file or command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of a step of the build tool. The error is a text for a person.
pub type Outcome<T = ()> = Result<T, String>;

/// Says that another folder is the root: a copy of the repository, in which the scaffolds are tried.
pub const ROOT: &str = "KAGE_XTASK_ROOT";

/// The root folder of the repository.
pub fn root() -> PathBuf {
    if let Some(given) = std::env::var_os(ROOT) {
        return PathBuf::from(given);
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target folder, as `CARGO_TARGET_DIR` or the default has it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A cargo command in the root folder. Its build folder is ours.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The files of the repository that git knows or would add, as paths below the root, sorted.
pub fn tracked() -> Outcome<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files: Vec<String> =
        output(&mut git)?.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect();
    // A file that was removed and not yet committed is still known to git.
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// Reads a text file.
pub fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Reads a file.
pub fn read_bytes(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a file and the folders it stands in.
pub fn write(path: &Path, content: &[u8]) -> Outcome {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make folder {}: {error}", folder.display()))?;
    }
    fs::write(path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Runs a command; fails when it does.
pub fn run(command: &mut Command) -> Outcome {
    let shown = format!("{command:?}");
    let status = command.status().map_err(|error| format!("cannot run {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed: {status}")) }
}

/// Runs a command and returns what it printed to its standard output; fails when it does.
pub fn output(command: &mut Command) -> Outcome<String> {
    let shown = format!("{command:?}");
    let done =
        command.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot run {shown}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{shown} failed: {}", done.status));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{shown} printed something that is no UTF-8"))
}

/// The entries of a folder in the order of their names; none when it does not exist.
pub fn list(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| format!("cannot list {}: {error}", folder.display()))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The last part of a path, as text.
pub fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
