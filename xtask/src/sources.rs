//! The pinned packages of `models/SOURCES.toml`: obtained with their registry's client, verified, unpacked.

use crate::workspace::{self, Outcome};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Source {
    registry: String,
    package: String,
    version: String,
    file: String,
    sha256: String,
}

/// The folder with botocore's service models: `KAGE_BOTOCORE`, or the pinned package.
pub fn botocore() -> Outcome<PathBuf> {
    if let Some(given) = std::env::var_os("KAGE_BOTOCORE") {
        return Ok(PathBuf::from(given));
    }
    Ok(unpacked("botocore")?.join("botocore").join("data"))
}

/// The folder into which the pinned package of this name is unpacked.
pub fn unpacked(name: &str) -> Outcome<PathBuf> {
    let source = source(name)?;
    let folder = workspace::target().join("models");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let file = folder.join(&source.file);
    if !file.exists() {
        download(&source, &folder)?;
    }
    verify(&source, &file)?;
    // The folder carries the hash, so a changed pin never meets an old copy.
    let into = folder.join(format!("{name}-{}", source.sha256.get(..16).unwrap_or(&source.sha256)));
    if !into.exists() {
        unpack(&file, &into)?;
    }
    Ok(into)
}

fn source(name: &str) -> Outcome<Source> {
    let path = workspace::root().join("models").join("SOURCES.toml");
    let all: toml::Table =
        workspace::read(&path)?.parse().map_err(|error| format!("SOURCES.toml: {error}"))?;
    let table = all.get(name).and_then(toml::Value::as_table);
    let table = table.ok_or_else(|| format!("SOURCES.toml has no [{name}]"))?;
    let text = |key: &str| {
        let value = table.get(key).and_then(toml::Value::as_str);
        value.map(str::to_owned).ok_or_else(|| format!("SOURCES.toml: [{name}] has no `{key}`"))
    };
    Ok(Source {
        registry: text("registry")?,
        package: text("package")?,
        version: text("version")?,
        file: text("file")?,
        sha256: text("sha256")?,
    })
}

fn download(source: &Source, folder: &Path) -> Outcome {
    let pin = |separator: &str| format!("{}{separator}{}", source.package, source.version);
    let mut command = match source.registry.as_str() {
        "pypi" => {
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
            pip.args(["--dest", "."]).arg(pin("=="));
            pip
        }
        "npm" => {
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent"]).arg(pin("@"));
            npm
        }
        other => return Err(format!("SOURCES.toml: unknown registry `{other}`")),
    };
    workspace::run(command.current_dir(folder).stdout(Stdio::null()))
}

fn verify(source: &Source, file: &Path) -> Outcome {
    let found: String =
        Sha256::digest(workspace::read_bytes(file)?).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == source.sha256 {
        return Ok(());
    }
    Err(format!("{} has the hash {found}, but SOURCES.toml pins {}", file.display(), source.sha256))
}

fn unpack(file: &Path, into: &Path) -> Outcome {
    let half = into.with_extension("partial");
    if half.exists() {
        fs::remove_dir_all(&half).map_err(|error| format!("cannot remove {}: {error}", half.display()))?;
    }
    fs::create_dir_all(&half).map_err(|error| format!("cannot make {}: {error}", half.display()))?;
    let mut command = if file.extension().is_some_and(|extension| extension == "whl") {
        let mut python = Command::new("python3");
        python.args(["-m", "zipfile", "-e"]).arg(file).arg(&half);
        python
    } else {
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(file).arg("-C").arg(&half);
        tar
    };
    workspace::run(&mut command)?;
    fs::rename(&half, into).map_err(|error| format!("cannot rename {}: {error}", half.display()))
}
