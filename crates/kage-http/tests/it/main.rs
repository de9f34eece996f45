//! The server as its clients see it: sockets, TLS, HTTP/1.1 and HTTP/2, through the real pipeline.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod aws_port;
#[cfg(test)]
mod double;
#[cfg(test)]
mod emulators;
#[cfg(test)]
mod secure;
