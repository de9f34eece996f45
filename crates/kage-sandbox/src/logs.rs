//! What a function writes: lines, and events of several lines that our runtimes frame.

use std::time::Instant;

/// The longest event. AWS: CloudWatch Logs quotas, "Log event size": 1 MB with 26 bytes of its own.
const EVENT_MAX: usize = (1 << 20) - 26;
/// The most that one invocation may write; the rest is counted and dropped.
const TOTAL_MAX: usize = 16 << 20;
/// Begins an event of several lines: this byte, the length, a line end, the text, a line end.
const FRAME: u8 = 0x1e;

/// Puts bytes together to events.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// What is not an event yet.
    rest: Vec<u8>,
    /// Events with the time of their arrival.
    events: Vec<(Instant, String)>,
    kept: usize,
    dropped: usize,
}

impl Logs {
    /// Takes bytes that arrived.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Instant) {
        self.rest.extend_from_slice(bytes);
        while let Some((event, length)) = self.first() {
            self.keep(event, at);
            self.rest.drain(..length);
        }
    }

    /// The first whole event and how many bytes it takes.
    fn first(&self) -> Option<(Vec<u8>, usize)> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        if self.rest.first() == Some(&FRAME)
            && let Some(end) = end
        {
            let length: Option<usize> =
                self.rest.get(1..end).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
            if let Some(length) = length.filter(|length| *length <= EVENT_MAX) {
                let from = end.saturating_add(1);
                let to = from.saturating_add(length);
                return self
                    .rest
                    .get(from..to)
                    .map(|event| (event.to_vec(), self.rest.len().min(to.saturating_add(1))));
            }
        }
        match end {
            Some(end) if end <= EVENT_MAX => Some((self.rest.get(..end)?.to_vec(), end.saturating_add(1))),
            None if self.rest.len() <= EVENT_MAX => None,
            _ => Some((self.rest.get(..EVENT_MAX)?.to_vec(), EVENT_MAX)),
        }
    }

    fn keep(&mut self, event: Vec<u8>, at: Instant) {
        if self.kept.saturating_add(event.len()) > TOTAL_MAX {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.kept = self.kept.saturating_add(event.len());
        let text = String::from_utf8_lossy(&event).into_owned();
        if !text.is_empty() {
            self.events.push((at, text));
        }
    }

    /// Takes out the event with this text. False: there is none.
    pub(crate) fn remove(&mut self, text: &str) -> bool {
        let found = self.events.iter().position(|(_, event)| event == text);
        found.map(|at| self.events.remove(at)).is_some()
    }

    /// Takes the events so far. `whole`: also a last line without an end.
    pub(crate) fn take(&mut self, whole: bool, at: Instant) -> Vec<(Instant, String)> {
        if whole && !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.keep(rest, at);
        }
        if self.dropped > 0 {
            let text = format!(
                "kage: {} more log events were dropped; one invocation may write 16 MiB",
                self.dropped
            );
            self.events.push((at, text));
        }
        (self.kept, self.dropped) = (0, 0);
        std::mem::take(&mut self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_frames_become_events() {
        let now = Instant::now();
        let mut logs = Logs::default();
        for piece in ["one\ntw", "o\n\x1e6\na", "\nb\n\nc\nthree\n", "\n\x1ex\nlast"] {
            logs.push(piece.as_bytes(), now);
        }
        let texts =
            |events: Vec<(Instant, String)>| events.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(logs.take(false, now)), ["one", "two", "a\nb\n\nc", "three", "\x1ex"]);
        assert_eq!(texts(logs.take(true, now)), ["last"]);
    }

    #[test]
    fn floods_are_cut() {
        let now = Instant::now();
        let mut logs = Logs::default();
        logs.push(&vec![b'x'; EVENT_MAX + 5], now);
        logs.push(b"\n", now);
        let lengths: Vec<usize> = logs.take(false, now).iter().map(|(_, text)| text.len()).collect();
        assert_eq!(lengths, [EVENT_MAX, 5]);
        let line = [vec![b'y'; 1 << 20 >> 1], vec![b'\n']].concat();
        (0..40).for_each(|_| logs.push(&line, now));
        let events = logs.take(false, now);
        assert_eq!(events.len(), 33);
        assert!(events[32].1.starts_with("kage: 8 more"), "{}", events[32].1);
    }
}
