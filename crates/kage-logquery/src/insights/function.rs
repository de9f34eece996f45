//! Functions.
// AWS: user guide, "Supported operations and functions".

use super::address::is_in_subnet;
use super::value::Value;
use std::net::IpAddr;

/// A function that is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Abs,
    Ceil,
    Coalesce,
    Concat,
    Floor,
    FromMillis,
    Greatest,
    IsBlank,
    IsEmpty,
    IsIpInSubnet,
    IsIpv4InSubnet,
    IsIpv6InSubnet,
    IsPresent,
    IsValidIp,
    IsValidIpv4,
    IsValidIpv6,
    Least,
    Log,
    LTrim,
    Now,
    Replace,
    RTrim,
    Sqrt,
    StrContains,
    StrLen,
    Substr,
    ToLower,
    ToMillis,
    ToUpper,
    Trim,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none of this name.
    Unknown,
    /// It does not take so many arguments.
    Arguments,
    /// Logs Insights has it and it is not modelled here.
    Unmodelled,
}

/// Name, fewest and most arguments.
const ALL: [(&str, Function, usize, usize); 30] = [
    ("abs", Function::Abs, 1, 1),
    ("ceil", Function::Ceil, 1, 1),
    ("coalesce", Function::Coalesce, 1, 64),
    ("concat", Function::Concat, 1, 64),
    ("floor", Function::Floor, 1, 1),
    ("frommillis", Function::FromMillis, 1, 1),
    ("greatest", Function::Greatest, 1, 64),
    ("isblank", Function::IsBlank, 1, 1),
    ("isempty", Function::IsEmpty, 1, 1),
    ("isipinsubnet", Function::IsIpInSubnet, 2, 2),
    ("isipv4insubnet", Function::IsIpv4InSubnet, 2, 2),
    ("isipv6insubnet", Function::IsIpv6InSubnet, 2, 2),
    ("ispresent", Function::IsPresent, 1, 1),
    ("isvalidip", Function::IsValidIp, 1, 1),
    ("isvalidipv4", Function::IsValidIpv4, 1, 1),
    ("isvalidipv6", Function::IsValidIpv6, 1, 1),
    ("least", Function::Least, 1, 64),
    ("log", Function::Log, 1, 1),
    ("ltrim", Function::LTrim, 1, 2),
    ("now", Function::Now, 0, 0),
    ("replace", Function::Replace, 3, 3),
    ("rtrim", Function::RTrim, 1, 2),
    ("sqrt", Function::Sqrt, 1, 1),
    ("strcontains", Function::StrContains, 2, 2),
    ("strlen", Function::StrLen, 1, 1),
    ("substr", Function::Substr, 2, 3),
    ("tolower", Function::ToLower, 1, 1),
    ("tomillis", Function::ToMillis, 1, 1),
    ("toupper", Function::ToUpper, 1, 1),
    ("trim", Function::Trim, 1, 2),
];

/// The function of this name, in lower case.
///
/// # Errors
/// Why there is none.
pub fn find(name: &str, arguments: usize) -> Result<Function, Refusal> {
    if matches!(name, "jsonparse" | "jsonstringify" | "jsonarraysize" | "jsonarraycontains" | "if" | "case") {
        return Err(Refusal::Unmodelled);
    }
    match ALL.iter().find(|(known, ..)| *known == name) {
        None => Err(Refusal::Unknown),
        Some((_, function, fewest, most)) if (*fewest..=*most).contains(&arguments) => Ok(*function),
        Some(_) => Err(Refusal::Arguments),
    }
}

/// Calls a function. What its arguments make no sense for is nothing.
pub fn call(function: Function, arguments: &[Value], now: i64) -> Value {
    apply(function, arguments, now).unwrap_or(Value::Null)
}

fn apply(function: Function, arguments: &[Value], now: i64) -> Option<Value> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    let number = || first.number();
    let made = |value: f64| value.is_finite().then_some(Value::Number(value));
    let present = || (!first.is_null()).then(|| first.shown());
    let flag = |value: bool| Some(Value::Bool(value));
    let address = || first.shown().parse::<IpAddr>().ok();
    let subnet = || Some(Value::Bool(is_in_subnet(address()?, &second.shown())?));
    match function {
        Function::Abs => made(number()?.abs()),
        Function::Ceil => made(number()?.ceil()),
        Function::Floor => made(number()?.floor()),
        Function::Sqrt => made(number()?.sqrt()),
        Function::Log => made(number()?.ln()),
        Function::Greatest => arguments.iter().filter_map(Value::number).reduce(f64::max).and_then(made),
        Function::Least => arguments.iter().filter_map(Value::number).reduce(f64::min).and_then(made),
        Function::Coalesce => arguments.iter().find(|value| !value.is_null()).cloned(),
        Function::IsPresent => flag(!first.is_null()),
        Function::IsEmpty => flag(first.shown().is_empty()),
        Function::IsBlank => flag(first.shown().trim().is_empty()),
        Function::Now => made((now / 1_000) as f64),
        Function::FromMillis => Some(Value::Time(number()? as i64)),
        Function::ToMillis => made(number()?),
        Function::IsValidIp => flag(address().is_some()),
        Function::IsValidIpv4 => flag(address().is_some_and(|address| address.is_ipv4())),
        Function::IsValidIpv6 => flag(address().is_some_and(|address| address.is_ipv6())),
        Function::IsIpInSubnet => subnet(),
        Function::IsIpv4InSubnet => address().filter(IpAddr::is_ipv4).and_then(|_| subnet()),
        Function::IsIpv6InSubnet => address().filter(IpAddr::is_ipv6).and_then(|_| subnet()),
        Function::Concat => {
            Some(Value::Text(arguments.iter().map(|value| value.shown().into_owned()).collect()))
        }
        Function::StrLen => made(present()?.chars().count() as f64),
        Function::ToUpper => Some(Value::Text(present()?.to_uppercase())),
        Function::ToLower => Some(Value::Text(present()?.to_lowercase())),
        Function::StrContains => flag(present()?.contains(second.shown().as_ref())),
        Function::Replace => {
            let search = second.shown();
            let with = arguments.get(2).unwrap_or(&Value::Null).shown();
            let text = present()?;
            let grown = text.len().saturating_mul(with.len().saturating_add(1));
            // A limit of ours: the answer of one call is no larger than a few events.
            (grown <= 1 << 24).then(|| Value::Text(text.replace(search.as_ref(), &with)))
        }
        Function::Substr => {
            let index = |value: &Value| Some(value.number()?.max(0.0) as usize);
            let behind = present()?.chars().skip(index(second)?).collect::<String>();
            match arguments.get(2) {
                Some(length) => Some(Value::Text(behind.chars().take(index(length)?).collect())),
                None => Some(Value::Text(behind)),
            }
        }
        Function::Trim | Function::LTrim | Function::RTrim => {
            let text = present()?;
            let set = second.shown();
            let drop = |next: char| if second.is_null() { next.is_whitespace() } else { set.contains(next) };
            let kept = match function {
                Function::LTrim => text.trim_start_matches(drop),
                Function::RTrim => text.trim_end_matches(drop),
                _ => text.trim_matches(drop),
            };
            Some(Value::text(kept))
        }
    }
}
