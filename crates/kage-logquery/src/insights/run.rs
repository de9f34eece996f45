//! A query at work: events go in one by one, rows come out at the end.

use super::LogEvent;
use super::aggregate::Tally;
use super::evaluate::{Setting, value};
use super::parse::{Command, Named, Parse, Stats};
use super::record::Record;
use super::value::Value;
use crate::prune::Wanted;
use std::collections::{HashMap, HashSet};

/// AWS: user guide, `limit`: 10,000 where a query has none.
const ROWS: usize = 10_000;
/// How many rows are held before old ones are dropped. Half of it is more than any limit of a query.
const HELD: usize = 400_000;

/// What a query came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The rows: names and values as text. Fields without value are left out.
    pub rows: Vec<Vec<(String, String)>>,
    /// How many events passed the filters.
    pub matched: u64,
    /// How many events were seen.
    pub scanned: u64,
    /// How many bytes of messages were seen.
    pub bytes: u64,
}

/// A query that is being run.
pub struct Run<'q> {
    /// The commands that look at one record at a time, up to the first that does not.
    single: &'q [Command],
    /// The other commands.
    whole: &'q [Command],
    wanted: &'q Wanted,
    limit: Option<usize>,
    now: i64,
    groups: Groups,
    rows: Vec<Row>,
    shown: Shown<'q>,
    results: Results,
}

/// A record that outlives its event.
struct Row {
    fields: Vec<(String, Value)>,
    at: i64,
}

/// The groups of a `stats` command, in the order in which they were first seen.
#[derive(Default)]
struct Groups {
    places: HashMap<Vec<String>, usize>,
    all: Vec<(Vec<Value>, Vec<Tally>)>,
}

/// Which fields are shown.
struct Shown<'q> {
    names: Vec<&'q str>,
    is_aggregated: bool,
}

impl<'q> Shown<'q> {
    /// The last `display` decides; else all fields that were named or made, else time and message.
    // AWS: user guide, `display` and `fields`.
    fn of(commands: &'q [Command]) -> Shown<'q> {
        let last = commands.iter().rposition(|command| matches!(command, Command::Stats(_)));
        let mut names: Vec<&str> = Vec::new();
        let mut add = |name: &'q str| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        if let Some(Command::Stats(stats)) = last.and_then(|last| commands.get(last)) {
            stats.by.iter().chain(&stats.columns).for_each(|column| add(&column.name));
        }
        let rest = commands.get(last.map_or(0, |last| last.saturating_add(1))..).unwrap_or_default();
        let mut has_fields = last.is_some();
        for command in rest {
            match command {
                Command::Fields(list) => {
                    has_fields = true;
                    list.iter().for_each(|named| add(&named.name));
                }
                Command::Parse(parse) => parse.names.iter().flatten().for_each(|name| add(name)),
                _ => {}
            }
        }
        if !has_fields {
            let mut with_default = vec!["@timestamp", "@message"];
            with_default.extend(names);
            names = with_default;
        }
        let display = rest.iter().rev().find_map(|command| match command {
            Command::Display(list) => Some(list),
            _ => None,
        });
        if let Some(list) = display {
            names = list.iter().map(|named| named.name.as_str()).collect();
        }
        Shown { names, is_aggregated: last.is_some() }
    }
}

