//! Every model of the table against the crate of the data's owner, which reads the same data and computes with floats.
//!
//! It differs from us on purpose in one thing: tokens without a rate it charges at the rate of what they are a part of.
//! Where we say that a rate is missing, the rest is compared.

use std::time::{Duration, UNIX_EPOCH};

use genai_prices::{Calculator, ErrorKind, PriceRequest, Usage as Theirs, UsageKey};
use telemetry_core::cost::{Bucket, Call, Cost, Overrides, Prices, Unpriced};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;

use crate::noon;

/// Small prompts: below every tier.
const SMALL: [Usage; 3] = [
    Usage { input: 1_000, output: 100, cache_read: 0, cache_write: 0, cache_write_1h: 0, reasoning: 0 },
    Usage { input: 7, output: 911, cache_read: 12_345, cache_write: 0, cache_write_1h: 0, reasoning: 300 },
    Usage {
        input: 3,
        output: 1,
        cache_read: 20_000,
        cache_write: 9_000,
        cache_write_1h: 4_000,
        reasoning: 0,
    },
];

/// At the edges of tiers and beyond.
const LARGE: [Usage; 4] = [
    Usage { input: 200_000, output: 5_000, cache_read: 0, cache_write: 0, cache_write_1h: 0, reasoning: 0 },
    Usage { input: 1, output: 5_000, cache_read: 200_000, cache_write: 0, cache_write_1h: 0, reasoning: 1 },
    Usage { input: 100_001, output: 77, cache_read: 1, cache_write: 2, cache_write_1h: 1, reasoning: 70 },
    Usage {
        input: 900_000,
        output: 60_000,
        cache_read: 90_000,
        cache_write: 10_000,
        cache_write_1h: 0,
        reasoning: 9,
    },
];

/// Before most dates of the table, between them, in another time of day, and after all.
fn moments() -> [UnixNanos; 4] {
    let night = noon("2026-09-01").plus(-10 * 3_600_000_000_000);
    [noon("2025-03-01"), night, noon("2026-11-21"), noon("2027-06-01")]
}

fn theirs(usage: &Usage) -> Theirs {
    let prompt = usage.input + usage.cache_read + usage.cache_write;
    Theirs::from([
        (UsageKey::INPUT_TOKENS, prompt as f64),
        (UsageKey::CACHE_READ_TOKENS, usage.cache_read as f64),
        (UsageKey::CACHE_WRITE_TOKENS, usage.cache_write as f64),
        (UsageKey::CACHE_WRITE_1H_TOKENS, usage.cache_write_1h as f64),
        (UsageKey::OUTPUT_TOKENS, usage.output as f64),
        (UsageKey::OUTPUT_REASONING_TOKENS, usage.reasoning as f64),
    ])
}

/// The usage without the buckets that have no rate.
fn without_missing(usage: &Usage, cost: &Cost) -> Usage {
    let mut rest = *usage;
    for bucket in cost.missing.iter() {
        match bucket {
            Bucket::Input => rest.input = 0,
            // Reasoning without a rate of its own is output.
            Bucket::Output => (rest.output, rest.reasoning) = (0, 0),
            Bucket::CacheRead => rest.cache_read = 0,
            Bucket::CacheWrite => rest.cache_write = rest.cache_write_1h.min(rest.cache_write),
            Bucket::CacheWrite1h => {
                rest.cache_write -= rest.cache_write_1h;
                rest.cache_write_1h = 0;
            }
            Bucket::Reasoning | Bucket::Request => panic!("{bucket:?} is never missing"),
        }
    }
    rest
}

struct Oracle {
    calculator: &'static Calculator,
    prices: Prices,
    priced: usize,
    unknown: usize,
}

impl Oracle {
    fn new() -> Self {
        let prices = Prices::new(Overrides::default());
        Oracle { calculator: Calculator::bundled(), prices, priced: 0, unknown: 0 }
    }

    /// Compares a call; our answer.
    fn compare(&mut self, call: &Call<'_>, terms: Option<(&str, &str)>) -> Cost {
        let cost = self.prices.price(call);
        let (provider, model) = (call.provider.unwrap(), call.model.unwrap());
        let usage = theirs(&without_missing(&call.usage.unwrap(), &cost));
        let time = UNIX_EPOCH + Duration::from_nanos(u64::try_from(call.at.0).unwrap());
        let mut request = PriceRequest::new(model, &usage).with_provider_id(provider).with_timestamp(time);
        if let Some((key, value)) = terms {
            request = request.with_price_context(key, value);
        }
        let what = || format!("{provider} {model} {call:?} {cost:?}");
        match self.calculator.calculate(&request) {
            Ok(price) => {
                let (_, id) = cost.priced_as.unwrap_or_else(|| panic!("not found: {}", what()));
                assert_eq!(id, price.model_id, "{}", what());
                // A float has 15 digits; theirs is a sum of up to seven.
                let (ours, nanos) = (cost.priced_part.0 as f64, price.total_price * 1e9);
                assert!((ours - nanos).abs() <= 0.5 + nanos * 1e-14, "{ours} {nanos} {}", what());
                assert_eq!(cost.estimate.is_some(), cost.missing.is_empty());
                self.priced += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ModelNotFound, "{error} {}", what());
                // We look once more without the provider's own name before the model's.
                let own = cost.priced_as.is_some() && model.starts_with(&format!("{provider}/"));
                assert!(own || cost.unpriced == Some(Unpriced::UnknownModel), "{}", what());
                self.unknown += 1;
            }
        }
        cost
    }
}

