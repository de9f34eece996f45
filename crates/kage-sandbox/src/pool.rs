//! All execution environments.

use crate::cache::{self, Cache};
use crate::door;
use crate::error::{Trouble, host};
use crate::host::{Host, Interpreter};
use crate::room::{Ended, Order, Reply, Room, Work};
use crate::script::{Kind, Plan};
use crate::settings::Settings;
use kage_core::{Capability, Invocation, InvocationResult, LogLine, Outcome, Sandbox};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a runtime may take to start. AWS: Lambda developer guide, "Lambda execution environment lifecycle": 10 s.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Functions as processes of this host. Dropping it ends them all.
pub struct ProcessSandbox {
    inner: Arc<Inner>,
    packages: Cache,
    runtimes: PathBuf,
    spawner: Sender<Launch>,
}

type Launch = (Command, Sender<std::io::Result<Child>>);

struct Inner {
    settings: Settings,
    host: OnceLock<Host>,
    rooms: Mutex<Rooms>,
    changed: Condvar,
}

#[derive(Default)]
struct Rooms {
    idle: Vec<Room>,
    /// Numbers of all rooms, idle and busy.
    numbers: BTreeSet<u32>,
    /// Function ARNs with how many of their invocations run.
    running: BTreeMap<String, u32>,
    /// Function ARNs with the count of their retirements: a busy room that began before is not kept.
    retired: BTreeMap<String, u64>,
}

