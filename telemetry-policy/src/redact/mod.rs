//! Takes secrets, and personal data when asked, out of text and JSON.
//!
//! ```
//! use telemetry_policy::redact::{Options, Redactor};
//!
//! let redactor = Redactor::new(Options::default());
//! let said = redactor.redact_text(r#"export DB_PASSWORD='tr0ub4dor&3' # {"max_tokens": 4096}"#);
//! assert!(said.starts_with("export DB_PASSWORD='[REDACTED:password:"));
//! assert!(said.ends_with(r#"]' # {"max_tokens": 4096}"#));
//! ```
//!
//! # Layers
//! One pass with all keywords at once (`scan`) finds where something could stand; only there a closer look is taken:
//!
//! - `rules`: vendors' credentials by their form, from `rules/credentials.toml`;
//! - `assignments`, `names`, `values`: what is assigned to a name that says secret, in whatever syntax, escaped however
//!   often, if the value looks like one;
//! - `headers`, `urls`, `pem`, `commands`: credentials by where they stand;
//! - `shapes`: what looks like the token of a vendor nobody wrote a rule for;
//! - `known`: the secrets this process knows, in every encoding;
//! - `pii`: personal data, when asked.
//!
//! # What holds
//! Redacting twice changes nothing. JSON stays JSON: only text inside of strings is replaced, by characters that need no escape
//! at any depth, and a number that is a password becomes a string. Every scanner looks a bounded way around a keyword, so time is
//! linear in the text whatever the text is. Whatever goes wrong inside yields [`WITHHELD`], never the text.

mod assignments;
mod commands;
mod finding;
mod headers;
mod json;
mod known;
mod lexis;
mod names;
mod pem;
mod pii;
mod placeholder;
mod randomness;
mod redactor;
mod report;
mod rules;
mod scan;
mod shapes;
mod stream;
mod urls;
mod values;

pub use json::Shape;
pub use known::KnownSecrets;
pub use placeholder::CorrelationKey;
pub use redactor::{Options, Redactor, WITHHELD};
pub use report::Report;
pub use stream::Stream;

/// Compiles every rule now instead of when it is first needed; how many there are. For a process that would rather pay at its
/// start (about 15 ms), and for the bench.
pub fn compile_all() -> usize {
    scan::is_ready();
    rules::Rule::compile_all()
}
