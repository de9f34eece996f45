//! Step 3: who signed, and is it true?

use crate::receive::Head;
use crate::signing_keys::SigningKeys;
use kage_core::{Caller, Error, Result};
use kage_identity::principal::{self, Credential};
use kage_schema::Protocol;
use kage_sigv4::{AuthError, Body, Claim, Dialect, KeyMaterial, RequestParts, Verified, VerifyOptions};
use kage_store::Reads;

/// How credentials that the double did not make are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// They are refused, as AWS refuses them.
    Strict,
    /// They are an administrator's. A key of twelve digits is that account's; other keys belong to `account`.
    Open {
        /// The account of keys that are no account themselves.
        account: String,
    },
}

/// A caller that is known. Made by this module alone.
#[derive(Debug)]
pub struct Identified {
    /// Who it is.
    pub caller: Caller,
    /// The Region of the credential scope.
    pub region: Option<String>,
    /// True for credentials that `--auth open` let pass: they are not judged.
    pub waived: bool,
}

/// Credentials whose signature is still to be proven.
pub struct Presented {
    /// What the request says.
    pub claim: Claim,
    /// What the store knows of the key; `None` for a stranger that `--auth open` lets pass.
    pub credential: Option<Credential>,
}

/// What the request says about its signer. `None` is an anonymous request.
///
/// # Errors
/// Credentials that cannot be read.
pub fn claim(head: &Head) -> std::result::Result<Option<Claim>, AuthError> {
    with_parts(head, kage_sigv4::parse)
}

/// Finds the key that the request names. Time and scope have been judged before, as AWS does.
///
/// # Errors
/// Unknown, inactive and expired keys; wrong tokens.
pub fn present(
    reads: &dyn Reads,
    claim: Claim,
    now: i64,
    auth: &Auth,
) -> Result<std::result::Result<Presented, AuthError>> {
    let Some(credential) = principal::credential(reads, &claim.access_key)? else {
        return Ok(match auth {
            Auth::Open { .. } => Ok(Presented { claim, credential: None }),
            Auth::Strict => Err(AuthError::UnknownAccessKey(claim.access_key)),
        });
    };
    if !credential.active {
        return Ok(Err(AuthError::InactiveAccessKey(claim.access_key)));
    }
    let token_fits = match (&credential.token, &claim.session_token) {
        (None, None) => true,
        (Some(known), Some(given)) => same(known.0.as_bytes(), given.as_bytes()),
        // A temporary key without its token names nobody.
        (Some(_), None) => return Ok(Err(AuthError::UnknownAccessKey(claim.access_key))),
        (None, Some(_)) => false,
    };
    if !token_fits {
        return Ok(Err(AuthError::InvalidToken(claim.session_token.unwrap_or_default())));
    }
    if credential.expires.is_some_and(|expires| expires <= now) {
        return Ok(Err(AuthError::ExpiredToken(claim.session_token.unwrap_or_default())));
    }
    Ok(Ok(Presented { claim, credential: Some(credential) }))
}

impl Presented {
    /// Proves the signature. `wall` is the wall clock in unix seconds: skew is never judged by the double's clock.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn verify(
        &self,
        head: &Head,
        body: Body,
        wall: i64,
        options: &VerifyOptions<'_>,
        keys: &SigningKeys,
    ) -> std::result::Result<Option<Verified>, AuthError> {
        let Some(credential) = &self.credential else { return Ok(None) };
        with_parts(head, |parts| {
            let checked = self.claim.check(parts, wall, options)?;
            if self.claim.algorithm == kage_sigv4::Algorithm::EcdsaP256Sha256 {
                let key = keys
                    .asymmetric(&self.claim.access_key, &credential.secret.0)
                    .ok_or_else(|| AuthError::UnknownAccessKey(self.claim.access_key.clone()))?;
                return checked.verify(KeyMaterial::Asymmetric(&key), body).map(Some);
            }
            let key = keys.symmetric(&self.claim, &credential.secret.0);
            checked.verify(KeyMaterial::Signing(&key), body).map(Some)
        })
    }

    /// Who the caller is, once the signature was proven.
    #[must_use]
    pub fn identify(self, auth: &Auth) -> Identified {
        let region = Some(self.claim.region.clone()).filter(|region| !region.is_empty());
        match (self.credential, auth) {
            (Some(credential), _) => {
                let caller = Caller { access_key: Some(self.claim.access_key), ..credential.caller };
                Identified { caller, region, waived: false }
            }
            (None, Auth::Open { account }) => {
                let key = self.claim.access_key;
                let is_account = key.len() == 12 && key.bytes().all(|b| b.is_ascii_digit());
                let account = if is_account { key.clone() } else { account.clone() };
                let caller = Caller { access_key: Some(key), ..principal::root(&account) };
                Identified { caller, region, waived: true }
            }
            (None, Auth::Strict) => Identified { caller: Caller::anonymous(), region, waived: false },
        }
    }
}

/// The rules of verification for a service.
#[must_use]
pub fn options<'a>(signing_names: &'a [&'a str], protocol: Protocol) -> VerifyOptions<'a> {
    if protocol == Protocol::RestXml && signing_names.first() == Some(&"s3") {
        return VerifyOptions { services: signing_names, ..VerifyOptions::s3(None) };
    }
    let generic = VerifyOptions::generic(signing_names, None);
    // STS ignores `X-Amz-Expires`: a presigned GetCallerIdentity lives as long as the clock skew allows
    // (AWS: kubernetes-sigs/aws-iam-authenticator, "API authorization from outside a cluster").
    VerifyOptions { honour_expires: signing_names.first() != Some(&"sts"), ..generic }
}

/// In whose words a service speaks of bad credentials.
#[must_use]
pub fn dialect(service: &str, protocol: Protocol) -> Dialect {
    match (service, protocol) {
        ("s3" | "s3control", _) => Dialect::S3,
        (_, Protocol::Ec2Query) => Dialect::Ec2,
        (_, Protocol::Query) => Dialect::Query,
        (_, Protocol::RestJson | Protocol::RestXml) => Dialect::RestJson,
        (_, Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RpcV2Cbor) => Dialect::Json,
    }
}

/// The error as it is answered.
#[must_use]
pub fn refusal(error: &AuthError, dialect: Dialect) -> Error {
    let mut out = Error::new(error.code(dialect), error.status(dialect), error.message(dialect));
    for (name, value) in error.members(dialect) {
        out = out.with(name, value);
    }
    out
}

/// Gives the head in the form that signatures are judged on.
pub fn with_parts<T>(head: &Head, f: impl FnOnce(&RequestParts<'_>) -> T) -> T {
    let headers: Vec<(&str, &[u8])> =
        head.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    f(&RequestParts { method: &head.method, path: &head.path, query: &head.query, headers: &headers })
}

/// Compares secrets in a time that does not depend on where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}
