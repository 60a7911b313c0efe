//! Where a call went: `server.address` and `server.port` of an endpoint.

/// The host and the port of a URL; the scheme's own port where none is given. `None` for what is no network address
/// (`acp://copilot`).
pub(super) fn server(base_url: &str) -> Option<(&str, i64)> {
    let (scheme, rest) = base_url.split_once("://")?;
    let default = match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => 443,
        _ if scheme.eq_ignore_ascii_case("http") => 80,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    // Recorded without credentials; a line of a log may have been written by anybody.
    let authority = authority.rsplit('@').next()?;
    let (address, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':')),
        None => authority.split_once(':').map_or((authority, None), |(address, port)| (address, Some(port))),
    };
    let port = port.and_then(|port| port.parse::<u16>().ok()).map_or(default, i64::from);
    (!address.is_empty()).then_some((address, port))
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn the_port_is_the_schemes_unless_one_is_given() {
        for (url, expected) in [
            ("https://api.anthropic.com/v1", Some(("api.anthropic.com", 443))),
            ("http://127.0.0.1:8080/v1", Some(("127.0.0.1", 8080))),
            ("http://[::1]:9/v1", Some(("::1", 9))),
            ("HTTP://[::1]", Some(("::1", 80))),
            ("https://somebody@example.com?x", Some(("example.com", 443))),
            ("https://example.com:port/", Some(("example.com", 443))),
            ("acp://copilot", None),
            ("https:///v1", None),
            ("api.openai.com", None),
        ] {
            assert_eq!(server(url), expected, "{url}");
        }
    }
}
