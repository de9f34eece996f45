//! Commands.

use super::QueryError;
use super::aggregate::Aggregate;
use super::expression::{self, Expr, Scope};
use super::scan::Scan;
use regex::Regex;

/// One command of a query.
#[derive(Clone, Debug)]
pub enum Command {
    /// `fields a, b + 1 as c`
    Fields(Vec<Named>),
    /// `display a, b`
    Display(Vec<Named>),
    /// `filter a = 1`
    Filter(Expr),
    /// `parse @message "* [*] *" as a, b, c`
    Parse(Parse),
    /// `stats count(*) as n by bin(5m)`
    Stats(Stats),
    /// `sort a desc, b`
    Sort(Vec<(Expr, bool)>),
    /// `limit 20`
    Limit(usize),
    /// `dedup a, b`
    Dedup(Vec<Expr>),
}

/// An expression and how it is called.
#[derive(Clone, Debug)]
pub struct Named {
    /// The alias, or the text as it was written.
    pub name: String,
    /// The expression.
    pub expr: Expr,
    /// Whether it is a plain field under its own name.
    pub is_field: bool,
}

/// A `parse` command.
#[derive(Clone, Debug)]
pub struct Parse {
    /// Of what.
    pub source: Expr,
    /// With groups for the values.
    pub regex: Regex,
    /// The names of the groups' fields; `None` for groups without name.
    pub names: Vec<Option<String>>,
}

/// A `stats` command.
#[derive(Clone, Debug)]
pub struct Stats {
    /// What is computed; the expressions below refer to it by place.
    pub aggregates: Vec<Aggregate>,
    /// The columns.
    pub columns: Vec<Named>,
    /// By what.
    pub by: Vec<Named>,
}

/// AWS: user guide, `stats`: "a maximum of two stats commands in a query".
const STATS: usize = 2;
/// AWS: user guide, `limit`: up to 10,000; StartQuery lets 100,000.
const LIMIT: f64 = 100_000.0;

/// Reads the commands of a query.
///
/// # Errors
/// What is wrong with it.
pub fn commands(text: &str) -> Result<Vec<Command>, QueryError> {
    let mut scan = Scan::new(text);
    let mut out = Vec::new();
    if scan.peek().is_none() {
        return Err(scan.error("the query is empty"));
    }
    loop {
        let stats = out.iter().filter(|command| matches!(command, Command::Stats(_))).count();
        let begin = scan.clone();
        out.push(command(&mut scan, stats > 0)?);
        if stats == STATS && matches!(out.last(), Some(Command::Stats(_))) {
            return Err(begin.error("more than two stats commands in a query"));
        }
        if scan.peek().is_none() {
            return Ok(out);
        }
        scan.expect("|")?;
    }
}

fn command(scan: &mut Scan<'_>, after_stats: bool) -> Result<Command, QueryError> {
    let begin = {
        scan.space();
        scan.clone()
    };
    let name = scan.name().to_ascii_lowercase();
    let mut plain = Scope::plain(after_stats);
    match name.as_str() {
        "fields" => Ok(Command::Fields(list(scan, &mut plain)?)),
        "display" => Ok(Command::Display(list(scan, &mut plain)?)),
        "filter" => Ok(Command::Filter(expression::read(scan, &mut plain)?)),
        "parse" => parse(scan).map(Command::Parse),
        "stats" => stats(scan, after_stats).map(Command::Stats),
        "sort" | "order" => {
            if name == "order" {
                scan.expect("by")?;
            }
            sort(scan, &mut plain).map(Command::Sort)
        }
        "limit" | "head" => {
            let number = match expression::read(scan, &mut plain)? {
                Expr::Value(value) => value.number(),
                _ => None,
            };
            match number {
                Some(number) if number.fract() == 0.0 && (1.0..=LIMIT).contains(&number) => {
                    Ok(Command::Limit(number as usize))
                }
                _ => Err(begin.error("invalid limit")),
            }
        }
        "dedup" => {
            let fields = list(scan, &mut plain)?;
            Ok(Command::Dedup(fields.into_iter().map(|named| named.expr).collect()))
        }
        "anomaly" | "diff" | "filterindex" | "join" | "lookup" | "pattern" | "source" | "subquery"
        | "tail" | "unmask" | "unnest" => Err(begin.unmodelled(&format!("the command {name}"))),
        _ => {
            let mut begin = begin;
            Err(begin.unexpected())
        }
    }
}

