//! The scheduler: what came due on the double's clock is done, in order of time.

use crate::pipeline::Pipeline;
use kage_core::{Call, Caller, ClockState, Error, Job, Origin, Result, Tx};
use kage_schema::{Http, Kind, OperationModel, Protocol, Schema, ServiceModel, Timestamp};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};

const JOBS: Table<Job> = Table::new("kage.jobs");
const CLOCK: Table<ClockState> = Table::new("kage.clock");
/// How long a job that failed waits before it is tried again, in milliseconds.
const RETRY_MS: i64 = 60_000;

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

    /// Runs every job that is due now. Gives how many ran.
    #[must_use]
    pub fn run_due_jobs(&self) -> usize {
        let mut ran = 0;
        while self.next_job_at().is_some_and(|at| at <= self.world().clock.now()) {
            if !self.run_next(self.world().clock.now()) {
                break;
            }
            ran += 1;
        }
        ran
    }

    /// Moves the clock to `to`, running what comes due on the way, each job at its own time. Gives how many ran.
    ///
    /// # Errors
    /// When `to` is in the past, and those of the store.
    pub fn advance_clock(&self, to: Timestamp) -> Result<usize> {
        let clock = self.world().clock.clone();
        if to < clock.now() {
            return Err(Error::new("ClockMovesForward", 400, format!("{to} is before {}", clock.now())));
        }
        let before = clock.state();
        let mut ran = 0;
        // The clock stands at each job's own time while it runs, so that what it plans and records is of that time.
        while let Some(at) = self.next_job_at().filter(|at| *at <= to) {
            clock.set_state(ClockState::Frozen { at_ms: at.0.max(clock.now().0) });
            if !self.run_next(to) {
                break;
            }
            ran += 1;
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

    /// Sets the clock and keeps its state.
    ///
    /// # Errors
    /// Those of the store.
    pub fn set_clock(&self, state: ClockState) -> Result<()> {
        let mut tx = Tx::new(self.world().store.begin());
        CLOCK.put(tx.writer(), &row(&["clock"]), &state)?;
        tx.into_inner().commit()?.wait()?;
        self.world().clock.set_state(state);
        Ok(())
    }

    /// The state in which the clock was left, when this store had one before.
    ///
    /// # Errors
    /// Those of the store.
    pub fn kept_clock(reads: &dyn Reads) -> Result<Option<ClockState>> {
        Ok(CLOCK.get(reads, &row(&["clock"]))?)
    }

    /// Runs the first job, if it is due by `until`. False when there was none, or when nothing can be written.
    fn run_next(&self, until: Timestamp) -> bool {
        let mut tx = Tx::new(self.world().store.begin());
        let Some((key, at)) = next(tx.reads()).filter(|(_, at)| *at <= until) else { return false };
        let Ok(Some(job)) = JOBS.get(tx.reads(), &key) else { return false };
        JOBS.delete(tx.writer(), &key);
        let done = self.run_job(&mut tx, &job);
        let records = tx.take_records();
        let mut tx = match done {
            Ok(()) => tx,
            Err(_) => {
                // Nothing of a failed run is kept but its records; it is tried again later.
                drop(tx);
                let mut tx = Tx::new(self.world().store.begin());
                JOBS.delete(tx.writer(), &key);
                if tx.schedule(at.plus_ms(RETRY_MS), &job).is_err() {
                    return false;
                }
                tx
            }
        };
        let committed = kage_record::append(&mut tx, &records).map(|()| tx.into_inner().commit());
        matches!(committed, Ok(Ok(ticket)) if ticket.wait().is_ok())
    }

    fn run_job(&self, tx: &mut Tx, job: &Job) -> Result<()> {
        let (service, handler) = self
            .0
            .registry
            .job(&job.kind)
            .ok_or_else(|| Error::internal(format!("no service runs jobs of kind {}", job.kind)))?;
        let call = Call {
            world: self.world(),
            road: self,
            caller: Caller::service(handler.principal),
            account: job.account.clone(),
            region: job.region.clone(),
            service: service.models.first().copied().unwrap_or(&NO_SERVICE),
            operation: &JOB,
            request_id: self.world().ids().uuid(),
            now: self.world().clock.now(),
            origin: Origin {
                source_ip: handler.principal.to_owned(),
                user_agent: handler.principal.to_owned(),
                secure: true,
                ..Origin::default()
            },
            called_via: Vec::new(),
            source_arn: None,
            source_account: None,
        };
        (handler.run)(&call, tx, &job.payload)
    }
}

fn next(reads: &dyn Reads) -> Option<(Key, Timestamp)> {
    let (key, _) = JOBS.scan_prefix(reads, &Key::new()).next()?.ok()?;
    let at = i64::try_from(key.number(0)?).ok()?;
    Some((key, Timestamp(at)))
}
