//! Config and managed scope, consent, the three planes, and the only door out.
//!
//! What may be recorded, kept and exported is decided here, once, from two files nobody but a person or an
//! administrator writes. Everything else asks.
//!
//! - [`Settings`] is the `telemetry:` section of `<home>/config.yaml` with the administrator's managed
//!   `config.yaml` laid over it, key by key. Reading never fails: what is missing is a default, what is wrong
//!   is a [`Warning`] and the key's safe value. [`KEYS`] is the list of keys, and
//!   [`Settings::entries`] says of each what it is, which file decided, and whether it is locked.
//! - [`Consent`] and [`Planes`] are the three planes and the hard gate in front of the one that could leave
//!   ([`Settings::may_upload_aggregate`]).
//! - [`InstallId`] is the random id of this install: minted once, by whichever process comes first.
//! - [`Cleared`] is a value that may leave the machine. Only a [`Gate`], made from settings, can make one, and
//!   exporters accept nothing else.
//! - [`config_file`] reads a file that people write, for [`Settings`] and whoever else has one to read.
//! - [`otlp`] has what the owner chose of it: encoding, names, signals.
//! - [`redact`] takes secrets and personal data out of what leaves.
//!
//! ```
//! use telemetry_policy::{Consent, Settings};
//!
//! let home = std::env::temp_dir().join("a home that does not exist");
//! let no_environment = |_: &str| None;
//! let settings = Settings::load_with(&home, &no_environment);
//! assert!(settings.local());
//! assert_eq!(settings.consent(), Consent::Unknown);
//! assert!(!settings.may_upload_aggregate());
//! for entry in settings.entries() {
//!     println!("{} = {} ({})", entry.name(), entry.value, entry.source);
//! }
//! ```
//!
//! Deliberately absent: a way to change a setting (the host's own `config set` does, and a managed key
//! refuses), an uploader, and where `<home>` is (the composition root knows its host).

mod cleared;
pub mod config_file;
mod install_id;
pub mod otlp;
mod planes;
pub mod redact;
mod settings;
mod warning;

pub use cleared::{Clearable, Cleared, Gate, Redact};
pub use install_id::InstallId;
pub use planes::{Consent, ContentRedaction, Planes};
pub use settings::{Endpoint, Entry, HeaderVariable, KEYS, Key, KeySpec, Kind, Settings, Source, Value};
pub use warning::Warning;
