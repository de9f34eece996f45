//! `multipart/form-data` as it arrives: fields in memory, the file passed on in pieces.
//!
//! RFC 7578 and RFC 2046, section 5.1. What stands before the first boundary and after the file is ignored: AWS, S3 API
//! reference, "POST Object": "any fields below it are ignored".

/// What a form may hold before its file, boundaries and part headers included.
/// AWS: S3 API reference, "Browser-based uploads using POST", "HTML form declaration": 20 KB.
pub const FIELDS_MAX: usize = 20 << 10;

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// It is no form.
    Malformed,
    /// What stands before the file is more than [`FIELDS_MAX`] bytes.
    TooLong,
}

/// What was found in a form.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A field that is complete.
    Field {
        /// Its name.
        name: String,
        /// Its value.
        value: Vec<u8>,
    },
    /// The field `file` begins.
    File {
        /// The name that the browser gives it; empty when it gives none.
        name: String,
    },
    /// Next bytes of the file.
    Data(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Preamble,
    /// Behind a boundary: either the end, or the rest of its line.
    Boundary,
    /// In the headers of a part.
    Headers,
    /// In the value of the current field.
    Field,
    /// In the file.
    File,
    /// Behind the file or the last boundary.
    Done,
}

/// A reader of one form.
#[derive(Debug)]
pub struct FormReader {
    /// Line break, two dashes, boundary.
    delimiter: Vec<u8>,
    state: State,
    /// Bytes that are still to be understood.
    held: Vec<u8>,
    field: String,
    /// Bytes understood so far, up to the file.
    read: usize,
    file_ended: bool,
}

impl FormReader {
    /// A reader for the boundary that the content type names. `None` when it names none.
    #[must_use]
    pub fn new(content_type: &str) -> Option<FormReader> {
        let boundary = parameter(content_type, "boundary")?;
        // RFC 2046, section 5.1.1: 1 to 70 characters.
        if boundary.is_empty() || boundary.len() > 70 {
            return None;
        }
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // The first boundary may stand at the very beginning: as if a line had ended there.
        let held = b"\r\n".to_vec();
        Some(FormReader {
            delimiter,
            state: State::Preamble,
            held,
            field: String::new(),
            read: 0,
            file_ended: false,
        })
    }

    /// Whether the file was read to its end.
    #[must_use]
    pub fn file_ended(&self) -> bool {
        self.file_ended
    }

    /// Takes the next bytes and hands on what is found in them.
    ///
    /// # Errors
    /// [`FormError`], and what `take` refuses.
    pub fn write<E: From<FormError>>(
        &mut self,
        bytes: &[u8],
        take: &mut dyn FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.state == State::Done {
            return Ok(());
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(used) = self.step(held.get(at..).unwrap_or_default(), take)? {
            at += used;
        }
        held.drain(..at);
        let in_fields = !matches!(self.state, State::File | State::Done);
        if in_fields && self.read.saturating_add(held.len()) > FIELDS_MAX {
            return Err(FormError::TooLong.into());
        }
        self.held = held;
        Ok(())
    }

    /// Understands the beginning of `rest`: how many bytes it took, `None` when it wants more of them.
    fn step<E: From<FormError>>(
        &mut self,
        rest: &[u8],
        take: &mut dyn FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        let used = match self.state {
            State::Preamble => self.preamble(rest),
            State::Boundary => self.boundary(rest)?,
            State::Headers if rest.starts_with(b"\r\n") => return Err(FormError::Malformed.into()),
            State::Headers => match find(rest, b"\r\n\r\n") {
                Some(end) => {
                    let head = rest.get(..end).unwrap_or_default();
                    let part = Part::read(head).ok_or(FormError::Malformed)?;
                    self.read += end + 4;
                    if self.read > FIELDS_MAX {
                        return Err(FormError::TooLong.into());
                    }
                    // AWS: S3 API reference, "POST Object": the field `file`, whether or not it has a file name.
                    if part.name.eq_ignore_ascii_case("file") {
                        self.state = State::File;
                        take(Found::File { name: part.file_name })?;
                    } else {
                        self.state = State::Field;
                        self.field = part.name;
                    }
                    return Ok(Some(end + 4));
                }
                None => None,
            },
            State::Field => match find(rest, &self.delimiter) {
                Some(end) => {
                    let value = rest.get(..end).unwrap_or_default().to_vec();
                    self.state = State::Boundary;
                    take(Found::Field { name: std::mem::take(&mut self.field), value })?;
                    Some(end + self.delimiter.len())
                }
                None => None,
            },
            State::File => return self.file(rest, take),
            State::Done => (!rest.is_empty()).then_some(rest.len()),
        };
        self.read = self.read.saturating_add(used.unwrap_or(0));
        Ok(used)
    }

    fn preamble(&mut self, rest: &[u8]) -> Option<usize> {
        let end = find(rest, &self.delimiter)?;
        self.state = State::Boundary;
        Some(end + self.delimiter.len())
    }

    fn boundary(&mut self, rest: &[u8]) -> Result<Option<usize>, FormError> {
        if rest.starts_with(b"--") {
            self.state = State::Done;
            return Ok(Some(2));
        }
        // RFC 2046: white space may stand between the boundary and the end of its line.
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match rest.get(padding..).unwrap_or_default() {
            [b'\r', b'\n', ..] => {
                self.state = State::Headers;
                Ok(Some(padding + 2))
            }
            [] | [b'\r'] => Ok(None),
            [b'-'] if padding == 0 => Ok(None),
            _ => Err(FormError::Malformed),
        }
    }

    /// Hands on the file, but for what may be the beginning of a boundary.
    fn file<E: From<FormError>>(
        &mut self,
        rest: &[u8],
        take: &mut dyn FnMut(Found<'_>) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        let (data, used) = match find(rest, &self.delimiter) {
            Some(end) => {
                self.state = State::Done;
                self.file_ended = true;
                (end, rest.len())
            }
            None => {
                let data = rest.len().saturating_sub(self.delimiter.len() - 1);
                (data, data)
            }
        };
        let piece = rest.get(..data).unwrap_or_default();
        if !piece.is_empty() {
            take(Found::Data(piece))?;
        }
        Ok((used > 0).then_some(used))
    }
}

/// Where `needle`, which begins with a line break, stands first.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(place) = text.get(from..)?.iter().position(|byte| *byte == b'\r') {
        let start = from + place;
        if text.get(start..)?.starts_with(needle) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

/// What the headers of a part say.
struct Part {
    name: String,
    file_name: String,
}

impl Part {
    fn read(head: &[u8]) -> Option<Part> {
        let head = std::str::from_utf8(head).ok()?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim())
        })?;
        let kind = disposition.split(';').next()?.trim();
        if !kind.eq_ignore_ascii_case("form-data") {
            return None;
        }
        Some(Part {
            name: parameter(disposition, "name")?,
            file_name: parameter(disposition, "filename").unwrap_or_default(),
        })
    }
}

