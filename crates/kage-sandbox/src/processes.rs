//! Trees of processes.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs;

/// All processes below `root`, without it, parents first. Orphans of a room stay below its first process.
pub(crate) fn below(root: u32) -> Vec<u32> {
    let children = children_of_all();
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for child in children.get(&parent).into_iter().flatten() {
            if !found.contains(child) && *child != root {
                found.push(*child);
                next.push(*child);
            }
        }
    }
    found
}

fn children_of_all() -> BTreeMap<u32, Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    children
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything: what counts follows the last bracket.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal; a process that is gone is no error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Sends a signal to everything below `root`, again until no new process appears.
pub(crate) fn signal_below(root: u32, what: Signal) {
    let mut told = Vec::new();
    for _ in 0..100 {
        let new: Vec<u32> = below(root).into_iter().filter(|pid| !told.contains(pid)).collect();
        if new.is_empty() {
            return;
        }
        new.iter().for_each(|pid| signal(*pid, what));
        told.extend(new);
    }
}

/// Kills every process whose environment holds `mark` (a variable with its value): what is left of a room without a
/// namespace of processes, when it left the tree.
pub(crate) fn kill_marked(mark: &str) {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
            signal(pid, Signal::KILL);
        }
    }
}

/// Memory of a process that is no file's, in bytes. Pages that it shares with its parent count for both.
pub(crate) fn anonymous_memory(pid: u32) -> u64 {
    kilobytes(pid, "status", "RssAnon:").unwrap_or(0)
}

/// The same with shared pages counted in parts, which the kernel takes longer to tell.
pub(crate) fn proportional_memory(pid: u32) -> u64 {
    kilobytes(pid, "smaps_rollup", "Pss_Anon:").unwrap_or_else(|| anonymous_memory(pid))
}

/// A number of kilobytes in a file of a process, in bytes.
fn kilobytes(pid: u32, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?;
    Some(number.saturating_mul(1024))
}
