//! Shard iterators and page tokens: sealed texts, so that nobody can write one and nothing has to be kept for them.

use crate::errors;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::{Call, Error, Millis, Result, Tx};
use kage_store::Reads;

const SECRET: &str = "kinesis-tokens";
/// AWS's iterators begin with these bytes (mhart's kinesalite, `actions/getShardIterator.js`).
const PREFIX: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// How long iterators and tokens are good. AWS: API reference, GetShardIterator: 5 minutes; ListShards: 300 seconds.
pub const GOOD_MS: i64 = 300_000;

/// A position in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iterator {
    /// When it was given out.
    pub made: Millis,
    /// The place of the next record.
    pub position: u64,
    /// The shard.
    pub shard: u32,
    /// Account of the stream.
    pub account: String,
    /// Region of the stream.
    pub region: String,
    /// The stream's id, so that a new stream of the same name does not take it.
    pub stream_id: String,
    /// Name of the stream.
    pub stream: String,
}

/// Seals parts of a token.
///
/// # Errors
/// Those of the store.
pub fn seal(call: &Call<'_>, tx: &mut Tx, kind: &str, parts: &[&str]) -> Result<String> {
    let key = kage_core::secret(tx, call.world, SECRET)?;
    let text = format!("{kind}\n{}\n{}", call.now.milliseconds(), parts.join("\n"));
    let sealed = kage_core::seal(&key, call.rng().bytes(), text.as_bytes());
    let sealed = sealed.ok_or_else(|| Error::internal("a token could not be sealed"))?;
    Ok(STANDARD.encode([&PREFIX[..], &sealed].concat()))
}

/// Opens a token of this kind: when it was made, and its parts. `None` for anything that was not given out.
///
/// # Errors
/// Those of the store.
pub fn open(reads: &dyn Reads, kind: &str, token: &str) -> Result<Option<(Millis, Vec<String>)>> {
    let Some(key) = kage_core::find_secret(reads, SECRET)? else { return Ok(None) };
    let bytes = STANDARD.decode(token).ok();
    let clear = bytes.and_then(|bytes| kage_core::open(&key, bytes.strip_prefix(&PREFIX)?));
    let Some(text) = clear.and_then(|clear| String::from_utf8(clear).ok()) else { return Ok(None) };
    let mut parts = text.split('\n').map(str::to_owned);
    let found = parts.next();
    let made = parts.next().and_then(|made| made.parse().ok());
    Ok(made.filter(|_| found.as_deref() == Some(kind)).map(|made| (made, parts.collect())))
}

/// Opens a page token of this kind that is still good.
///
/// # Errors
/// `InvalidArgumentException`, `ExpiredNextTokenException`.
pub fn open_page(call: &Call<'_>, reads: &dyn Reads, kind: &str, token: &str) -> Result<Vec<String>> {
    let (made, parts) = open(reads, kind, token)?.ok_or_else(errors::invalid_token)?;
    if call.now.milliseconds().saturating_sub(made) > GOOD_MS {
        return Err(errors::expired_token(made, call.now.milliseconds()));
    }
    Ok(parts)
}

impl Iterator {
    /// The text that is given out.
    ///
    /// # Errors
    /// Those of the store.
    pub fn text(&self, call: &Call<'_>, tx: &mut Tx) -> Result<String> {
        let (position, shard) = (self.position.to_string(), self.shard.to_string());
        let parts = [&position, &shard, &self.account, &self.region, &self.stream_id, &self.stream];
        seal(call, tx, "iterator", &parts.map(String::as_str))
    }

    /// Reads an iterator that was given out, however old.
    ///
    /// # Errors
    /// Those of the store.
    pub fn read(reads: &dyn Reads, text: &str) -> Result<Option<Iterator>> {
        let Some((made, parts)) = open(reads, "iterator", text)? else { return Ok(None) };
        let [position, shard, account, region, stream_id, stream] = parts.as_slice() else { return Ok(None) };
        let (Ok(position), Ok(shard)) = (position.parse(), shard.parse()) else { return Ok(None) };
        Ok(Some(Iterator {
            made,
            position,
            shard,
            account: account.clone(),
            region: region.clone(),
            stream_id: stream_id.clone(),
            stream: stream.clone(),
        }))
    }
}