/// A parameter of a header: `form-data; name="a"`. Browsers escape a quote as `%22` or `\"` and leave a backslash as it is.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, after) = match behind.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted)?,
            None => {
                let (value, after) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim().to_owned(), after)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after.trim_start().strip_prefix(';').unwrap_or(after);
    }
}

fn quoted_value(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value.replace("%22", "\""), quoted.get(place + 1..)?)),
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                characters.next();
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "ignored\r\n--b x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--b \r\n-\r\n--b x \r\ncontent-type: text/plain\r\ncontent-disposition: form-data; filename=\"C:\\d\\f \\\"1\\\"%22;.txt\"; name=file\r\n\r\nbytes\r\r\n--b\r\n\r\n--b x\r\nanything\r\n--b x--\r\n";

    fn read(form: &[u8], step: usize) -> (Vec<String>, Result<bool, FormError>) {
        let mut reader = FormReader::new("multipart/form-data; boundary=\"b x\"").unwrap();
        let (mut seen, mut data) = (Vec::new(), Vec::new());
        let mut take = |found: Found<'_>| {
            match found {
                Found::Field { name, value } => {
                    seen.push(format!("{name}={}", String::from_utf8(value).unwrap()));
                }
                Found::File { name } => seen.push(format!("file {name}")),
                Found::Data(piece) => data.extend_from_slice(piece),
            }
            Ok::<(), FormError>(())
        };
        for piece in form.chunks(step) {
            if let Err(error) = reader.write(piece, &mut take) {
                return (seen, Err(error));
            }
        }
        seen.push(String::from_utf8(data).unwrap());
        (seen, Ok(reader.file_ended()))
    }

    #[test]
    fn where_the_bytes_are_cut_does_not_matter() {
        for step in 1..=FORM.len() {
            let (seen, ended) = read(FORM.as_bytes(), step);
            assert_eq!(ended, Ok(true), "{step}");
            let expected = ["key=a\r\n--b \r\n-", "file C:\\d\\f \"1\"\";.txt", "bytes\r\r\n--b\r\n"];
            assert_eq!(seen, expected, "{step}");
        }
    }

    #[test]
    fn a_form_that_breaks_off_has_no_end() {
        let end = FORM.find("\r\n--b x\r\nanything").unwrap() + 7;
        for length in 0..end {
            let (_, ended) = read(&FORM.as_bytes()[..length], 7);
            assert_eq!(ended, Ok(false), "{length}");
        }
        assert_eq!(read(&FORM.as_bytes()[..end], 7).1, Ok(true));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for form in [
            "--b x\r\nContent-Type: text/plain\r\n\r\nno name\r\n--b x--",
            "--b x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--b x--",
            "--b x\r\nContent-Disposition: attachment; name=a\r\n\r\nv\r\n--b x--",
            "--b x\r\nContent-Disposition: form-data; name=\"a\r\n\r\nv\r\n--b x--",
            "--b x\r\n\r\nno headers\r\n--b x--",
            "--b xyz\r\n",
        ] {
            assert_eq!(read(form.as_bytes(), 1000).1, Err(FormError::Malformed), "{form}");
        }
        assert!(FormReader::new("multipart/form-data").is_none());
        assert!(FormReader::new("multipart/form-data; boundary=").is_none());
    }

    #[test]
    fn fields_are_limited_and_files_are_not() {
        let fields = |size: usize| {
            let value = "v".repeat(size);
            format!(
                "--b x\r\nContent-Disposition: form-data; name=a\r\n\r\n{value}\r\n--b x\r\nContent-Disposition: form-data; name=file\r\n\r\n"
            )
        };
        let room = FIELDS_MAX - fields(0).len() - 2;
        let whole = |size: usize| format!("{}{}\r\n--b x--", fields(size), "f".repeat(3 * FIELDS_MAX));
        for step in [1000, usize::MAX] {
            assert_eq!(read(whole(room).as_bytes(), step).1, Ok(true));
            assert_eq!(read(whole(room + 1).as_bytes(), step).1, Err(FormError::TooLong));
        }
    }
}
