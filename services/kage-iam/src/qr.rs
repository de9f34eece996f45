//! The seed of a virtual MFA device as people get it: in base 32, and as a QR code for an authenticator app.

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use qrcode::{Color, EcLevel, QrCode};
use std::io::Write as _;

/// Pixels of one module of the code, and modules of the quiet zone around it (ISO/IEC 18004 asks for four).
const SCALE: usize = 4;
const QUIET: usize = 4;

/// RFC 4648 base 32, without padding.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(LETTERS[(buffer >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(LETTERS[(buffer << (5 - bits) & 31) as usize]));
    }
    out
}

/// What the code says. AWS: IAM API reference, VirtualMFADevice, `QRCodePNG`:
/// `otpauth://totp/$virtualMFADeviceName@$AccountName?secret=$Base32String`.
#[must_use]
pub fn enrolment(device: &str, account: &str, secret: &str) -> String {
    format!(
        "otpauth://totp/Amazon%20Web%20Services:{device}@{account}?secret={secret}&issuer=Amazon%20Web%20Services"
    )
}

/// The text as a QR code in a PNG image; `None` when it is too long for one.
#[must_use]
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let modules = code.width();
    let side = modules.checked_add(2 * QUIET)?.checked_mul(SCALE)?;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let place = |at: usize| (at / SCALE).checked_sub(QUIET).filter(|at| *at < modules);
        let (Some(column), Some(line)) = (place(x), place(y)) else { return false };
        colors.get(line * modules + column) == Some(&Color::Dark)
    };
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::default());
    for y in 0..side {
        let mut line = vec![0_u8];
        line.extend((0..side).map(|x| if dark(x, y) { 0 } else { 255 }));
        pixels.write_all(&line).ok()?;
    }
    let side = u32::try_from(side).ok()?.to_be_bytes();
    // PNG (RFC 2083): eight bits of grey, no interlacing.
    let header = [&side[..], &side[..], &[8, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header)?;
    chunk(&mut out, *b"IDAT", &pixels.finish().ok()?)?;
    chunk(&mut out, *b"IEND", &[])?;
    Some(out)
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(kind);
    out.extend(data);
    out.extend(crc.sum().to_be_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base_32_is_that_of_the_standard() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b""), "");
        assert_eq!(base32(&[0xff; 40]).len(), 64);
    }

    #[test]
    fn the_picture_is_a_square_png() {
        let picture = png(&enrolment("phone", "111122223333", &base32(&[7; 40]))).unwrap();
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"));
        assert_eq!(picture[16..20], picture[20..24]);
        assert!(picture.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