impl<'q> Run<'q> {
    /// At the beginning.
    pub fn new(commands: &'q [Command], wanted: &'q Wanted, limit: Option<usize>, now: i64) -> Run<'q> {
        let is_single = |command: &Command| {
            matches!(
                command,
                Command::Fields(_) | Command::Display(_) | Command::Filter(_) | Command::Parse(_)
            )
        };
        let split = commands.iter().position(|command| !is_single(command)).unwrap_or(commands.len());
        let (single, whole) = commands.split_at(split);
        Run {
            single,
            whole,
            wanted,
            limit,
            now,
            groups: Groups::default(),
            rows: Vec::new(),
            shown: Shown::of(commands),
            results: Results::default(),
        }
    }

    fn setting(&self) -> Setting<'static> {
        Setting { now: self.now, aggregates: &[] }
    }

    /// Takes an event in.
    pub fn see(&mut self, event: &LogEvent<'_>) {
        self.results.scanned = self.results.scanned.saturating_add(1);
        self.results.bytes = self.results.bytes.saturating_add(event.message.len() as u64);
        let setting = self.setting();
        let mut record = Record::of(event, self.wanted);
        if !self.single.iter().all(|command| pass(command, &mut record, setting)) {
            return;
        }
        self.results.matched = self.results.matched.saturating_add(1);
        match self.whole.first() {
            Some(Command::Stats(stats)) => self.groups.add(stats, &record, setting),
            _ => {
                let row = self.keep(&record);
                self.rows.push(row);
                self.drop_old();
            }
        }
    }

    /// Where the newest rows are the answer, old ones need not be held. What is sorted otherwise is held whole.
    fn drop_old(&mut self) {
        let by_time = !matches!(self.whole.first(), Some(Command::Sort(_) | Command::Dedup(_)));
        if by_time && self.rows.len() > HELD {
            self.rows.sort_by_key(|row| row.at);
            self.rows.drain(..HELD / 2);
        }
    }

    /// What later commands and the answer need of a record.
    fn keep(&self, record: &Record<'_>) -> Row {
        let mut fields = record.made.clone();
        let mut add = |name: &str| {
            if !fields.iter().any(|(known, _)| known == name) {
                match record.field(name) {
                    Value::Null => {}
                    value => fields.push((name.to_owned(), value)),
                }
            }
        };
        self.shown.names.iter().for_each(|name| add(name));
        let mut needed = Vec::new();
        self.whole.iter().for_each(|command| command.fields(&mut needed));
        needed.iter().for_each(|name| add(name));
        add("@timestamp");
        add("@ptr");
        Row { fields, at: record.at() }
    }

    /// The rows.
    #[must_use]
    pub fn finish(mut self) -> Results {
        let setting = self.setting();
        let mut rows = std::mem::take(&mut self.rows);
        // Newest first, unless the query says otherwise.
        rows.reverse();
        rows.sort_by_key(|row| std::cmp::Reverse(row.at));
        let mut limit = None;
        for (at, command) in self.whole.iter().enumerate() {
            rows = match command {
                Command::Stats(stats) if at == 0 => std::mem::take(&mut self.groups).finish(stats, setting),
                Command::Stats(stats) => {
                    let mut groups = Groups::default();
                    rows.into_iter().for_each(|row| groups.add(stats, &row.record(), setting));
                    groups.finish(stats, setting)
                }
                Command::Sort(by) => sort(rows, by, setting),
                Command::Dedup(by) => dedup(rows, by, setting),
                Command::Limit(count) => {
                    limit = Some(*count);
                    rows.truncate(*count);
                    rows
                }
                single => rows
                    .into_iter()
                    .filter_map(|row| {
                        let at = row.at;
                        let mut record = row.record();
                        pass(single, &mut record, setting).then_some(Row { fields: record.made, at })
                    })
                    .collect(),
            };
        }
        rows.truncate(limit.or(self.limit).unwrap_or(ROWS));
        self.results.rows = rows.into_iter().map(|row| self.shown.row(row)).collect();
        self.results
    }
}

impl Shown<'_> {
    fn row(&self, row: Row) -> Vec<(String, String)> {
        let find = |name: &str| row.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let mut out: Vec<(String, String)> = Vec::new();
        for name in &self.names {
            if let Some(value) = find(name).filter(|value| !value.is_null()) {
                out.push(((*name).to_owned(), value.shown().into_owned()));
            }
        }
        if let Some(pointer) = find("@ptr").filter(|_| !self.is_aggregated && !self.names.contains(&"@ptr")) {
            out.push(("@ptr".to_owned(), pointer.shown().into_owned()));
        }
        out
    }
}

impl Row {
    fn record(self) -> Record<'static> {
        Record::row(self.fields)
    }
}

