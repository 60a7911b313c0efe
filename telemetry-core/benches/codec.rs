//! An event to a line of the log and back, beside serde_json.
//!
//!     cargo bench -p telemetry-core --bench codec
//!
//! Last numbers, in ns: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, least of 200 rounds. Encode 215
//! (serde_json 325, without the head of a line); decode 532 (serde_json 956 into the struct alone, 2,271 into a Value).

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "support/facts.rs"]
mod facts;
#[path = "support/figure.rs"]
mod figure;
#[path = "support/rounds.rs"]
mod rounds;
#[path = "support/table.rs"]
mod table;

use std::hint::black_box;

use facts::Facts;
use figure::Figure;
use serde_json::Value;
use table::{heading, row};
use telemetry_core::codec;
use telemetry_core::event::{Body, ModelCall};

fn main() {
    let event = Facts::new().event(7);
    let Body::ModelCall(call) = &event.body else { return };
    let mut line = Vec::new();
    codec::encode(&event, &mut line);

    let mut out = Vec::new();
    let encode = mean(|| {
        out.clear();
        codec::encode(black_box(&event), &mut out);
    });
    let encode_serde = mean(|| {
        out.clear();
        serde_json::to_writer(&mut out, black_box(call)).expect("no odd keys");
    });
    let decode = mean(|| drop(black_box(codec::decode(black_box(&line)))));
    let decode_struct = mean(|| drop(black_box(serde_json::from_slice::<ModelCall>(black_box(&line)))));
    let decode_value = mean(|| drop(black_box(serde_json::from_slice::<Value>(black_box(&line)))));

    println!("a model call as a line of {} bytes", line.len());
    heading("one thread", &["ns", "million/s"]);
    let print = |what: &str, ns: f64| row(what, &[format!("{ns:.0}"), format!("{:.2}", 1e3 / ns)]);
    print("encode: telemetry-core", encode);
    print("encode: serde_json, the struct alone", encode_serde);
    print("decode: telemetry-core", decode);
    print("decode: serde_json, the struct alone", decode_struct);
    print("decode: serde_json::Value", decode_value);

    println!();
    let figure = |what, ours, peer| {
        Figure { what, ours, unit: "ns", peer: Some(("serde_json", peer)), bar: None }.print();
    };
    figure("a line of the log, encoded", encode, encode_serde);
    figure("a line of the log, decoded", decode, decode_struct);
}

fn mean(call: impl FnMut()) -> f64 {
    rounds::mean(200, 2_000, call)
}
