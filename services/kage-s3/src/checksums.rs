//! Checksums of objects: what a call claims, what was computed, what is shown.
//!
//! AWS: S3 user guide, "Checking object integrity in Amazon S3".

use crate::errors;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use kage_core::{Call, Result, Upload, UploadDigests};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

/// The algorithms that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
    Md5,
}

impl Algorithm {
    /// Reads the name as `x-amz-checksum-algorithm` has it.
    ///
    /// # Errors
    /// `NotImplemented` for the others that S3 knows, `InvalidRequest` for the rest.
    pub fn parse(name: &str) -> Result<Algorithm> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "CRC32" => Algorithm::Crc32,
            "CRC32C" => Algorithm::Crc32c,
            "CRC64NVME" => Algorithm::Crc64Nvme,
            "SHA1" => Algorithm::Sha1,
            "SHA256" => Algorithm::Sha256,
            "MD5" => Algorithm::Md5,
            other @ ("SHA512" | "XXHASH64" | "XXHASH3" | "XXHASH128") => {
                return Err(errors::not_implemented(&format!("the checksum algorithm {other}")));
            }
            _ => {
                return Err(errors::unsupported_checksum());
            }
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "CRC32",
            Algorithm::Crc32c => "CRC32C",
            Algorithm::Crc64Nvme => "CRC64NVME",
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
            Algorithm::Md5 => "MD5",
        }
    }

    fn length(self) -> usize {
        match self {
            Algorithm::Crc32 | Algorithm::Crc32c => 4,
            Algorithm::Crc64Nvme => 8,
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Algorithm::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Algorithm::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Algorithm::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            _ => None,
        }
    }

    /// Whether the checksum of a whole can be told from those of its parts.
    pub fn combines(self) -> bool {
        self.crc().is_some()
    }

    /// The raw digest out of what was computed.
    pub fn of(self, digests: &UploadDigests) -> Option<Vec<u8>> {
        Some(match self {
            Algorithm::Crc32 => digests.crc32.to_be_bytes().to_vec(),
            Algorithm::Crc32c => digests.crc32c.to_be_bytes().to_vec(),
            Algorithm::Crc64Nvme => digests.crc64nvme.to_be_bytes().to_vec(),
            Algorithm::Sha1 => digests.sha1?.to_vec(),
            Algorithm::Sha256 => digests.sha256.to_vec(),
            Algorithm::Md5 => digests.md5.to_vec(),
        })
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match (self, self.crc()) {
            (Algorithm::Crc64Nvme, Some(crc)) => crc_fast::checksum(crc, bytes).to_be_bytes().to_vec(),
            (_, Some(crc)) => {
                let value = u32::try_from(crc_fast::checksum(crc, bytes)).unwrap_or_default();
                value.to_be_bytes().to_vec()
            }
            (Algorithm::Sha1, _) => {
                digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
            }
            (Algorithm::Md5, _) => Md5::digest(bytes).to_vec(),
            _ => digest::digest(&digest::SHA256, bytes).as_ref().to_vec(),
        }
    }
}

/// A checksum of an object or part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Base64; of a composite one with `-` and the number of parts.
    pub value: String,
    /// Whether it is of the bytes, and not of the parts' checksums.
    pub is_full: bool,
}

impl Checksum {
    /// The checksum of a body that came in one piece.
    pub fn of(algorithm: Algorithm, digests: &UploadDigests) -> Option<Checksum> {
        let value = STANDARD.encode(algorithm.of(digests)?);
        Some(Checksum { algorithm, value, is_full: true })
    }

    /// CRC-64/NVME from its number.
    pub fn of_crc64nvme(crc: u64) -> Checksum {
        Checksum { algorithm: Algorithm::Crc64Nvme, value: STANDARD.encode(crc.to_be_bytes()), is_full: true }
    }

    /// `FULL_OBJECT` or `COMPOSITE`.
    pub fn kind(&self) -> String {
        if self.is_full { "FULL_OBJECT" } else { "COMPOSITE" }.to_owned()
    }
}