fn list(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Result<Vec<Named>, QueryError> {
    let mut out = vec![named(scan, scope)?];
    while scan.take(",") {
        out.push(named(scan, scope)?);
    }
    Ok(out)
}

fn named(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Result<Named, QueryError> {
    scan.space();
    let from = scan.at();
    let expr = expression::read(scan, scope)?;
    let written = scan.since(from).to_owned();
    if scan.word("as") {
        return Ok(Named { name: alias(scan)?, expr, is_field: false });
    }
    match &expr {
        Expr::Field(name) => Ok(Named { name: name.clone(), is_field: true, expr }),
        _ => Ok(Named { name: written, expr, is_field: false }),
    }
}

fn alias(scan: &mut Scan<'_>) -> Result<String, QueryError> {
    if scan.peek() == Some('`') {
        return scan.quoted();
    }
    let name = scan.name();
    if name.is_empty() { Err(scan.unexpected()) } else { Ok(name.to_owned()) }
}

fn sort(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Result<Vec<(Expr, bool)>, QueryError> {
    let mut out = Vec::new();
    loop {
        let expr = expression::read(scan, scope)?;
        let descending = scan.word("desc");
        if !descending {
            scan.word("asc");
        }
        out.push((expr, descending));
        if !scan.take(",") {
            return Ok(out);
        }
    }
}

fn stats(scan: &mut Scan<'_>, after_stats: bool) -> Result<Stats, QueryError> {
    scan.space();
    let begin = scan.clone();
    let mut aggregates = Vec::new();
    let columns = list(scan, &mut Scope::stats(&mut aggregates, after_stats))?;
    if aggregates.is_empty() {
        return Err(begin.error("stats without an aggregation function"));
    }
    let by = match scan.word("by") {
        true => list(scan, &mut Scope::plain(after_stats))?,
        false => Vec::new(),
    };
    Ok(Stats { aggregates, columns, by })
}

fn parse(scan: &mut Scan<'_>) -> Result<Parse, QueryError> {
    let is_pattern = |next: Option<char>| matches!(next, Some('"' | '\'' | '/'));
    let source = match is_pattern(scan.peek()) {
        true => Expr::Field("@message".to_owned()),
        false => field(scan)?,
    };
    scan.space();
    let begin = scan.clone();
    if scan.peek() == Some('/') {
        let regex = scan.regex()?;
        let mut names: Vec<Option<String>> =
            regex.capture_names().skip(1).map(|name| name.map(str::to_owned)).collect();
        if scan.word("as") {
            let given = aliases(scan)?;
            if given.len() != names.len() {
                return Err(begin.error("the number of names is not that of the groups"));
            }
            names = given.into_iter().map(Some).collect();
        }
        if names.iter().all(Option::is_none) {
            return Err(begin.error("a regular expression without named groups"));
        }
        return Ok(Parse { source, regex, names });
    }
    let glob = scan.quoted()?;
    if !scan.word("as") {
        return Err(scan.unexpected());
    }
    let names = aliases(scan)?;
    let pieces: Vec<String> = glob.split('*').map(regex::escape).collect();
    if pieces.len() != names.len().saturating_add(1) {
        return Err(begin.error("the number of names is not that of the wildcards"));
    }
    // The last wildcard takes what is left when nothing stands behind it.
    let mut pattern = pieces.join("(.*?)");
    if glob.ends_with('*') {
        pattern.push('$');
    }
    let regex = begin.compile(&format!("(?s){pattern}"))?;
    Ok(Parse { source, regex, names: names.into_iter().map(Some).collect() })
}

fn field(scan: &mut Scan<'_>) -> Result<Expr, QueryError> {
    if scan.peek() == Some('`') {
        return scan.quoted().map(Expr::Field);
    }
    let name = scan.name();
    if name.is_empty() { Err(scan.unexpected()) } else { Ok(Expr::Field(name.to_owned())) }
}

fn aliases(scan: &mut Scan<'_>) -> Result<Vec<String>, QueryError> {
    let mut out = vec![alias(scan)?];
    while scan.take(",") {
        out.push(alias(scan)?);
    }
    Ok(out)
}

impl Command {
    /// The fields that it asks for.
    pub fn fields<'c>(&'c self, out: &mut Vec<&'c str>) {
        match self {
            Command::Fields(list) | Command::Display(list) => {
                list.iter().for_each(|named| named.expr.fields(out))
            }
            Command::Filter(expr) => expr.fields(out),
            Command::Parse(parse) => parse.source.fields(out),
            Command::Stats(stats) => {
                stats.by.iter().for_each(|named| named.expr.fields(out));
                stats
                    .aggregates
                    .iter()
                    .filter_map(|one| one.argument.as_ref())
                    .for_each(|expr| expr.fields(out));
            }
            Command::Sort(by) => by.iter().for_each(|(expr, _)| expr.fields(out)),
            Command::Dedup(by) => by.iter().for_each(|expr| expr.fields(out)),
            Command::Limit(_) => {}
        }
    }
}
