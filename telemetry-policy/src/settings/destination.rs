//! Where exports may go, and what opens the door there: values of which only a part may be shown.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::node::Node;

/// The longest endpoint that is taken, in bytes.
const MAX_ENDPOINT: usize = 2_048;
/// The longest path of a directory, in bytes: the kernel's own limit.
const MAX_PATH: usize = 4_096;
/// The longest name of a variable or a header, in bytes.
const MAX_NAME: usize = 128;

/// A URL of a collector. Only its host, and port, is ever shown: what stands before and after may be a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host: String,
}

impl Endpoint {
    /// Reads `http://` or `https://`, a host, and whatever follows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let after_scheme = ["https://", "http://"].iter().find_map(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        })?;
        let authority = after_scheme.split(['/', '?', '#', '\\']).next()?;
        let host = authority.rsplit('@').next()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let is_host =
            host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && host.chars().all(plain);
        let clean = text.len() <= MAX_ENDPOINT && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        (is_host && clean).then(|| Endpoint { url: text.to_owned(), host: host.to_owned() })
    }

    /// The whole URL, for who sends to it. Not to be shown.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, with its port if one is given.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.host)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.host).finish()
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.host)
    }
}

/// An environment variable that holds a header. The secret itself is never in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderVariable {
    /// The header; `None` for a variable that holds names and values (`name=value,name=value`, as in
    /// `OTEL_EXPORTER_OTLP_HEADERS`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The name of the variable.
    pub variable: String,
}

/// The variables of a node: one name, a list of names, or a mapping from headers to names.
pub(super) fn header_variables(node: &Node) -> Option<Vec<HeaderVariable>> {
    let alone = |node: &Node| Some(HeaderVariable { header: None, variable: variable(node)? });
    match node {
        Node::Text(text) if text.trim().is_empty() => Some(Vec::new()),
        Node::Text(_) => Some(vec![alone(node)?]),
        Node::List(items) => items.iter().map(alone).collect(),
        Node::Map(fields) => fields
            .iter()
            .map(|(header, field)| {
                let header = Some(header.clone()).filter(|header| is_header(header))?;
                Some(HeaderVariable { header: Some(header), variable: variable(&field.node)? })
            })
            .collect(),
        _ => None,
    }
}

/// The name of a variable: capitals, digits and underscores. A secret that stands where its name belongs is hardly ever
/// that, and so is not shown as one.
pub(super) fn variable(node: &Node) -> Option<String> {
    let Node::Text(text) = node else { return None };
    let name = text.trim();
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name.then(|| name.to_owned())
}

/// The path of a directory. Not a relative one: who reads a config is in one folder today and in another tomorrow.
pub(super) fn directory(node: &Node) -> Option<&str> {
    let Node::Text(text) = node else { return None };
    let path = text.trim();
    let clean = path.len() <= MAX_PATH && !path.chars().any(char::is_control);
    (clean && Path::new(path).is_absolute()).then_some(path)
}

fn is_header(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_endpoint_the_host_alone_is_shown() {
        for (url, host) in [
            ("https://collector.example/v1/traces?key=SECRET#SECRET", "collector.example"),
            ("http://user:SECRET@collector.example:4318/SECRET", "collector.example:4318"),
            ("HTTPS://SECRET@a@b.example", "b.example"),
            ("http://[::1]:4318", "[::1]:4318"),
            (r"http://host\@SECRET", "host"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            let shown = format!("{endpoint} {endpoint:?} {}", serde_json::to_string(&endpoint).unwrap());
            assert_eq!(shown, format!("{host} Endpoint({host:?}) {host:?}"));
            assert_eq!(endpoint.url(), url);
        }
        let long = format!("https://{}", "a".repeat(MAX_ENDPOINT));
        for bad in [
            "",
            "collector.example",
            "https://",
            "https://SECRET@",
            "ftp://a",
            "https://a b",
            "https://a\nb",
            &long,
        ] {
            assert_eq!(Endpoint::parse(bad), None, "{bad}");
        }
    }
}