/// The checksum of the checksums of parts. `None` when one of them is not known.
pub fn composite(algorithm: Algorithm, parts: &[&UploadDigests]) -> Option<Checksum> {
    let mut all = Vec::new();
    for digests in parts {
        all.extend(algorithm.of(digests)?);
    }
    let value = format!("{}-{}", STANDARD.encode(algorithm.hash(&all)), parts.len());
    Some(Checksum { algorithm, value, is_full: false })
}

/// The checksum of parts put together, each with its length. `None` for algorithms that cannot do that.
pub fn combined(algorithm: Algorithm, parts: &[(&UploadDigests, u64)]) -> Option<u64> {
    let crc = algorithm.crc()?;
    let of = |digests: &UploadDigests| match algorithm {
        Algorithm::Crc32 => u64::from(digests.crc32),
        Algorithm::Crc32c => u64::from(digests.crc32c),
        _ => digests.crc64nvme,
    };
    let mut parts = parts.iter();
    let first = of(parts.next()?.0);
    Some(
        parts
            .fold(first, |sum, (digests, length)| crc_fast::checksum_combine(crc, sum, of(digests), *length)),
    )
}

/// A combined CRC as a checksum.
pub fn full(algorithm: Algorithm, crc: u64) -> Checksum {
    let bytes = crc.to_be_bytes();
    let bytes = bytes.get(8_usize.saturating_sub(algorithm.length())..).unwrap_or_default();
    Checksum { algorithm, value: STANDARD.encode(bytes), is_full: true }
}

/// MD5 of the parts' MD5s, as the entity tag of an object of parts has it.
pub fn etag_of_parts(md5s: &[Vec<u8>]) -> String {
    format!("{}-{}", hex::encode(Md5::digest(md5s.concat())), md5s.len())
}

/// What a call claims of its body: header by header.
pub struct Claims<'a> {
    /// Values of `x-amz-checksum-…`.
    pub values: [(&'static str, Option<&'a str>); 10],
    /// `x-amz-sdk-checksum-algorithm`.
    pub algorithm: Option<&'a str>,
    /// `Content-MD5`.
    pub md5: Option<&'a str>,
}

/// The claims in an input that carries a body.
macro_rules! claims {
    ($input:expr) => {
        $crate::checksums::Claims {
            values: $crate::checksums::values!($input),
            algorithm: $input.checksum_algorithm.as_deref(),
            md5: $input.content_md5.as_deref(),
        }
    };
}

/// The checksum members of a shape.
macro_rules! values {
    ($input:expr) => {
        [
            ("CRC32", $input.checksum_crc32.as_deref()),
            ("CRC32C", $input.checksum_crc32c.as_deref()),
            ("CRC64NVME", $input.checksum_crc64nvme.as_deref()),
            ("SHA1", $input.checksum_sha1.as_deref()),
            ("SHA256", $input.checksum_sha256.as_deref()),
            ("SHA512", $input.checksum_sha512.as_deref()),
            ("MD5", $input.checksum_md5.as_deref()),
            ("XXHASH64", $input.checksum_xxhash64.as_deref()),
            ("XXHASH3", $input.checksum_xxhash3.as_deref()),
            ("XXHASH128", $input.checksum_xxhash128.as_deref()),
        ]
    };
}

/// Writes a checksum into the members of a shape.
macro_rules! show {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            let value = Some(checksum.value.clone());
            match checksum.algorithm {
                $crate::checksums::Algorithm::Crc32 => $output.checksum_crc32 = value,
                $crate::checksums::Algorithm::Crc32c => $output.checksum_crc32c = value,
                $crate::checksums::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
                $crate::checksums::Algorithm::Sha1 => $output.checksum_sha1 = value,
                $crate::checksums::Algorithm::Sha256 => $output.checksum_sha256 = value,
                $crate::checksums::Algorithm::Md5 => $output.checksum_md5 = value,
            }
        }
    };
}

