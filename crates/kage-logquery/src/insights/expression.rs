//! Expressions: conditions, arithmetic, functions.

use super::QueryError;
use super::aggregate::Aggregate;
use super::function::{self, Function};
use super::period::Period;
use super::scan::Scan;
use super::value::Value;
use memchr::memmem::Finder;
use regex::Regex;

/// How deep expressions may nest. A limit of ours.
const DEPTH: usize = 64;

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A value as written.
    Value(Value),
    /// A field.
    Field(String),
    /// An aggregate of a `stats` command, by its place there.
    Aggregate(usize),
    /// A call whose text may be the name of a column that an earlier `stats` made.
    Column(String, Box<Expr>),
    /// `-x`
    Negative(Box<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `x and y`
    And(Box<Expr>, Box<Expr>),
    /// `x or y`
    Or(Box<Expr>, Box<Expr>),
    /// `x + y` and the like
    Arithmetic(char, Box<Expr>, Box<Expr>),
    /// `x = y` and the like
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `x like "text"`
    Like(Box<Expr>, Box<Finder<'static>>),
    /// `x like /regex/`, `x =~ /regex/`
    Matches(Box<Expr>, Regex),
    /// `x in ["a", "b"]`
    In(Box<Expr>, Vec<Expr>),
    /// `bin(5m)`
    Bin(Period),
    /// `datefloor(x, 5m)` (false) and `dateceil(x, 5m)` (true)
    Round(bool, Box<Expr>, Period),
    /// A function.
    Call(Function, Vec<Expr>),
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What expressions may hold.
pub struct Scope<'s> {
    /// Where aggregates go, in `stats`.
    pub aggregates: Option<&'s mut Vec<Aggregate>>,
    /// Whether a `stats` command stands before.
    pub after_stats: bool,
    depth: usize,
}

impl<'s> Scope<'s> {
    /// Without aggregates.
    pub fn plain(after_stats: bool) -> Scope<'s> {
        Scope { aggregates: None, after_stats, depth: 0 }
    }

    /// With aggregates, which go there.
    pub fn stats(aggregates: &'s mut Vec<Aggregate>, after_stats: bool) -> Scope<'s> {
        Scope { aggregates: Some(aggregates), after_stats, depth: 0 }
    }
}

type Parsed = Result<Expr, QueryError>;

/// Reads an expression.
///
/// # Errors
/// What is wrong with it.
pub fn read(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    scope.depth = scope.depth.saturating_add(1);
    if scope.depth > DEPTH {
        return Err(scan.error("expression nested too deeply"));
    }
    let mut left = conjunction(scan, scope)?;
    while scan.word("or") || scan.take("||") {
        left = Expr::Or(Box::new(left), Box::new(conjunction(scan, scope)?));
    }
    scope.depth = scope.depth.saturating_sub(1);
    Ok(left)
}

fn conjunction(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let mut left = negation(scan, scope)?;
    while scan.word("and") || scan.take("&&") {
        left = Expr::And(Box::new(left), Box::new(negation(scan, scope)?));
    }
    Ok(left)
}

fn negation(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    if !scan.word("not") {
        return comparison(scan, scope);
    }
    scope.depth = scope.depth.saturating_add(1);
    if scope.depth > DEPTH {
        return Err(scan.error("expression nested too deeply"));
    }
    let inner = negation(scan, scope)?;
    scope.depth = scope.depth.saturating_sub(1);
    Ok(Expr::Not(Box::new(inner)))
}

fn comparison(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let left = sum(scan, scope)?;
    let before = scan.clone();
    let negated = scan.word("not");
    let found = if scan.word("like") || (!negated && scan.take("=~")) {
        Some(like(scan, left.clone())?)
    } else if scan.word("in") {
        Some(member(scan, scope, left.clone())?)
    } else {
        None
    };
    match (found, negated) {
        (Some(found), true) => return Ok(Expr::Not(Box::new(found))),
        (Some(found), false) => return Ok(found),
        (None, true) => *scan = before,
        (None, false) => {}
    }
    let comparisons = [
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("=", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    for (text, comparison) in comparisons {
        if scan.take(text) {
            return Ok(Expr::Compare(comparison, Box::new(left), Box::new(sum(scan, scope)?)));
        }
    }
    Ok(left)
}

fn like(scan: &mut Scan<'_>, left: Expr) -> Parsed {
    match scan.peek() {
        Some('/') => Ok(Expr::Matches(Box::new(left), scan.regex()?)),
        Some('"' | '\'') => {
            let text = scan.quoted()?;
            Ok(Expr::Like(Box::new(left), Box::new(Finder::new(text.as_bytes()).into_owned())))
        }
        _ => Err(scan.unexpected()),
    }
}

fn member(scan: &mut Scan<'_>, scope: &mut Scope<'_>, left: Expr) -> Parsed {
    scan.expect("[")?;
    let mut all = Vec::new();
    if !scan.take("]") {
        loop {
            all.push(sum(scan, scope)?);
            if scan.take("]") {
                break;
            }
            scan.expect(",")?;
        }
    }
    Ok(Expr::In(Box::new(left), all))
}

fn sum(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let mut left = product(scan, scope)?;
    loop {
        let Some(sign @ ('+' | '-')) = scan.peek() else { return Ok(left) };
        scan.any();
        left = Expr::Arithmetic(sign, Box::new(left), Box::new(product(scan, scope)?));
    }
}

fn product(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let mut left = power(scan, scope)?;
    loop {
        let Some(sign @ ('*' | '/' | '%')) = scan.peek() else { return Ok(left) };
        scan.any();
        left = Expr::Arithmetic(sign, Box::new(left), Box::new(power(scan, scope)?));
    }
}

fn power(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let base = primary(scan, scope)?;
    if !scan.take("^") {
        return Ok(base);
    }
    let exponent = primary(scan, scope)?;
    Ok(Expr::Arithmetic('^', Box::new(base), Box::new(exponent)))
}

fn primary(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    match scan.peek() {
        Some('(') => {
            scan.expect("(")?;
            let inner = read(scan, scope)?;
            scan.expect(")")?;
            Ok(inner)
        }
        Some('-') => {
            scan.expect("-")?;
            scope.depth = scope.depth.saturating_add(1);
            if scope.depth > DEPTH {
                return Err(scan.error("expression nested too deeply"));
            }
            let inner = primary(scan, scope)?;
            scope.depth = scope.depth.saturating_sub(1);
            Ok(Expr::Negative(Box::new(inner)))
        }
        Some('"' | '\'') => Ok(Expr::Value(Value::Text(scan.quoted()?))),
        Some('`') => Ok(Expr::Field(scan.quoted()?)),
        Some(next) if next.is_ascii_digit() => number(scan),
        _ => named(scan, scope),
    }
}

fn number(scan: &mut Scan<'_>) -> Parsed {
    let begin = scan.clone();
    let rest = scan.rest();
    let digits =
        |text: &str| text.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(text.len());
    let mut end = digits(rest);
    // An exponent.
    let behind = rest.get(end..).unwrap_or_default();
    if let Some(exponent) = behind.strip_prefix(['e', 'E']) {
        let signed = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let more = digits(signed);
        if more > 0 {
            end = end.saturating_add(1 + exponent.len() - signed.len() + more);
        }
    }
    let text = rest.get(..end).unwrap_or_default();
    for _ in 0..end {
        scan.any();
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Expr::Value(Value::Number(value))),
        _ => Err(begin.error("invalid number")),
    }
}

fn named(scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    scan.space();
    let begin = scan.clone();
    let from = scan.at();
    let name = scan.name();
    if name.is_empty() {
        return Err(scan.unexpected());
    }
    if scan.peek() != Some('(') {
        return match name {
            "true" => Ok(Expr::Value(Value::Bool(true))),
            "false" => Ok(Expr::Value(Value::Bool(false))),
            "null" => Ok(Expr::Value(Value::Null)),
            _ => Ok(Expr::Field(name.to_owned())),
        };
    }
    scan.expect("(")?;
    let call = call(&begin, name, scan, scope)?;
    if scope.after_stats {
        return Ok(Expr::Column(scan.since(from).to_owned(), Box::new(call)));
    }
    Ok(call)
}

fn call(begin: &Scan<'_>, name: &str, scan: &mut Scan<'_>, scope: &mut Scope<'_>) -> Parsed {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "bin" => {
            let period = period(scan)?;
            scan.expect(")")?;
            return Ok(Expr::Bin(period));
        }
        "datefloor" | "dateceil" => {
            let of = read(scan, scope)?;
            scan.expect(",")?;
            let period = period(scan)?;
            scan.expect(")")?;
            return Ok(Expr::Round(lower == "dateceil", Box::new(of), period));
        }
        _ => {}
    }
    if Aggregate::is_name(&lower)
        && let Some(aggregate) = aggregate(begin, &lower, scan, scope)?
    {
        return Ok(aggregate);
    }
    let mut arguments = Vec::new();
    if !scan.take(")") {
        loop {
            arguments.push(read(scan, scope)?);
            if scan.take(")") {
                break;
            }
            scan.expect(",")?;
        }
    }
    match function::find(&lower, arguments.len()) {
        Ok(function) => Ok(Expr::Call(function, arguments)),
        Err(function::Refusal::Unknown) => Err(begin.error(&format!("unknown function {name}"))),
        Err(function::Refusal::Arguments) => {
            Err(begin.error(&format!("wrong number of arguments of function {name}")))
        }
        Err(function::Refusal::Unmodelled) => Err(begin.unmodelled(&format!("the function {name}"))),
    }
}

