//! The server: both ports and the scheduler.

use crate::admin::{Admin, Failure};
use crate::authority::{Authority, AuthorityError};
use crate::gateway::Gateway;
use crate::other_emulators::OtherEmulators;
use crate::{connection, scheduler, tls};
use kage_core::ClockState;
use kage_pipeline::Pipeline;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The snapshot of the double's first state, to which a reset goes back.
pub const GENESIS: &str = "genesis";

/// Where and how to serve.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the AWS port.
    pub host: IpAddr,
    /// The AWS port; 0 for any free one.
    pub port: u16,
    /// Address of the admin port.
    pub admin_host: IpAddr,
    /// The admin port; 0 for any free one.
    pub admin_port: u16,
    /// What the owner must show on the admin port.
    pub token: String,
    /// Whether the AWS port also answers the paths of other emulators.
    pub open: bool,
    /// Whether everything may be thrown away by a request.
    pub resettable: bool,
    /// The services by name, for the health path of other emulators.
    pub services: Vec<String>,
    /// The folder in a data directory that holds the store: a fork writes there.
    pub store_folder: PathBuf,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// TLS cannot be offered.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// What can be done to the double besides calling it.
pub(crate) struct Control {
    pub pipeline: Pipeline,
    pub authority_pem: String,
    pub resettable: bool,
    pub services: Vec<String>,
    pub store_folder: PathBuf,
}

impl Control {
    /// Back to the first state, clock included.
    pub fn reset(&self) -> Result<(), Failure> {
        if !self.resettable {
            let hint = "reset works with --ephemeral or --auth open; here, restore a snapshot";
            return Err(Failure::new(409, "this double keeps its state", hint));
        }
        self.restore(GENESIS)
    }

    /// Makes the present what the snapshot holds, clock included.
    pub fn restore(&self, name: &str) -> Result<(), Failure> {
        let world = self.pipeline.world();
        world.store.restore(name)?;
        let kept = Pipeline::kept_clock(&world.store.read())?;
        world.clock.set_state(kept.unwrap_or(ClockState::Running { offset_ms: 0 }));
        Ok(())
    }
}

/// Both ports, bound and not yet serving.
pub struct Server {
    pipeline: Pipeline,
    aws: TcpListener,
    admin: TcpListener,
    acceptor: TlsAcceptor,
    control: Arc<Control>,
    token: String,
    open: bool,
    endpoint: SocketAddr,
    admin_address: SocketAddr,
}

impl Server {
    /// Binds both ports.
    ///
    /// # Errors
    /// [`ServeError`], for example when a port is in use.
    pub async fn bind(
        pipeline: Pipeline,
        authority: Arc<Authority>,
        settings: Settings,
    ) -> Result<Server, ServeError> {
        let (aws, endpoint) = listen(SocketAddr::new(settings.host, settings.port)).await?;
        let (admin, admin_address) =
            listen(SocketAddr::new(settings.admin_host, settings.admin_port)).await?;
        let authority_pem = authority.certificate_pem().to_owned();
        let config = tls::configuration(authority, settings.host)?;
        let control = Control {
            pipeline: pipeline.clone(),
            authority_pem,
            resettable: settings.resettable,
            services: settings.services,
            store_folder: settings.store_folder,
        };
        Ok(Server {
            pipeline,
            aws,
            admin,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            control: Arc::new(control),
            token: settings.token,
            open: settings.open,
            endpoint,
            admin_address,
        })
    }

    /// Address of the AWS port.
    #[must_use]
    pub fn endpoint(&self) -> SocketAddr {
        self.endpoint
    }

    /// Address of the admin port.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until `stop` ends; then lets running calls end, for a few seconds at most, and syncs the store.
    ///
    /// # Errors
    /// When the store cannot be synced at the end.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), kage_store::StoreError> {
        let (stopping, stopped) = watch::channel(false);
        let other_emulators = self.open.then(|| OtherEmulators { control: Arc::clone(&self.control) });
        let gateway = Gateway { pipeline: self.pipeline.clone(), other_emulators };
        let admin = Admin::new(self.control, self.token, self.admin_address.ip());
        let all = async {
            tokio::join!(
                connection::serve(self.aws, Some(self.acceptor), Arc::new(gateway), stopped.clone()),
                connection::serve(self.admin, None, Arc::new(admin), stopped.clone()),
                scheduler::run(self.pipeline.clone(), stopped.clone()),
            )
        };
        let stop = async {
            stop.await;
            self.pipeline.end_waits();
            // Fails only when nobody listens any more, and then all is at its end anyway.
            let _ = stopping.send(true);
        };
        tokio::join!(all, stop);
        self.pipeline.world().store.flush()
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
