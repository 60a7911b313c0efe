//! Rates of the owner's own: `telemetry.pricing.overrides`.
//!
//! ```yaml
//! telemetry:
//!   pricing:
//!     overrides:
//!       - provider: custom          # the host's word for it or the table's id; * stands for anything
//!         model: "qwen3-*"
//!         input: 0.10               # dollars for a million tokens
//!         output: 0.40
//!         cache_read: 0.01
//!         per_request: 0.001        # dollars for a call
//! ```
//! The first entry that fits a call is its only source of rates: what it leaves out has none. Mixing it with the table
//! would put a contract's price beside a list price.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::bucket::Bucket;
use super::rate::Rate;
use super::rates::Rates;

/// The key in the config.
pub const KEY: &str = "telemetry.pricing.overrides";

/// The entries, in the order they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides(Vec<Override>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Override {
    provider: Glob,
    model: Glob,
    pub rates: Rates,
    /// Of all it says.
    pub hash: u64,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideError {
    /// Where, below [`KEY`]: `[2].cache_read`.
    pub place: String,
    /// What, and what may be written there.
    pub problem: String,
}

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KEY}{}: {}", self.place, self.problem)
    }
}

impl std::error::Error for OverrideError {}

impl Overrides {
    /// None.
    pub const NONE: Self = Overrides(Vec::new());

    /// For whom each entry is: `provider/model`, in lower case.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|entry| format!("{}/{}", entry.provider, entry.model))
    }

    /// Reads a list of entries; nothing is nothing.
    ///
    /// # Errors
    /// Everything that is wrong with it. A list with a mistake is no list: the entries after the wrong one would match
    /// calls it was meant for.
    pub fn read(value: &Value) -> Result<Self, Vec<OverrideError>> {
        let mut errors = Vec::new();
        let mut entries = Vec::new();
        match value {
            Value::Null => {}
            Value::Array(list) => {
                for (place, value) in list.iter().enumerate() {
                    entries.extend(Override::read(value, &format!("[{place}]"), &mut errors));
                }
            }
            _ => errors.push(OverrideError { place: String::new(), problem: "must be a list".to_owned() }),
        }
        if errors.is_empty() { Ok(Overrides(entries)) } else { Err(errors) }
    }

    /// The place of the first entry that fits one of the words for the provider and one of the ids of the model.
    pub(super) fn find(&self, providers: &[&str], models: &[&str]) -> Option<usize> {
        self.0.iter().position(|entry| {
            providers.iter().any(|word| entry.provider.fits(word))
                && models.iter().any(|id| entry.model.fits(id))
        })
    }

    pub(super) fn entry(&self, place: usize) -> &Override {
        &self.0[place]
    }

    /// Of all the entries say, in their order.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|entry| entry.hash)
    }
}

impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Overrides::read(&Value::deserialize(deserializer)?).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(OverrideError::to_string).collect();
            de::Error::custom(lines.join("; "))
        })
    }
}

impl Override {
    /// An entry; `None` when something is wrong with it.
    fn read(value: &Value, place: &str, errors: &mut Vec<OverrideError>) -> Option<Self> {
        let before = errors.len();
        let mut wrong = |key: &str, problem: &str| {
            let key = if key.is_empty() { String::new() } else { format!(".{key}") };
            errors.push(OverrideError { place: format!("{place}{key}"), problem: problem.to_owned() });
        };
        let Value::Object(fields) = value else {
            wrong("", "must be a map with provider, model and rates");
            return None;
        };
        let rate_of = |key: &str| Bucket::ALL.into_iter().find(|bucket| bucket.as_str() == key);
        let mut rates = Rates::default();
        for (key, value) in fields.iter().filter(|(key, _)| !["provider", "model"].contains(&key.as_str())) {
            match rate_of(key).map(|bucket| (bucket, rate(bucket, value))) {
                Some((bucket, Some(rate))) => rates.set(bucket, rate),
                Some((Bucket::Request, None)) => wrong(key, "must be dollars for a request, from 0 to 1000"),
                Some(_) => wrong(key, "must be dollars for a million tokens, from 0 to 1000"),
                None => wrong(key, &format!("is no key of an override; they are {}", keys())),
            }
        }
        if rates == Rates::default() {
            wrong("", "has no rate");
        }
        let mut glob = |key: &str| {
            let text = fields.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default();
            if text.is_empty() {
                wrong(key, "must be a name; * in it stands for anything");
            }
            Glob::new(text)
        };
        let (provider, model) = (glob("provider"), glob("model"));
        let hash = hash(fields);
        (errors.len() == before).then_some(Override { provider, model, rates, hash })
    }
}

