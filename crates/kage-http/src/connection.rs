//! Connections: plain or TLS, HTTP/1.1 or HTTP/2, told apart by their first bytes.

use crate::outgoing::OutBody;
use crate::{limits, tls};
use bytes::{Buf, Bytes, BytesMut};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// The other end of a connection.
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// TLS version and cipher suite; `None` for a plain connection.
    pub tls: Option<(String, String)>,
    /// Set when a body was not read to its end: the connection then closes in the slow way.
    pub linger: Arc<AtomicBool>,
}

/// What a port answers.
pub trait Face: Send + Sync + 'static {
    /// The answer to one request.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Arc<Peer>,
    ) -> impl Future<Output = Response<OutBody>> + Send;
}

/// Serves the port until `stop` turns true, then lets running calls end.
pub async fn serve<F: Face>(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    face: Arc<F>,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, address, permit)) = accepted else { continue };
        let (face, acceptor, stop) = (Arc::clone(&face), acceptor.clone(), stop.clone());
        connections.spawn(async move {
            connection(stream, address, acceptor, face, stop).await;
            drop(permit);
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Whoever is slower than that is cut off; what was committed stays committed.
    let _ = timeout(limits::STOP_TIME, ended).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(_) => {
            pause_after_failed_accept().await;
            None
        }
    }
}

/// The process has no file descriptor left, or the peer was gone at once. Trying again immediately would spin.
#[expect(clippy::disallowed_methods, reason = "the kernel does not tell when there is a descriptor again")]
async fn pause_after_failed_accept() {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

async fn connection<F: Face>(
    mut stream: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    face: Arc<F>,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let opening = tokio::select! {
        opening = timeout(limits::HEAD_TIME, opening(&mut stream)) => opening,
        _ = stop.wait_for(|stop| *stop) => return,
    };
    let Ok(Ok((kind, first))) = opening else { return };
    let mut peer = Peer { address: address.ip().to_canonical(), tls: None, linger: Arc::default() };
    let stream = Rewound { first, stream, linger: Arc::clone(&peer.linger), lingering: None };
    match (kind, acceptor) {
        (Kind::Tls, Some(acceptor)) => {
            let handshake = timeout(limits::HEAD_TIME, acceptor.accept(stream));
            let Ok(Ok(stream)) = handshake.await else { return };
            peer.tls = tls::agreed(stream.get_ref().1);
            let kind =
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") { Kind::Http2 } else { Kind::Http1 };
            http(stream, kind, peer, face, stop).await;
        }
        // A port without TLS has nothing to say to a ClientHello.
        (Kind::Tls, None) => {}
        (kind, _) => http(stream, kind, peer, face, stop).await,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tls,
    Http1,
    Http2,
}

/// RFC 9113, section 3.4: the client connection preface.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// RFC 8446, section 5.1: the content type of a handshake record.
const HANDSHAKE: u8 = 0x16;

/// Reads as few bytes as tell what the connection is.
async fn opening(stream: &mut TcpStream) -> io::Result<(Kind, Bytes)> {
    let mut first = BytesMut::with_capacity(1024);
    loop {
        if stream.read_buf(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(kind) = kind_of(&first) {
            return Ok((kind, first.freeze()));
        }
    }
}

fn kind_of(first: &[u8]) -> Option<Kind> {
    if first.first() == Some(&HANDSHAKE) {
        return Some(Kind::Tls);
    }
    if first.starts_with(PREFACE) {
        return Some(Kind::Http2);
    }
    (!PREFACE.starts_with(first)).then_some(Kind::Http1)
}

async fn http<S, F>(stream: S, kind: Kind, peer: Peer, face: Arc<F>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Face,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        // A peer that has sent its request may close its side; it is answered all the same.
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_headers(limits::HEADERS)
        .max_buf_size(limits::HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits::HEAD_TIME)
        .max_header_list_size(u32::try_from(limits::HEAD_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits::STREAMS)
        .initial_stream_window_size(limits::STREAM_WINDOW)
        .initial_connection_window_size(limits::CONNECTION_WINDOW);
    let builder = if kind == Kind::Http2 { builder.http2_only() } else { builder.http1_only() };
    let peer = Arc::new(peer);
    let service = service_fn(move |request| {
        let (face, peer) = (Arc::clone(&face), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(face.answer(request, peer).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // An error here is the peer's: it went away, or spoke no HTTP and was told so.
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// A stream whose first bytes were read already and are read again.
struct Rewound {
    first: Bytes,
    stream: TcpStream,
    linger: Arc<AtomicBool>,
    /// Until when what still comes is read and thrown away; set when the own side is closed.
    lingering: Option<Pin<Box<Sleep>>>,
}

impl Rewound {
    /// Reads and throws away until the peer closes too, or its time is over.
    fn poll_linger(&mut self, until: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0_u8; 16 * 1024];
        while until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a limit for the peer, on no clock of the double")]
fn linger_time() -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(limits::LINGER_TIME))
}

impl AsyncRead for Rewound {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.has_remaining() {
            let count = self.first.len().min(buffer.remaining());
            buffer.put_slice(&self.first.split_to(count));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Rewound {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut until = match self.lingering.take() {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
                if !self.linger.load(Ordering::Relaxed) {
                    return Poll::Ready(Ok(()));
                }
                linger_time()
            }
        };
        let done = self.poll_linger(&mut until, cx);
        self.lingering = Some(until);
        done.map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_protocol() {
        assert_eq!(kind_of(b"\x16\x03\x01"), Some(Kind::Tls));
        assert_eq!(kind_of(PREFACE), Some(Kind::Http2));
        // `PUT` begins like the preface: one more byte is needed, and no more than that.
        assert_eq!(kind_of(b"P"), None);
        assert_eq!(kind_of(b"PU"), Some(Kind::Http1));
        assert_eq!(kind_of(b"PRI * HTTP/2"), None);
        assert_eq!(kind_of(b"PRI * HTTP/1"), Some(Kind::Http1));
        assert_eq!(kind_of(b"GET /"), Some(Kind::Http1));
        assert_eq!(kind_of(b"\0"), Some(Kind::Http1));
    }
}
