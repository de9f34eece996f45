//! The server as its clients see it: sockets, TLS, HTTP/1.1 and HTTP/2, through the real pipeline.

mod admin;
mod aws_port;
mod double;
mod emulators;
mod secure;
