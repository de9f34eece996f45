//! One execution environment from its start to its end.

use crate::door;
use crate::error::{Trouble, host};
use crate::host::Host;
use crate::logs::Logs;
use crate::meter::{self, Group};
use crate::processes;
use crate::script::{self, Kind, Plan};
use kage_core::FunctionIdentity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use std::io::{PipeReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often memory is measured.
const TICK: Duration = Duration::from_millis(10);
/// How long the logs of an answered invocation are waited for.
const DRAIN: Duration = Duration::from_millis(250);

/// One invocation as the runtime sees it.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// Its id.
    pub(crate) request_id: String,
    /// The invoked ARN.
    pub(crate) arn: String,
    /// When it is ended, in milliseconds of wall time since 1970.
    pub(crate) deadline_ms: u64,
    /// `X-Amzn-Trace-Id`.
    pub(crate) trace_id: Option<String>,
    /// JSON text.
    pub(crate) client_context: Option<String>,
    /// The event.
    pub(crate) payload: Vec<u8>,
}

/// What a runtime answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The function's answer.
    Answer(Vec<u8>),
    /// What went wrong.
    Error {
        /// The JSON text.
        payload: Vec<u8>,
        /// Its `errorType`.
        error_type: String,
    },
}

/// What the threads of a room share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The room stands and the runtime was started.
    stands: bool,
    /// The runtime has asked for work and waits.
    waits: bool,
    /// Work that waits for the runtime.
    work: Option<Work>,
    /// The invocation that runs.
    current: Option<String>,
    reply: Option<Reply>,
    init_error: Option<Reply>,
    exit: Option<ExitStatus>,
    /// No more calls are served.
    over: bool,
    logs: Logs,
    /// What the room writes, to ask how much has not been read yet; `None` when nothing more will come.
    pipe: Option<PipeReader>,
}

impl State {
    /// Whether all that was written has been read. Reading happens under the lock.
    fn is_drained(&self) -> bool {
        let left = self.pipe.as_ref().and_then(|pipe| rustix::io::ioctl_fionread(pipe).ok());
        left.unwrap_or(0) == 0
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work. `None`: the room is over.
    pub(crate) fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        state.waits = true;
        state.current = None;
        self.changed.notify_all();
        loop {
            if state.over || state.exit.is_some() {
                return None;
            }
            if let Some(work) = state.work.take() {
                state.waits = false;
                state.current = Some(work.request_id.clone());
                return Some(work);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Keeps the answer of the invocation that runs. False: it is another, or was answered already.
    pub(crate) fn reply(&self, request_id: &str, reply: Reply) -> bool {
        let mut state = self.lock();
        let fits = state.current.as_deref() == Some(request_id) && state.reply.is_none();
        if fits {
            state.reply = Some(reply);
            self.changed.notify_all();
        }
        fits
    }

    /// Keeps what a runtime said about its start.
    pub(crate) fn init_failed(&self, reply: Reply) {
        self.lock().init_error = Some(reply);
        self.changed.notify_all();
    }

    /// Whether the room is over.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().over
    }
}

/// How waiting for a runtime ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It waits for work (after the start), or has answered.
    Replied(Option<Reply>),
    /// It ended by itself.
    Exited(ExitStatus),
    /// It was over its memory.
    OutOfMemory,
    /// It took too long.
    TimedOut,
}

/// What is needed for a new room.
pub(crate) struct Order<'a> {
    /// The plan of its script; the room's own members are filled in here.
    pub(crate) plan: Plan<'a>,
    /// Where the double listens.
    pub(crate) endpoint: Option<SocketAddr>,
    /// Memory in MiB.
    pub(crate) memory_mb: u32,
    /// Which function it serves.
    pub(crate) function: FunctionIdentity,
    /// The access key that it was given.
    pub(crate) access_key: String,
    /// Its log stream.
    pub(crate) log_stream: String,
}

/// One execution environment.
pub(crate) struct Room {
    /// Which function it serves.
    pub(crate) function: FunctionIdentity,
    /// The access key that it was given.
    pub(crate) access_key: String,
    /// Its log stream.
    pub(crate) log_stream: String,
    /// Its number.
    pub(crate) number: u32,
    /// Since when it is idle.
    pub(crate) idle_since: Instant,
    shared: Arc<Shared>,
    folder: PathBuf,
    pid: u32,
    mark: String,
    has_namespace: bool,
    group: Option<Group>,
    limit: u64,
    port: Option<SocketAddr>,
    max_memory: u64,
}