pub(crate) use {claims, show, values};

/// Checks a body against what the call claims of it, and gives back the checksum that was claimed.
///
/// # Errors
/// `InvalidDigest`, `BadDigest`, `InvalidRequest`, `NotImplemented`.
pub fn verify(call: &Call<'_>, claims: &Claims<'_>, upload: &Upload) -> Result<Option<Checksum>> {
    if let Some(text) = claims.md5 {
        let given = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 16);
        let given = given.ok_or_else(|| {
            kage_core::Error::new("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
                .with("Content-MD5", text)
        })?;
        if given != upload.digests.md5 {
            return Err(errors::bad_digest("The Content-MD5 you specified did not match what we received.")
                .with("ExpectedDigest", hex::encode(given))
                .with("CalculatedDigest", STANDARD.encode(upload.digests.md5)));
        }
    }
    let Some((name, value)) = claimed(claims.values, upload)? else {
        // AWS: recorded answers of the test suites of S3-compatible stores (versitygw).
        return match claims.algorithm.filter(|_| call.header("x-amz-sdk-checksum-algorithm").is_some()) {
            Some(_) => Err(errors::invalid_request(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            )),
            None => Ok(None),
        };
    };
    let algorithm = Algorithm::parse(&name)?;
    if claims.algorithm.is_some_and(|given| !given.eq_ignore_ascii_case(&name)) {
        return Err(errors::invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid."));
    }
    let given = STANDARD.decode(&value).ok().filter(|bytes| bytes.len() == algorithm.length());
    let Some(given) = given else {
        let name = name.to_ascii_lowercase();
        return Err(errors::invalid_request(format!("Value for x-amz-checksum-{name} header is invalid.")));
    };
    if algorithm.of(&upload.digests).as_ref() != Some(&given) {
        let text = format!("The {name} you specified did not match the calculated checksum.");
        return Err(errors::bad_digest(text));
    }
    Ok(Some(Checksum { algorithm, value, is_full: true }))
}

/// The one checksum that headers or trailers name.
fn claimed(values: [(&'static str, Option<&str>); 10], upload: &Upload) -> Result<Option<(String, String)>> {
    let headers = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let trailers = upload.trailers.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix("x-amz-checksum-")?.to_ascii_uppercase(), value.trim().to_owned()))
    });
    let mut all: Vec<(String, String)> = headers.chain(trailers).collect();
    if all.len() > 1 {
        let text = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(errors::invalid_request(text));
    }
    Ok(all.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(bytes: &[u8]) -> UploadDigests {
        let crc = |algorithm| crc_fast::checksum(algorithm, bytes);
        UploadDigests {
            crc32: crc(CrcAlgorithm::Crc32IsoHdlc) as u32,
            crc32c: crc(CrcAlgorithm::Crc32Iscsi) as u32,
            crc64nvme: crc(CrcAlgorithm::Crc64Nvme),
            ..UploadDigests::default()
        }
    }

    #[test]
    fn parts_combine_to_the_whole() {
        let (a, b, c) = (b"hello ".as_slice(), b"wide ".as_slice(), b"world".as_slice());
        let whole = digests(b"hello wide world");
        let parts = [digests(a), digests(b), digests(c)];
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let sum = combined(algorithm, &[(&parts[0], 6), (&parts[1], 5), (&parts[2], 5)]).unwrap();
            assert_eq!(Some(full(algorithm, sum)), Checksum::of(algorithm, &whole));
        }
    }

    #[test]
    fn the_check_value_of_crc64nvme() {
        // The catalogue of CRC algorithms: CRC-64/NVME of "123456789" is ae8b14860a799888.
        let found = Checksum::of(Algorithm::Crc64Nvme, &digests(b"123456789")).unwrap();
        assert_eq!(STANDARD.decode(found.value).unwrap(), hex::decode("ae8b14860a799888").unwrap());
    }
}
