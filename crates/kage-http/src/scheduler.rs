//! Runs jobs when they come due on the double's clock.

use kage_pipeline::Pipeline;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often the clock is looked at. A job is at most this much late; AWS promises nothing finer than seconds for any
/// of what jobs do here.
const TICK: Duration = Duration::from_millis(20);

/// Runs due jobs until `stop` turns true. A job that was begun is always ended.
pub async fn run(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(TICK);
    // What was under way when the double stopped is done again (at least once).
    let resumed = pipeline.clone();
    let _ = tokio::task::spawn_blocking(move || resumed.resume_jobs()).await;
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = pipeline.world().clock.now();
        if pipeline.next_job_at().is_some_and(|at| at <= now) {
            let pipeline = pipeline.clone();
            // A job that panics is tried again at the next tick; the others go on.
            let _ = tokio::task::spawn_blocking(move || pipeline.run_due_jobs()).await;
        }
    }
}
