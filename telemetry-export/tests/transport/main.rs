//! The way to an OTLP receiver, against a server that answers as it is told.
//!
//! | module | what |
//! | --- | --- |
//! | [`delivery`] | what arrives: every signal, both encodings, gzip, headers, one connection for many requests |
//! | [`answers`] | what each answer means, word for word |
//! | [`parts`] | what is too large, or in part bad |
//! | [`failures`] | receivers that are not there, leave, drip, or speak something else |
//! | [`patience`] | trying again, `Retry-After`, and being interrupted |
//! | [`encrypted`] | TLS, authorities, proxies |
//! | [`recovery`] | a recorded session, through all of that |
//! | [`secrets`] | keys are in no message |
//! | [`any_bytes`] | whatever a server sends |

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod answers;
mod any_bytes;
mod delivery;
mod encrypted;
mod failures;
mod parts;
mod patience;
mod recovery;
mod secrets;
mod server;
mod world;
