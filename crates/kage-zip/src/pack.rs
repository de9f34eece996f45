//! Writing.

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};

/// An archive of these files: path, Unix mode with its type bits (`0o100644`, `0o120777` for a link) and content. The
/// paths are written as they are.
///
/// # Errors
/// Contents of 4 GiB and more, paths of 64 KiB and more.
pub fn pack(files: &[(&str, u32, &[u8])]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let size = |length: usize| u32::try_from(length).map_err(io::Error::other);
    for (path, mode, content) in files {
        let local = size(out.len())?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        let data = encoder.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        // From "version needed" to "length of the extra field", which both headers share.
        let mut shared = Vec::new();
        for number in [20_u16, 0x0800, 8, 0, 0x21] {
            shared.extend_from_slice(&number.to_le_bytes());
        }
        for number in [crc.sum(), size(data.len())?, size(content.len())?] {
            shared.extend_from_slice(&number.to_le_bytes());
        }
        shared.extend_from_slice(&u16::try_from(path.len()).map_err(io::Error::other)?.to_le_bytes());
        shared.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&shared);
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(&data);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&shared);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(mode << 16).to_le_bytes());
        directory.extend_from_slice(&local.to_le_bytes());
        directory.extend_from_slice(path.as_bytes());
    }
    let (at, length) = (size(out.len())?, size(directory.len())?);
    let count = u16::try_from(files.len()).map_err(io::Error::other)?.to_le_bytes();
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::{Kind, Limits, ZipError, check, pack, unpack};

    const LIMITS: Limits = Limits { entries: 100, total: 1 << 20 };

    #[test]
    fn an_archive_reads_back_with_links_last() {
        let link = ("lib/a.so", 0o120_777, b"a.so.1".as_slice());
        let archive = pack(&[link, ("lib/", 0o40755, b""), ("lib/a.so.1", 0o100_644, b"code")]).unwrap();
        let mut seen = Vec::new();
        let summary = unpack(&archive, &LIMITS, &mut |entry, content| {
            let mut text = String::new();
            content.read_to_string(&mut text)?;
            seen.push((entry.path.clone(), entry.kind.clone(), text));
            Ok(())
        })
        .unwrap();
        assert_eq!((summary.entries, summary.total), (3, 4));
        assert_eq!(seen[0], ("lib".to_owned(), Kind::Folder, String::new()));
        assert_eq!(seen[1], ("lib/a.so.1".to_owned(), Kind::File, "code".to_owned()));
        assert_eq!(seen[2].1, Kind::Link("a.so.1".to_owned()));
    }

    #[test]
    fn places_outside_and_places_taken_are_refused() {
        let file = 0o100_644;
        let refused = |files: &[(&str, u32, &[u8])]| {
            let archive = pack(files).unwrap();
            assert!(matches!(check(&archive, &LIMITS), Err(ZipError::Place(_))), "{files:?}");
        };
        refused(&[("../a", file, b"")]);
        refused(&[("/etc/passwd", file, b"")]);
        refused(&[("a", 0o120_777, b"/etc")]);
        refused(&[("a", 0o120_777, b"../..")]);
        refused(&[("a", file, b""), ("a", file, b"")]);
        refused(&[("a", 0o120_777, b"b"), ("a/c", file, b"")]);
        refused(&[("a", file, b""), ("a/c", file, b"")]);
    }

    #[test]
    fn bombs_and_damage_are_refused() {
        let zeros = vec![0; 2 << 20];
        let bomb = pack(&[("a", 0o100_644, &zeros)]).unwrap();
        assert!(matches!(check(&bomb, &LIMITS), Err(ZipError::TooLarge)));
        // A bomb that lies about its size is counted, not believed.
        let mut liar = bomb.clone();
        let size = 2_u32 << 20;
        for at in 0..liar.len() - 4 {
            if liar[at..at + 4] == size.to_le_bytes() {
                liar[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
            }
        }
        assert_ne!(liar, bomb);
        assert!(matches!(check(&liar, &LIMITS), Err(ZipError::TooLarge)));
        let many: Vec<String> = (0..101).map(|number| format!("f{number}")).collect();
        let many: Vec<(&str, u32, &[u8])> =
            many.iter().map(|name| (name.as_str(), 0, b"".as_slice())).collect();
        assert!(matches!(check(&pack(&many).unwrap(), &LIMITS), Err(ZipError::TooLarge)));
        let good = pack(&[("a", 0o100_644, b"hello hello hello")]).unwrap();
        let mut bad = good.clone();
        bad[31] ^= 0xff;
        check(&bad, &LIMITS).unwrap_err();
        for end in 0..good.len() {
            check(&good[..end], &LIMITS).unwrap_err();
        }
        check(b"", &LIMITS).unwrap_err();
        // No damaged byte may panic.
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] = bad[at].wrapping_add(1);
            let _ = check(&bad, &LIMITS);
        }
    }
}
