//! Reading.

use crate::bytes::{size_at, slice, u16_at, u32_at};
use crate::path;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// What an archive may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most entries.
    pub entries: usize,
    /// The most bytes of all files together, unpacked.
    pub total: u64,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, relative, of plain parts.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits (`0o755`); zero when the archive has none.
    pub mode: u32,
}

/// The kinds of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link to a relative target inside the archive.
    Link(String),
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many entries.
    pub entries: usize,
    /// The bytes of all files together, unpacked.
    pub total: u64,
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// It is no archive, or a damaged one.
    #[error("the archive is damaged: {0}")]
    Damaged(&'static str),
    /// It uses what is not read here.
    #[error("the archive uses {0}")]
    Unsupported(&'static str),
    /// An entry's name or link leaves the archive, or two entries want one place.
    #[error("the entry {0:?} is not a plain place inside the archive")]
    Place(String),
    /// It holds more than the limits.
    #[error("the archive holds more than is allowed")]
    TooLarge,
    /// The sink failed.
    #[error("unpacking failed: {0}")]
    Sink(#[from] io::Error),
}

type Result<T> = std::result::Result<T, ZipError>;

const END: u32 = 0x0605_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
/// The longest link target that Linux takes.
const LINK_MAX: u64 = 4095;

struct Central<'a> {
    entry: Entry,
    is_link: bool,
    method: u16,
    crc: u32,
    size: u64,
    data: &'a [u8],
}

/// Reads the whole archive and keeps nothing.
///
/// # Errors
/// Whatever [`unpack`] refuses.
pub fn check(archive: &[u8], limits: &Limits) -> Result<Summary> {
    unpack(archive, limits, &mut |_, content| io::copy(content, &mut io::sink()).map(|_| ()))
}

/// Gives every entry to `sink` with its content (empty for folders and links). Links come last, so that no file is ever
/// written through one.
///
/// # Errors
/// [`ZipError`]; what the sink has received by then must be thrown away.
pub fn unpack(
    archive: &[u8],
    limits: &Limits,
    sink: &mut dyn FnMut(&Entry, &mut dyn Read) -> io::Result<()>,
) -> Result<Summary> {
    let entries = central(archive, limits)?;
    require_distinct(&entries)?;
    let mut total = 0_u64;
    let (links, plain): (Vec<_>, Vec<_>) = entries.iter().partition(|central| central.is_link);
    for central in &plain {
        if central.entry.kind == Kind::Folder {
            sink(&central.entry, &mut io::empty())?;
            continue;
        }
        let mut content = Content::new(central, limits.total.saturating_sub(total))?;
        let outcome = sink(&central.entry, &mut content);
        if content.too_large {
            return Err(ZipError::TooLarge);
        }
        if content.damaged {
            return Err(ZipError::Damaged("an entry does not unpack"));
        }
        outcome?;
        total = total.saturating_add(content.finish()?);
    }
    for central in &links {
        let mut target = String::new();
        let mut content = Content::new(central, LINK_MAX)?;
        let read = content.read_to_string(&mut target);
        if read.is_err() || !path::stays_inside(&central.entry.path, &target) {
            return Err(ZipError::Place(central.entry.path.clone()));
        }
        content.finish()?;
        let entry = Entry { kind: Kind::Link(target), ..central.entry.clone() };
        sink(&entry, &mut io::empty())?;
    }
    Ok(Summary { entries: entries.len(), total })
}

/// The content of one entry, unpacked and counted.
struct Content<'a> {
    inner: Box<dyn Read + 'a>,
    crc: Crc,
    want_crc: u32,
    want_size: u64,
    read: u64,
    limit: u64,
    too_large: bool,
    damaged: bool,
}

impl<'a> Content<'a> {
    fn new(central: &Central<'a>, limit: u64) -> Result<Content<'a>> {
        let inner: Box<dyn Read + 'a> = match central.method {
            0 => Box::new(central.data),
            8 => Box::new(DeflateDecoder::new(central.data)),
            _ => return Err(ZipError::Unsupported("a method other than store and deflate")),
        };
        if central.size > limit {
            return Err(ZipError::TooLarge);
        }
        Ok(Content {
            inner,
            crc: Crc::new(),
            want_crc: central.crc,
            want_size: central.size,
            read: 0,
            limit,
            too_large: false,
            damaged: false,
        })
    }

