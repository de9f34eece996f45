//! Receipt handles. A handle names one receive of one message.

use crate::errors;
use crate::queue::Queue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kage_core::Result;

/// What a handle says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number of the message in its queue.
    pub number: u64,
    /// Which receive it was, from 1.
    pub receive: u32,
}

/// Writes a handle.
pub fn write(queue: &Queue, receipt: Receipt) -> String {
    STANDARD.encode(format!("{}/{}/{}", queue.id, receipt.number, receipt.receive))
}

/// Reads a handle of this queue.
///
/// # Errors
/// `ReceiptHandleIsInvalid`.
pub fn read(queue: &Queue, handle: &str) -> Result<Receipt> {
    parse(&queue.id, handle).ok_or_else(|| errors::receipt_handle(handle))
}

fn parse(queue: &str, handle: &str) -> Option<Receipt> {
    let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
    let mut parts = text.split('/');
    if parts.next()? != queue {
        return None;
    }
    let receipt = Receipt { number: parts.next()?.parse().ok()?, receive: parts.next()?.parse().ok()? };
    parts.next().is_none().then_some(receipt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_in_its_own_queue_only() {
        let queue = Queue { id: "a".to_owned(), ..Queue::default() };
        let other = Queue { id: "b".to_owned(), ..Queue::default() };
        let receipt = Receipt { number: 7, receive: 2 };
        let handle = write(&queue, receipt);
        assert_eq!(read(&queue, &handle).unwrap(), receipt);
        assert!(read(&other, &handle).is_err());
        assert!(read(&queue, "handle").is_err());
    }
}
