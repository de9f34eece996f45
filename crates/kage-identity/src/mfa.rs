//! Virtual MFA devices and their time-based one-time passwords.
//!
//! IAM makes, enables and resynchronises devices; STS checks their codes in `GetSessionToken` and `AssumeRole`.

use crate::Tags;
use aws_lc_rs::hmac;
use kage_core::{Arn, Millis, Resource, Result, Tx, scan};
use kage_store::table::{Table, key as row};
use kage_store::{Key, Reads};
use serde::{Deserialize, Serialize};

/// A virtual MFA device. The seed is kept as it is: codes cannot be checked otherwise.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Its account.
    pub account: String,
    /// Its name, unique in the account without regard to case.
    pub name: String,
    /// `/` or `/division/team/`.
    pub path: String,
    /// When it was made.
    pub created: Millis,
    /// The shared secret, hexadecimal.
    pub seed: String,
    /// The user it belongs to; `None` while it belongs to nobody.
    pub user: Option<String>,
    /// When it was enabled for its user.
    pub enabled: Option<Millis>,
    /// How many time steps its clock is ahead of the double's, found when it was enabled or resynchronised.
    pub drift: i64,
    /// The time step of the last code that was accepted; no code is accepted twice (RFC 6238, section 5.2).
    pub last_step: Option<i64>,
    /// Its tags.
    pub tags: Tags,
}

const DEVICES: Table<Device> = Table::new("iam.mfa-devices");

/// Length of a time step in milliseconds (RFC 6238, section 4.1: X = 30 s).
const STEP_MS: i64 = 30_000;
/// How many steps a code may be early or late in a sign-in (RFC 6238, section 5.2 recommends one).
const WINDOW: i64 = 1;
/// How far the clock of a device may be off when it is enabled or resynchronised, in steps: one hour.
const DRIFT_MAX: i64 = 120;

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({} of {:?})", self.serial(), self.user)
    }
}

impl Device {
    /// Its serial number, which is its ARN: `arn:aws:iam::111122223333:mfa/path/name`.
    #[must_use]
    pub fn serial(&self) -> String {
        Arn::new("iam", "", &self.account, format!("mfa{}{}", self.path, self.name)).to_string()
    }

    /// Accepts a code for a sign-in at `now` on the double's clock. A code works once; the device must then be written
    /// back with [`put`].
    #[must_use]
    pub fn accept(&mut self, code: &str, now: Millis) -> bool {
        let around = step_of(now).saturating_add(self.drift);
        for step in around.saturating_sub(WINDOW)..=around.saturating_add(WINDOW) {
            if self.last_step.is_none_or(|last| step > last) && self.code_at(step).as_deref() == Some(code) {
                self.last_step = Some(step);
                return true;
            }
        }
        false
    }

    /// Accepts two codes in a row and learns how far the device's clock is off. The device must then be written back.
    #[must_use]
    pub fn synchronise(&mut self, first: &str, second: &str, now: Millis) -> bool {
        let around = step_of(now);
        let mut steps: Vec<i64> =
            (around.saturating_sub(DRIFT_MAX)..=around.saturating_add(DRIFT_MAX)).collect();
        steps.sort_by_key(|step| step.abs_diff(around));
        for step in steps {
            let next = step.saturating_add(1);
            if self.code_at(step).as_deref() == Some(first) && self.code_at(next).as_deref() == Some(second) {
                // The second of the codes is the one that the device shows now.
                self.drift = if step.abs_diff(around) <= 1 { 0 } else { next.saturating_sub(around) };
                self.last_step = Some(next);
                return true;
            }
        }
        false
    }

    /// The code of a time step. `None` when the seed is broken.
    fn code_at(&self, step: i64) -> Option<String> {
        one_time_password(&seed_bytes(&self.seed)?, u64::try_from(step).ok()?)
    }
}

impl Resource for Device {
    fn arn(&self) -> String {
        self.serial()
    }
    fn owner(&self) -> Option<String> {
        Some(self.account.clone())
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.tags.0.clone()
    }
}

/// The time step of a point in time.
#[must_use]
pub fn step_of(now: Millis) -> i64 {
    now.div_euclid(STEP_MS)
}

