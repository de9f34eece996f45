//! Errors as AWS answers them, without protocol.

use kage_schema::{ErrorModel, Record};
use std::borrow::Cow;
use std::fmt;

/// What a handler returns.
pub type Result<T> = std::result::Result<T, Error>;

/// An error answer: its wire code, message and HTTP status, and the members that its shape declares.
pub struct Error {
    /// The code on the wire: `NoSuchEntity`.
    pub code: Cow<'static, str>,
    /// The shape's name where it differs from the code: `NoSuchEntityException`.
    pub shape: Option<&'static str>,
    /// AWS's text.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Modelled members besides the message.
    pub members: Option<Box<dyn Record>>,
    /// Further elements in order, as S3 puts beside the message: `BucketName`, `Key`, …
    pub extra: Vec<(Cow<'static, str>, String)>,
    /// Headers of the answer: `x-amz-bucket-region`, `x-amz-delete-marker`.
    pub headers: Option<Box<Headers>>,
}

/// Headers of an error answer. Boxed, because few errors have any and every `Result` would carry their place.
#[derive(Default)]
pub struct Headers(pub Vec<(&'static str, String)>);

impl Error {
    /// An error of this code; 4xx blames the caller, 5xx the service.
    #[must_use]
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Error {
        Error {
            code: code.into(),
            shape: None,
            message: message.into(),
            status,
            members: None,
            extra: Vec::new(),
            headers: None,
        }
    }

    /// An error that the API model declares.
    #[must_use]
    pub fn of(model: &'static ErrorModel, message: impl Into<String>) -> Error {
        Error { shape: Some(model.name), ..Error::new(model.code, model.status, message) }
    }

    /// The same with a further element.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Error {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// The same with a header on the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Error {
        self.headers.get_or_insert_default().0.push((name, value.into()));
        self
    }

    /// The same with modelled members.
    #[must_use]
    pub fn with_members(mut self, members: impl Record) -> Error {
        self.members = Some(Box::new(members));
        self
    }

    /// Something in the double itself went wrong: HTTP 500. The message must hold no secret.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new("InternalFailure", 500, message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

impl From<kage_store::StoreError> for Error {
    fn from(error: kage_store::StoreError) -> Error {
        Error::internal(format!("the store failed: {error}"))
    }
}
