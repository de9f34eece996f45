//! Reading choices and parts from an input.

/// Hands out the bytes of an input one after the other. When they are used up, every choice is the first one.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    /// Starts at the front.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte; 0 at the end.
    pub const fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// The next 8 bytes as a number; zeros at the end.
    pub fn number(&mut self) -> u64 {
        (0..8).fold(0, |sum, _| (sum << 8) | u64::from(self.byte()))
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()).checked_rem(limit).unwrap_or(0)
    }

    /// Whether the next byte is below `percent` of 256.
    pub fn chance(&mut self, percent: u32) -> bool {
        u32::from(self.byte()).saturating_mul(100) >= 25_600_u32.saturating_sub(percent.saturating_mul(256))
    }

    /// One of the items; the default when there are none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        items.get(self.below(items.len())).copied().unwrap_or_default()
    }

    /// At most the next `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// All that is left.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The pieces between record separators (`0x1e`).
pub fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0x1e)
}

/// The bytes before and after the first `mark`; all and nothing where there is none.
#[must_use]
pub fn cut(bytes: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == mark).unwrap_or(bytes.len());
    let (before, after) = bytes.split_at(at);
    (before, after.get(1..).unwrap_or_default())
}
