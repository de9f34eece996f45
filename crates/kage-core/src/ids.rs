//! Identifiers in AWS's shapes.

use crate::Rng;
use std::fmt::Write as _;

/// Makes identifiers from the world's randomness.
pub struct Ids<'a>(&'a Rng);

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE36: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const SECRET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl<'a> Ids<'a> {
    /// A maker that draws from `rng`.
    #[must_use]
    pub fn new(rng: &'a Rng) -> Ids<'a> {
        Ids(rng)
    }

    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let mut out = String::with_capacity(length);
        let limit = 256 - 256 % alphabet.len();
        while out.len() < length {
            // Bytes past the last whole multiple would favour the first letters.
            for byte in self.0.bytes::<32>() {
                let value = usize::from(byte);
                if value < limit && out.len() < length {
                    out.push(char::from(alphabet[value % alphabet.len()]));
                }
            }
        }
        out
    }

    /// A version-4 UUID.
    #[must_use]
    pub fn uuid(&self) -> String {
        let mut b = self.0.bytes::<16>();
        b[6] = b[6] & 0x0f | 0x40;
        b[8] = b[8] & 0x3f | 0x80;
        let mut out = String::with_capacity(36);
        for (index, byte) in b.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                out.push('-');
            }
            let _ = write!(out, "{byte:02x}");
        }
        out
    }

    /// An IAM unique id or access key id: a four-letter prefix (`AIDA`, `AROA`, `AKIA`, `ASIA`, …) that says what it
    /// names, an encoding of the account, and random letters; 20 characters in all, 21 for `AIDA`, `AROA` and the like.
    ///
    /// The account is recoverable by [`Ids::account_of_key`], as it is from real keys
    /// (AWS: `sts:GetAccessKeyInfo`; the bit layout is the one published by A. Tal, "A short note on AWS KEY ID").
    #[must_use]
    pub fn principal_id(&self, prefix: &str, account: &str) -> String {
        let number: u64 = account.parse().unwrap_or(0);
        // 48 bits of which the top one is unused: the account stands in bits 7..47 of the first six bytes.
        let random = self.0.bytes::<10>();
        let high = number << 7 & 0x7fff_ffff_ff80 | u64::from(random[9] & 0x7f);
        let mut bytes = [0_u8; 10];
        bytes[..6].copy_from_slice(&high.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random[..4]);
        let mut out = String::from(prefix);
        out.push_str(&base32(&bytes));
        if !matches!(prefix, "AKIA" | "ASIA") {
            out.push_str(&self.text(BASE32, 1));
        }
        out
    }

    /// The account that an access key id or unique id was made for; `None` when the id is too short or not base32.
    #[must_use]
    pub fn account_of_key(id: &str) -> Option<String> {
        let encoded = id.get(4..14)?;
        let mut bits: u64 = 0;
        for byte in encoded.bytes() {
            let value = BASE32.iter().position(|b| *b == byte)?;
            bits = bits << 5 | value as u64;
        }
        // Ten letters are 50 bits; the first 48 are the six bytes.
        let six = bits >> 2;
        Some(format!("{:012}", six >> 7 & 0xff_ffff_ffff))
    }

    /// A secret access key: 40 characters.
    #[must_use]
    pub fn secret_key(&self) -> String {
        self.text(SECRET, 40)
    }

    /// Lower-case letters and digits, as in `r-…`, `ou-…`, `p-…`, `o-…`.
    #[must_use]
    pub fn lower(&self, length: usize) -> String {
        self.text(BASE36, length)
    }

    /// Upper-case letters and digits 2 to 7.
    #[must_use]
    pub fn upper(&self, length: usize) -> String {
        self.text(BASE32, length)
    }

    /// Letters, digits, `+` and `/`, as in tokens.
    #[must_use]
    pub fn token(&self, length: usize) -> String {
        self.text(SECRET, length)
    }

    /// Lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    /// Decimal digits; the first is not zero.
    #[must_use]
    pub fn digits(&self, length: usize) -> String {
        let first = self.text(b"123456789", 1);
        first + &self.text(b"0123456789", length.saturating_sub(1))
    }
}

fn base32(bytes: &[u8; 10]) -> String {
    let mut out = String::with_capacity(16);
    for group in bytes.chunks(5) {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for index in (0..8).rev() {
            out.push(char::from(BASE32[(bits >> (index * 5) & 31) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_key() {
        let rng = Rng::new(Some(7));
        let ids = Ids::new(&rng);
        for account in ["111122223333", "000000000001", "999999999999"] {
            for prefix in ["AKIA", "ASIA", "AROA"] {
                let id = ids.principal_id(prefix, account);
                assert_eq!(id.len(), if prefix == "AROA" { 21 } else { 20 });
                assert_eq!(Ids::account_of_key(&id).as_deref(), Some(account));
            }
        }
        // The published example of a real key id and its account.
        assert_eq!(Ids::account_of_key("ASIAY34FZKBOKMUTVV7A").as_deref(), Some("609629065308"));
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let (a, b) = (Rng::new(Some(1)), Rng::new(Some(1)));
        assert_eq!(Ids::new(&a).uuid(), Ids::new(&b).uuid());
        assert_ne!(Ids::new(&a).uuid(), Ids::new(&a).uuid());
    }
}
