//! What a call names: a stream by name or ARN, a consumer by ARN.

use crate::consumer::{Consumer, ConsumerName, ConsumerStatus};
use crate::stream::{self, Stream};
use crate::{consumers, errors, streams};
use kage_core::{Access, Arn, Call, Lookup, Result, Tx};

/// The members by which a call names a stream.
pub struct Naming<'a> {
    /// `StreamName`.
    pub name: Option<&'a str>,
    /// `StreamARN`.
    pub arn: Option<&'a str>,
    /// `StreamId`, which AWS reserves for later.
    pub id: Option<&'a str>,
}

macro_rules! naming {
    ($input:expr) => {
        $crate::named::Naming {
            name: $input.stream_name.as_deref(),
            arn: $input.stream_arn.as_deref(),
            id: $input.stream_id.as_deref(),
        }
    };
}
pub(crate) use naming;

/// Finds the stream that a call names.
///
/// # Errors
/// `InvalidArgumentException` when it names none, or two; 501 for `StreamId`.
pub fn stream(call: &Call<'_>, tx: &Tx, naming: &Naming<'_>) -> Result<Lookup<Stream>> {
    refuse_id(naming.id)?;
    match (naming.name, naming.arn) {
        (None, None) => Err(errors::no_name()),
        (Some(name), None) => find(tx, &call.account, &call.region, name, &call.region),
        (name, Some(text)) => {
            let arn = Arn::parse(text).ok_or_else(|| errors::bad_arn(text))?;
            let named = arn.of("stream").ok_or_else(|| errors::bad_arn(text))?;
            if name.is_some_and(|name| name != named) {
                return Err(errors::two_names());
            }
            find(tx, &arn.account, &arn.region, named, &call.region)
        }
    }
}

/// Finds the stream of an ARN.
///
/// # Errors
/// As [`stream`].
pub fn by_arn(call: &Call<'_>, tx: &Tx, arn: &str, id: Option<&str>) -> Result<Lookup<Stream>> {
    stream(call, tx, &Naming { name: None, arn: Some(arn), id })
}

/// Refuses `StreamId`. AWS: API reference: "Not Implemented. Reserved for future use."
///
/// # Errors
/// 501.
pub fn refuse_id(id: Option<&str>) -> Result<()> {
    if id.is_some() { Err(errors::not_modelled("StreamId")) } else { Ok(()) }
}

fn find(tx: &Tx, account: &str, region: &str, name: &str, here: &str) -> Result<Lookup<Stream>> {
    // An endpoint knows the streams of its own Region only.
    let found = if region == here { streams::find(tx.reads(), account, region, name)? } else { None };
    Ok(match found {
        Some(found) => Lookup::Found(found),
        None => Lookup::Missing {
            arn: stream::arn(account, region, name),
            owner: Some(account.to_owned()),
            error: errors::no_stream(account, name),
        },
    })
}

/// One action on a stream of the caller's own account.
// AWS: developer guide, "Sharing your data stream with another account": only some operations take resource policies.
pub fn own_access(action: &str, target: &Lookup<Stream>) -> Access {
    Access::on(action, target).policy(None)
}

/// A consumer with its stream.
pub struct Registered {
    /// The stream.
    pub stream: Stream,
    /// The consumer.
    pub consumer: Consumer,
}

impl Registered {
    /// Refuses a consumer that is coming or going.
    ///
    /// # Errors
    /// `ResourceInUseException`.
    pub fn require_active(&self) -> Result<()> {
        match self.consumer.status {
            ConsumerStatus::Active => Ok(()),
            _ => Err(errors::consumer_busy(&self.stream, &self.consumer)),
        }
    }
}

impl kage_core::Resource for Registered {
    fn arn(&self) -> String {
        self.consumer.arn(&self.stream)
    }
    fn owner(&self) -> Option<String> {
        Some(self.stream.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.consumer.tags.clone().into_iter().collect()
    }
    fn policy(&self) -> Option<kage_core::ResourcePolicy> {
        stream::resource_policy(self.consumer.policy.as_deref())
    }
}

/// Finds a consumer by its ARN.
///
/// # Errors
/// `InvalidArgumentException` for a text that is no such ARN.
pub fn consumer(call: &Call<'_>, tx: &Tx, text: &str) -> Result<Lookup<Registered>> {
    let name = ConsumerName::parse(text).ok_or_else(|| errors::bad_arn(text))?;
    let missing = || Lookup::Missing {
        arn: text.to_owned(),
        owner: Some(name.account.clone()),
        error: errors::no_consumer(&name.account, text),
    };
    if name.region != call.region {
        return Ok(missing());
    }
    let Some(stream) = streams::find(tx.reads(), &name.account, &name.region, &name.stream)? else {
        return Ok(missing());
    };
    let found = consumers::find(tx.reads(), &stream, &name.name)?;
    Ok(match found.filter(|consumer| consumer.arn(&stream) == text) {
        Some(consumer) => Lookup::Found(Registered { stream, consumer }),
        None => missing(),
    })
}
