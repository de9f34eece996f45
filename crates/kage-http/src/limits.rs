//! What a peer may take at most. Sizes are in bytes.

use std::time::Duration;

/// Open connections of one port; more wait in the kernel's queue.
pub const CONNECTIONS: usize = 2048;

/// The head of a request: request line and all header lines. S3 alone limits user metadata to 2 KB; the sum of all that
/// SDKs send (session tokens, policies in presigned URLs) stays below 20 KB.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Header lines of a request.
pub const HEADERS: usize = 256;

/// How long a peer may take to send the first bytes of a connection, a TLS handshake, or the head of a request.
pub const HEAD_TIME: Duration = Duration::from_secs(60);

/// How long a peer may be silent in the middle of a body.
pub const BODY_SILENCE: Duration = Duration::from_secs(60);

/// What is read and thrown away of the body of a refused request before it is answered, so that the connection can be
/// used again.
pub const DRAIN_BYTES: usize = 1024 * 1024;

/// How long that may take.
pub const DRAIN_TIME: Duration = Duration::from_secs(2);

/// How long a peer that still sends a body nobody wants may go on after the answer. A socket that is closed with unread
/// bytes is reset, and the answer could be lost with it.
pub const LINGER_TIME: Duration = Duration::from_secs(2);

/// Concurrent calls of one HTTP/2 connection.
pub const STREAMS: u32 = 256;

/// Window of one HTTP/2 stream.
pub const STREAM_WINDOW: u32 = 1024 * 1024;

/// Window of a whole HTTP/2 connection.
pub const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// Bytes of an upload that are handed on at a time.
pub const UPLOAD_BATCH: usize = 1024 * 1024;

/// Bytes of a download that are read ahead at a time.
pub const DOWNLOAD_BATCH: usize = 256 * 1024;

/// The body of an admin request.
pub const ADMIN_BODY: usize = 64 * 1024;

/// How long running calls may take to end after the server was told to stop.
pub const STOP_TIME: Duration = Duration::from_secs(10);

/// Certificates that are kept for names that clients asked for.
pub const CERTIFICATES: usize = 512;