/// An aggregate; `None` where its name is that of a plain function and there are no aggregates.
fn aggregate(
    begin: &Scan<'_>,
    name: &str,
    scan: &mut Scan<'_>,
    scope: &mut Scope<'_>,
) -> Result<Option<Expr>, QueryError> {
    let depth = scope.depth;
    let Some(aggregates) = scope.aggregates.as_deref_mut() else {
        // Behind `stats` the text of an aggregate is the name of its column.
        if scope.after_stats {
            let mut open = 1_usize;
            while open > 0 {
                match scan.any() {
                    Some('(') => open = open.saturating_add(1),
                    Some(')') => open = open.saturating_sub(1),
                    Some(_) => {}
                    None => return Err(scan.unexpected()),
                }
            }
            return Ok(Some(Expr::Value(Value::Null)));
        }
        return Err(begin.error(&format!("the aggregation function {name} can be used in stats only")));
    };
    let mut inner = Scope { aggregates: None, after_stats: scope.after_stats, depth };
    let argument = match scan.peek() {
        Some(')') => None,
        Some('*') => {
            scan.any();
            None
        }
        _ => Some(read(scan, &mut inner)?),
    };
    let percent = if scan.take(",") {
        scan.space();
        match number(scan)? {
            Expr::Value(Value::Number(percent)) => Some(percent),
            _ => None,
        }
    } else {
        None
    };
    scan.expect(")")?;
    let made = Aggregate::new(name, argument, percent);
    let made = made.ok_or_else(|| begin.error(&format!("wrong arguments of function {name}")))?;
    aggregates.push(made);
    Ok(Some(Expr::Aggregate(aggregates.len().saturating_sub(1))))
}

