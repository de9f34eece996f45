//! Streaming bodies, which may be too large for memory.

use bytes::Bytes;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The value of a streaming member: bytes in memory, or a handle that the layer which made it understands.
#[derive(Clone, Default)]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// A small body.
    Bytes(Bytes),
    /// An upload that was received to a file, or a plan for a download. `kage-core` names the types.
    Attached(Arc<dyn Any + Send + Sync>),
}

impl Body {
    /// The bytes, when they are in memory. An empty body has none.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Body::Empty => Some(&[]),
            Body::Bytes(bytes) => Some(bytes),
            Body::Attached(_) => None,
        }
    }

    /// The attached handle, when it is a `T`.
    #[must_use]
    pub fn attached<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        match self {
            Body::Attached(any) => Arc::clone(any).downcast().ok(),
            _ => None,
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::Bytes(Bytes::from(bytes))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("<empty>"),
            Body::Bytes(bytes) => write!(f, "<{} bytes>", bytes.len()),
            Body::Attached(_) => f.write_str("<attached>"),
        }
    }
}
