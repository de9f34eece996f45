//! The scheduler: what came due on the double's clock is done, in order of time.

use crate::errands;
use crate::pipeline::Pipeline;
use kage_core::{Actor, Call, Chore, ClockState, Errand, Error, Job, Result, Tx};
use kage_schema::{Http, Kind, OperationModel, Protocol, Schema, ServiceModel, Timestamp};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, TryLockError};

const JOBS: Table<Job> = Table::new("kage.jobs");
/// Jobs whose transaction is committed and whose errand is still under way. After a crash they are made again.
const RUNNING: Table<Job> = Table::new("kage.jobs.running");
const CLOCK: Table<ClockState> = Table::new("kage.clock");
/// How often a job has failed so far.
const FAILURES: Table<u32> = Table::new("kage.jobs.failures");
/// How long a job that failed waits before it is tried again, in milliseconds; twice as long each time after.
const RETRY_MS: i64 = 60_000;
/// The longest wait, in milliseconds: a day. So a job that can never succeed does not hold up a long move of the clock.
const RETRY_MAX_MS: i64 = 86_400_000;

static NOTHING: Schema = Schema::new("Nothing", Kind::Structure, &[]);
/// Jobs are no API calls; their own steps are recorded, they themselves are not.
static JOB: OperationModel = OperationModel {
    name: "Job",
    http: Http { method: "POST", uri: "/", status: 200 },
    input: &NOTHING,
    output: &NOTHING,
    input_xml: None,
    result_wrapper: None,
    errors: &[],
    host_prefix: None,
    checksum_required: false,
};
static NO_SERVICE: ServiceModel = ServiceModel {
    name: "kage",
    service_id: "Kagemusha",
    signing_name: "kage",
    endpoint_prefix: "kage",
    target_prefix: None,
    api_version: "",
    xml_namespace: None,
    protocols: &[Protocol::AwsJson11],
    query_compatible: false,
    operations: &[],
};

impl Pipeline {
    /// When the next job comes due.
    #[must_use]
    pub fn next_job_at(&self) -> Option<Timestamp> {
        next(&self.world().store.read()).map(|(_, at)| at)
    }

    /// Plans those jobs anew whose errands were under way when the double stopped. Gives how many.
    ///
    /// # Errors
    /// Those of the store.
    pub fn resume_jobs(&self) -> Result<usize> {
        let mut tx = Tx::new(self.world().store.begin());
        let rows: Vec<(Key, Job)> =
            RUNNING.scan_prefix(tx.reads(), &Key::new()).collect::<std::result::Result<_, _>>()?;
        let now = self.world().clock.now();
        for (key, job) in &rows {
            RUNNING.delete(tx.writer(), key);
            tx.schedule(now, job)?;
        }
        tx.into_inner().commit()?.wait()?;
        Ok(rows.len())
    }

    /// Waits until no errand of a job is under way.
    pub fn wait_for_errands(&self) {
        self.0.errands.wait_for_all();
    }

    /// Runs every job that is due now. Gives how many ran; their errands may still be under way. While the clock is moved
    /// by hand it runs none: that runs them on its way.
    #[must_use]
    pub fn run_due_jobs(&self) -> usize {
        let mut ran = 0;
        loop {
            let _turn = match self.0.turn.try_lock() {
                Ok(turn) => turn,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return ran,
            };
            let now = self.world().clock.now();
            if self.next_job_at().is_none_or(|at| at > now) || !matches!(self.run_next(now), Ok(true)) {
                return ran;
            }
            ran += 1;
        }
    }

    /// Moves the clock to `to`, running what comes due on the way, each job at its own time. Gives how many ran.
    ///
    /// # Errors
    /// When `to` is in the past, and those of the store.
    pub fn advance_clock(&self, to: Timestamp) -> Result<usize> {
        // Nobody else takes a job between the look at its time and its run: the next one would run before its time.
        let _turn = self.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let clock = self.world().clock.clone();
        if to < clock.now() {
            return Err(Error::new("ClockMovesForward", 400, format!("{to} is before {}", clock.now())));
        }
        let before = clock.state();
        let mut ran = 0;
        // The clock stands at each job's own time while it runs, so that what it plans and records is of that time.
        while let Some(at) = self.next_within(to) {
            clock.set_state(ClockState::Frozen { at_ms: at.0.max(clock.now().0) });
            match self.run_next(clock.now()) {
                Ok(true) => ran += 1,
                // It was taken back meanwhile.
                Ok(false) => {}
                Err(_) => break,
            }
        }
        let state = match before {
            ClockState::Running { .. } => {
                clock.set_state(before);
                clock.state_at(to)
            }
            ClockState::Frozen { .. } => ClockState::Frozen { at_ms: to.0 },
        };
        self.set_clock(state)?;
        Ok(ran)
    }

    /// When the next job comes due, if that is by `to`. Errands of the moment end before the clock moves on, since they may
    /// plan jobs.
    fn next_within(&self, to: Timestamp) -> Option<Timestamp> {
        let now = self.world().clock.now();
        // An errand may itself wait for what a job of this moment does: a function that makes another one, and uses it.
        while self.next_job_at().is_none_or(|at| at > now) && !self.0.errands.wait_a_moment() {}
        self.next_job_at().filter(|at| *at <= to)
    }

    /// Sets the clock and keeps its state.
    ///
    /// # Errors
    /// Those of the store.
    pub fn set_clock(&self, state: ClockState) -> Result<()> {
        let mut tx = Tx::new(self.world().store.begin());
        CLOCK.put(tx.writer(), &row(&["clock"]), &state)?;
        tx.into_inner().commit()?.wait()?;
        self.world().clock.set_state(state);
        self.0.wakes.wake_all();
        Ok(())
    }