impl Room {
    /// Starts a room. `spawn` must run the command on a thread that outlives the room.
    ///
    /// # Errors
    /// When the host refuses a folder, a socket or a process.
    pub(crate) fn start(
        mut order: Order<'_>,
        spawn: &dyn Fn(Command) -> std::io::Result<Child>,
    ) -> Result<Room, Trouble> {
        let shared = Arc::new(Shared::default());
        let (number, folder) = (order.plan.number, order.plan.room.to_path_buf());
        for name in ["root", "door", "tmp"] {
            std::fs::create_dir_all(folder.join(name))
                .map_err(host("making the folder of an environment"))?;
        }
        let limit = u64::from(order.memory_mb).saturating_mul(1 << 20);
        let storage = u64::from(order.plan.storage_mb).saturating_mul(1 << 20);
        let groups = order.plan.host.groups.as_ref();
        // Files in a tmpfs count as memory of whoever writes them: the group's own limit leaves room for a full /tmp.
        let name = format!("kage-{}-{number}", std::process::id());
        let group = groups.and_then(|groups| groups.make(&name, limit.saturating_add(storage)));
        let port = open_doors(&mut order, &folder, &shared)?;
        let mark = format!("KAGE_ROOM={}", folder.display());
        if order.plan.host.kind == Kind::Plain {
            order.plan.environment.push(("KAGE_ROOM".to_owned(), folder.display().to_string()));
            order.plan.environment.push(("TMPDIR".to_owned(), folder.join("tmp").display().to_string()));
        }
        order.plan.group = group.as_ref().map(|group| group.folder.clone());
        let script = script::room(&order.plan);
        let has_namespace = order.plan.host.kind != Kind::Plain;
        let child = launch(order.plan.host, &script, &shared, spawn)?;
        let mut room = Room {
            function: order.function,
            access_key: order.access_key,
            log_stream: order.log_stream,
            number,
            idle_since: Instant::now(),
            shared,
            folder,
            pid: child.id(),
            mark,
            has_namespace,
            group: None,
            limit,
            port,
            max_memory: 0,
        };
        room.group = group;
        let shared = Arc::clone(&room.shared);
        door::spawn("sandbox-wait", move || wait(child, &shared));
        Ok(room)
    }

    /// Waits until the runtime asks for its first work.
    pub(crate) fn wait_for_start(&mut self, limit: Duration) -> Ended {
        self.wait_until(Instant::now().checked_add(limit), |state| {
            if let Some(error) = state.init_error.take() {
                return Some(Some(error));
            }
            state.waits.then_some(None)
        })
    }

    /// Whether the runtime was started at all; else the logs say why not.
    pub(crate) fn stands(&self) -> bool {
        self.shared.lock().stands
    }

    /// Hands out work and waits for its answer.
    pub(crate) fn work(&mut self, work: Work, deadline: Instant) -> Ended {
        let request_id = work.request_id.clone();
        {
            let mut state = self.shared.lock();
            state.reply = None;
            state.work = Some(work);
            self.shared.changed.notify_all();
        }
        let ended = self.wait_until(Some(deadline), |state| {
            // An error that ends the start again after a runtime restarted itself counts as the answer.
            state.reply.take().or_else(|| state.init_error.take()).map(Some)
        });
        if matches!(ended, Ended::Replied(_)) {
            // The invocation is over when the runtime asks for more; only then may it be frozen.
            let asked = self.wait_until(Some(deadline), |state| {
                (state.current.as_deref() != Some(request_id.as_str())).then_some(None)
            });
            if !matches!(asked, Ended::Replied(_)) {
                self.kill();
            }
        }
        ended
    }

    fn wait_until(
        &mut self,
        deadline: Option<Instant>,
        done: impl Fn(&mut State) -> Option<Option<Reply>>,
    ) -> Ended {
        let mut next_look = Instant::now();
        loop {
            let now = Instant::now();
            if now >= next_look {
                if self.measure() > self.limit {
                    self.kill();
                    return Ended::OutOfMemory;
                }
                next_look = now.checked_add(TICK).unwrap_or(now);
            }
            let mut state = self.shared.lock();
            if let Some(reply) = done(&mut state) {
                return Ended::Replied(reply);
            }
            if let Some(exit) = state.exit {
                return Ended::Exited(exit);
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                drop(state);
                self.kill();
                return Ended::TimedOut;
            }
            let until = deadline.map_or(next_look, |deadline| deadline.min(next_look));
            let pause = until.saturating_duration_since(now).max(Duration::from_micros(100));
            drop(self.shared.changed.wait_timeout(state, pause));
        }
    }

    /// Measures the memory in use, in bytes.
    fn measure(&mut self) -> u64 {
        let now = meter::memory(self.group.as_ref(), self.pid, self.limit);
        self.max_memory = self.max_memory.max(now);
        now
    }

    /// The most memory seen in use, in MiB, rounded up.
    pub(crate) fn max_memory_mb(&self) -> u32 {
        u32::try_from(self.max_memory.div_ceil(1 << 20)).unwrap_or(u32::MAX)
    }

