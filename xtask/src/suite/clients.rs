//! Real clients against the real binary: the acceptance suites and the rehearsals.
//!
//! A suite is a folder `acceptance/<name>` with a program `run`, or with `test_*.py` for pytest. It finds the binary in
//! `KAGE`, the pinned clients first in `PATH`, and a folder for what it downloads and builds in
//! `KAGE_ACCEPTANCE_CACHE`; it closes with a line `N passed, N failed, N skipped`.

use super::counts::{self, Counts};
use crate::workspace::{self, Outcome};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs every suite.
pub fn acceptance() -> Outcome<Counts> {
    let suites: Vec<PathBuf> = workspace::list(&workspace::root().join("acceptance"))?
        .into_iter()
        .filter(|folder| folder.is_dir() && command(folder, Path::new("python3")).is_some())
        .collect();
    if suites.is_empty() {
        println!("there are no acceptance suites yet");
        return Ok(Counts::default());
    }
    let place = Place::prepare()?;
    let mut sum = Counts::default();
    for folder in suites {
        println!("-- {}", workspace::name(&folder));
        let Some(mut command) = command(&folder, &place.venv.join("bin/python")) else { continue };
        place.furnish(&mut command)?;
        let counts = counts::watch_last(command.current_dir(&folder)).unwrap_or_else(|message| {
            println!("{message}");
            Counts { failed: 1, ..Counts::default() }
        });
        sum = sum.plus(counts);
    }
    Ok(sum)
}

/// Runs every rehearsal with `kage rehearse`.
pub fn rehearsals() -> Outcome<Counts> {
    let is_rehearsal = |file: &PathBuf| {
        file.extension().is_some_and(|extension| extension == "md") && workspace::name(file) != "README.md"
    };
    let files = workspace::list(&workspace::root().join("rehearsals"))?;
    let files: Vec<PathBuf> = files.into_iter().filter(is_rehearsal).collect();
    if files.is_empty() {
        println!("there are no rehearsals yet");
        return Ok(Counts::default());
    }
    let place = Place::prepare()?;
    let mut command = Command::new(&place.binary);
    place.furnish(&mut command)?;
    let names = files.iter().filter_map(|file| file.strip_prefix(workspace::root()).ok());
    counts::watch_last(command.current_dir(workspace::root()).arg("rehearse").args(names))
}

/// The Python of the pinned clients.
pub fn python() -> Outcome<Command> {
    Ok(Command::new(venv()?.join("bin/python")))
}

/// How the suite of this folder is started; `None` when the folder holds none.
fn command(folder: &Path, python: &Path) -> Option<Command> {
    let program = folder.join("run");
    if program.is_file() {
        return Some(Command::new(program));
    }
    let is_test = |file: &PathBuf| {
        let name = workspace::name(file);
        name.starts_with("test_") && name.ends_with(".py")
    };
    if !workspace::list(folder).ok()?.iter().any(is_test) {
        return None;
    }
    let mut pytest = Command::new(python);
    pytest.args(["-m", "pytest", "--quiet", "--color=no", "-p", "no:cacheprovider", "."]);
    Some(pytest)
}

/// The binary under test and the clients.
struct Place {
    binary: PathBuf,
    venv: PathBuf,
}

impl Place {
    fn prepare() -> Outcome<Place> {
        workspace::run(workspace::cargo().args(["build", "--package", "kage", "--quiet"]))?;
        Ok(Place { binary: workspace::target().join("debug").join("kage"), venv: venv()? })
    }

    fn furnish(&self, command: &mut Command) -> Outcome {
        let old = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![self.venv.join("bin")];
        folders.extend(std::env::split_paths(&old));
        let path: OsString = std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))?;
        command.env("PATH", path).env("VIRTUAL_ENV", &self.venv).env("KAGE", &self.binary);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(packages) = site_packages(&self.venv) {
            command.env("KAGE_LAMBDA_PYTHON_PACKAGES", packages);
        }
        command.env("KAGE_ACCEPTANCE_CACHE", workspace::target().join("acceptance"));
        Ok(())
    }
}

/// Where the packages of a virtual environment are: `lib/python3.11/site-packages`.
fn site_packages(venv: &Path) -> Option<PathBuf> {
    let versions = workspace::list(&venv.join("lib")).ok()?;
    versions.into_iter().map(|version| version.join("site-packages")).find(|folder| folder.is_dir())
}

/// A private Python environment with exactly the clients of `acceptance/requirements.txt`, and in its folder `crt` those of
/// `requirements-crt.txt`, which only the tests that ask for them see.
fn venv() -> Outcome<PathBuf> {
    let folder = workspace::root().join("acceptance");
    let lists = [folder.join("requirements.txt"), folder.join("requirements-crt.txt")];
    let wanted = workspace::read(&lists[0])? + &workspace::read(&lists[1])?;
    let venv = workspace::target().join("acceptance").join("venv");
    let stamp = venv.join("requirements.txt");
    if workspace::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(venv);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv).map_err(|error| format!("cannot remove {}: {error}", venv.display()))?;
    }
    workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let [clients, crt] = lists;
    let pip = || {
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip
    };
    workspace::run(pip().arg("--requirement").arg(clients))?;
    workspace::run(pip().arg("--target").arg(venv.join("crt")).arg("--requirement").arg(crt))?;
    workspace::write(&stamp, wanted.as_bytes())?;
    Ok(venv)
}
