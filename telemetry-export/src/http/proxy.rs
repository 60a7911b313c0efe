//! The proxy to go through.
//!
//! Only what is encrypted goes through one: a proxy of the environment, which nobody chose for this, carries it and cannot
//! read it. What is not encrypted is for this machine or its network, and a proxy would have to be told how to come back.

use ureq::Proxy;

use crate::exporter::Undelivered;

/// Where a proxy is named, the first that says something.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Where those hosts are that no proxy is for.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy that `environment` has for `host`, with its port if one is given; none for what is not `encrypted`.
///
/// # Errors
/// When it is none that can be used.
pub(super) fn proxy(
    encrypted: bool,
    host: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, Undelivered> {
    let held = |name: &&'static str| {
        Some((*name, environment(name)?.trim().to_owned())).filter(|(_, value)| !value.is_empty())
    };
    let Some((variable, address)) = VARIABLES.iter().find_map(held).filter(|_| encrypted) else {
        return Ok(None);
    };
    let exceptions = EXCEPTIONS.iter().find_map(held).map(|(_, list)| list).unwrap_or_default();
    if is_excepted(host, &exceptions) {
        return Ok(None);
    }
    let proxy = Proxy::new(&address)
        .ok()
        .filter(|proxy| matches!(proxy.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https));
    proxy.map(Some).ok_or_else(|| {
        let message = format!(
            "the environment variable {variable} names no proxy that can be used: it must be http:// or https://, a host \
             and a port; or except {host} in NO_PROXY"
        );
        Undelivered::for_good(message)
    })
}

/// Whether a list has `host`: itself, a domain that it is in, or `*`. This machine is on every list.
fn is_excepted(host: &str, list: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
    if name == "localhost" || name == "::1" || name.starts_with("127.") {
        return true;
    }
    list.split(',').map(str::trim).any(|entry| {
        let (domain, only) = match entry.rsplit_once(':') {
            Some((domain, only))
                if only.bytes().all(|byte| byte.is_ascii_digit()) && !domain.contains(':') =>
            {
                (domain, Some(only))
            }
            _ => (entry, None),
        };
        let domain = domain.trim_start_matches("*.").trim_start_matches('.').trim_matches(['[', ']']);
        let domain = domain.to_ascii_lowercase();
        let inside =
            name.strip_suffix(&domain).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        entry == "*" || (!domain.is_empty() && inside && (only.is_none() || only == port))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_for_hosts_and_their_domains() {
        for (host, list, excepted) in [
            ("h.example", "", false),
            ("h.example", "*", true),
            ("h.example", "other, h.example", true),
            ("h.example:4318", "h.example", true),
            ("a.h.example", ".h.example", true),
            ("a.h.example", "*.h.example", true),
            ("ah.example", "h.example", false),
            ("H.example", "h.EXAMPLE", true),
            ("h.example:443", "h.example:443", true),
            ("h.example:444", "h.example:443", false),
            ("localhost:4318", "", true),
            ("127.0.0.1", "", true),
            ("[::1]:4318", "", true),
            ("[fd00::1]", "fd00::1", true),
            ("h.example", ",", false),
        ] {
            assert_eq!(is_excepted(host, list), excepted, "{host} in {list}");
        }
    }
}
