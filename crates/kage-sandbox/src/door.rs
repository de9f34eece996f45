//! The sockets of one room: the Runtime API and the way to the double.
//!
//! In a room with a network of its own both are files, and a relay inside carries loopback connections to them. Else the
//! Runtime API listens on a loopback port, and the double is reached directly.

use crate::api;
use crate::error::{Trouble, host};
use crate::room::Shared;
use crate::wire::Connection;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

/// The Runtime API on a socket file.
///
/// # Errors
/// When the file cannot be made.
pub(crate) fn open_api(path: &Path, shared: &Arc<Shared>) -> Result<(), Trouble> {
    let listener = listen(path)?;
    let shared = Arc::clone(shared);
    spawn("sandbox-api", move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if shared.is_over() {
                return;
            }
            let shared = Arc::clone(&shared);
            spawn("sandbox-api-call", move || api::serve(&shared, Connection::new(Box::new(stream))));
        }
    });
    Ok(())
}

/// The Runtime API on a loopback port, whose address is given back.
///
/// # Errors
/// When no port can be had.
pub(crate) fn open_api_on_loopback(shared: &Arc<Shared>) -> Result<SocketAddr, Trouble> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(host("opening a port for the Runtime API"))?;
    let address = listener.local_addr().map_err(host("opening a port for the Runtime API"))?;
    let shared = Arc::clone(shared);
    spawn("sandbox-api", move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if shared.is_over() {
                return;
            }
            let _ = stream.set_nodelay(true);
            let shared = Arc::clone(&shared);
            spawn("sandbox-api-call", move || api::serve(&shared, Connection::new(Box::new(stream))));
        }
    });
    Ok(address)
}

/// The way to the double on a socket file.
///
/// # Errors
/// When the file cannot be made.
pub(crate) fn open_endpoint(path: &Path, endpoint: SocketAddr, shared: &Arc<Shared>) -> Result<(), Trouble> {
    let listener = listen(path)?;
    let shared = Arc::clone(shared);
    spawn("sandbox-endpoint", move || {
        for near in listener.incoming().map_while(Result::ok) {
            if shared.is_over() {
                return;
            }
            spawn("sandbox-endpoint-call", move || {
                if let Ok(far) = TcpStream::connect(endpoint) {
                    let _ = far.set_nodelay(true);
                    carry(&near, &far);
                }
            });
        }
    });
    Ok(())
}

/// Wakes a listener, so that it sees that its room is over.
pub(crate) fn close(path: &Path) {
    let _ = UnixStream::connect(path);
    let _ = fs::remove_file(path);
}

/// The same for a port.
pub(crate) fn close_port(address: SocketAddr) {
    let _ = TcpStream::connect(address);
}

fn listen(path: &Path) -> Result<UnixListener, Trouble> {
    let listener = UnixListener::bind(path).map_err(host("opening a socket for an environment"))?;
    // The folder above is closed to others; inside the room the function runs as another user.
    fs::set_permissions(path, Permissions::from_mode(0o666))
        .map_err(host("opening a socket for an environment"))?;
    Ok(listener)
}

/// Carries bytes both ways until both directions have ended.
fn carry(near: &UnixStream, far: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(near, far);
            let _ = far.shutdown(Shutdown::Write);
        });
        copy(far, near);
        let _ = near.shutdown(Shutdown::Write);
    });
}

fn copy(mut from: impl Read, mut to: impl Write) {
    let _ = io::copy(&mut from, &mut to);
}

/// A thread of the sandbox. Without threads the host is beyond help: the connection is dropped then.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    let _ = thread::Builder::new().name(name.to_owned()).stack_size(512 << 10).spawn(work);
}
