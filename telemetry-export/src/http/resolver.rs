//! Names to addresses, within a time.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How many addresses of a name are tried.
const TRIED: usize = 16;

/// The resolver of the system. It has no time limit, so it is asked on a thread of its own, unless the machine has no thread
/// to give: then here. (The client's own resolver panics in that case, and this is a host's process.)
#[derive(Debug)]
pub(super) struct Names;

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let mut found = self.empty();
        if let Ok(address) = host.parse::<IpAddr>() {
            found.push(SocketAddr::new(address, port));
            return Ok(found);
        }
        for address in lookup(host, port, timeout)?.into_iter().take(TRIED) {
            found.push(address);
        }
        if found.is_empty() { Err(Error::HostNotFound) } else { Ok(found) }
    }
}

fn lookup(host: String, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
    let ask = move |host: &str| {
        (host, port).to_socket_addrs().map(Iterator::collect).map_err(|_| Error::HostNotFound)
    };
    let (send, receive) = sync_channel(1);
    let name = host.clone();
    let asks = thread::Builder::new().name("telemetry-names".to_owned()).spawn(move || {
        // Nobody waits any more when it took too long.
        let _ = send.send(ask(&name));
    });
    if asks.is_err() {
        return ask(&host);
    }
    match receive.recv_timeout(*timeout.after) {
        Ok(found) => found,
        Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
        Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
    }
}
