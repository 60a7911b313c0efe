//! What holds for any model of the table and any number of tokens.

use std::sync::LazyLock;

use genai_prices::Calculator;
use proptest::prelude::*;
use telemetry_core::cost::{Bucket, Call, NanoDollars, Overrides, Prices, Status};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;

/// The models of the table, with their providers.
static MODELS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let providers = Calculator::bundled().providers();
    providers.flat_map(|provider| provider.models().map(move |model| (provider.id(), model.id()))).collect()
});

fn model() -> impl Strategy<Value = (&'static str, &'static str)> {
    (0..MODELS.len()).prop_map(|place| MODELS[place])
}

/// Tokens of each bucket up to a limit; parts within what they are parts of.
fn usage(limit: u64) -> impl Strategy<Value = Usage> {
    let counts = [0..=limit, 0..=limit, 0..=limit, 0..=limit, 0..=limit, 0..=limit];
    counts.prop_map(|[input, output, cache_read, cache_write, hour, reasoning]| Usage {
        input,
        output,
        cache_read,
        cache_write,
        cache_write_1h: hour.min(cache_write),
        reasoning: reasoning.min(output),
    })
}

/// Any moment from 2023 to 2028.
fn moment() -> impl Strategy<Value = UnixNanos> {
    (1_672_531_200_i64..1_830_000_000).prop_map(|seconds| UnixNanos(seconds * 1_000_000_000))
}

fn priced((provider, model): (&str, &str), at: UnixNanos, usage: Usage) -> telemetry_core::cost::Cost {
    let call = Call { provider: Some(provider), model: Some(model), usage: Some(usage), ..Call::at(at) };
    Prices::new(Overrides::default()).price(&call)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn more_tokens_never_cost_less(
        model in model(), at in moment(), usage in usage(400_000), bucket in 0..4, more in 1_u64..300_000,
    ) {
        let mut larger = usage;
        match bucket {
            0 => larger.input += more,
            1 => larger.output += more,
            2 => larger.cache_read += more,
            _ => larger.cache_write += more,
        }
        prop_assert!(priced(model, at, usage).priced_part <= priced(model, at, larger).priced_part);
    }

    /// Below all tiers the parts are priced alone as they are together; each was rounded by at most half a nano-dollar.
    #[test]
    fn the_whole_is_the_sum_of_its_parts(model in model(), at in moment(), usage in usage(8_000)) {
        let none = Usage::default();
        let parts = [
            Usage { input: usage.input, ..none },
            Usage { output: usage.output, reasoning: usage.reasoning, ..none },
            Usage { cache_read: usage.cache_read, ..none },
            Usage { cache_write: usage.cache_write, cache_write_1h: usage.cache_write_1h, ..none },
        ];
        let request = priced(model, at, none).priced_part.0;
        let sum: i64 = parts.map(|part| priced(model, at, part).priced_part.0 - request).iter().sum();
        let whole = priced(model, at, usage).priced_part.0 - request;
        prop_assert!((whole - sum).abs() <= 2, "{whole} {sum}");
    }

    #[test]
    fn an_amount_and_its_status_agree(
        model in model(), at in moment(), usage in usage(3), reported in proptest::option::of(0..9_i64), included: bool,
    ) {
        let reported = reported.map(NanoDollars);
        let call = Call {
            provider: Some(model.0), model: Some(model.1), usage: Some(usage), reported, included, ..Call::at(at)
        };
        let cost = Prices::new(Overrides::default()).price(&call);
        let (amount, status) = match (included, reported, cost.estimate) {
            (true, ..) => (Some(NanoDollars::ZERO), Status::Included),
            (false, Some(reported), _) => (Some(reported), Status::Actual),
            (false, None, Some(estimate)) => (Some(estimate), Status::Estimated),
            (false, None, None) => (None, Status::Unknown),
        };
        prop_assert_eq!((cost.amount, cost.status), (amount, status));
        prop_assert_eq!(cost.estimate, (cost.missing.is_empty() && cost.unpriced.is_none()).then_some(cost.priced_part));
        for (bucket, count) in [
            (Bucket::Input, usage.input),
            (Bucket::Output, usage.output),
            (Bucket::CacheRead, usage.cache_read),
            (Bucket::CacheWrite, usage.cache_write - usage.cache_write_1h),
            (Bucket::CacheWrite1h, usage.cache_write_1h),
        ] {
            prop_assert!(count > 0 || !cost.missing.contains(bucket), "{:?} is empty and missing", bucket);
        }
    }

    #[test]
    fn nothing_a_host_says_is_too_strange(
        texts: [Option<String>; 5], counts: [u64; 6], at: i64, batch: bool, model in model(),
    ) {
        let [provider, base_url, asked, answered, tier] = &texts;
        let [input, output, cache_read, cache_write, cache_write_1h, reasoning] = counts;
        let usage = Usage { input, output, cache_read, cache_write, cache_write_1h, reasoning };
        let mut prices = Prices::new(Overrides::default());
        let strange = Call {
            provider: provider.as_deref(),
            base_url: base_url.as_deref(),
            model: asked.as_deref(),
            response_model: answered.as_deref(),
            usage: Some(usage),
            service_tier: tier.as_deref(),
            batch,
            ..Call::at(UnixNanos(at))
        };
        prop_assert_eq!(prices.price(&strange).amount, None);
        // Counts beyond all reason are cut off, and their price is still a number.
        let call = Call { provider: Some(model.0), model: Some(model.1), usage: Some(usage), ..Call::at(UnixNanos(at)) };
        prop_assert!(prices.price(&call).priced_part.0 < i64::MAX);
    }
}
