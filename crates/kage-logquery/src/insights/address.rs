//! IP addresses and subnets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A subnet: `10.0.0.0/8`.
pub fn is_in_subnet(address: IpAddr, subnet: &str) -> Option<bool> {
    let (base, length) = subnet.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match (address, base.parse().ok()?) {
        (IpAddr::V4(address), IpAddr::V4(base)) => same_v4(address, base, length),
        (IpAddr::V6(address), IpAddr::V6(base)) => same_v6(address, base, length),
        _ => Some(false),
    }
}

fn same_v4(one: Ipv4Addr, other: Ipv4Addr, length: u32) -> Option<bool> {
    let rest = 32_u32.checked_sub(length)?;
    Some((one.to_bits() ^ other.to_bits()).checked_shr(rest).unwrap_or(0) == 0)
}

fn same_v6(one: Ipv6Addr, other: Ipv6Addr, length: u32) -> Option<bool> {
    let rest = 128_u32.checked_sub(length)?;
    Some((one.to_bits() ^ other.to_bits()).checked_shr(rest).unwrap_or(0) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets() {
        let within = |address: &str, subnet: &str| is_in_subnet(address.parse().unwrap(), subnet);
        assert_eq!(within("10.1.2.3", "10.0.0.0/8"), Some(true));
        assert_eq!(within("11.1.2.3", "10.0.0.0/8"), Some(false));
        assert_eq!(within("11.1.2.3", "0.0.0.0/0"), Some(true));
        assert_eq!(within("10.0.0.1", "10.0.0.1/32"), Some(true));
        assert_eq!(within("10.0.0.1", "10.0.0.1/33"), None);
        assert_eq!(within("fd00::1", "fd00::/8"), Some(true));
        assert_eq!(within("fd00::1", "10.0.0.0/8"), Some(false));
        assert_eq!(within("10.0.0.1", "x"), None);
    }
}