impl ProcessSandbox {
    /// A sandbox with these settings. Its folder is made empty.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(settings: Settings) -> std::io::Result<ProcessSandbox> {
        cache::remove(&settings.folder);
        let runtimes = settings.folder.join("runtimes");
        for name in ["packages", "rooms", "runtimes"] {
            std::fs::create_dir_all(settings.folder.join(name))?;
        }
        let files = [
            ("bootstrap.py", include_str!("bootstrap/python.py")),
            ("relay.py", include_str!("bootstrap/relay.py")),
            ("loopback.py", include_str!("bootstrap/loopback.py")),
            ("bootstrap.mjs", include_str!("bootstrap/node.mjs")),
        ];
        for (name, text) in files {
            std::fs::write(runtimes.join(name), text)?;
        }
        let packages = Cache::new(settings.folder.join("packages"));
        let inner = Arc::new(Inner {
            settings,
            host: OnceLock::new(),
            rooms: Mutex::default(),
            changed: Condvar::new(),
        });
        let weak = Arc::downgrade(&inner);
        door::spawn("sandbox-janitor", move || tidy(&weak));
        Ok(ProcessSandbox { inner, packages, runtimes, spawner: spawner() })
    }

    fn host(&self) -> &Host {
        let settings = &self.inner.settings;
        self.inner
            .host
            .get_or_init(|| Host::probe(&settings.folder.join("rooms"), settings.without_namespaces))
    }

    fn spawn(&self, command: Command) -> std::io::Result<Child> {
        let (sender, receiver) = channel();
        let gone = |_| std::io::Error::other("the sandbox is closing");
        self.spawner.send((command, sender)).map_err(|_| gone(()))?;
        receiver.recv().map_err(|_| gone(()))?
    }

    /// Takes an idle room of this function, or a number for a new one. `None`: all are busy.
    fn take(&self, invocation: &Invocation) -> Option<Result<Room, u32>> {
        let give_up = Instant::now().checked_add(self.inner.settings.patience)?;
        let mut rooms = self.inner.lock();
        loop {
            let fits = |room: &Room| {
                room.function == invocation.function && room.access_key == invocation.credentials.access_key
            };
            while let Some(at) = rooms.idle.iter().rposition(fits) {
                let room = rooms.idle.remove(at);
                if room.is_alive() {
                    return Some(Ok(room));
                }
                rooms = self.inner.discard(rooms, vec![room]);
            }
            // Rooms of the same version with other code, settings or credentials will not be asked for again.
            let is_outdated = |room: &Room| {
                room.function.arn == invocation.function.arn
                    && room.function.version == invocation.function.version
            };
            let (outdated, kept): (Vec<Room>, Vec<Room>) =
                std::mem::take(&mut rooms.idle).into_iter().partition(is_outdated);
            rooms.idle = kept;
            if !outdated.is_empty() {
                rooms = self.inner.discard(rooms, outdated);
            }
            if rooms.numbers.len() >= self.inner.settings.rooms && !rooms.idle.is_empty() {
                // The longest idle room makes place.
                let room = rooms.idle.remove(0);
                rooms = self.inner.discard(rooms, vec![room]);
            }
            let max = u32::try_from(self.inner.settings.rooms).unwrap_or(u32::MAX);
            let free = (0..max).find(|number| !rooms.numbers.contains(number));
            if let Some(number) = free {
                rooms.numbers.insert(number);
                return Some(Err(number));
            }
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            rooms = match self.inner.changed.wait_timeout(rooms, left) {
                Ok((rooms, _)) => rooms,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Starts a room for this function.
    fn start(&self, invocation: &Invocation, number: u32) -> Result<Room, Trouble> {
        let host_facts = self.host();
        let task = self.packages.folder(std::slice::from_ref(&invocation.code))?;
        let layers = match invocation.layers.is_empty() {
            true => None,
            false => Some(self.packages.folder(&invocation.layers)?),
        };
        let is_plain = host_facts.kind == Kind::Plain;
        let seen = |inside: &str, outside: &Path| match is_plain {
            true => outside.to_string_lossy().into_owned(),
            false => inside.to_owned(),
        };
        let runtimes = seen("/var/runtime", &self.runtimes);
        let task_seen = seen("/var/task", &task);
        let packages =
            self.inner.settings.python_packages.clone().filter(|_| invocation.runtime.starts_with("python"));
        let (interpreter, command) = command(host_facts, invocation, &runtimes, &task_seen)?;
        let mut environment = variables(invocation, &task_seen, &runtimes);
        if let Some(packages) = &packages {
            environment.push(("KAGE_PACKAGES".to_owned(), seen("/var/lang/packages", packages)));
        }
        if let Some(layers) = layers.as_deref().filter(|_| is_plain) {
            environment.push(("KAGE_OPT".to_owned(), layers.to_string_lossy().into_owned()));
        }
        if let Some(endpoint) = self.inner.settings.endpoint.get()
            && !environment.iter().any(|(name, _)| name == "AWS_ENDPOINT_URL")
        {
            let seen = if host_facts.own_network {
                format!("127.0.0.1:{}", endpoint.port())
            } else {
                endpoint.to_string()
            };
            environment.push(("AWS_ENDPOINT_URL".to_owned(), format!("http://{seen}")));
        }
        let room = self.inner.settings.folder.join("rooms").join(number.to_string());
        cache::remove(&room);
        std::fs::create_dir_all(&room).map_err(host("making the folder of an environment"))?;
        let plan = Plan {
            host: host_facts,
            room: &room,
            number,
            runtimes: &self.runtimes,
            task: &task,
            layers: layers.as_deref(),
            packages: packages.as_deref(),
            interpreter,
            command,
            environment,
            storage_mb: invocation.storage_mb,
            group: None,
            endpoint_port: None,
        };
        let order = Order {
            plan,
            endpoint: self.inner.settings.endpoint.get().copied(),
            memory_mb: invocation.memory_mb,
            function: invocation.function.clone(),
            access_key: invocation.credentials.access_key.clone(),
            log_stream: invocation.log_stream.clone(),
        };
        Room::start(order, &|command| self.spawn(command))
    }

    /// Starts a room and waits for its runtime. An error of the start is the answer of the invocation.
    fn open(
        &self,
        invocation: &Invocation,
        number: u32,
        run: &mut Run,
    ) -> Result<Room, Box<InvocationResult>> {
        let mut limit = INIT_LIMIT;
        loop {
            let began = Instant::now();
            let mut room = match self.start(invocation, number) {
                Ok(room) => room,
                Err(trouble) => return Err(run.nothing(Outcome::NotStarted(trouble.to_string()))),
            };
            let ended = room.wait_for_start(limit);
            let spent = began.elapsed();
            run.init_logs.extend(run.lines(room.take_logs(), began, Duration::ZERO));
            run.init = Some(spent);
            run.max_memory_mb = run.max_memory_mb.max(room.max_memory_mb());
            if !room.stands() {
                let text = run.init_logs.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("; ");
                run.init_logs.clear();
                return Err(run.nothing(Outcome::NotStarted(Trouble::Room(text).to_string())));
            }
            match ended {
                Ended::Replied(None) => return Ok(room),
                // AWS: "Lambda execution environment lifecycle": a start over 10 s is made again within the
                // invocation, under the function's own timeout.
                Ended::TimedOut if limit == INIT_LIMIT => {
                    limit = Duration::from_millis(invocation.timeout_ms);
                    drop(room);
                }
                other => {
                    // A runtime that reported its error ends by itself a moment later; its last words count.
                    let outcome = run.outcome(other, invocation);
                    run.init_logs.extend(run.lines(room.take_logs(), began, Duration::ZERO));
                    return Err(run.nothing(outcome));
                }
            }
        }
    }

    /// Puts a room back, or ends it.
    fn put_back(&self, mut room: Room, retired_before: u64) {
        let keep = room.is_alive();
        if keep {
            room.freeze();
        }
        let mut rooms = self.inner.lock();
        let retired = rooms.retired.get(&room.function.arn).copied().unwrap_or(0);
        if keep && retired == retired_before {
            rooms.idle.push(room);
        } else {
            rooms = self.inner.discard(rooms, vec![room]);
        }
        drop(rooms);
        self.inner.changed.notify_all();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends rooms without holding the lock, then frees their numbers.
    fn discard<'a>(&'a self, rooms: MutexGuard<'a, Rooms>, gone: Vec<Room>) -> MutexGuard<'a, Rooms> {
        drop(rooms);
        let numbers: Vec<u32> = gone.iter().map(|room| room.number).collect();
        drop(gone);
        let mut rooms = self.lock();
        rooms.numbers.retain(|number| !numbers.contains(number));
        self.changed.notify_all();
        rooms
    }
}

/// One of the invocations of a function that may run at one time; given back when it goes.
struct Place<'s> {
    inner: &'s Inner,
    function: String,
}

impl<'s> Place<'s> {
    fn take(inner: &'s Inner, invocation: &Invocation) -> Option<Place<'s>> {
        let function = invocation.function.arn.clone();
        let mut rooms = inner.lock();
        let running = rooms.running.entry(function.clone()).or_default();
        if invocation.concurrency.is_some_and(|most| *running >= most) {
            return None;
        }
        *running = running.saturating_add(1);
        Some(Place { inner, function })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut rooms = self.inner.lock();
        let left = rooms.running.get(&self.function).copied().unwrap_or(0).saturating_sub(1);
        match left {
            0 => rooms.running.remove(&self.function),
            left => rooms.running.insert(self.function.clone(), left),
        };
    }
}

impl Sandbox for ProcessSandbox {
    fn invoke(&self, invocation: &Invocation) -> InvocationResult {
        let mut run = Run::new(invocation);
        let Some(_place) = Place::take(&self.inner, invocation) else {
            return *run.nothing(Outcome::Throttled);
        };
        let retired = self.inner.lock().retired.get(&invocation.function.arn).copied().unwrap_or(0);
        let mut room = match self.take(invocation) {
            None => return *run.nothing(Outcome::Busy),
            Some(Ok(mut room)) => {
                room.thaw();
                room
            }
            Some(Err(number)) => match self.open(invocation, number, &mut run) {
                Ok(room) => room,
                Err(result) => {
                    self.inner.lock().numbers.remove(&number);
                    self.inner.changed.notify_all();
                    return *result;
                }
            },
        };
        let began = Instant::now();
        let limit = Duration::from_millis(invocation.timeout_ms);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline_ms = wall.saturating_add(limit).as_millis();
        let work = Work {
            request_id: invocation.request_id.clone(),
            arn: invocation.invoked_arn.clone(),
            deadline_ms: u64::try_from(deadline_ms).unwrap_or(u64::MAX),
            trace_id: invocation.trace_id.clone(),
            client_context: invocation.client_context.clone(),
            payload: invocation.payload.clone(),
        };
        let ended = room.work(work, began.checked_add(limit).unwrap_or(began));
        let spent = began.elapsed();
        let logs = run.lines(room.take_logs(), began, run.init.unwrap_or_default());
        run.max_memory_mb = run.max_memory_mb.max(room.max_memory_mb());
        let outcome = run.outcome(ended, invocation);
        run.log_stream.clone_from(&room.log_stream);
        self.put_back(room, retired);
        *run.result(outcome, spent.min(limit), logs)
    }

    fn retire(&self, function: &str) {
        let mut rooms = self.inner.lock();
        let count = rooms.retired.entry(function.to_owned()).or_default();
        *count = count.wrapping_add(1);
        let (gone, kept) =
            std::mem::take(&mut rooms.idle).into_iter().partition(|room| room.function.arn == function);
        rooms.idle = kept;
        drop(self.inner.discard(rooms, gone));
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.host().capabilities(self.inner.settings.python_packages.as_deref())
    }
}

impl Drop for ProcessSandbox {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.inner.lock().idle);
        drop(idle);
        cache::remove(&self.inner.settings.folder);
    }
}

/// What is known of one invocation while it runs.
struct Run {
    started: i64,
    log_stream: String,
    init_logs: Vec<LogLine>,
    init: Option<Duration>,
    max_memory_mb: u32,
}

impl Run {
    fn new(invocation: &Invocation) -> Run {
        Run {
            started: invocation.started,
            log_stream: invocation.log_stream.clone(),
            init_logs: Vec::new(),
            init: None,
            max_memory_mb: 0,
        }
    }

    /// The answer of an invocation that never reached its handler.
    fn nothing(&mut self, outcome: Outcome) -> Box<InvocationResult> {
        self.result(outcome, Duration::ZERO, Vec::new())
    }

    fn result(&mut self, outcome: Outcome, spent: Duration, logs: Vec<LogLine>) -> Box<InvocationResult> {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Box::new(InvocationResult {
            outcome,
            log_stream: self.log_stream.clone(),
            init_logs: std::mem::take(&mut self.init_logs),
            logs,
            duration_us: micros(spent),
            init_us: self.init.map(micros),
            max_memory_mb: self.max_memory_mb,
        })
    }

    /// Lines on the double's clock: those of the start count from the invocation's time, its own ones from the end of
    /// the start. What the host did in between (looking for tools, waiting for a place) does not count.
    fn lines(&self, lines: Vec<(Instant, String)>, began: Instant, after: Duration) -> Vec<LogLine> {
        let at = |at: Instant| {
            let later = at.saturating_duration_since(began).saturating_add(after).as_millis();
            self.started.saturating_add(i64::try_from(later).unwrap_or(i64::MAX))
        };
        lines.into_iter().map(|(when, text)| LogLine { at: at(when), text }).collect()
    }

    /// What Lambda says about an end.
    // AWS: Lambda developer guide, "Troubleshoot invocation issues", and answers of the service as users quote them.
    fn outcome(&self, ended: Ended, invocation: &Invocation) -> Outcome {
        let said = |error_type: &str, text: String| {
            let message = format!("RequestId: {} Error: {text}", invocation.request_id);
            let payload = json!({ "errorType": error_type, "errorMessage": message });
            Outcome::Failed { payload: payload.to_string().into_bytes(), error_type: error_type.to_owned() }
        };
        match ended {
            Ended::Replied(Some(Reply::Answer(payload))) => Outcome::Answer(payload),
            Ended::Replied(Some(Reply::Error { payload, error_type })) => {
                Outcome::Failed { payload, error_type }
            }
            Ended::Replied(None) => {
                said("Runtime.ExitError", "Runtime exited without providing a reason".to_owned())
            }
            Ended::OutOfMemory => {
                said("Runtime.ExitError", "Runtime exited with error: signal: killed".to_owned())
            }
            Ended::TimedOut => {
                let text = format!(
                    "Task timed out after {}.{:02} seconds",
                    invocation.timeout_ms / 1000,
                    invocation.timeout_ms % 1000 / 10
                );
                said("Sandbox.Timedout", text)
            }
            Ended::Exited(status) => {
                let reason = match (ending_signal(status), status.code()) {
                    (Some(signal), _) => format!("Runtime exited with error: signal: {signal}"),
                    (None, Some(0) | None) => "Runtime exited without providing a reason".to_owned(),
                    (None, Some(code)) => format!("Runtime exited with error: exit status {code}"),
                };
                said("Runtime.ExitError", reason)
            }
        }
    }
}

/// The name of the signal that ended a process, in Go's words, which Lambda uses. Shells report 128 and the number.
fn ending_signal(status: ExitStatus) -> Option<String> {
    let number = status
        .signal()
        .or_else(|| status.code().and_then(|code| code.checked_sub(128)).filter(|n| *n > 0))?;
    Some(match number {
        2 => "interrupt".to_owned(),
        6 => "aborted".to_owned(),
        7 => "bus error".to_owned(),
        8 => "floating point exception".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        1..=64 => format!("signal {number}"),
        _ => return None,
    })
}

/// The program of a runtime.
fn command<'h>(
    facts: &'h Host,
    invocation: &Invocation,
    runtimes: &str,
    task: &str,
) -> Result<(Option<&'h Interpreter>, Vec<String>), Trouble> {
    let missing = |name| Trouble::NoInterpreter(name, invocation.runtime.clone());
    let of = |found: &'h Interpreter, words: &[String]| {
        let mut command = vec![found.program.to_string_lossy().into_owned()];
        command.extend_from_slice(words);
        (Some(found), command)
    };
    match invocation.runtime.as_str() {
        name if name.starts_with("python3.") => {
            let found = facts.python.as_ref().ok_or_else(|| missing("python3"))?;
            Ok(of(found, &["-s".to_owned(), format!("{runtimes}/bootstrap.py")]))
        }
        name if name.starts_with("nodejs") => {
            let found = facts.node.as_ref().ok_or_else(|| missing("node"))?;
            // V8 keeps its heap below the function's memory, as the managed runtime does.
            let heap = invocation.memory_mb.saturating_mul(9) / 10;
            Ok(of(found, &[format!("--max-old-space-size={heap}"), format!("{runtimes}/bootstrap.mjs")]))
        }
        "provided.al2023" | "provided.al2" => Ok((None, vec![format!("{task}/bootstrap")])),
        other => Err(Trouble::Runtime(other.to_owned())),
    }
}