    /// What was written since it was last asked, when all of it has arrived.
    pub(crate) fn take_logs(&self) -> Vec<(Instant, String)> {
        let over = Instant::now().checked_add(DRAIN);
        let mut state = self.shared.lock();
        // The pump reads under the lock: what is not in the pipe any more is in the logs.
        while !state.is_drained() && over.is_some_and(|over| Instant::now() < over) {
            state = match self.shared.changed.wait_timeout(state, TICK) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        let whole = state.exit.is_some();
        state.logs.take(whole, Instant::now())
    }

    /// Stops all its processes until [`Room::thaw`]. The shell that waits and the relay's parent go on waiting.
    pub(crate) fn freeze(&mut self) {
        self.measure();
        processes::signal_below(self.pid, Signal::STOP);
        self.idle_since = Instant::now();
    }

    /// Lets its processes go on.
    pub(crate) fn thaw(&mut self) {
        for pid in processes::below(self.pid) {
            processes::signal(pid, Signal::CONT);
        }
        self.max_memory = 0;
    }

    /// Whether its runtime still runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.shared.lock().exit.is_none()
    }

    /// Ends all its processes.
    fn kill(&self) {
        if !self.is_alive() && self.has_namespace {
            return;
        }
        if !self.has_namespace {
            processes::signal_below(self.pid, Signal::KILL);
            processes::kill_marked(&self.mark);
        }
        // The wait for its end keeps the process's number taken until `exit` is set.
        let state = self.shared.lock();
        if state.exit.is_none() {
            processes::signal(self.pid, Signal::KILL);
        }
        drop(state);
        let mut state = self.shared.lock();
        let limit = Instant::now().checked_add(Duration::from_secs(5));
        while state.exit.is_none() && limit.is_some_and(|limit| Instant::now() < limit) {
            state = match self.shared.changed.wait_timeout(state, TICK) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Drop for Room {
    /// Ends all its processes and removes its folder.
    fn drop(&mut self) {
        self.kill();
        self.shared.lock().over = true;
        self.shared.changed.notify_all();
        door::close(&self.folder.join("door/api"));
        door::close(&self.folder.join("door/endpoint"));
        self.port.into_iter().for_each(door::close_port);
        if let Some(group) = &self.group {
            let limit = Instant::now().checked_add(Duration::from_secs(2));
            // The last processes of a namespace end a moment after its first one.
            while !group.remove() && limit.is_some_and(|limit| Instant::now() < limit) {
                std::thread::park_timeout(Duration::from_millis(1));
            }
        }
        crate::cache::remove(&self.folder);
    }
}

/// Opens the Runtime API and the way to the double, and tells the runtime where they are.
fn open_doors(
    order: &mut Order<'_>,
    folder: &Path,
    shared: &Arc<Shared>,
) -> Result<Option<SocketAddr>, Trouble> {
    let mut tell = |name: &str, value: String| order.plan.environment.push((name.to_owned(), value));
    let port = if order.plan.host.own_network {
        door::open_api(&folder.join("door/api"), shared)?;
        if let Some(endpoint) = order.endpoint {
            door::open_endpoint(&folder.join("door/endpoint"), endpoint, shared)?;
            order.plan.endpoint_port = Some(endpoint.port());
        }
        tell("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{}", script::API_PORT));
        None
    } else {
        let address = door::open_api_on_loopback(shared)?;
        tell("AWS_LAMBDA_RUNTIME_API", address.to_string());
        Some(address)
    };
    Ok(port)
}

/// Runs the script and reads what it and the runtime write.
fn launch(
    host_facts: &Host,
    script: &str,
    shared: &Arc<Shared>,
    spawn: &dyn Fn(Command) -> std::io::Result<Child>,
) -> Result<Child, Trouble> {
    let (reader, writer) = std::io::pipe().map_err(host("opening a pipe"))?;
    let second = writer.try_clone().map_err(host("opening a pipe"))?;
    let (program, arguments) = script::launcher(host_facts);
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", script::PATH);
    command.stdin(Stdio::piped()).stdout(writer).stderr(second);
    let mut child = spawn(command).map_err(host("starting an environment"))?;
    shared.watch(reader);
    // A shell that ended early does not read: its end is seen by its exit.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(script.as_bytes());
    }
    Ok(child)
}

/// Waits for the end of the room's first process.
fn wait(mut child: Child, shared: &Shared) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        while let Err(rustix::io::Errno::INTR) =
            waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {}
    }
    // Under the lock, so that nobody signals a number that is free again.
    let mut state = shared.lock();
    state.exit = Some(child.wait().unwrap_or_else(|_| ExitStatus::from_raw(9)));
    shared.changed.notify_all();
}

impl Shared {
    /// Reads the pipe until its end, on a thread of its own.
    fn watch(self: &Arc<Self>, mut reader: PipeReader) {
        self.lock().pipe = reader.try_clone().ok();
        let shared = Arc::clone(self);
        door::spawn("sandbox-logs", move || {
            let mut buffer = vec![0; 64 << 10];
            loop {
                let waited = poll(&mut [PollFd::new(&reader, PollFlags::IN)], None);
                if waited.is_err() {
                    continue;
                }
                let mut state = shared.lock();
                let Ok(count) = reader.read(&mut buffer) else { break };
                if count == 0 {
                    break;
                }
                state.logs.push(buffer.get(..count).unwrap_or_default(), Instant::now());
                state.stands = state.stands || state.logs.remove(script::READY);
                shared.changed.notify_all();
            }
            let mut state = shared.lock();
            state.pipe = None;
            shared.changed.notify_all();
        });
    }
}
