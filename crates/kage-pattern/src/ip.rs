//! Addresses and blocks of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address as bits, and how many bits it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    bits: u128,
    width: u32,
}

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    low: Address,
    high: Address,
}

/// The address that a text writes.
pub fn address(text: &str) -> Option<Address> {
    // Most texts are no addresses; the first byte tells.
    if !text.bytes().next().is_some_and(|byte| byte.is_ascii_hexdigit() || byte == b':') {
        return None;
    }
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => Some(Address { bits: u128::from(u32::from(v4)), width: Ipv4Addr::BITS }),
        IpAddr::V6(v6) => Some(Address { bits: u128::from(v6), width: Ipv6Addr::BITS }),
    }
}

impl Block {
    /// Reads `10.0.0.0/24` or `2001:db8::/32`.
    ///
    /// # Errors
    /// AWS's texts (event-ruler, `CIDR`; recorded in LocalStack's `test_events_patterns.snapshot.json`).
    pub fn parse(text: &str) -> Result<Block, String> {
        let mut parts = text.trim_end_matches('/').split('/');
        let (Some(base), Some(mask), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err("Malformed CIDR, one '/' required".to_owned());
        };
        let mask: i32 =
            mask.parse().map_err(|_| "Malformed CIDR, mask bits must be an integer".to_owned())?;
        let mask =
            u32::try_from(mask).map_err(|_| "Malformed CIDR, mask bits must not be negative".to_owned())?;
        let base = address(base).ok_or_else(|| format!("Nonstandard IP address: {base}"))?;
        if mask >= base.width {
            let version = if base.width == Ipv4Addr::BITS { "IPv4" } else { "IPv6" };
            return Err(format!("{version} mask bits must be < {}", base.width));
        }
        // The mask is shorter than the address, and an address has at most 128 bits.
        let free = base.width.saturating_sub(mask);
        let variable = u128::MAX.checked_shr(u128::BITS.saturating_sub(free)).unwrap_or(0);
        let low = Address { bits: base.bits & !variable, ..base };
        let high = Address { bits: base.bits | variable, ..base };
        Ok(Block { low, high })
    }

    /// Whether the address is in it.
    pub fn holds(&self, address: Address) -> bool {
        address.width == self.low.width && (self.low.bits..=self.high.bits).contains(&address.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_addresses() {
        for (block, inside, outside) in [
            ("10.0.0.0/24", "10.0.0.255", "10.0.1.0"),
            ("10.0.0.77/24", "10.0.0.0", "9.255.255.255"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::/0", "ffff::", "1.2.3.4"),
        ] {
            let parsed = Block::parse(block).unwrap();
            assert!(parsed.holds(address(inside).unwrap()), "{block} {inside}");
            assert!(!parsed.holds(address(outside).unwrap()), "{block} {outside}");
        }
        for (text, says) in [
            ("10.0.0.0", "Malformed CIDR, one '/' required"),
            ("10.0.0.0/xx", "Malformed CIDR, mask bits must be an integer"),
            ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
            ("10.0.0.0/32", "IPv4 mask bits must be < 32"),
            ("::1/128", "IPv6 mask bits must be < 128"),
            ("xx.11.xx/8", "Nonstandard IP address: xx.11.xx"),
        ] {
            assert_eq!(Block::parse(text).unwrap_err(), says);
        }
    }
}