    /// Reads the rest and compares what was read with what the archive says.
    fn finish(mut self) -> Result<u64> {
        let rest = io::copy(&mut self, &mut io::sink());
        if self.too_large {
            return Err(ZipError::TooLarge);
        }
        if rest.is_err() || self.crc.sum() != self.want_crc || self.read != self.want_size {
            return Err(ZipError::Damaged("an entry is not what its checksum says"));
        }
        Ok(self.read)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).inspect_err(|_| self.damaged = true)?;
        self.read = self.read.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        // What an entry says about its size is a stranger's word: it is counted.
        if self.read > self.limit || self.read > self.want_size {
            self.too_large = true;
            return Err(io::Error::other("the entry is larger than allowed"));
        }
        self.crc.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// The entries of the central directory.
fn central<'a>(archive: &'a [u8], limits: &Limits) -> Result<Vec<Central<'a>>> {
    let damaged = || ZipError::Damaged("the directory does not fit");
    let end = find_end(archive).ok_or(ZipError::Damaged("there is no directory"))?;
    let count = usize::from(u16_at(archive, end.saturating_add(10)).ok_or_else(damaged)?);
    let directory = size_at(archive, end.saturating_add(16)).ok_or_else(damaged)?;
    if count == 0xffff || directory == 0xffff_ffff {
        return Err(ZipError::Unsupported("zip64"));
    }
    if count > limits.entries {
        return Err(ZipError::TooLarge);
    }
    let mut entries = Vec::new();
    let mut at = directory;
    for _ in 0..count {
        let head = slice(archive, at, 46).ok_or_else(damaged)?;
        let (entry, length) = one(archive, head, at)?;
        entries.push(entry);
        at = at.checked_add(length).ok_or_else(damaged)?;
    }
    Ok(entries)
}

fn one<'a>(archive: &'a [u8], head: &[u8], at: usize) -> Result<(Central<'a>, usize)> {
    let damaged = || ZipError::Damaged("the directory does not fit");
    if u32_at(head, 0) != Some(CENTRAL) {
        return Err(damaged());
    }
    let field16 = |at| u16_at(head, at).ok_or_else(damaged);
    let field32 = |at| u32_at(head, at).ok_or_else(damaged);
    if field16(8)? & 1 != 0 {
        return Err(ZipError::Unsupported("encryption"));
    }
    let (compressed, size) = (field32(20)?, field32(24)?);
    let (name_length, extra, comment) =
        (usize::from(field16(28)?), usize::from(field16(30)?), usize::from(field16(32)?));
    let local = size_at(head, 42).ok_or_else(damaged)?;
    if compressed == u32::MAX || size == u32::MAX || local == 0xffff_ffff {
        return Err(ZipError::Unsupported("zip64"));
    }
    let name = slice(archive, at.saturating_add(46), name_length).ok_or_else(damaged)?;
    let name = String::from_utf8_lossy(name).into_owned();
    // The upper byte of "version made by" is 3 for Unix; the upper half of the attributes is then the file's mode.
    let unix = field16(4)? >> 8 == 3;
    let mode = if unix { field32(38)? >> 16 } else { 0 };
    let is_link = mode & 0o170_000 == 0o120_000;
    let kind = if name.ends_with('/') { Kind::Folder } else { Kind::File };
    let path = path::plain(&name).ok_or(ZipError::Place(name))?;
    let entry = Central {
        entry: Entry { path, kind, mode: mode & 0o777 },
        is_link,
        method: field16(10)?,
        crc: field32(16)?,
        size: u64::from(size),
        data: data(archive, local, usize::try_from(compressed).map_err(|_| damaged())?)
            .ok_or(ZipError::Damaged("an entry lies outside the archive"))?,
    };
    Ok((entry, 46_usize.saturating_add(name_length).saturating_add(extra).saturating_add(comment)))
}

/// The bytes of an entry behind its local header.
fn data(archive: &[u8], local: usize, compressed: usize) -> Option<&[u8]> {
    if u32_at(archive, local)? != LOCAL {
        return None;
    }
    let name = usize::from(u16_at(archive, local.checked_add(26)?)?);
    let extra = usize::from(u16_at(archive, local.checked_add(28)?)?);
    slice(archive, local.checked_add(30)?.checked_add(name)?.checked_add(extra)?, compressed)
}

/// The end record, which stands last but for a comment.
fn find_end(archive: &[u8]) -> Option<usize> {
    let last = archive.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| u32_at(archive, *at) == Some(END))
}

/// Refuses archives in which two entries want one place, or one wants a place below a file or link.
fn require_distinct(entries: &[Central<'_>]) -> Result<()> {
    let mut places: BTreeMap<&str, bool> = BTreeMap::new();
    for central in entries {
        let is_folder = central.entry.kind == Kind::Folder && !central.is_link;
        let before = places.insert(&central.entry.path, is_folder);
        if before.is_some_and(|was_folder| !(was_folder && is_folder)) {
            return Err(ZipError::Place(central.entry.path.clone()));
        }
    }
    for central in entries {
        let path = &central.entry.path;
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        for folder in above {
            if places.get(folder) == Some(&false) {
                return Err(ZipError::Place(path.clone()));
            }
        }
    }
    Ok(())
}