fn keys() -> String {
    let rates = Bucket::ALL.map(Bucket::as_str).join(", ");
    format!("provider, model, {rates}")
}

/// A number as it was written, or a text of one: a number passes through a float on its way here, which has 15 digits.
fn rate(bucket: Bucket, value: &Value) -> Option<Rate> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    match bucket {
        Bucket::Request => Rate::per_request(&text),
        _ => Rate::per_million(&text),
    }
}

/// Of what an entry says, whatever the order it says it in.
fn hash(fields: &Map<String, Value>) -> u64 {
    let mut said: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    said.sort();
    xxh3_64(said.concat().as_bytes())
}

/// A name in which `*` stands for anything, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Glob(Vec<String>);

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("*"))
    }
}

impl Glob {
    fn new(text: &str) -> Self {
        Glob(text.to_lowercase().split('*').map(str::to_owned).collect())
    }

    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| *only == text);
        };
        let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
        // Each part at its first place leaves the most for those behind it.
        let rest = middle
            .iter()
            .try_fold(rest, |rest, part| rest.find(part.as_str()).map(|start| &rest[start + part.len()..]));
        rest.is_some_and(|rest| rest.ends_with(last.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn globs() {
        for (glob, text, fits) in [
            ("gpt-5", "GPT-5", true),
            ("gpt-5", "gpt-5.5", false),
            ("*", "", true),
            ("gpt-*", "gpt-", true),
            ("gpt-*", "a-gpt-5", false),
            ("*:free", "qwen/qwen3:free", true),
            ("*a*b*", "xaxxbx", true),
            ("*a*b*", "xbxxax", false),
            ("ab*ba", "aba", false),
            ("a*a*a", "aa", false),
        ] {
            assert_eq!(Glob::new(glob).fits(text), fits, "{glob} {text}");
        }
    }

    #[test]
    fn the_first_that_fits_counts() {
        let overrides = Overrides::read(&json!([
            { "provider": "custom", "model": "qwen3-*", "input": 0.1, "output": "0.4" },
            { "provider": "*", "model": "*", "input": 0 },
        ]))
        .unwrap();
        assert_eq!(overrides.find(&["custom", "deepseek"], &["Qwen3-32b"]), Some(0));
        assert_eq!(overrides.find(&["deepseek"], &["qwen3-32b"]), Some(1));
        assert_eq!(overrides.entry(0).rates.get(Bucket::Input), Rate::per_million("0.1"));
        assert_eq!(overrides.entry(0).rates.get(Bucket::CacheRead), None);
        assert_eq!(Overrides::read(&Value::Null), Ok(Overrides::default()));
    }

    #[test]
    fn each_mistake_is_named_by_its_key() {
        let value = json!([
            { "provider": "a", "model": "b", "input": 1, "cache_reads": 1 },
            { "provider": "a", "model": 7, "output": "-1", "input": true },
            "free",
            { "provider": "a", "model": "b" },
            { "model": "b", "per_request": 1001, "input": 1e-19, "reasoning": 1e3 },
        ]);
        let keys =
            "provider, model, input, output, cache_read, cache_write, cache_write_1h, reasoning, per_request";
        let million = "must be dollars for a million tokens, from 0 to 1000";
        let name = "must be a name; * in it stands for anything";
        let mut said: Vec<String> =
            Overrides::read(&value).unwrap_err().iter().map(OverrideError::to_string).collect();
        said.sort();
        assert_eq!(
            said,
            [
                format!("{KEY}[0].cache_reads: is no key of an override; they are {keys}"),
                format!("{KEY}[1].input: {million}"),
                format!("{KEY}[1].model: {name}"),
                format!("{KEY}[1].output: {million}"),
                format!("{KEY}[1]: has no rate"),
                format!("{KEY}[2]: must be a map with provider, model and rates"),
                format!("{KEY}[3]: has no rate"),
                format!("{KEY}[4].input: {million}"),
                format!("{KEY}[4].per_request: must be dollars for a request, from 0 to 1000"),
                format!("{KEY}[4].provider: {name}"),
            ]
        );
        let error = serde_json::from_value::<Overrides>(json!({})).unwrap_err();
        assert_eq!(error.to_string(), format!("{KEY}: must be a list"));
    }

    #[test]
    fn a_hash_tells_what_is_said_from_how() {
        let hash = |value: Value| Overrides::read(&value).unwrap().0[0].hash;
        let one = hash(json!([{ "provider": "a", "model": "b", "input": 1 }]));
        assert_eq!(one, hash(json!([{ "input": 1, "model": "b", "provider": "a" }])));
        assert_ne!(one, hash(json!([{ "input": 2, "model": "b", "provider": "a" }])));
    }
}
