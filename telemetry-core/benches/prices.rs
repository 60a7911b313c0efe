//! What a model call costs, beside the crate of the data's owner.
//!
//!     cargo bench -p telemetry-core --features prices --bench prices
//!
//! Last numbers, in us: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21. First call of a process 262
//! (genai-prices 32,037); an endpoint and a model not seen before 143; a call like one before 0.10 (genai-prices 6.1).

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "support/rounds.rs"]
mod rounds;
#[path = "support/table.rs"]
#[expect(dead_code, reason = "shared with benches that look at more of it")]
mod table;

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use genai_prices::{Calculator, PriceRequest, Usage as Theirs, UsageKey};
use table::{heading, row};
use telemetry_core::cost::{Call, Overrides, Prices};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;

const PROVIDER: &str = "openrouter";
/// Near the end of the longest list, with tiers.
const MODEL: &str = "x-ai/grok-4.3";
const SECONDS: u64 = 1_795_219_200;
const USAGE: Usage = Usage {
    input: 1_204,
    output: 310,
    cache_read: 48_210,
    cache_write: 0,
    cache_write_1h: 0,
    reasoning: 120,
};

fn main() {
    let call = Call {
        provider: Some(PROVIDER),
        base_url: Some("https://openrouter.ai/api/v1"),
        model: Some(MODEL),
        usage: Some(USAGE),
        ..Call::at(UnixNanos(SECONDS as i64 * 1_000_000_000))
    };
    let usage = Theirs::from([
        (UsageKey::INPUT_TOKENS, (USAGE.input + USAGE.cache_read) as f64),
        (UsageKey::CACHE_READ_TOKENS, USAGE.cache_read as f64),
        (UsageKey::OUTPUT_TOKENS, USAGE.output as f64),
    ]);
    let time = UNIX_EPOCH + Duration::from_secs(SECONDS);
    let request = PriceRequest::new(MODEL, &usage).with_provider_id(PROVIDER).with_timestamp(time);

    // Once in a process: nothing of it has been touched before.
    let unseen = || {
        black_box(Prices::new(Overrides::default()).price(black_box(&call)));
    };
    let first = micros(unseen);
    let first_theirs = micros(|| {
        let _ = black_box(Calculator::bundled().calculate(black_box(&request)));
    });

    let mut prices = Prices::new(Overrides::default());
    let seen = rounds::mean(200, 2_000, || {
        black_box(prices.price(black_box(&call)));
    });
    let unseen = rounds::mean(200, 20, unseen);
    let calculator = Calculator::bundled();
    let theirs = rounds::mean(200, 200, || {
        let _ = black_box(calculator.calculate(black_box(&request)));
    });

    println!("{MODEL} at {PROVIDER}");
    heading("one thread", &["us"]);
    let print = |what: &str, micros: f64| row(what, &[format!("{micros:.3}")]);
    print("first call of a process: telemetry-core", first);
    print("first call of a process: genai-prices", first_theirs);
    print("an endpoint and a model not seen before: telemetry-core", unseen / 1e3);
    print("a call like one before: telemetry-core", seen / 1e3);
    print("any call: genai-prices", theirs / 1e3);
}

fn micros(call: impl FnOnce()) -> f64 {
    let before = Instant::now();
    call();
    before.elapsed().as_nanos() as f64 / 1e3
}
