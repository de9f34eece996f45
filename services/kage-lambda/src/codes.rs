//! Deployment packages: checked, kept once by their content in the body store, sealed under a secret of the double.

use crate::errors;
use crate::function::Code;
use kage_core::{Call, Error, Forward, Package, Result, Tx, World, find_secret, open, seal, secret};
use kage_schema::Blob;
use kage_store::BodyId;
use kage_store::table::{Table, key as row};
use kage_zip::{Limits, ZipError, check};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::sync::Arc;

const CODES: Table<Stored> = Table::new("lambda.codes");
const SECRET: &str = "lambda-code";
// AWS: Lambda quotas: 50 MB zipped (the API takes the Base64 text of it), 250 MB unzipped.
const ZIPPED_MAX: usize = 52_428_800;
const UNZIPPED: Limits = Limits { entries: 65_534, total: 262_144_000 };

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    body: BodyId,
    size: i64,
    /// How many versions of functions and layers hold it.
    holders: u64,
}

/// Where a package comes from.
pub struct Source<'a> {
    /// The bytes themselves.
    pub zip: Option<&'a Blob>,
    /// A bucket.
    pub bucket: Option<&'a str>,
    /// A key in it.
    pub key: Option<&'a str>,
    /// A version of the object.
    pub version: Option<&'a str>,
}

/// Reads a package, checks it and keeps it. The caller of this holds it once.
///
/// # Errors
/// `InvalidParameterValueException` for what is no archive, S3's denials in Lambda's words.
pub fn take(call: &Call<'_>, tx: &mut Tx, source: &Source<'_>) -> Result<Code> {
    let bytes = match (source.zip, source.bucket, source.key) {
        (Some(zip), None, None) => zip.0.clone(),
        (None, Some(bucket), Some(key)) => fetch(call, tx, bucket, key, source.version)?,
        (Some(_), _, _) => {
            return Err(errors::invalid(
                "Please do not provide other FunctionCode parameters when providing a ZipFile.",
            ));
        }
        _ => return Err(errors::invalid("Please provide a source for function code.")),
    };
    if bytes.len() > ZIPPED_MAX {
        return Err(errors::too_large_zipped(call.operation.name));
    }
    let summary = check(&bytes, &UNZIPPED).map_err(|error| match error {
        ZipError::TooLarge => errors::too_large_unzipped(),
        _ => errors::bad_zip(),
    })?;
    if summary.entries == 0 {
        return Err(errors::invalid("Uploaded file must be a non-empty zip"));
    }
    keep(call, tx, &bytes)
}

fn keep(call: &Call<'_>, tx: &mut Tx, bytes: &[u8]) -> Result<Code> {
    let sha256 = hex::encode(Sha256::digest(bytes));
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let code = Code { sha256, size };
    if hold(tx, &code)? {
        return Ok(code);
    }
    let key = secret(tx, call.world, SECRET)?;
    let sealed = seal(&key, call.rng().bytes(), bytes)
        .ok_or_else(|| Error::internal("a package could not be sealed"))?;
    let failed = |error: std::io::Error| Error::internal(format!("a package could not be kept: {error}"));
    let mut staged = call.world.store.bodies().stage()?;
    staged.write_all(&sealed).map_err(failed)?;
    let body = staged.seal()?;
    tx.writer().adopt(&body)?;
    CODES.put(tx.writer(), &row(&[&code.sha256]), &Stored { body, size, holders: 1 })?;
    Ok(code)
}

/// Counts one more holder. False: nobody holds such a package.
///
/// # Errors
/// Those of the store.
pub fn hold(tx: &mut Tx, code: &Code) -> Result<bool> {
    let key = row(&[&code.sha256]);
    let Some(mut stored) = CODES.get(tx.reads(), &key)? else { return Ok(false) };
    stored.holders = stored.holders.saturating_add(1);
    CODES.put(tx.writer(), &key, &stored)?;
    Ok(true)
}

/// Counts one holder less, and throws the package away with the last one.
///
/// # Errors
/// Those of the store.
pub fn release(tx: &mut Tx, code: &Code) -> Result<()> {
    let key = row(&[&code.sha256]);
    let Some(mut stored) = CODES.get(tx.reads(), &key)? else { return Ok(()) };
    stored.holders = stored.holders.saturating_sub(1);
    if stored.holders == 0 {
        tx.writer().release(&stored.body);
        CODES.delete(tx.writer(), &key);
        return Ok(());
    }
    Ok(CODES.put(tx.writer(), &key, &stored)?)
}

/// The package for the sandbox, which reads it when it does not have it yet.
pub fn package(world: &World, code: &Code) -> Package {
    let (world, sha256) = (world.clone(), code.sha256.clone());
    let wanted = sha256.clone();
    Package { sha256, read: Arc::new(move || read(&world, &wanted).map_err(|error| error.message)) }
}

fn read(world: &World, sha256: &str) -> Result<Vec<u8>> {
    let reads = world.store.read();
    let gone = || Error::internal("the deployment package is gone");
    let stored = CODES.get(&reads, &row(&[sha256]))?.ok_or_else(gone)?;
    let key = find_secret(&reads, SECRET)?.ok_or_else(gone)?;
    let mut sealed = Vec::new();
    let mut body = world.store.bodies().open(&stored.body)?;
    body.read_to_end(&mut sealed).map_err(|error| Error::internal(error.to_string()))?;
    open(&key, &sealed).ok_or_else(|| Error::internal("the deployment package was changed"))
}

/// A package from S3, read with the caller's own permissions.
// AWS: Lambda developer guide, "Deploy .zip file archives": the caller needs s3:GetObject; the texts are recorded answers.
fn fetch(call: &Call<'_>, tx: &mut Tx, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>> {
    let input = kage_api_s3::types::GetObjectRequest {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: version.map(str::to_owned),
        ..Default::default()
    };
    let how = Forward::AsCaller { via: "lambda.amazonaws.com" };
    let target = (&kage_api_s3::SERVICE, &kage_api_s3::operations::GET_OBJECT);
    let answer: Result<kage_api_s3::types::GetObjectOutput> = call.forward(tx, how, target, input);
    let output = answer.map_err(|error| match error.code.as_ref() {
        "AccessDenied" => Error::new(
            "AccessDeniedException",
            403,
            format!(
                "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for {bucket}/{key}. S3 Error Code: {}. S3 Error Message: {}",
                error.code, error.message
            ),
        ),
        "NotImplemented" => error,
        _ => errors::invalid(format!(
            "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
            error.code, error.message
        )),
    })?;
    let body = output.body;
    call.road.read_body(&body, ZIPPED_MAX as u64).map_err(|error| match error.status {
        413 => errors::too_large_zipped(call.operation.name),
        _ => error,
    })
}
