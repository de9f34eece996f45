//! What lies outside the double: only errands may ask for it.

use crate::Sandbox;
use std::sync::Arc;
use std::time::Duration;

/// The doors to the outside. A door that is absent is refused by name by those who need it.
#[derive(Clone, Default)]
pub struct Outside {
    /// Delivers HTTP requests.
    pub courier: Option<Arc<dyn Courier>>,
    /// Runs functions.
    pub sandbox: Option<Arc<dyn Sandbox>>,
}

/// An HTTP request to somebody outside.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// `POST`.
    pub method: String,
    /// The whole URL. Only `http` to a loopback address is delivered: nothing leaves the machine.
    pub url: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The HTTP status.
    pub status: u16,
    /// The first 64 KiB of the body.
    pub body: Vec<u8>,
}

/// Delivers HTTP requests. It blocks.
pub trait Courier: Send + Sync {
    /// Delivers one request.
    ///
    /// # Errors
    /// A sentence that says why it could not be delivered.
    fn deliver(&self, parcel: &Parcel) -> Result<Receipt, String>;
}
