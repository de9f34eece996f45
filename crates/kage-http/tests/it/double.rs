//! A double to talk to, and simple ways to talk.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kage_core::{Clock, Tx, World};
use kage_http::{Authority, GENESIS, Server, Settings};
use kage_pipeline::{Auth, Options, Pipeline};
use kage_store::Store;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const TOKEN: &str = "0123456789abcdef";

pub struct Double {
    pub aws: SocketAddr,
    pub admin: SocketAddr,
    pub authority: Arc<Authority>,
    pub world: World,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Double {
    pub async fn strict() -> Double {
        Double::start(Auth::Strict, true).await
    }

    pub async fn open() -> Double {
        Double::start(Auth::Open { account: "123456789012".to_owned() }, true).await
    }

    pub async fn strict_with(authority: Authority) -> Double {
        Double::start_with(Auth::Strict, true, Some(authority)).await
    }

    pub async fn start(auth: Auth, resettable: bool) -> Double {
        Double::start_with(auth, resettable, None).await
    }

    async fn start_with(auth: Auth, resettable: bool, authority: Option<Authority>) -> Double {
        let world = World::new(Store::ephemeral(), Clock::system(), Some(7));
        let mut tx = Tx::new(world.store.begin());
        kage_identity::genesis::create(&mut tx, &world).unwrap();
        tx.into_inner().commit().unwrap().wait().unwrap();
        world.store.save(GENESIS).unwrap();
        let fresh = || Authority::generate(world.clock.wall()).unwrap();
        let authority = Arc::new(authority.unwrap_or_else(fresh));
        let open = matches!(auth, Auth::Open { .. });
        let settings = Settings {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            admin_host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            admin_port: 0,
            token: TOKEN.to_owned(),
            open,
            resettable,
            services: vec!["s3".to_owned()],
            store_folder: PathBuf::from("store"),
        };
        let pipeline = Pipeline::new(world.clone(), Vec::new(), Options { auth });
        let server = Server::bind(pipeline, Arc::clone(&authority), settings).await.unwrap();
        let (aws, admin) = (server.endpoint(), server.admin());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stop = async { drop(stopped.await) };
            server.run(stop).await.unwrap();
        });
        Double { aws, admin, authority, world, stop, running }
    }

    /// Tells the server to stop and waits until it has.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap();
    }

    /// Sends the bytes to the AWS port and gives what comes back until the server closes.
    pub async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.aws).await.unwrap();
        stream.write_all(request).await.unwrap();
        until_closed(&mut stream).await
    }

    /// One request to the admin port: status and JSON.
    pub async fn admin(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (status, text) = self.admin_text(method, path, body).await;
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")))
    }

    /// One request to the admin port: status and text.
    pub async fn admin_text(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let headers = format!("Host: {}\r\nAuthorization: Bearer {TOKEN}\r\n", self.admin);
        self.admin_with(method, path, &headers, body).await
    }

    /// One request to the admin port with these header lines.
    pub async fn admin_with(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.admin).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status(&answer), body.to_owned())
    }
}

pub async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    // A peer that closes with unread bytes resets the connection; what came before counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads one answer with a Content-Length off a connection that stays open.
pub async fn one_answer(stream: &mut (impl AsyncRead + Unpin), to_head: bool) -> String {
    let mut answer = Vec::new();
    loop {
        answer.push(stream.read_u8().await.unwrap());
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |value| value.parse::<usize>().unwrap());
            if to_head || body.len() == length {
                return text;
            }
        }
    }
}

pub fn status(answer: &str) -> u16 {
    answer.get(9..12).unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap()
}

pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// One request over HTTP/2 on a connection that is set up already.
pub async fn over_http2<S>(stream: S, request: Request<Full<Bytes>>) -> (Response<()>, String)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8_lossy(&body).into_owned())
}
