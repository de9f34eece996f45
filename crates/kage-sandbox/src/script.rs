//! The script that makes a room and starts a runtime in it. It is read by `sh` from its input, so that no secret stands in
//! a file or in a list of processes.

use crate::host::{Host, Interpreter};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where the tools of the script are.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Written to the log when the room stands and the runtime is about to start.
pub(crate) const READY: &str = "\x1ekage-room-ready";
/// The port of the Runtime API in a room with a network of its own.
pub(crate) const API_PORT: u16 = 9001;

/// How rooms are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Namespaces, made by the superuser; functions run as users of their own.
    Root,
    /// Namespaces below a namespace of users, made by anyone.
    User,
    /// No namespaces.
    Plain,
}

/// What is to run in a room.
pub(crate) struct Plan<'a> {
    /// The host.
    pub(crate) host: &'a Host,
    /// The room's folder, with `root` and `door` in it.
    pub(crate) room: &'a Path,
    /// The room's number: users and groups are made from it.
    pub(crate) number: u32,
    /// Our runtimes.
    pub(crate) runtimes: &'a Path,
    /// The function's code.
    pub(crate) task: &'a Path,
    /// Its layers.
    pub(crate) layers: Option<&'a Path>,
    /// Extra packages for Python.
    pub(crate) packages: Option<&'a Path>,
    /// The interpreter, for runtimes that need one.
    pub(crate) interpreter: Option<&'a Interpreter>,
    /// The program with its arguments, as seen in the room.
    pub(crate) command: Vec<String>,
    /// Its environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Size of `/tmp` in MiB.
    pub(crate) storage_mb: u32,
    /// The folder of its control group.
    pub(crate) group: Option<PathBuf>,
    /// The port at which the room finds the double, when it has a network of its own.
    pub(crate) endpoint_port: Option<u16>,
}

