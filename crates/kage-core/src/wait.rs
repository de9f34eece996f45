//! Long polling: a call that waits for something to answer.

use kage_schema::Timestamp;

/// For what, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is woken by [`crate::Tx::wake`]: `sqs/111111111111/us-east-1/orders`.
    pub topic: String,
    /// How long in all, in milliseconds of the wall clock: it is the client that waits.
    pub patience_ms: u64,
    /// A time of the double's clock at which there may be something without anybody's doing: a message whose
    /// visibility timeout ends.
    pub also_at: Option<Timestamp>,
}
