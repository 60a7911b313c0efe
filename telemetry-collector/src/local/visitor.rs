//! Who may ask. There is no key, so what is asked has to come from a program on this machine that means this server.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::Problem;

/// Refuses what was sent to another name. A page from anywhere can have its name lead to a loopback address (DNS rebinding), and
/// its browser then takes this server for its own; but it still says the name. No page can make it say another.
pub(super) async fn is_of_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    match host.is_some_and(is_loopback) {
        true => next.run(request).await,
        false => Problem::misdirected(
            "this server answers its own machine, and `Host` has to be localhost or a loopback address: open the address it printed",
        )
        .into_response(),
    }
}

/// Whether a name and, after a colon, a port are of this machine. The port may be another: it may have been forwarded.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_its_names() {
        for own in [
            "localhost",
            "LocalHost:4400",
            "127.0.0.1",
            "127.0.0.1:4400",
            "127.1.2.3:9",
            "[::1]",
            "[::1]:4400",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "",
            ":4400",
            "example.org",
            "example.org:4400",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "10.0.0.1:4400",
            "0.0.0.0:4400",
            "[::]:4400",
            "evil@127.0.0.1",
            "127.0.0.1:4400@evil",
            "127.0.0.1:x",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
