//! `telemetry collector`: a team's server, and keys to it.

mod key;
mod serve;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::env;
use std::io;
use std::path::PathBuf;

use telemetry_collector::http::{self, ProbeError};
use telemetry_collector::storage::{Place, StorageError};
use tokio::runtime::{self, Runtime};

use crate::args::collector::{Collector, CollectorCommand, CollectorHealth};
use crate::failure::{Failure, reason};
use crate::home::Home;
use crate::streams::Streams;

/// Variables that more than one of these commands reads.
const LISTEN: &str = "TELEMETRY_COLLECTOR_LISTEN";
const TLS_CERT: &str = "TELEMETRY_COLLECTOR_TLS_CERT";

pub(super) fn run(home: &Home, args: &Collector, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let place = place(home, args)?;
    match &args.command {
        CollectorCommand::Serve(args) => serve::run(home, args, &place, streams),
        CollectorCommand::Key { command } => key::run(command, &place, streams),
        CollectorCommand::Health(args) => health(args, streams),
    }
}

/// Which database. An address with a password comes from the environment, because arguments can be read by everybody.
fn place(home: &Home, args: &Collector) -> Result<Place, Failure> {
    let folder = args.data.clone().unwrap_or_else(|| home.path.join("telemetry/collector"));
    let url = match env::var_os("DATABASE_URL").filter(|url| !url.is_empty()) {
        None => None,
        Some(url) => {
            Some(url.into_string().map_err(|_| Failure::Failed("DATABASE_URL is not UTF-8".into()))?)
        }
    };
    match (&url, &args.data) {
        (Some(_), Some(_)) => Err(Failure::Usage(
            "--data and DATABASE_URL name two databases: leave one of them away".to_owned(),
        )),
        _ => Ok(Place::of(url, folder.join("collector.db"))),
    }
}

fn health(args: &CollectorHealth, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let address = setting(args.listen, LISTEN)?.unwrap_or(http::Options::default().listen);
    let certificate = file(args.tls_cert.as_ref(), TLS_CERT);
    let address = reached_at(address);
    match runtime()?.block_on(http::is_ready(address, certificate.as_deref())) {
        Ok(true) => Ok(writeln!(streams.out, "ready")?),
        Ok(false) => Err(Failure::Failed(format!("the collector at {address} is not ready"))),
        Err(ProbeError::Silent { address, why }) => {
            Err(Failure::Failed(format!("no collector answers at {address}: {}", reason(&why))))
        }
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

/// Where to ask what listens at an address: one that listens everywhere is here too.
fn reached_at(listening: SocketAddr) -> SocketAddr {
    let here: IpAddr = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(here, listening.port())
}

fn runtime() -> io::Result<Runtime> {
    runtime::Builder::new_multi_thread().enable_all().build()
}

/// What a flag says, else a variable of the environment.
fn setting<T: std::str::FromStr>(given: Option<T>, variable: &str) -> Result<Option<T>, Failure> {
    let said = env::var(variable).ok().filter(|said| !said.is_empty());
    match (given, said) {
        (Some(given), _) => Ok(Some(given)),
        (None, None) => Ok(None),
        (None, Some(said)) => match said.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Failure::Usage(format!("{variable} is `{said}`, which cannot be read"))),
        },
    }
}

fn file(given: Option<&PathBuf>, variable: &str) -> Option<PathBuf> {
    given.cloned().or_else(|| env::var_os(variable).filter(|said| !said.is_empty()).map(PathBuf::from))
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Failure::Failed(error.to_string())
    }
}
