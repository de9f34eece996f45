//! TLS: certificates by the name that the client asks for, and the names of what was agreed on.

use crate::{Authority, AuthorityError, limits};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The TLS side of the AWS port: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN. AWS: "TLS 1.2 to become the minimum TLS
/// protocol level for all AWS API endpoints" (AWS security blog, 2022).
pub fn configuration(
    authority: Arc<Authority>,
    listening_on: IpAddr,
) -> Result<ServerConfig, AuthorityError> {
    let provider = aws_lc_rs::default_provider();
    let signing = provider
        .key_provider
        .load_private_key(authority.server_key())
        .map_err(|error| AuthorityError::Key(error.to_string()))?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !listening_on.is_loopback() && !listening_on.is_unspecified() {
        names.push(listening_on.to_string());
    }
    let unnamed = certified(&authority, &signing, &names)?;
    let resolver = Certificates { authority, signing, unnamed, named: Mutex::new(HashMap::new()) };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| AuthorityError::Key(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Makes a certificate for each server name that clients ask for, and keeps it.
struct Certificates {
    authority: Arc<Authority>,
    signing: Arc<dyn SigningKey>,
    /// For clients that name no server: those that connect to an address.
    unnamed: Arc<CertifiedKey>,
    named: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(name) = hello.server_name() else { return Some(Arc::clone(&self.unnamed)) };
        let name = name.to_ascii_lowercase();
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = named.get(&name) {
            return Some(Arc::clone(known));
        }
        let fresh = certified(&self.authority, &self.signing, std::slice::from_ref(&name)).ok()?;
        if named.len() >= limits::CERTIFICATES {
            named.clear();
        }
        named.insert(name, Arc::clone(&fresh));
        Some(fresh)
    }
}

fn certified(
    authority: &Authority,
    signing: &Arc<dyn SigningKey>,
    names: &[String],
) -> Result<Arc<CertifiedKey>, AuthorityError> {
    let chain: Vec<CertificateDer<'static>> = vec![authority.issue(names)?, authority.certificate().clone()];
    Ok(Arc::new(CertifiedKey::new(chain, Arc::clone(signing))))
}

/// Protocol version and cipher suite as CloudTrail's `tlsDetails` has them.
///
/// AWS: CloudTrail user guide, "CloudTrail record contents", tlsDetails: `TLSv1.2` with
/// `ECDHE-RSA-AES128-GCM-SHA256`, which are OpenSSL's names; `TLSv1.3` with `TLS_AES_128_GCM_SHA256`.
pub fn agreed(connection: &rustls::ServerConnection) -> Option<(String, String)> {
    let version = match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3",
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
        _ => return None,
    };
    let suite = format!("{:?}", connection.negotiated_cipher_suite()?.suite());
    Some((version.to_owned(), openssl_name(&suite)))
}

/// `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256` as `ECDHE-ECDSA-AES128-GCM-SHA256`; TLS 1.3 suites have one name only.
fn openssl_name(suite: &str) -> String {
    if let Some(rest) = suite.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let Some((exchange, cipher)) = suite.strip_prefix("TLS_").and_then(|rest| rest.split_once("_WITH_"))
    else {
        return suite.to_owned();
    };
    let cipher = cipher.replace("AES_", "AES").replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305");
    format!("{exchange}-{cipher}").replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_names_of_the_record() {
        for (rustls, record) in [
            ("TLS13_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
            ("TLS13_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
            ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
            ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
            ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ] {
            assert_eq!(openssl_name(rustls), record);
        }
    }
}