/// The program that makes namespaces and runs `sh` in them.
pub(crate) fn launcher(host: &Host) -> (&'static str, Vec<&'static str>) {
    let mut words: Vec<&str> = Vec::new();
    if host.has_tools {
        // Should this process be killed, nothing of a room outlives it.
        words.extend(["setpriv", "--pdeathsig", "KILL"]);
    }
    if host.kind != Kind::Plain {
        words.extend(["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]);
        words
            .extend((host.kind == Kind::User).then_some(["--user", "--map-root-user"]).into_iter().flatten());
        words.extend(host.own_network.then_some("--net"));
    }
    words.extend(["/bin/sh", "-s"]);
    (words.remove(0), words)
}

/// A word that the shell leaves as it is.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn path(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

/// The user and group of a room.
fn user(number: u32) -> u32 {
    700_000_u32.saturating_add(number)
}

/// Gives up all rights: the words before a program.
fn drop_rights(plan: &Plan<'_>) -> String {
    let mut words = String::new();
    if !plan.host.has_tools {
        return words;
    }
    words.push_str("setpriv ");
    if plan.host.kind == Kind::Root {
        let _ = write!(words, "--reuid {0} --regid {0} --clear-groups ", user(plan.number));
    }
    words.push_str("--no-new-privs ");
    if plan.host.kind != Kind::Plain || plan.host.is_root {
        words.push_str("--bounding-set=-all --inh-caps=-all ");
    }
    words
}

/// The whole script.
pub(crate) fn room(plan: &Plan<'_>) -> String {
    let mut out = String::from("set -eu\numask 022\n");
    if let Some(group) = &plan.group {
        let _ = writeln!(out, "exec 9> {}/cgroup.procs", path(group));
    }
    if plan.host.kind != Kind::Plain {
        mounts(&mut out, plan);
        if plan.host.own_network {
            network(&mut out, plan);
        }
    }
    start(&mut out, plan);
    out
}

/// A script that only makes the room and ends.
pub(crate) fn trial(host: &Host, room: &Path) -> String {
    let task = PathBuf::from("/usr");
    let plan = Plan {
        host,
        room,
        number: 0,
        runtimes: &task,
        task: &task,
        layers: None,
        packages: None,
        interpreter: host.python.as_ref(),
        command: Vec::new(),
        environment: Vec::new(),
        storage_mb: 1,
        group: None,
        endpoint_port: None,
    };
    let mut out = String::from("set -eu\numask 022\n");
    mounts(&mut out, &plan);
    if host.own_network {
        loopback(&mut out, &plan, "import fcntl");
    }
    let _ = writeln!(out, "{}/bin/sh -c ': > /tmp/a' </dev/null", drop_rights(&plan));
    out.push_str("test -e /tmp/a\n");
    out
}

/// The room's own root.
fn mounts(out: &mut String, plan: &Plan<'_>) {
    let uid = if plan.host.kind == Kind::User { 0 } else { user(plan.number) };
    let _ = writeln!(out, "cd {}", path(&plan.room.join("root")));
    out.push_str(ROOT_BEGIN);
    let _ =
        writeln!(out, "mount -t tmpfs -o size={}m,mode=1777,nosuid,nodev kage tmp", plan.storage_mb.max(1));
    let _ = writeln!(
        out,
        "printf '%s\\n' 'root:x:0:0:root:/:/sbin/nologin' 'sbx_user1051:x:{uid}:{uid}::/tmp:/sbin/nologin' > etc/passwd"
    );
    let _ = writeln!(out, "printf '%s\\n' 'root:x:0:' 'sbx_user1051:x:{uid}:' > etc/group");
    let _ = writeln!(out, "keep {} var/task", path(plan.task));
    let _ = writeln!(out, "keep {} var/runtime", path(plan.runtimes));
    // Sockets can be connected to on a mount that is read-only; files cannot be left there for the host to keep.
    let _ = writeln!(out, "keep {} run/kage", path(&plan.room.join("door")));
    if let Some(layers) = plan.layers {
        let _ = writeln!(out, "keep {} opt", path(layers));
    }
    if let Some(packages) = plan.packages {
        let _ = writeln!(out, "mkdir -p var/lang/packages\nkeep {} var/lang/packages", path(packages));
    }
    // The relay needs the host's Python also where the function does not.
    let needed = plan.interpreter.into_iter().chain(plan.host.python.as_ref());
    let outside: BTreeSet<&Path> =
        needed.map(|found| found.prefix.as_path()).filter(|prefix| !prefix.starts_with("/usr")).collect();
    for prefix in outside {
        let prefix = path(prefix);
        let _ = writeln!(out, "mkdir -p .{prefix}\nkeep {prefix} .{prefix}");
    }
    out.push_str(ROOT_END);
    if plan.host.kind == Kind::User {
        // A function must not become the superuser of a further namespace. The number counts in this one only.
        out.push_str("echo 0 > /proc/sys/user/max_user_namespaces 2>/dev/null || :\n");
    }
}

/// Before what differs: a small tmpfs with the system's programs, devices and names.
const ROOT_BEGIN: &str = r#"mount -t tmpfs -o size=8m,mode=755,nosuid,nodev kage .
cd "$PWD"
keep() { mkdir -p "$2"; mount --rbind "$1" "$2"; mount -o remount,bind,ro,nosuid,nodev "$2" 2>/dev/null || mount -o remount,bind,ro "$2"; }
mkdir -p dev etc opt proc run/kage tmp usr var/task var/runtime
keep /usr usr
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"
  elif [ -d "/$name" ]; then keep "/$name" "$name"; fi
done
for place in nix/store etc/alternatives etc/ssl/certs etc/pki/tls/certs etc/ca-certificates; do
  if [ -d "/$place" ]; then keep "/$place" "$place"; fi
done
for file in etc/ld.so.cache etc/ld.so.conf; do
  if [ -f "/$file" ]; then cp "/$file" "$file"; fi
done
printf '127.0.0.1 localhost\n' > etc/hosts
printf 'hosts: files\n' > etc/nsswitch.conf
mount -t tmpfs -o size=64k,mode=755,nosuid kage dev
for name in null zero full random urandom; do : > "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
mount -o remount,bind,ro dev
mount -t proc -o nosuid,nodev,noexec proc proc
"#;

/// After it: the new root takes the old one's place, which goes away.
const ROOT_END: &str = r#"mount -o remount,bind,ro .
pivot_root . .
umount -l .
cd /
"#;

fn loopback(out: &mut String, plan: &Plan<'_>, other: &str) {
    let python = plan.host.python.as_ref().map(|python| path(&python.program)).unwrap_or_default();
    let _ = writeln!(out, "ip link set lo up 2>/dev/null || {python} -I -S {other}");
}

/// The network of the room: loopback, and a relay to the doors.
fn network(out: &mut String, plan: &Plan<'_>) {
    loopback(out, plan, "/var/runtime/loopback.py");
    let python = plan.host.python.as_ref().map(|python| path(&python.program)).unwrap_or_default();
    let endpoint = plan.endpoint_port.map(|port| format!(" {port}=/run/kage/endpoint")).unwrap_or_default();
    let close = if plan.group.is_some() { "exec 9>&-; " } else { "" };
    let _ = writeln!(
        out,
        "({close}exec {}env -i {python} -I -S /var/runtime/relay.py {API_PORT}=/run/kage/api{endpoint}) </dev/null",
        drop_rights(plan)
    );
}

/// The runtime, and the wait for its end: the shell is the first process of the room and buries the others.
fn start(out: &mut String, plan: &Plan<'_>) {
    let words = |words: &mut dyn Iterator<Item = String>| {
        words.map(|word| quote(&word)).collect::<Vec<_>>().join(" ")
    };
    let environment = words(&mut plan.environment.iter().map(|(name, value)| format!("{name}={value}")));
    let command = words(&mut plan.command.iter().cloned());
    let join = if plan.group.is_some() { "echo 0 >&9; exec 9>&-; " } else { "" };
    let limits = if plan.host.has_tools {
        let size = u64::from(plan.storage_mb).saturating_mul(1 << 20);
        // AWS: Lambda quotas, "File descriptors" and "Execution processes/threads": 1,024.
        format!("prlimit --core=0 --nofile=1024 --nproc=1024 --fsize={size} ")
    } else {
        String::new()
    };
    let folder = if plan.host.kind == Kind::Plain { path(plan.task) } else { "/var/task".to_owned() };
    let _ = writeln!(out, "printf '%s\\n' {}", quote(READY));
    let _ = writeln!(
        out,
        "({join}cd {folder}; exec {limits}{}env -i {environment} {command}) </dev/null &",
        drop_rights(plan)
    );
    let close = if plan.group.is_some() { "exec 9>&-\n" } else { "" };
    let _ = write!(out, "child=$!\n{close}code=0\nwait \"$child\" || code=$?\nexit \"$code\"\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_stay_words() {
        assert_eq!(quote("a'b $(c)\n"), "'a'\\''b $(c)\n'");
    }
}