/// The environment of a function.
// AWS: Lambda developer guide, "Defined runtime environment variables".
fn variables(invocation: &Invocation, task: &str, runtimes: &str) -> Vec<(String, String)> {
    let memory = invocation.memory_mb.to_string();
    let execution = format!("AWS_Lambda_{}", invocation.runtime);
    let reserved = [
        ("AWS_LAMBDA_FUNCTION_NAME", invocation.function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", &invocation.function.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &invocation.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &invocation.log_stream),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", &execution),
        ("AWS_REGION", &invocation.region),
        ("AWS_DEFAULT_REGION", &invocation.region),
        ("AWS_ACCESS_KEY_ID", &invocation.credentials.access_key),
        ("AWS_SECRET_ACCESS_KEY", &invocation.credentials.secret),
        ("AWS_SESSION_TOKEN", &invocation.credentials.token),
        ("LAMBDA_TASK_ROOT", task),
        ("LAMBDA_RUNTIME_DIR", runtimes),
        ("_HANDLER", &invocation.handler),
    ];
    let defaults = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("LD_LIBRARY_PATH", "/var/task:/var/task/lib:/opt/lib"),
        ("LANG", "C.UTF-8"),
        ("TZ", ":UTC"),
        ("NODE_PATH", "/opt/nodejs/node_modules:/var/task/node_modules"),
    ];
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut all: Vec<(String, String)> = reserved.iter().map(owned).collect();
    let given =
        invocation.environment.iter().filter(|(name, _)| !reserved.iter().any(|(taken, _)| taken == name));
    all.extend(given.cloned());
    let unset: Vec<_> =
        defaults.iter().filter(|(name, _)| !all.iter().any(|(taken, _)| taken == name)).map(owned).collect();
    all.extend(unset);
    all
}

/// A thread that starts processes as long as the sandbox lives: the kernel ends a child when the thread that made it ends.
fn spawner() -> Sender<Launch> {
    let (sender, receiver) = channel::<Launch>();
    door::spawn("sandbox-spawner", move || {
        for (mut command, answer) in receiver {
            let _ = answer.send(command.spawn());
        }
    });
    sender
}

/// Ends rooms that were idle for long, until the sandbox is gone.
fn tidy(inner: &Weak<Inner>) {
    loop {
        let Some(strong) = inner.upgrade() else { return };
        let idle = strong.settings.idle;
        let mut rooms = strong.lock();
        let (gone, kept) =
            std::mem::take(&mut rooms.idle).into_iter().partition(|room| room.idle_since.elapsed() >= idle);
        rooms.idle = kept;
        drop(strong.discard(rooms, gone));
        drop(strong);
        std::thread::park_timeout(Duration::from_secs(1).min(idle));
    }
}
