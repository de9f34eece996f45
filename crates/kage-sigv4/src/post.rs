//! Browser uploads: the credentials stand in form fields and sign a policy.
//!
//! AWS: "Browser-Based Uploads Using POST (AWS Signature Version 4)".

use crate::chunk_key::ChunkKey;
use crate::claim::{Algorithm, Claim, Kind, PayloadHash};
use crate::error::{AuthError, Mismatch};
use crate::key::KeyMaterial;
use crate::options::VerifyOptions;
use crate::parse::Presented;
use crate::policy::PostPolicy;
use crate::verify::{check_scope, verifying_key};

/// What is uploaded, as the policy sees it.
#[derive(Clone, Copy, Debug)]
pub struct PostUpload<'a> {
    /// The bucket of the request.
    pub bucket: &'a str,
    /// The object key, `${filename}` already replaced.
    pub key: &'a str,
    /// All form fields before the file, names in any case.
    pub fields: &'a [(&'a str, &'a str)],
}

/// The claim of a browser upload and the policy it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostClaim {
    /// The credentials. [`Claim::payload`] is always absent.
    pub claim: Claim,
    /// The policy as received: base64.
    pub policy: String,
}

impl PostClaim {
    /// Reads the form fields before the file. `Ok(None)` is an anonymous upload: no policy and no signature.
    ///
    /// # Errors
    /// Signature Version 2, missing fields, unknown algorithm, malformed date or credential.
    pub fn parse(fields: &[(&str, &str)]) -> Result<Option<Self>, AuthError> {
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| *value).filter(|value| !value.is_empty())
        };
        let is_version_4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-signature"]
            .into_iter()
            .any(|name| field(name).is_some());
        if !is_version_4 && (field("AWSAccessKeyId").is_some() || field("signature").is_some()) {
            return Err(AuthError::SignatureVersion2(None));
        }
        if !is_version_4 && field("policy").is_none() {
            return Ok(None);
        }
        let required = |name: &'static str| field(name).ok_or(AuthError::PostMissingField(name));
        let policy = required("policy")?;
        let name = required("x-amz-algorithm")?;
        let algorithm = Algorithm::from_name(name).ok_or_else(|| AuthError::UnsupportedAlgorithm {
            kind: Kind::Post,
            algorithm: name.to_owned(),
        })?;
        let presented = Presented {
            kind: Kind::Post,
            algorithm,
            credential: required("x-amz-credential")?,
            date: required("x-amz-date")?,
            signature: required("x-amz-signature")?,
            signed: "",
        };
        let token = field("x-amz-security-token").map(str::to_owned);
        let region_set = field("x-amz-region-set").map(str::to_owned);
        let claim = presented.claim(token, region_set, None, PayloadHash::Absent)?;
        Ok(Some(Self { claim, policy: policy.to_owned() }))
    }

    /// Judges the scope, before the access key is looked up. The policy bounds the time, not the signature.
    ///
    /// # Errors
    /// [`AuthError::Scope`].
    pub fn check(&self, options: &VerifyOptions<'_>) -> Result<(), AuthError> {
        check_scope(&self.claim, options)
    }

    /// Judges the signature and reads the policy, which is then still to be evaluated.
    ///
    /// # Errors
    /// [`AuthError::SignatureMismatch`], [`AuthError::PolicyInvalid`].
    pub fn verify(&self, key: KeyMaterial<'_>) -> Result<PostPolicy, AuthError> {
        let key: Option<ChunkKey> = verifying_key(&self.claim, key);
        if !key.is_some_and(|key| key.verify(self.policy.as_bytes(), &self.claim.signature)) {
            return Err(AuthError::SignatureMismatch(Box::new(Mismatch {
                access_key: self.claim.access_key.clone(),
                signature: self.claim.signature.clone(),
                string_to_sign: self.policy.clone(),
                canonical_request: String::new(),
            })));
        }
        PostPolicy::parse(&self.policy)
    }
}