impl Groups {
    fn add(&mut self, stats: &Stats, record: &Record<'_>, setting: Setting<'_>) {
        let values: Vec<Value> = stats.by.iter().map(|named| value(&named.expr, record, setting)).collect();
        let key: Vec<String> = values.iter().map(|value| value.shown().into_owned()).collect();
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => {
                self.all.push((values, vec![Tally::default(); stats.aggregates.len()]));
                let place = self.all.len().saturating_sub(1);
                self.places.insert(key, place);
                place
            }
        };
        let Some((_, tallies)) = self.all.get_mut(place) else { return };
        for (aggregate, tally) in stats.aggregates.iter().zip(tallies) {
            let argument = match &aggregate.argument {
                Some(argument) => value(argument, record, setting),
                None => Value::Null,
            };
            tally.add(aggregate, argument, record.at());
        }
    }

    fn finish(mut self, stats: &Stats, setting: Setting<'_>) -> Vec<Row> {
        // Without groups there is one row, also over nothing.
        if self.all.is_empty() && stats.by.is_empty() {
            self.all.push((Vec::new(), vec![Tally::default(); stats.aggregates.len()]));
        }
        let row = |(by, tallies): (Vec<Value>, Vec<Tally>)| {
            let aggregates: Vec<Value> = stats
                .aggregates
                .iter()
                .zip(tallies)
                .map(|(aggregate, tally)| tally.finish(aggregate))
                .collect();
            let names = stats.by.iter().map(|named| named.name.clone());
            let mut record = Record::row(names.zip(by).collect());
            let setting = Setting { aggregates: &aggregates, ..setting };
            for column in &stats.columns {
                let computed = value(&column.expr, &record, setting);
                record.set(&column.name, computed);
            }
            Row { fields: record.made, at: 0 }
        };
        self.all.into_iter().map(row).collect()
    }
}

/// Takes a record through a command that looks at one at a time; false when it is dropped.
fn pass(command: &Command, record: &mut Record<'_>, setting: Setting<'_>) -> bool {
    match command {
        Command::Filter(condition) => value(condition, record, setting).is_true(),
        Command::Fields(list) | Command::Display(list) => {
            list.iter().for_each(|named| compute(named, record, setting));
            true
        }
        Command::Parse(parse) => {
            extract(parse, record, setting);
            true
        }
        _ => true,
    }
}

fn compute(named: &Named, record: &mut Record<'_>, setting: Setting<'_>) {
    if !named.is_field {
        let computed = value(&named.expr, record, setting);
        record.set(&named.name, computed);
    }
}

fn extract(parse: &Parse, record: &mut Record<'_>, setting: Setting<'_>) {
    let source = value(&parse.source, record, setting);
    if source.is_null() {
        return;
    }
    let text = source.shown().into_owned();
    let Some(found) = parse.regex.captures(&text) else { return };
    for (at, name) in parse.names.iter().enumerate() {
        if let (Some(name), Some(part)) = (name, found.get(at.saturating_add(1))) {
            record.set(name, Value::text(part.as_str()));
        }
    }
}

fn sort(rows: Vec<Row>, by: &[(super::expression::Expr, bool)], setting: Setting<'_>) -> Vec<Row> {
    let mut keyed: Vec<(Vec<Value>, Row)> = rows
        .into_iter()
        .map(|row| {
            let at = row.at;
            let record = row.record();
            let keys = by.iter().map(|(expr, _)| value(expr, &record, setting)).collect();
            (keys, Row { fields: record.made, at })
        })
        .collect();
    keyed.sort_by(|(one, _), (other, _)| {
        let orders = one.iter().zip(other).zip(by).map(|((one, other), (_, descending))| {
            let order = one.order(other);
            if *descending { order.reverse() } else { order }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn dedup(rows: Vec<Row>, by: &[super::expression::Expr], setting: Setting<'_>) -> Vec<Row> {
    let mut seen = HashSet::new();
    rows.into_iter()
        .filter_map(|row| {
            let at = row.at;
            let record = row.record();
            let key: Vec<String> =
                by.iter().map(|expr| value(expr, &record, setting).shown().into_owned()).collect();
            seen.insert(key).then_some(Row { fields: record.made, at })
        })
        .collect()
}
