//! Digests: hourly files that say which log files were written, signed, each holding the hash and signature of the one
//! before. AWS: CloudTrail user guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log
//! file integrity validation".

use crate::object::{self, Object};
use crate::trail::Trail;
use crate::{delivery, organization, signing_keys, spans, status, trails};
use aws_lc_rs::digest::{SHA256, digest};
use kage_core::{Arn, Call, Error, Job, Millis, Resource, Result, Tx, scan};
use kage_schema::Timestamp;
use kage_store::table::{Table, key as row};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The kind of job.
pub const JOB: &str = "cloudtrail.digest";
const HOUR_MS: i64 = 3_600_000;
const CHAINS: Table<Chain> = Table::new("cloudtrail.digest-chains");

/// The chain of one trail for one account and Region that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Chain {
    account: String,
    region: String,
    /// Where the next digest's time begins.
    start: Millis,
    /// When it is written.
    next: Millis,
    /// The files it will list.
    files: Vec<LogFile>,
    /// The digest before; none for the first.
    previous: Option<Previous>,
    /// The next digest is the last: the trail stopped, or validation was turned off.
    ending: bool,
}

/// A log file as a digest lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogFile {
    /// Where it is.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of what it holds, uncompressed, in hexadecimal.
    pub hash: String,
    /// Time of its newest event.
    pub newest: Millis,
    /// Time of its oldest event.
    pub oldest: Millis,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Previous {
    bucket: String,
    key: String,
    hash: String,
    signature: String,
}

fn key(trail: &Trail, account: &str, region: &str) -> kage_store::Key {
    row(&[&trail.account, &trail.region, &trail.name, account, region])
}

/// Begins the chains of a trail that logs with validation: in its home Region, and wherever it has events to deliver.
/// A chain that was about to end goes on.
///
/// # Errors
/// Those of the store.
pub fn begin(call: &Call<'_>, tx: &mut Tx, trail: &Trail) -> Result<()> {
    if !(trail.logging && trail.validation) {
        return Ok(());
    }
    for account in organization::accounts(tx.reads(), trail)? {
        let mut regions = vec![trail.region.clone()];
        let streams = kage_record::streams_of(tx.reads(), &account);
        regions.extend(streams.into_iter().map(|(region, _)| region).filter(|region| trail.covers(region)));
        regions.sort();
        regions.dedup();
        for region in regions {
            let place = key(trail, &account, &region);
            match CHAINS.get(tx.reads(), &place)? {
                Some(chain) => CHAINS.put(tx.writer(), &place, &Chain { ending: false, ..chain })?,
                None => begin_at(call, tx, trail, (&account, &region), call.now).map(|_| ())?,
            }
        }
    }
    Ok(())
}

fn begin_at(
    call: &Call<'_>,
    tx: &mut Tx,
    trail: &Trail,
    (account, region): (&str, &str),
    start: Timestamp,
) -> Result<Chain> {
    let chain = Chain {
        account: account.to_owned(),
        region: region.to_owned(),
        start: start.milliseconds(),
        next: call.now.plus_ms(HOUR_MS).milliseconds(),
        files: Vec::new(),
        previous: None,
        ending: false,
    };
    CHAINS.put(tx.writer(), &key(trail, account, region), &chain)?;
    plan(tx, trail, &chain)?;
    Ok(chain)
}

fn plan(tx: &mut Tx, trail: &Trail, chain: &Chain) -> Result<()> {
    let job = Job {
        kind: JOB.to_owned(),
        account: chain.account.clone(),
        region: chain.region.clone(),
        payload: json!(trail.arn()),
    };
    tx.schedule(Timestamp(chain.next), &job)
}

/// The chains of a trail end with their next digest, which lists what was still delivered. When the trail logs again
/// later, a new chain begins: the gap that AWS documents.
///
/// # Errors
/// Those of the store.
pub fn end(tx: &mut Tx, trail: &Trail) -> Result<()> {
    for chain in chains(tx, trail)? {
        let place = key(trail, &chain.account, &chain.region);
        CHAINS.put(tx.writer(), &place, &Chain { ending: true, ..chain })?;
    }
    Ok(())
}

/// Forgets the chains of a trail.
///
/// # Errors
/// Those of the store.
pub fn forget(tx: &mut Tx, trail: &Trail) -> Result<()> {
    for chain in chains(tx, trail)? {
        CHAINS.delete(tx.writer(), &key(trail, &chain.account, &chain.region));
    }
    Ok(())
}

fn chains(tx: &Tx, trail: &Trail) -> Result<Vec<Chain>> {
    scan(&CHAINS, tx.reads(), &row(&[&trail.account, &trail.region, &trail.name]))
}

