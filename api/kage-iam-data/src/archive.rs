//! Reads the compressed files; `xtask/src/codegen/archive.rs` writes them and describes the format.
//!
//! The files are part of the build. What cannot be read is absent, and the tests read everything.

use flate2::read::DeflateDecoder;
use std::io::Read as _;

/// The names and facts of all texts of a file, and where the texts are.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// In the order of the names.
    pub(crate) entries: Vec<Entry>,
}

/// One text, not yet unpacked.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The columns behind the name.
    pub(crate) facts: Vec<String>,
    block: &'static [u8],
    start: usize,
    length: usize,
}

impl Archive {
    pub(crate) fn read(file: &'static [u8]) -> Archive {
        Archive::parse(file).unwrap_or_default()
    }

    fn parse(file: &'static [u8]) -> Option<Archive> {
        let (length, rest) = file.split_first_chunk::<4>()?;
        let (index, mut rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let index = inflate(index)?;
        let mut entries = Vec::new();
        let mut block: &'static [u8] = &[];
        let mut start = 0;
        for line in index.lines() {
            if let Some(length) = line.strip_prefix("B ") {
                (block, rest) = rest.split_at_checked(length.parse().ok()?)?;
                start = 0;
                continue;
            }
            let mut columns = line.strip_prefix("E ")?.split('\t').map(str::to_owned);
            let length = columns.next()?.parse().ok()?;
            entries.push(Entry { name: columns.next()?, facts: columns.collect(), block, start, length });
            start += length;
        }
        Some(Archive { entries })
    }

    pub(crate) fn find(&self, name: &str) -> Option<(usize, &Entry)> {
        let index = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
        Some((index, self.entries.get(index)?))
    }
}

impl Entry {
    pub(crate) fn text(&self) -> Option<String> {
        let block = inflate(self.block)?;
        block.get(self.start..self.start.checked_add(self.length)?).map(str::to_owned)
    }

    /// The fact at this position; empty when there is none.
    pub(crate) fn fact(&self, index: usize) -> &str {
        self.facts.get(index).map_or("", String::as_str)
    }
}

fn inflate(packed: &[u8]) -> Option<String> {
    let mut text = String::new();
    DeflateDecoder::new(packed).read_to_string(&mut text).ok()?;
    Some(text)
}
