//! The page and its routes on one machine, for whoever is on it: no keys, and so no address that others can reach.

mod visitor;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Router, middleware};
use tokio::net::TcpListener;

use crate::answers::Answers;
use crate::http::reading;
use crate::page;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// It is no address, or others can reach it.
    #[error("{0}")]
    Address(String),
    /// The address cannot be had.
    #[error("{address}: {source}")]
    Taken {
        /// Which.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// A server that has its address.
pub struct LocalServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl LocalServer {
    /// Takes a loopback address, such as `127.0.0.1:4400`; port 0 is any that is free.
    ///
    /// # Errors
    /// When it is none, or cannot be had.
    pub async fn bind(address: &str) -> Result<Self, LocalError> {
        let address = loopback(address)?;
        let taken = |source| LocalError::Taken { address, source };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(LocalServer { listener, address })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers until `stop` is ready, and then what was asked before.
    ///
    /// # Errors
    /// When no connection can be taken any more.
    pub async fn serve(
        self,
        answers: Arc<dyn Answers>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let routes = Router::from(reading::router(answers)).merge(page::routes());
        let routes = routes.layer(middleware::from_fn(visitor::is_of_this_machine));
        axum::serve(self.listener, routes).with_graceful_shutdown(stop).await
    }
}

fn loopback(text: &str) -> Result<SocketAddr, LocalError> {
    let refused = |why: &str| {
        LocalError::Address(format!(
            "`{text}` {why}: give a loopback address and a port, like 127.0.0.1:4400"
        ))
    };
    let address: SocketAddr = text.parse().map_err(|_| refused("is no address"))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(refused("can be reached from other machines, and this page asks for no key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_taken() {
        for own in ["127.0.0.1:0", "127.9.9.9:4400", "[::1]:4400"] {
            assert!(loopback(own).is_ok(), "{own}");
        }
        for other in [
            "0.0.0.0:4400",
            "[::]:4400",
            "192.0.2.1:80",
            "[::ffff:10.0.0.1]:80",
            "example.org:80",
            "127.0.0.1",
            "",
        ] {
            let told = loopback(other).unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{other}`")) && told.contains("127.0.0.1:4400"), "{told}");
        }
    }
}
