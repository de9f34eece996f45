//! `@ptr`: what leads to one event again.

use crate::position::Position;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// Where an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The name of its group.
    pub group: String,
    /// The name of its stream.
    pub stream: String,
    /// Its place.
    pub position: Position,
}

impl Pointer {
    /// As text that means nothing to a client.
    pub fn text(&self) -> String {
        BASE64.encode(format!("{}\n{}\n{}", self.position.digits(), self.group, self.stream))
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Pointer> {
        let text = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
        let (position, rest) = text.split_once('\n')?;
        let (group, stream) = rest.split_once('\n')?;
        let position = Position::parse(position)?;
        Some(Pointer { group: group.to_owned(), stream: stream.to_owned(), position })
    }
}
