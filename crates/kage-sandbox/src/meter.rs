//! Memory in use, and the control group that bounds it where the host allows one.

use crate::processes;
use std::fs;
use std::path::{Path, PathBuf};

/// Which control groups for memory the host has.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    /// The folder in which groups are made.
    pub(crate) parent: PathBuf,
    /// Whether it is the second version of the interface.
    second: bool,
}

impl Groups {
    /// The groups of this process's own group, or of the one above, if some can be made and a process can join them.
    pub(crate) fn find() -> Option<Groups> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mut candidates = Vec::new();
        for line in own.lines() {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
            let (mount, second) = match controllers {
                "" => ("/sys/fs/cgroup", true),
                "memory" => ("/sys/fs/cgroup/memory", false),
                _ => continue,
            };
            let own = Path::new(mount).join(path);
            candidates.push(Groups { parent: own.clone(), second });
            candidates.extend(own.parent().map(|above| Groups { parent: above.to_path_buf(), second }));
            candidates.push(Groups { parent: PathBuf::from(mount), second });
        }
        let found = candidates.into_iter().find(|groups| groups.works())?;
        found.remove_stale();
        Some(found)
    }

    /// Removes what a double left that was killed: groups whose names tell a process that is gone.
    fn remove_stale(&self) {
        for entry in fs::read_dir(&self.parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let pid = name
                .to_str()
                .and_then(|name| name.strip_prefix("kage-")?.split('-').next()?.parse::<u32>().ok());
            if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
                // A group in which something still runs stays: removing it fails.
                let _ = fs::remove_dir(entry.path());
            }
        }
    }

    /// Tries it: a group with a limit, and a shell that joins it.
    fn works(&self) -> bool {
        let name = format!("kage-try-{}", std::process::id());
        let Some(group) = self.make(&name, 64 << 20) else { return false };
        let join = format!("echo 0 > '{}/cgroup.procs'", group.folder.display());
        let mut shell = std::process::Command::new("/bin/sh");
        let joined = shell.arg("-c").arg(join).stderr(std::process::Stdio::null()).status();
        group.remove();
        joined.is_ok_and(|status| status.success())
    }

    /// A group with this limit in bytes.
    pub(crate) fn make(&self, name: &str, limit: u64) -> Option<Group> {
        let folder = self.parent.join(name);
        fs::create_dir(&folder).ok()?;
        let group = Group { folder, second: self.second };
        let (memory, swap) = match self.second {
            true => ("memory.max", ("memory.swap.max", 0)),
            false => ("memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", limit)),
        };
        if fs::write(group.folder.join(memory), limit.to_string()).is_err() {
            group.remove();
            return None;
        }
        // Hosts without swap have no such file.
        let _ = fs::write(group.folder.join(swap.0), swap.1.to_string());
        Some(group)
    }
}

/// One control group.
#[derive(Debug)]
pub(crate) struct Group {
    /// Its folder.
    pub(crate) folder: PathBuf,
    second: bool,
}

impl Group {
    /// Memory of its processes that is their own (not of files), in bytes.
    pub(crate) fn anonymous_memory(&self) -> u64 {
        let text = fs::read_to_string(self.folder.join("memory.stat")).unwrap_or_default();
        let name = if self.second { "anon " } else { "rss " };
        text.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap_or(0)
    }

    /// Removes it, which works once no process is left in it.
    pub(crate) fn remove(&self) -> bool {
        fs::remove_dir(&self.folder).is_ok() || !self.folder.exists()
    }
}

/// Memory of a room: by its group, or by its processes. Only a sum over `limit` is worth a closer look.
pub(crate) fn memory(group: Option<&Group>, root: u32, limit: u64) -> u64 {
    if let Some(group) = group {
        return group.anonymous_memory();
    }
    let all = processes::below(root);
    let most = all.iter().map(|pid| processes::anonymous_memory(*pid)).sum();
    match most > limit {
        true => all.into_iter().map(processes::proportional_memory).sum(),
        false => most,
    }
}
