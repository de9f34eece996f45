//! Running an Insights query: outside any transaction, on a snapshot.

use crate::group::Group;
use crate::jobs;
use crate::keys::DataKeys;
use crate::pointer::Pointer;
use crate::queries::{self, StartedQuery, Status};
use crate::walk::{Path, Way};
use crate::{groups, streams};
use kage_core::{Call, Errand, Millis, Result, Tx};
use kage_logquery::{LogEvent, Query, Results};
use kage_store::Reads;
use std::ops::ControlFlow;

/// A group of a query with what opens its events.
struct Source {
    group: Group,
    streams: Vec<String>,
    keys: DataKeys,
}

impl Source {
    fn path<'s>(group: &'s Group, streams: &'s [String], query: &StartedQuery) -> Path<'s> {
        let to = query.to.saturating_add(1);
        Path { group, streams, from: query.from, to, way: Way::Forward, start: None }
    }
}

/// Opens what the query needs, and leaves its work to be done after the commit.
///
/// # Errors
/// Those of the store.
pub fn begin(call: &Call<'_>, tx: &mut Tx, mut query: StartedQuery) -> Result<()> {
    let Ok(sources) = open(call, tx, &query) else {
        // A key of KMS that cannot be used fails the query, not the job.
        query.status = Status::Failed;
        return queries::put(tx, &call.account, &call.region, &query);
    };
    let now = call.now.milliseconds();
    tx.after(Box::new(move |errand: &Errand<'_>| {
        let results = run(&errand.world.store.read(), &query, &sources, now)?;
        errand.settle(|call, tx| finish(call, tx, &query.id, &results))
    }));
    Ok(())
}

fn open(call: &Call<'_>, tx: &mut Tx, query: &StartedQuery) -> Result<Vec<Source>> {
    let mut out = Vec::new();
    for name in &query.groups {
        let Some(group) = groups::find(tx.reads(), &call.account, &call.region, name)? else { continue };
        let holds = |stream: &streams::Stream| stream.last.is_some_and(|last| last >= query.from);
        let all = streams::list(tx.reads(), &group)?;
        let streams: Vec<String> = all.into_iter().filter(holds).map(|stream| stream.name).collect();
        let keys = Source::path(&group, &streams, query).keys(call, tx)?;
        out.push(Source { group, streams, keys });
    }
    Ok(out)
}

fn run(reads: &dyn Reads, query: &StartedQuery, sources: &[Source], now: Millis) -> Result<Results> {
    // It was read when it was started.
    let Ok(parsed) = Query::parse(&query.text) else { return Ok(Results::default()) };
    let mut run = parsed.start(query.limit, now);
    for source in sources {
        let log = format!("{}:{}", source.group.account, source.group.name);
        let path = Source::path(&source.group, &source.streams, query);
        path.walk_with(reads, &source.keys, now, |event| {
            let pointer = || {
                let (group, stream) = (source.group.name.clone(), event.stream.to_owned());
                Pointer { group, stream, position: event.position }.text()
            };
            run.see(&LogEvent {
                timestamp: event.timestamp,
                ingested: event.ingested,
                message: event.message,
                stream: event.stream,
                log: &log,
                pointer: &pointer,
            });
            ControlFlow::<()>::Continue(())
        })?;
    }
    Ok(run.finish())
}

/// Keeps the results, unless the query was stopped meanwhile.
fn finish(call: &Call<'_>, tx: &mut Tx, id: &str, results: &Results) -> Result<()> {
    let Some(mut query) = queries::find(tx.reads(), &call.account, &call.region, id)? else { return Ok(()) };
    if query.status != Status::Running {
        return Ok(());
    }
    query.status = Status::Complete;
    query.matched = results.matched;
    query.scanned = results.scanned;
    query.bytes = results.bytes;
    query.rows = results.rows.len();
    queries::put_results(tx, &call.account, &call.region, id, &results.rows)?;
    queries::put(tx, &call.account, &call.region, &query)?;
    jobs::plan_forget(call, tx, id)
}
