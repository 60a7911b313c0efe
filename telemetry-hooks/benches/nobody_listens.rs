//! What a host pays for a hook nobody listens to: telemetry switched off, or a hook without a callback.
//!
//!     cargo bench -p telemetry-hooks --bench nobody_listens
//!
//! Last numbers, in ns: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21. Telemetry off 0.9; on, but
//! nobody listens to this hook 2.2; tracing without a subscriber 0.3.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "../../telemetry-core/benches/support/figure.rs"]
mod figure;
#[path = "../../telemetry-core/benches/support/rounds.rs"]
mod rounds;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::hint::black_box;
use std::sync::Arc;

use telemetry_hooks::payload::Payload;
use telemetry_hooks::registry::Registry;

use figure::Figure;
use table::{heading, row};

fn main() {
    let off = Registry::new();
    let ask_off = mean(|| {
        black_box(off.has_hook(black_box("post_api_request")));
    });
    let other = Registry::new();
    let _listening = other.listen("bench", "on_session_start", Arc::new(|_: &dyn Payload| {}));
    let ask_other = mean(|| {
        black_box(other.has_hook(black_box("post_api_request")));
    });
    let tracing = mean(|| tracing::info!(number = black_box(1), model = "claude-opus-4-5"));

    println!("a call nobody listens to");
    heading("one thread, mean", &["ns"]);
    let print = |what: &str, ns: f64| row(what, &[format!("{ns:.1}")]);
    print("telemetry-hooks has_hook, telemetry off", ask_off);
    print("telemetry-hooks has_hook, others are listened to", ask_other);
    print("tracing, nobody subscribed", tracing);

    println!();
    let figure = |what, ours| {
        let (peer, bar) = (Some(("tracing", tracing)), Some("<= 5"));
        Figure { what, ours, unit: "ns", peer, bar }.print();
    };
    figure("a hook, telemetry off", ask_off);
    figure("a hook nobody listens to", ask_other);
}

fn mean(call: impl FnMut()) -> f64 {
    rounds::mean(1_000, 10_000, call)
}
