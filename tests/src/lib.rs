//! The harness of the end-to-end tests: it starts the `telemetry` binary the way a person or a script would, on a
//! home of its own, and knows the recorded sessions.
//!
//! - [`binary`] finds or builds the binary.
//! - [`home`] is a throw-away home and what a command printed.
//! - [`http`] is a server on loopback; [`receiver`] one that takes OTLP, [`shelf`] one that is a team's collector.
//! - [`recording`] reads the recorded sessions.
//! - [`oracle`] says what a recording must come to, from its raw lines and nothing of ours.
//! - [`answers`] brings the oracle and the answers of the product into one form.
//! - [`corpus`] makes up labelled texts with credentials in them.
//! - [`truth`] makes up worlds whose numbers are known.
//! - [`json`] compares documents and shows the difference.
//!
//! Nothing here imports a crate of the product: a mistake made there must not be repeated by its judge. The programs beside
//! it (`src/bin`) do: they are hosts, to be killed and forked.

pub mod answers;
pub mod binary;
pub mod corpus;
pub mod home;
pub mod http;
pub mod json;
pub mod oracle;
pub mod receiver;
pub mod recording;
pub mod shelf;
pub mod truth;

pub use home::{Home, Output, finish, start};
pub use recording::Recording;