/// Calls `each` with the ids of each provider of the data and model.
fn models(mut each: impl FnMut(&'static str, &'static str)) {
    for provider in Calculator::bundled().providers() {
        for model in provider.models() {
            each(provider.id(), model.id());
        }
    }
}

#[test]
fn every_model_costs_what_its_owner_says() {
    let mut oracle = Oracle::new();
    let mut count = 0;
    models(|provider, model| {
        count += 1;
        for at in moments() {
            let call = Call { provider: Some(provider), model: Some(model), ..Call::at(at) };
            for usage in SMALL {
                oracle.compare(&Call { usage: Some(usage), ..call }, None);
            }
            for usage in LARGE {
                let call = Call { usage: Some(usage), ..call };
                // Without the missing tokens theirs would be in a lower tier.
                if oracle.prices.price(&call).missing.is_empty() {
                    oracle.compare(&call, None);
                }
            }
        }
    });
    assert!(count > 2_000 && oracle.priced > 30_000, "{count} models, {} prices", oracle.priced);
}

#[test]
fn ids_as_hosts_spell_them_are_the_same_models() {
    let mut oracle = Oracle::new();
    models(|provider, model| {
        for id in [
            model.to_uppercase(),
            format!("{model}-20260423"),
            format!("{model}-2026-04-23"),
            format!("{model}:free"),
            format!("{model}-tts"),
            format!("eu.{model}"),
            format!("global.{model}"),
            format!("openai/{model}"),
            format!("anthropic.{model}-v1:0"),
            format!("x{model}"),
            model[..model.len() - 1].to_owned(),
        ] {
            let call = Call { provider: Some(provider), model: Some(&id), ..Call::at(noon("2026-11-21")) };
            oracle.compare(&Call { usage: Some(SMALL[0]), ..call }, None);
        }
    });
    assert!(oracle.priced > 3_000 && oracle.unknown > 10_000, "{} {}", oracle.priced, oracle.unknown);
}

#[test]
fn other_terms_cost_what_their_owner_says_or_are_unknown() {
    let mut oracle = Oracle::new();
    let mut known = 0;
    models(|provider, model| {
        for at in moments() {
            for (key, value) in [
                ("processing", "batch"),
                ("service_tier", "flex"),
                ("service_tier", "priority"),
                ("service_tier", "fast"),
            ] {
                let (tier, batch) = if key == "processing" { (None, true) } else { (Some(value), false) };
                for usage in SMALL.into_iter().chain(LARGE) {
                    let call = Call {
                        provider: Some(provider),
                        model: Some(model),
                        usage: Some(usage),
                        service_tier: tier,
                        batch,
                        ..Call::at(at)
                    };
                    if oracle.prices.price(&call).estimate.is_some() {
                        oracle.compare(&call, Some((key, value)));
                        known += 1;
                    }
                }
            }
        }
    });
    assert!(known > 1_000, "{known}");
}

#[test]
fn an_endpoint_is_that_of_the_provider_its_owner_says() {
    let calculator = Calculator::bundled();
    let mut prices = Prices::new(Overrides::default());
    for (url, model) in [
        ("https://api.anthropic.com/v1/messages", "claude-opus-4-8"),
        ("https://api.openai.com/v1", "gpt-5.5"),
        ("https://openrouter.ai/api/v1", "openai/gpt-5.5"),
        ("https://generativelanguage.googleapis.com/v1beta", "gemini-2.5-pro"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", "us.anthropic.claude-opus-4-8-v1:0"),
        ("https://team.openai.azure.com/openai/v1", "gpt-5.5"),
        ("https://api.groq.com/openai/v1", "openai/gpt-oss-120b"),
        ("https://api.x.ai/v1", "grok-4.3"),
        ("https://api.deepseek.com/v1", "deepseek-v4-pro"),
        ("https://api.mistral.ai/v1", "mistral-large-2512"),
        ("https://router.huggingface.co/groq/openai/v1", "openai/gpt-oss-120b"),
        ("https://api.z.ai/api/paas/v4", "glm-5"),
        ("https://api.moonshot.ai/v1", "kimi-k2.6"),
        ("https://api.minimaxi.com/v1", "MiniMax-M3"),
    ] {
        let usage = theirs(&SMALL[0]);
        let request = PriceRequest::new(model, &usage).with_provider_api_url(url);
        let price = calculator.calculate(&request).unwrap_or_else(|error| panic!("{url} {model}: {error}"));
        let call = Call {
            provider: Some("custom"),
            base_url: Some(url),
            model: Some(model),
            ..Call::at(UnixNanos::now())
        };
        let cost = prices.price(&Call { usage: Some(SMALL[0]), ..call });
        assert_eq!(
            cost.priced_as.unwrap(),
            (price.provider_id.as_str(), price.model_id.as_str()),
            "{url} {model}"
        );
    }
}