    /// The state in which the clock was left, when this store had one before.
    ///
    /// # Errors
    /// Those of the store.
    pub fn kept_clock(reads: &dyn Reads) -> Result<Option<ClockState>> {
        Ok(CLOCK.get(reads, &row(&["clock"]))?)
    }

    /// Runs the first job, if it is due by `until`. False when there was none.
    ///
    /// # Errors
    /// When nothing can be written.
    fn run_next(&self, until: Timestamp) -> Result<bool> {
        let mut tx = Tx::new(self.world().store.begin());
        let Some((key, at)) = next(tx.reads()).filter(|(_, at)| *at <= until) else { return Ok(false) };
        let Some(job) = JOBS.get(tx.reads(), &key)? else { return Ok(false) };
        JOBS.delete(tx.writer(), &key);
        let actor = self.actor_of(&job);
        let mut done = match &actor {
            Ok((actor, run)) => unpanicked(|| run(&errands::actor_call(self, actor), &mut tx, &job.payload)),
            Err(error) => Err(Error::internal(error.message.clone())),
        };
        let later = tx.take_later();
        if done.is_ok() && later.chore.is_some() {
            done = RUNNING.put(tx.writer(), &key, &job).map_err(Error::from);
        }
        let records = tx.take_records();
        let mut tx = match done {
            Ok(()) => tx,
            Err(_) => {
                // Nothing of a failed run is kept but its records; it is tried again later.
                drop(tx);
                let mut tx = Tx::new(self.world().store.begin());
                JOBS.delete(tx.writer(), &key);
                retry(&mut tx, &key, &job, at)?;
                tx
            }
        };
        let failed = done.is_err();
        if !failed && later.chore.is_none() {
            FAILURES.delete(tx.writer(), &key);
        }
        kage_record::append(&mut tx, &records)?;
        let wakes = tx.take_later().wakes;
        tx.into_inner().commit()?.wait()?;
        self.0.wakes.wake(wakes);
        if failed {
            return Ok(true);
        }
        self.0.wakes.wake(later.wakes);
        if let (Some(chore), Ok((actor, _))) = (later.chore, actor) {
            self.send(Sent { key, job, actor, chore });
        }
        Ok(true)
    }

    /// Does the errand of a job on a thread of its own.
    fn send(&self, sent: Sent) {
        let pipeline = self.clone();
        self.0.errands.begin();
        std::thread::spawn(move || {
            let place = Place(&pipeline);
            let Sent { key, job, actor, chore } = sent;
            let done = unpanicked(|| chore(&Errand::new(pipeline.world(), actor, &pipeline)));
            // The row of a job that cannot be closed stays, and the job is made again at the next start.
            let _ = pipeline.close_job(&key, &job, done.is_ok());
            drop(place);
        });
    }

    fn close_job(&self, key: &Key, job: &Job, done: bool) -> Result<()> {
        let mut tx = Tx::new(self.world().store.begin());
        // It is not there when another state was restored meanwhile.
        if RUNNING.contains(tx.reads(), key) {
            RUNNING.delete(tx.writer(), key);
            if !done {
                retry(&mut tx, key, job, self.world().clock.now())?;
            } else {
                FAILURES.delete(tx.writer(), key);
            }
        }
        tx.into_inner().commit()?.wait()?;
        Ok(())
    }

    fn actor_of(&self, job: &Job) -> Result<(Actor, JobRun)> {
        let (service, handler) = self
            .0
            .registry
            .job(&job.kind)
            .ok_or_else(|| Error::internal(format!("no service runs jobs of kind {}", job.kind)))?;
        let actor = Actor {
            principal: handler.principal.to_owned(),
            account: job.account.clone(),
            region: job.region.clone(),
            service: service.models.first().copied().unwrap_or(&NO_SERVICE),
            operation: &JOB,
            request_id: self.world().ids().uuid(),
        };
        Ok((actor, handler.run))
    }
}

/// A panic is an error of this one job, which is tried again later: the others behind it go on.
fn unpanicked(work: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::internal("a job panicked")))
}

type JobRun = fn(&Call<'_>, &mut Tx, &serde_json::Value) -> Result<()>;

/// The errand of a job on its way.
struct Sent {
    key: Key,
    job: Job,
    actor: Actor,
    chore: Chore,
}

/// Gives the errand's place back whatever happens, a panic included.
struct Place<'p>(&'p Pipeline);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.0.errands.end();
    }
}

/// Plans a job anew that failed at `at`.
fn retry(tx: &mut Tx, key: &Key, job: &Job, at: Timestamp) -> Result<()> {
    let failures = FAILURES.get(tx.reads(), key)?.unwrap_or(0);
    let wait = RETRY_MS.checked_shl(failures).filter(|wait| (RETRY_MS..RETRY_MAX_MS).contains(wait));
    let again = tx.schedule_keyed(at.plus_ms(wait.unwrap_or(RETRY_MAX_MS)), job)?;
    FAILURES.delete(tx.writer(), key);
    Ok(FAILURES.put(tx.writer(), &again, &failures.saturating_add(1))?)
}

fn next(reads: &dyn Reads) -> Option<(Key, Timestamp)> {
    let (key, _) = JOBS.scan_prefix(reads, &Key::new()).next()?.ok()?;
    let at = i64::try_from(key.number(0)?).ok()?;
    Some((key, Timestamp(at)))
}
