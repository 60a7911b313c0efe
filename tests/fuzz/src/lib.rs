//! What must hold for any input whatever, one module a kind of input.
//!
//! A fuzzer (`scripts/fuzz`) looks for inputs for which it does not; the tests replay the seeds and every input that was
//! ever found. Both call the same functions, so a finding is kept by keeping its bytes: as a file in
//! `tests/fixtures/fuzz/<target>/`.
//!
//! - [`log_line`]: a line of the log survives being read and written, the short way or by serde_json.
//! - [`hooks`]: any sequence of hook calls gives events that can be kept, and the same ones each time.
//! - [`manifest`]: a `plugin.yaml` is read, or refused with reasons.
//! - [`config`]: two config files never open a plane that nobody opened.
//! - [`gate`]: what leaves keeps its identity and loses every text that nobody vouches for.
//! - [`batch`]: each event of a batch is taken or refused for itself, and what is taken has room where it is kept.
//! - [`lines`]: so is each line of a body of our own wire, in whatever encoding and pieces it comes.
//! - [`transcript`]: a transcript is kept as it was sent, or refused.
//! - [`otlp`]: any bytes are a request of OTLP or are refused, and what is made of one is the same in any order.
//! - [`redactor`]: redacting twice is redacting once, JSON stays JSON, and a secret that is known goes wherever it stands.
//! - [`index`]: any bytes are a log: indexed whole, in parts or twice over, they give the same answers.
//! - [`seeds`]: where each search begins, from the recorded sessions.

pub mod batch;
pub mod config;
pub mod gate;
pub mod hooks;
pub mod index;
pub mod lines;
pub mod log_line;
pub mod manifest;
pub mod otlp;
pub mod redactor;
pub mod seeds;
mod storable;
pub mod transcript;

/// A kind of input, and what must hold for it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Names the fuzz target, its folders and its dictionary.
    pub name: &'static str,
    /// Panics when something does not hold.
    pub holds: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 11] = [
    Target { name: "batch", holds: batch::holds, seeds: seeds::batches },
    Target { name: "config", holds: config::holds, seeds: seeds::configs },
    Target { name: "gate", holds: gate::holds, seeds: seeds::log_lines },
    Target { name: "hooks", holds: hooks::holds, seeds: seeds::hook_calls },
    Target { name: "index", holds: index::holds, seeds: seeds::logs },
    Target { name: "lines", holds: lines::holds, seeds: seeds::bodies_of_lines },
    Target { name: "log_line", holds: log_line::holds, seeds: seeds::log_lines },
    Target { name: "manifest", holds: manifest::holds, seeds: seeds::manifests },
    Target { name: "otlp", holds: otlp::holds, seeds: seeds::otlp_requests },
    Target { name: "redactor", holds: redactor::holds, seeds: seeds::texts },
    Target { name: "transcript", holds: transcript::holds, seeds: seeds::transcripts },
];
