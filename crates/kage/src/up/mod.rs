//! `kage up`: starting a double.

mod banner;
mod place;

use crate::cli::{AuthArgument, DurabilityArgument, Globals, UpArguments};
use crate::courier::LoopbackCourier;
use crate::environment;
use crate::failure::Failure;
use crate::run_file::RunFile;
use crate::wiring;
use kage_core::{Clock, ClockState, Outside, Tx, World};
use kage_http::{GENESIS, Server, Settings};
use kage_identity::genesis;
use kage_pipeline::{Auth, Options, Pipeline};
use kage_store::{Durability, Store, StoreError};
use place::Place;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};

/// Where in a data directory the store is.
pub const STORE_FOLDER: &str = "store";
/// Where functions run.
const SANDBOX_FOLDER: &str = "sandbox";

/// Starts a double and serves until it is told to stop.
///
/// # Errors
/// When it cannot start, or its last state cannot be synced.
pub fn run(arguments: &UpArguments, globals: &Globals) -> Result<(), Failure> {
    let place = Place::prepare(arguments, globals)?;
    let served = serve(arguments, globals, &place);
    place.discard();
    served
}

fn serve(arguments: &UpArguments, globals: &Globals, place: &Place) -> Result<(), Failure> {
    let sandbox = sandbox(arguments, place)?;
    let endpoint = Arc::clone(&sandbox.endpoint);
    let world = world(arguments, place, sandbox.outside)?;
    let authority = Arc::new(place.authority(world.clock.wall())?);
    let token = place.token()?;
    let services = wiring::services();
    let names =
        services.iter().flat_map(|service| service.models).map(|model| model.name.to_owned()).collect();
    let auth = match arguments.auth {
        AuthArgument::Strict => Auth::Strict,
        AuthArgument::Open => Auth::Open { account: arguments.open_account.clone() },
    };
    let pipeline = Pipeline::new(world, services, Options { auth });
    let open = arguments.auth == AuthArgument::Open;
    let settings = Settings {
        host: arguments.host,
        port: arguments.port,
        admin_host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        admin_port: arguments.admin_port,
        token: token.clone(),
        open,
        resettable: open || arguments.ephemeral,
        services: names,
        store_folder: PathBuf::from(STORE_FOLDER),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new(
            format!("cannot start threads: {error}"),
            "see whether the machine has any left: ulimit -u",
        )
    })?;
    runtime.block_on(async {
        let server = Server::bind(pipeline, authority, settings).await.map_err(|error| {
            Failure::new(
                error.to_string(),
                "another kage? stop it, or choose with --port N --admin-port N (0: any free)",
            )
        })?;
        // Functions run from here on only; nobody else sets it.
        let _ = endpoint.set(reachable(server.endpoint()));
        // Before anybody is told that it is ready: a signal from then on stops it in order.
        let stop = Stop::listen()?;
        let run = run_file(&server, place, token);
        place.publish(&run)?;
        banner::show(&run, place, arguments, globals);
        let served = server.run(stop.wait()).await;
        place.withdraw(&run);
        served.map_err(|error| store_failure(place, &error))
    })
}

fn run_file(server: &Server, place: &Place, token: String) -> RunFile {
    let endpoint = reachable(server.endpoint());
    RunFile {
        endpoint: format!("http://{endpoint}"),
        tls_endpoint: format!("https://{endpoint}"),
        admin: format!("http://{}", server.admin()),
        token,
        pid: std::process::id(),
        data: place.directory().to_owned(),
        ca_file: place.ca_file(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The address at which a program on this machine reaches a socket that may listen on all addresses.
fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), bound.port())
        }
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), bound.port())
        }
        _ => bound,
    }
}

/// The doors to the outside, and where functions will find the double.
struct Doors {
    outside: Outside,
    endpoint: Arc<OnceLock<SocketAddr>>,
}

fn sandbox(arguments: &UpArguments, place: &Place) -> Result<Doors, Failure> {
    let mut settings = kage_sandbox::Settings::new(place.directory().join(SANDBOX_FOLDER));
    let packages = arguments.lambda_python_packages.clone();
    settings.python_packages = packages.or_else(environment::lambda_python_packages);
    let endpoint = Arc::clone(&settings.endpoint);
    let folder = settings.folder.clone();
    let sandbox = kage_sandbox::ProcessSandbox::new(settings).map_err(|error| {
        let hint = "is the disk full, or the directory another user's? see: kage doctor";
        Failure::new(format!("the folder of functions {} cannot be used: {error}", folder.display()), hint)
    })?;
    let outside = Outside { courier: Some(Arc::new(LoopbackCourier)), sandbox: Some(Arc::new(sandbox)) };
    Ok(Doors { outside, endpoint })
}

/// Opens the state, or makes the first one.
fn world(arguments: &UpArguments, place: &Place, outside: Outside) -> Result<World, Failure> {
    let failed = |error: StoreError| store_failure(place, &error);
    let store = if arguments.ephemeral {
        Store::ephemeral()
    } else {
        let durability = match arguments.durability {
            DurabilityArgument::Process => Durability::Process,
            DurabilityArgument::Power => Durability::Power,
        };
        let options = kage_store::Options { durability, ..kage_store::Options::default() };
        Store::open(&place.directory().join(STORE_FOLDER), options).map_err(failed)?
    };
    let unreadable = |error: kage_core::Error| {
        Failure::new(format!("the state cannot be read: {error}"), "see: kage doctor")
    };
    let kept = Pipeline::kept_clock(&store.read()).map_err(unreadable)?;
    let clock = Clock::new(kept.unwrap_or(ClockState::Running { offset_ms: 0 }));
    let world = World::new(store, clock, arguments.seed).with_outside(outside);
    if genesis::is_fresh(&world.store.read()).map_err(unreadable)? {
        let mut tx = Tx::new(world.store.begin());
        genesis::create(&mut tx, &world).map_err(unreadable)?;
        tx.into_inner().commit().and_then(|ticket| ticket.wait()).map_err(failed)?;
        world.store.save(GENESIS).map_err(failed)?;
    }
    Ok(world)
}

fn store_failure(place: &Place, error: &StoreError) -> Failure {
    let hint = match error {
        StoreError::Locked { .. } => {
            "another kage runs there: use it (kage env), stop it, or choose another --data DIR"
        }
        StoreError::Newer { .. } => "use a newer kage, or another --data DIR",
        StoreError::Corrupt { .. } => {
            "restore the directory from a copy, or start anew with another --data DIR"
        }
        _ => "is the disk full, or the directory another user's? see: kage doctor",
    };
    Failure::new(format!("the state in {} cannot be used: {error}", place.directory().display()), hint)
}

/// The signals that stop the double.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Stop, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(format!("cannot listen for signals: {error}"), "see: kage doctor")
            })
        };
        Ok(Stop { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn signalled(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Ends with the first signal; the second one ends the process at once.
    async fn wait(mut self) {
        self.signalled().await;
        tokio::spawn(async move {
            self.signalled().await;
            std::process::exit(130);
        });
    }
}