/// A log file was written for the call's account and Region.
///
/// # Errors
/// Those of the store.
pub fn add(call: &Call<'_>, tx: &mut Tx, trail: &Trail, file: LogFile) -> Result<()> {
    if !trail.validation {
        return Ok(());
    }
    let place = key(trail, &call.account, &call.region);
    let mut chain = match CHAINS.get(tx.reads(), &place)? {
        Some(chain) => chain,
        None => {
            let of = (call.account.as_str(), call.region.as_str());
            begin_at(call, tx, trail, of, Timestamp(file.oldest))?
        }
    };
    chain.files.push(file);
    Ok(CHAINS.put(tx.writer(), &place, &chain)?)
}

/// Writes the digest of one trail and Region that came due.
///
/// # Errors
/// Those of the store. S3's errors are kept in the trail's status; the next digest then lists these files too.
pub fn run(call: &Call<'_>, tx: &mut Tx, payload: &Value) -> Result<()> {
    let arn = Arn::parse(payload.as_str().unwrap_or_default());
    let Some(arn) = arn else { return Err(Error::internal("a digest without trail")) };
    let name = arn.of("trail").unwrap_or_default();
    let Some(trail) = trails::find(tx.reads(), &arn.account, &arn.region, name)? else { return Ok(()) };
    let place = key(&trail, &call.account, &call.region);
    let Some(mut chain) = CHAINS.get(tx.reads(), &place)? else { return Ok(()) };
    if chain.next > call.now.milliseconds() {
        // A job of a chain that ended before this one began.
        return Ok(());
    }
    let mut status = status::find(tx.reads(), &trail, &call.account, &call.region)?;
    let now = call.now.milliseconds();
    match write(call, tx, &trail, &chain) {
        Ok(previous) => {
            status.digests.note(now, Ok(()));
            chain.previous = Some(previous);
            chain.files.clear();
            chain.start = now;
        }
        Err(error) => status.digests.note(now, Err(error.code.into_owned())),
    }
    status::put(tx, &trail, &call.account, &call.region, &status)?;
    let late = trail.validation && spans::pending(tx.reads(), &trail, &call.account, &call.region)?;
    if chain.ending && chain.files.is_empty() && !late {
        CHAINS.delete(tx.writer(), &place);
        return Ok(());
    }
    chain.next = call.now.plus_ms(HOUR_MS).milliseconds();
    CHAINS.put(tx.writer(), &place, &chain)?;
    plan(tx, &trail, &chain)
}

fn write(call: &Call<'_>, tx: &mut Tx, trail: &Trail, chain: &Chain) -> Result<Previous> {
    let signing = signing_keys::current(call, tx, &call.region)?;
    let object_key = file_key(trail, chain, call.now);
    let end = call.now.whole_seconds().iso8601();
    let content = document(trail, chain, &object_key, &end, &signing.fingerprint).to_string().into_bytes();
    let hash = hex::encode(digest(&SHA256, &content));
    // AWS: user guide, "Custom implementations …": the Java null of a first digest is signed as the word.
    let before = chain.previous.as_ref().map_or("null", |previous| &previous.signature);
    let message = format!("{end}\n{}/{object_key}\n{hash}\n{before}", trail.bucket);
    let signature = hex::encode(signing_keys::sign(call, tx, &signing, message.as_bytes())?);
    let metadata = BTreeMap::from([
        ("signature".to_owned(), signature.clone()),
        ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
    ]);
    let bytes = object::gzip(&content)?;
    object::put(call, tx, trail, Object { key: &object_key, bytes, metadata: Some(metadata), json: true })?;
    Ok(Previous { bucket: trail.bucket.clone(), key: object_key, hash, signature })
}

fn file_key(trail: &Trail, chain: &Chain, end: Timestamp) -> String {
    let Trail { name, region: home, .. } = trail;
    let Chain { account, region, .. } = chain;
    format!(
        "{}CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_{name}_{home}_{}.json.gz",
        trail.root(account),
        delivery::folder(end),
        end.basic()
    )
}

fn document(trail: &Trail, chain: &Chain, key: &str, end: &str, fingerprint: &str) -> Value {
    let time = |ms: Millis| Timestamp(ms).whole_seconds().iso8601();
    let previous = chain.previous.as_ref();
    let files: Vec<Value> = chain
        .files
        .iter()
        .map(|file| {
            json!({
                "s3Bucket": file.bucket,
                "s3Object": file.key,
                "hashValue": file.hash,
                "hashAlgorithm": "SHA-256",
                "newestEventTime": time(file.newest),
                "oldestEventTime": time(file.oldest),
            })
        })
        .collect();
    json!({
        "awsAccountId": chain.account,
        "digestStartTime": time(chain.start),
        "digestEndTime": end,
        "digestS3Bucket": trail.bucket,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": fingerprint,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": chain.files.iter().map(|file| file.newest).max().map(time),
        "oldestEventTime": chain.files.iter().map(|file| file.oldest).min().map(time),
        "previousDigestS3Bucket": previous.map(|previous| &previous.bucket),
        "previousDigestS3Object": previous.map(|previous| &previous.key),
        "previousDigestHashValue": previous.map(|previous| &previous.hash),
        "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
        "previousDigestSignature": previous.map(|previous| &previous.signature),
        "logFiles": files,
    })
}
