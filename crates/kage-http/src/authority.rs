//! The double's own certificate authority: one per data directory, so that a client trusts it once.

use kage_core::Rng;
use kage_schema::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

const DAY_MS: i64 = 86_400_000;
/// Clients of today refuse leaf certificates that live longer.
// Apple: "About upcoming limits on trusted certificates", HT211025: 398 days.
const LEAF_DAYS: i64 = 397;
const AUTHORITY_DAYS: i64 = 3650;

/// Why the authority cannot work.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The stored key is no private key that it understands.
    #[error("the key of the local certificate authority cannot be used: {0}")]
    Key(String),
    /// A certificate could not be made.
    #[error("no certificate could be made for {name}: {reason}")]
    Certificate {
        /// For whom.
        name: String,
        /// Why not.
        reason: String,
    },
}

/// A certificate authority with an EC P-256 key. It signs server certificates for every name a client asks for; nobody
/// trusts it who was not told to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    certificate: CertificateDer<'static>,
    key_pem: String,
    /// One key serves all server certificates; making one per name would buy nothing.
    server_key: KeyPair,
    rng: Rng,
    now: Timestamp,
}

impl Authority {
    /// A new authority. `now` is the time of the wall clock: clients judge certificates by theirs.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn generate(now: Timestamp) -> Result<Authority, AuthorityError> {
        let key = KeyPair::generate().map_err(|error| AuthorityError::Key(error.to_string()))?;
        let parameters = authority_parameters(&key, now);
        let certificate = parameters.self_signed(&key).map_err(|error| failed("the authority", &error))?;
        let pem = certificate.pem();
        Authority::assemble(key, certificate.der().clone(), pem, now)
    }

    /// The authority that was stored as these two texts.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn load(certificate_pem: &str, key_pem: &str, now: Timestamp) -> Result<Authority, AuthorityError> {
        use rustls::pki_types::pem::PemObject as _;
        let key = KeyPair::from_pem(key_pem).map_err(|error| AuthorityError::Key(error.to_string()))?;
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|error| failed("the authority", &error))?;
        Authority::assemble(key, certificate, certificate_pem.to_owned(), now)
    }

    fn assemble(
        key: KeyPair,
        certificate: CertificateDer<'static>,
        certificate_pem: String,
        now: Timestamp,
    ) -> Result<Authority, AuthorityError> {
        let key_pem = key.serialize_pem();
        let server_key = KeyPair::generate().map_err(|error| AuthorityError::Key(error.to_string()))?;
        // Names and key identifier follow from the key alone, so they are those of the stored certificate.
        let issuer = Issuer::new(authority_parameters(&key, now), key);
        // Serial numbers need not be the same for the same seed: certificates are no state.
        let rng = Rng::new(None);
        Ok(Authority { issuer, certificate_pem, certificate, key_pem, server_key, rng, now })
    }

    /// The authority's certificate, for clients to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The authority's certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The authority's private key, to be kept where its owner alone can read it.
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The key of all server certificates.
    pub(crate) fn server_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.server_key.serialize_der()))
    }

    /// A server certificate for these DNS names and IP addresses.
    pub(crate) fn issue(&self, names: &[String]) -> Result<CertificateDer<'static>, AuthorityError> {
        let first = names.first().map_or("", String::as_str);
        let mut parameters = CertificateParams::new(names).map_err(|error| failed(first, &error))?;
        // A common name has at most 64 characters (RFC 5280, A.1); clients read the alternative names.
        parameters.distinguished_name = named("Kagemusha endpoint");
        set_validity(&mut parameters, self.now, LEAF_DAYS);
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut serial = self.rng.bytes::<16>();
        serial[0] &= 0x7f;
        parameters.serial_number = Some(SerialNumber::from_slice(&serial));
        let certificate =
            parameters.signed_by(&self.server_key, &self.issuer).map_err(|error| failed(first, &error))?;
        Ok(certificate.der().clone())
    }
}

fn authority_parameters(key: &KeyPair, now: Timestamp) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    // The name tells the authorities of two doubles apart.
    let identifier = parameters.key_identifier(key);
    let tail: String = identifier.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    parameters.distinguished_name = named(&format!("Kagemusha local CA {tail}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut parameters, now, AUTHORITY_DAYS);
    parameters
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Kagemusha");
    name.push(DnType::CommonName, common_name);
    name
}

/// From yesterday on, so that a client whose clock is a little behind does not refuse.
fn set_validity(parameters: &mut CertificateParams, now: Timestamp, days: i64) {
    let date = |time: Timestamp| {
        let text = time.iso8601();
        let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u16>().ok());
        let small = |value: u16| u8::try_from(value).unwrap_or(1);
        match (part(0, 4), part(5, 7), part(8, 10)) {
            (Some(year), Some(month), Some(day)) => {
                rcgen::date_time_ymd(i32::from(year), small(month), small(day))
            }
            _ => rcgen::date_time_ymd(2000, 1, 1),
        }
    };
    parameters.not_before = date(now.plus_ms(-DAY_MS));
    parameters.not_after = date(now.plus_ms(days.saturating_mul(DAY_MS)));
}

fn failed(name: &str, error: &impl std::fmt::Display) -> AuthorityError {
    AuthorityError::Certificate { name: name.to_owned(), reason: error.to_string() }
}
