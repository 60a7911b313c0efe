//! A team's collector, as the sender sees it: against a server that answers as it is told.
//!
//! | module | what |
//! | --- | --- |
//! | [`delivery`] | what arrives: lines as in a log, compressed, with the key and the machine; nothing that was said |
//! | [`answers`] | what each answer means, word for word |
//! | [`parts`] | what is too large, refused, or too much for one request |
//!
//! What a connection may do besides is tested where it is spoken of: `tests/transport`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod answers;
mod delivery;
mod parts;
#[path = "../transport/server.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod server;
mod world;
