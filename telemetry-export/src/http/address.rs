//! Where requests go: an endpoint, and a path after it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use telemetry_policy::Endpoint;
use ureq::http::Uri;

use super::dialect::Keys;
use super::percent;
use crate::exporter::Undelivered;

/// The address of a receiver. It may hold keys, so there is no way to print one.
pub(super) struct Address {
    base: String,
    query: String,
    /// The value of an `authorization` header, from a name and a password before the host.
    pub authorization: Option<String>,
    /// Whether it is `https`.
    pub encrypted: bool,
    /// What of the endpoint may be a key.
    pub secrets: Vec<String>,
}

impl Address {
    /// That of an endpoint. It may be the base or, as some write it, end with one of `endings`, which are then taken away; a
    /// query stays at each path, a fragment at none.
    ///
    /// # Errors
    /// When it is no address that can be asked.
    pub(super) fn of(endpoint: &Endpoint, keys: &Keys, endings: &[&str]) -> Result<Self, Undelivered> {
        let unusable = || {
            Undelivered::for_good(format!(
                "the address in {} cannot be asked: write http:// or https://, a host, a port and a path, with what is \
                 special in it percent-encoded",
                keys.endpoint
            ))
        };
        let (scheme, rest) = endpoint.url().split_once("://").ok_or_else(unusable)?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let path = path.trim_end_matches('/');
        let base = endings.iter().find_map(|ending| path.strip_suffix(ending));
        let path = base.unwrap_or(path).trim_end_matches('/');
        let scheme = scheme.to_ascii_lowercase();
        let address = Self {
            base: format!("{scheme}://{host}{path}"),
            query: query.to_owned(),
            authorization: user.map(basic),
            encrypted: scheme == "https",
            secrets: secrets(user, path, query),
        };
        // What is shown to its owner as the host must be what is asked, and a port must be one.
        let asked = address.at("/").parse::<Uri>().map_err(|_| unusable())?;
        let shown = asked.authority().filter(|authority| authority.as_str() == endpoint.host());
        let is_usable = shown.is_some_and(|authority| {
            authority.as_str() == authority.host() || authority.port_u16().is_some_and(|port| port > 0)
        });
        if is_usable { Ok(address) } else { Err(unusable()) }
    }

    /// Where what goes to `path` goes. Not to be shown.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}{}", self.base, self.query)
    }
}

/// `name:password` as RFC 7617 has it.
fn basic(user: &str) -> String {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = [percent::decoded(name), b":".to_vec(), percent::decoded(password)].concat();
    format!("Basic {}", STANDARD.encode(plain))
}

fn secrets(user: Option<&str>, path: &str, query: &str) -> Vec<String> {
    let user = user.into_iter().flat_map(|user| user.split(':'));
    let query = query.split(['?', '&']).filter_map(|pair| Some(pair.split_once('=')?.1));
    // A short word of a path, `/api/public/otel`, says nothing; a long one may be a token.
    let path = path.split('/').filter(|part| part.len() >= 16);
    let parts = user.chain(query).chain(path);
    let both = parts
        .flat_map(|part| [part.to_owned(), String::from_utf8_lossy(&percent::decoded(part)).into_owned()]);
    both.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use telemetry_policy::Settings;

    use super::*;

    const KEYS: Keys = Keys {
        endpoint: "the.endpoint",
        headers: "the.headers",
        certificate: "CERTIFICATE",
        speaks: "",
        receiver: "",
        example: "",
        advice: "",
    };

    fn address(url: &str) -> Result<Address, Undelivered> {
        let home = tempfile::tempdir().unwrap();
        let config = format!("telemetry: {{export: {{otlp: {{endpoint: '{url}'}}}}}}");
        fs::write(home.path().join("config.yaml"), config).unwrap();
        let settings = Settings::load_with(home.path(), &|_| None);
        Address::of(settings.otlp_endpoint().unwrap(), &KEYS, &["/v1/traces", "/v1/logs"])
    }

    #[test]
    fn an_endpoint_is_a_base_or_ends_with_what_is_added() {
        for (url, traces) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            ("HTTPS://h.example//", "https://h.example/v1/traces"),
            ("http://LocalHost:4318", "http://LocalHost:4318/v1/traces"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
            ("https://h.example/api/public/otel", "https://h.example/api/public/otel/v1/traces"),
            ("https://h.example/api/public/otel/", "https://h.example/api/public/otel/v1/traces"),
            ("http://h.example/v1/traces", "http://h.example/v1/traces"),
            ("http://h.example/x/v1/logs/", "http://h.example/x/v1/traces"),
            ("http://h.example/v1", "http://h.example/v1/v1/traces"),
            ("https://h.example?tenant=a%20b#top", "https://h.example/v1/traces?tenant=a%20b"),
            ("https://h.example/v1/traces?tenant=a/v1/logs", "https://h.example/v1/traces?tenant=a/v1/logs"),
            ("http://user:pass@h.example/x", "http://h.example/x/v1/traces"),
        ] {
            assert_eq!(address(url).unwrap().at("/v1/traces"), traces, "{url}");
        }
        let address = address("https://h.example/x/v1/traces?a=b").unwrap();
        assert_eq!(address.at("/v1/metrics"), "https://h.example/x/v1/metrics?a=b");
        assert!(address.encrypted && address.authorization.is_none());
    }

    #[test]
    fn a_name_and_a_password_become_a_header() {
        let address = address("http://ada:open%20sesame@h.example").unwrap();
        assert_eq!(address.authorization.as_deref(), Some("Basic YWRhOm9wZW4gc2VzYW1l"));
        assert!(address.secrets.contains(&"open sesame".to_owned()));
    }

    #[test]
    fn what_cannot_be_asked_is_said_without_its_keys() {
        for url in [
            r"http://h.example\@SECRET",
            "http://h.example:99999/SECRET",
            "http://h.example:0/SECRET",
            "http://h.example:/SECRET",
            "http://h.example:4318:4318/SECRET",
            "http://h.example/<SECRET>",
        ] {
            let Err(undelivered) = address(url) else { panic!("{url} can be asked") };
            assert!(undelivered.message.contains("the.endpoint"), "{undelivered}");
            assert!(!undelivered.message.contains("SECRET") && !undelivered.temporary, "{undelivered}");
        }
    }
}