/// The code of six digits for a counter: HOTP with HMAC-SHA-1 (RFC 4226, section 5.3), which RFC 6238 feeds with time
/// steps. `None` only when the digest is too short, which SHA-1's is not.
#[must_use]
pub fn one_time_password(seed: &[u8], counter: u64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest.last()? & 0x0f);
    let bytes: [u8; 4] = digest.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
    let number = (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:06}"))
}

/// The bytes of a seed in hexadecimal; `None` when it is none.
#[must_use]
pub fn seed_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn key(account: &str, name: &str) -> Key {
    row(&[account, &name.to_lowercase()])
}

/// The device with this serial number (its ARN), if it is one of the account's.
///
/// # Errors
/// Those of the store.
pub fn find(reads: &dyn Reads, account: &str, serial: &str) -> Result<Option<Device>> {
    let Some(arn) = Arn::parse(serial).filter(|arn| arn.account == account) else { return Ok(None) };
    let Some(name) = arn.of("mfa").and_then(|path| path.rsplit('/').next()) else { return Ok(None) };
    Ok(find_by_name(reads, account, name)?.filter(|device| device.serial() == serial))
}

/// The device of this name, in any case of letters.
///
/// # Errors
/// Those of the store.
pub fn find_by_name(reads: &dyn Reads, account: &str, name: &str) -> Result<Option<Device>> {
    Ok(DEVICES.get(reads, &key(account, name))?)
}

/// All devices of the account, by name.
///
/// # Errors
/// Those of the store.
pub fn list(reads: &dyn Reads, account: &str) -> Result<Vec<Device>> {
    scan(&DEVICES, reads, &row(&[account]))
}

/// Writes the device.
///
/// # Errors
/// Those of the store.
pub fn put(tx: &mut Tx, device: &Device) -> Result<()> {
    Ok(DEVICES.put(tx.writer(), &key(&device.account, &device.name), device)?)
}

/// Removes the device.
///
/// # Errors
/// Those of the store.
pub fn remove(tx: &mut Tx, device: &Device) -> Result<()> {
    DEVICES.delete(tx.writer(), &key(&device.account, &device.name));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    /// RFC 4226, appendix D, and RFC 6238, appendix B (SHA-1; the last six of its eight digits).
    #[test]
    fn codes_are_those_of_the_standards() {
        let counters = ["755224", "287082", "359152", "969429", "338314", "254676", "287922"];
        for (counter, code) in (0_u64..).zip(counters) {
            assert_eq!(one_time_password(SEED, counter).unwrap(), code);
        }
        for (seconds, code) in [
            (59_i64, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let step = u64::try_from(step_of(seconds * 1000)).unwrap();
            assert_eq!(one_time_password(SEED, step).unwrap(), code);
        }
    }

    fn device() -> Device {
        let seed = SEED.iter().map(|byte| format!("{byte:02x}")).collect();
        Device {
            account: "111122223333".into(),
            name: "phone".into(),
            path: "/".into(),
            seed,
            ..Device::default()
        }
    }

    #[test]
    fn a_code_works_once_and_near_its_time_only() {
        let mut device = device();
        let now = 1_111_111_109_000;
        assert!(!device.accept("000000", now));
        assert!(!device.accept("081804", now + 3 * STEP_MS));
        assert!(device.accept("081804", now + STEP_MS));
        assert!(!device.accept("081804", now + STEP_MS));
    }

    #[test]
    fn two_codes_in_a_row_tell_the_drift() {
        let mut device = device();
        let now = 1_111_111_109_000;
        let step = u64::try_from(step_of(now)).unwrap();
        let ahead = |by: u64| one_time_password(SEED, step + by).unwrap();
        assert!(!device.synchronise(&ahead(20), &ahead(20), now));
        assert!(!device.synchronise(&ahead(21), &ahead(20), now));
        assert!(device.synchronise(&ahead(20), &ahead(21), now));
        assert_eq!(device.drift, 21);
        assert!(!device.accept(&ahead(1), now));
        assert!(device.accept(&ahead(22), now));
    }
}