/// `5m`, `1 h`.
pub fn period(scan: &mut Scan<'_>) -> Result<Period, QueryError> {
    scan.space();
    let begin = scan.clone();
    let text = scan.name();
    let digits = text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit = if unit.is_empty() { scan.name() } else { unit };
    let count = if count.is_empty() { None } else { count.parse().ok() };
    count.and_then(|count| Period::new(count, unit)).ok_or_else(|| begin.error("invalid period"))
}

impl Expr {
    /// The fields that it asks for.
    pub fn fields<'c>(&'c self, out: &mut Vec<&'c str>) {
        match self {
            Expr::Field(name) => out.push(name),
            Expr::Value(_) | Expr::Aggregate(_) => {}
            Expr::Bin(_) => out.push("@timestamp"),
            Expr::Column(_, inner) | Expr::Negative(inner) | Expr::Not(inner) | Expr::Like(inner, _) => {
                inner.fields(out);
            }
            Expr::Matches(inner, _) | Expr::Round(_, inner, _) => inner.fields(out),
            Expr::And(left, right) | Expr::Or(left, right) => {
                left.fields(out);
                right.fields(out);
            }
            Expr::Arithmetic(_, left, right) | Expr::Compare(_, left, right) => {
                left.fields(out);
                right.fields(out);
            }
            Expr::In(inner, all) => {
                inner.fields(out);
                all.iter().for_each(|one| one.fields(out));
            }
            Expr::Call(_, arguments) => arguments.iter().for_each(|one| one.fields(out)),
        }
    }
}
