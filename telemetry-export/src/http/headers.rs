//! The headers of a receiver, out of environment variables.

use std::fmt;

use telemetry_policy::HeaderVariable;
use ureq::http::{HeaderName, HeaderValue};

use super::percent;
use crate::exporter::Undelivered;

/// Headers that say how a request is to be read. A variable that sets one would make every request unreadable.
const OURS: [&str; 6] =
    ["connection", "content-encoding", "content-length", "content-type", "host", "transfer-encoding"];

/// The headers to send, and the variables they come from. Values are never printed.
pub(super) struct Headers {
    pairs: Vec<(HeaderName, HeaderValue)>,
    /// The names of the variables, for who has to look at them.
    pub variables: Vec<String>,
}

impl Headers {
    /// Reads what `variables`, which the setting `key` names, hold in `environment`; of a header that is there twice the last.
    ///
    /// # Errors
    /// When a variable is not set, is empty, or holds what is no header.
    pub(super) fn read(
        variables: &[HeaderVariable],
        key: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Undelivered> {
        let mut headers =
            Headers { pairs: Vec::new(), variables: variables.iter().map(|v| v.variable.clone()).collect() };
        for variable in variables {
            let wrong = |what: &str| wrong(variable, key, what);
            let held = environment(&variable.variable).ok_or_else(|| wrong("is not set"))?;
            let held = held.trim();
            if held.is_empty() {
                return Err(wrong("is empty"));
            }
            match &variable.header {
                Some(header) => headers.set(header, held.as_bytes()).map_err(|what| wrong(what.0))?,
                None => headers.set_all(held).map_err(|what| wrong(what.0))?,
            }
        }
        Ok(headers)
    }

    /// Adds a header, unless a variable has it already.
    pub(super) fn default_to(&mut self, header: &str, value: &str) {
        let known = self.pairs.iter().any(|(name, _)| name.as_str().eq_ignore_ascii_case(header));
        if !known {
            // A value that is no header's is left out: nothing that comes here is one.
            let _ = self.set(header, value.as_bytes());
        }
    }

    /// Adds a header of ours that is no secret, in place of what a variable has there.
    pub(super) fn say(&mut self, header: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            let header = HeaderName::from_static(header);
            self.pairs.retain(|(known, _)| *known != header);
            self.pairs.push((header, value));
        }
    }

    /// `name=value,name=value`, values percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`.
    fn set_all(&mut self, list: &str) -> Result<(), Malformed> {
        for pair in list.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or(Malformed("is not name=value,name=value: a part of it has no `=`"))?;
            self.set(name.trim(), &percent::decoded(value.trim()))?;
        }
        match self.pairs.is_empty() {
            true => Err(Malformed("is not name=value,name=value: there is no name in it")),
            false => Ok(()),
        }
    }

    fn set(&mut self, header: &str, value: &[u8]) -> Result<(), Malformed> {
        let name = HeaderName::from_bytes(header.as_bytes())
            .map_err(|_| Malformed("is not name=value,name=value: a name in it is no header's"))?;
        if OURS.contains(&name.as_str()) {
            return Err(Malformed(
                "sets a header that says how a request is to be read, which is not its to say",
            ));
        }
        let mut value = HeaderValue::from_bytes(value)
            .map_err(|_| Malformed("holds a character that no header may have, such as a line break"))?;
        value.set_sensitive(true);
        self.pairs.retain(|(known, _)| *known != name);
        self.pairs.push((name, value));
        Ok(())
    }

    /// Names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.pairs.iter().map(|(name, value)| (name, value))
    }

    /// What nobody may read: the values, and what stands after their first word, which may be `Bearer`.
    pub(super) fn secrets(&self) -> impl Iterator<Item = String> {
        self.pairs.iter().filter(|(_, value)| value.is_sensitive()).flat_map(|(_, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let key = value.split_once(' ').map(|(_, key)| key.trim().to_owned());
            [Some(value), key].into_iter().flatten()
        })
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(name, _)| name.as_str())).finish()
    }
}

/// What is wrong with a value, without the value.
struct Malformed(&'static str);

fn wrong(variable: &HeaderVariable, key: &str, what: &str) -> Undelivered {
    let name = &variable.variable;
    let instead = match &variable.header {
        Some(header) => format!("set it to the value of the header {header}"),
        None => "set it to name=value,name=value".to_owned(),
    };
    let message = format!(
        "the environment variable {name}, which {key} names, {what}: {instead}, or take it out of there"
    );
    Undelivered::for_good(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(header: Option<&str>) -> HeaderVariable {
        HeaderVariable { header: header.map(str::to_owned), variable: "KEY".to_owned() }
    }

    fn read(header: Option<&str>, held: Option<&str>) -> Result<Vec<(String, String)>, Undelivered> {
        let headers = Headers::read(&[variable(header)], "the.key", &|name| {
            assert_eq!(name, "KEY");
            held.map(str::to_owned)
        })?;
        Ok(headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect())
    }

    #[test]
    fn a_variable_holds_one_header_or_many() {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        };
        for (header, held, is) in [
            (Some("X-Key"), " a=b, c%20 ", pairs(&[("x-key", "a=b, c%20")])),
            (None, "authorization=Bearer%20x", pairs(&[("authorization", "Bearer x")])),
            (None, " a = 1 , b=2=3 ,", pairs(&[("a", "1"), ("b", "2=3")])),
            (None, "A=1,a=2", pairs(&[("a", "2")])),
            (None, "a=", pairs(&[("a", "")])),
        ] {
            assert_eq!(read(header, Some(held)).unwrap(), is, "{held}");
        }
    }

    #[test]
    fn a_variable_that_is_no_header_is_named_and_its_value_is_not() {
        for (header, held, what) in [
            (None, None, "is not set"),
            (None, Some("  "), "is empty"),
            (None, Some("SECRET"), "has no `=`"),
            (None, Some(","), "no name in it"),
            (None, Some("SEC RET=a"), "a name in it is no header's"),
            (None, Some("a=SECRET%0d%0ab: c"), "such as a line break"),
            (Some("a"), Some("SECRET\nb: c"), "such as a line break"),
            (None, Some("Content-Type=SECRET"), "not its to say"),
        ] {
            let undelivered = read(header, held).unwrap_err();
            assert!(
                undelivered.message.contains("the environment variable KEY, which the.key names, "),
                "{undelivered}"
            );
            assert!(undelivered.message.contains(what), "{undelivered}");
            assert!(!undelivered.message.contains("SEC") && !undelivered.temporary, "{undelivered}");
        }
    }

    #[test]
    fn what_a_variable_says_comes_first() {
        let mut headers =
            Headers::read(&[variable(None)], "the.key", &|_| Some("Authorization=Bearer%20k".to_owned()))
                .unwrap();
        headers.default_to("authorization", "Basic x");
        headers.default_to("x-other", "y");
        headers.say("x-plain", "host");
        let names: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(format!("{headers:?}"), r#"{"authorization", "x-other", "x-plain"}"#);
        assert_eq!(names, [("authorization", &b"Bearer k"[..]), ("x-other", b"y"), ("x-plain", b"host")]);
        assert_eq!(headers.secrets().collect::<Vec<_>>(), ["Bearer k", "k", "y"]);
    }
}
