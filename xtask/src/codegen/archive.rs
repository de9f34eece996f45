//! Named texts in one compressed file. `kage-iam-data` has the reader.
//!
//! The file is a 32-bit little-endian length, a deflated index of that length, and deflated blocks. A line of the index
//! is `B <compressed length>` for the next block or `E <length>\t<name>\t<facts>` for the next text in it. Blocks hold
//! many texts, so that they compress well, and few enough that one is unpacked in a blink.

use crate::workspace::Outcome;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// Texts of one block before it is closed, in bytes.
const BLOCK: usize = 128 * 1024;

/// One text.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What stands about it in the index; no line break.
    pub facts: String,
    /// The text.
    pub text: String,
}

/// The file for these texts, which are sorted by their names.
pub fn pack(mut entries: Vec<Entry>) -> Outcome<Vec<u8>> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut index = String::new();
    let mut blocks = Vec::new();
    let mut rest = entries.as_slice();
    while !rest.is_empty() {
        let mut size = 0;
        let fits = |entry: &Entry| {
            let open = size < BLOCK;
            size += entry.text.len();
            open
        };
        let count = rest.iter().map(fits).take_while(|open| *open).count();
        let (block, behind) = rest.split_at(count);
        rest = behind;
        let raw: String = block.iter().map(|entry| entry.text.as_str()).collect();
        let packed = deflate(raw.as_bytes())?;
        let _ = writeln!(index, "B {}", packed.len());
        for entry in block {
            if entry.name.contains(['\t', '\n']) || entry.facts.contains('\n') {
                return Err(format!("`{}` does not fit in a line of the index", entry.name));
            }
            let _ = writeln!(index, "E {}\t{}\t{}", entry.text.len(), entry.name, entry.facts);
        }
        blocks.extend(packed);
    }
    let index = deflate(index.as_bytes())?;
    let length = u32::try_from(index.len()).map_err(|_| "the index is too long".to_owned())?;
    Ok([length.to_le_bytes().as_slice(), &index, &blocks].concat())
}

fn deflate(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("cannot compress: {error}"))
}
