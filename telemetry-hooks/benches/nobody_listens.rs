//! What a host pays for a hook nobody listens to: telemetry switched off, or a hook without a callback.
//!
//!     cargo bench -p telemetry-hooks --bench nobody_listens

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "../../telemetry-core/benches/support/stopwatch.rs"]
#[expect(dead_code, reason = "shared with the benches that look at single calls")]
mod stopwatch;
#[path = "../../telemetry-core/benches/support/table.rs"]
#[expect(dead_code, reason = "shared")]
mod table;

use std::hint::black_box;
use std::sync::Arc;

use telemetry_hooks::payload::Payload;
use telemetry_hooks::registry::Registry;

use stopwatch::mean_of_short;
use table::{heading, row};

fn main() {
    let off = Registry::new();
    let ask_off = mean_of_short(|| {
        black_box(off.has_hook(black_box("post_api_request")));
    });
    let other = Registry::new();
    let _listening = other.listen("bench", "on_session_start", Arc::new(|_: &dyn Payload| {}));
    let ask_other = mean_of_short(|| {
        black_box(other.has_hook(black_box("post_api_request")));
    });
    let tracing = mean_of_short(|| tracing::info!(number = black_box(1), model = "claude-opus-4-5"));

    println!("a call nobody listens to");
    heading("one thread, mean", &["ns"]);
    let print = |what: &str, ns: f64| row(what, &[format!("{ns:.1}")]);
    print("telemetry-hooks has_hook, telemetry off", ask_off);
    print("telemetry-hooks has_hook, others are listened to", ask_other);
    print("tracing, nobody subscribed", tracing);
}
