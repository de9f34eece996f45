//! How calls name functions.

use crate::errors;
use crate::function::{self, Function};
use kage_core::{Arn, Call, Result};

/// Which function, without a qualifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The name.
    pub name: String,
}

/// A function as a call names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Which function.
    pub place: Place,
    /// The version or alias, when one was named.
    pub qualifier: Option<String>,
}

impl Place {
    /// Where a function is.
    pub fn of(function: &Function) -> Place {
        Place {
            account: function.account.clone(),
            region: function.region.clone(),
            name: function.name.clone(),
        }
    }

    /// A function of the call's own account and Region.
    pub fn own(call: &Call<'_>, name: &str) -> Place {
        Place { account: call.account.clone(), region: call.region.clone(), name: name.to_owned() }
    }

    /// Its unqualified ARN.
    pub fn arn(&self) -> String {
        function::arn(&self.account, &self.region, &self.name)
    }
}

impl Name {
    /// The ARN with the qualifier, if there is one.
    pub fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.place.arn()),
            None => self.place.arn(),
        }
    }
}

/// Reads `name`, `account:function:name`, `function:name` or an ARN, each with an optional qualifier at its end, beside the
/// qualifier of the call.
// AWS: Lambda API reference, Invoke, `FunctionName`, "Name formats".
///
/// # Errors
/// `InvalidParameterValueException` for two different qualifiers, `ResourceNotFoundException` for another Region.
pub fn parse(call: &Call<'_>, text: &str, qualifier: Option<&str>) -> Result<Name> {
    let mut place = Place::own(call, "");
    let rest = match Arn::parse(text) {
        Some(arn) if arn.service == "lambda" => {
            if arn.region != call.region {
                let text = format!(
                    "Functions from '{}' are not reachable in this region ('{}')",
                    arn.region, call.region
                );
                return Err(errors::not_found(text));
            }
            place.account = arn.account;
            arn.resource
        }
        _ => match text.split_once(':') {
            Some((account, rest))
                if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                account.clone_into(&mut place.account);
                rest.to_owned()
            }
            _ => text.to_owned(),
        },
    };
    let rest = rest.strip_prefix("function:").unwrap_or(&rest);
    let (name, derived) = match rest.split_once(':') {
        Some((name, derived)) => (name, Some(derived)),
        None => (rest, None),
    };
    if name.is_empty() || name.contains(':') || derived.is_some_and(|derived| derived.contains(':')) {
        return Err(errors::invalid(format!("Invalid ARN: {text}")));
    }
    if let (Some(derived), Some(given)) = (derived, qualifier)
        && derived != given
    {
        return Err(errors::invalid(
            "The derived qualifier from the function name does not match the specified qualifier.",
        ));
    }
    name.clone_into(&mut place.name);
    Ok(Name { place, qualifier: derived.or(qualifier).map(str::to_owned) })
}
