//! Who knows best what a call costs, and what stays unknown.

use serde_json::json;
use telemetry_core::cost::{
    Bucket, Buckets, Call, Cost, NanoDollars, Overrides, Prices, Source, Status, Unpriced, Version,
};
use telemetry_core::usage::Usage;

use crate::noon;

const USAGE: Usage =
    Usage { input: 1_000, output: 100, cache_read: 0, cache_write: 0, cache_write_1h: 0, reasoning: 0 };

/// 1,000 tokens at 5 dollars a million and 100 at 25.
const OPUS: NanoDollars = NanoDollars(7_500_000);

fn call<'a>(provider: &'a str, model: &'a str) -> Call<'a> {
    Call { provider: Some(provider), model: Some(model), usage: Some(USAGE), ..Call::at(noon("2026-11-21")) }
}

fn opus() -> Call<'static> {
    call("anthropic", "claude-opus-4-8")
}

fn price(call: &Call<'_>) -> Cost {
    Prices::new(Overrides::default()).price(call)
}

fn with(overrides: serde_json::Value) -> Prices {
    Prices::new(Overrides::read(&overrides).unwrap())
}

#[test]
fn an_answer_says_how_it_is_known() {
    let expected = Cost {
        amount: Some(OPUS),
        status: Status::Estimated,
        source: Source::PriceTable,
        reported: None,
        estimate: Some(OPUS),
        priced_part: OPUS,
        missing: Buckets::NONE,
        unpriced: None,
        version: Some(Version::Table),
        priced_as: Some(("anthropic", "claude-opus-4-8")),
    };
    assert_eq!(price(&opus()), expected);
}

#[test]
fn what_the_provider_says_wins_and_the_estimate_stays() {
    let reported = Some(NanoDollars(7_000_001));
    let expected = Cost {
        amount: reported,
        status: Status::Actual,
        source: Source::Provider,
        reported,
        ..price(&opus())
    };
    assert_eq!(price(&Call { reported, ..opus() }), expected);

    // Also where nothing else is known.
    let cost = price(&Call { reported, usage: None, ..call("custom", "mine") });
    assert_eq!((cost.amount, cost.status, cost.estimate), (reported, Status::Actual, None));
    // Nothing is an amount too.
    let cost = price(&Call { reported: Some(NanoDollars::ZERO), ..opus() });
    assert_eq!((cost.amount, cost.status), (Some(NanoDollars::ZERO), Status::Actual));
}

#[test]
fn a_plan_pays_and_what_it_saved_is_beside() {
    // gpt-5.5: 1,000 at 5 dollars a million and 100 at 30.
    let equivalent = Some(NanoDollars(8_000_000));
    let plan = price(&Call {
        base_url: Some("https://chatgpt.com/backend-api/codex"),
        ..call("openai-codex", "gpt-5.5")
    });
    assert_eq!(
        (plan.amount, plan.status, plan.source),
        (Some(NanoDollars::ZERO), Status::Included, Source::Subscription)
    );
    assert_eq!((plan.estimate, plan.version), (equivalent, Some(Version::Table)));

    // The host may know what the word does not say.
    let told = price(&Call { included: true, ..opus() });
    assert_eq!(
        (told.amount, told.status, told.estimate),
        (Some(NanoDollars::ZERO), Status::Included, Some(OPUS))
    );
    // A tool that shows its user what a plan saved does not report a charge.
    let reported = Some(NanoDollars(5));
    let told = price(&Call { included: true, reported, ..opus() });
    assert_eq!(
        (told.amount, told.status, told.reported),
        (Some(NanoDollars::ZERO), Status::Included, reported)
    );
    // A plan is a plan for models nobody has a price of.
    let unheard = price(&call("openai-codex", "gpt-99"));
    assert_eq!((unheard.amount, unheard.status), (Some(NanoDollars::ZERO), Status::Included));
    assert_eq!((unheard.estimate, unheard.unpriced), (None, Some(Unpriced::UnknownModel)));
}

#[test]
fn tokens_without_a_rate_make_the_whole_unknown() {
    // Cohere's list has no price for cached input.
    let usage = Usage { cache_read: 10, ..USAGE };
    let cost = price(&Call { usage: Some(usage), ..call("cohere", "command-a") });
    // 1,000 at 2.5 dollars a million and 100 at 10.
    assert_eq!((cost.amount, cost.priced_part), (None, NanoDollars(3_500_000)));
    assert_eq!((cost.status, cost.source, cost.estimate), (Status::Unknown, Source::PriceTable, None));
    assert_eq!(cost.missing.iter().collect::<Vec<_>>(), [Bucket::CacheRead]);

    // OpenAI sells one time to live; an hour is not that one.
    let usage = Usage { cache_write: 10, cache_write_1h: 4, ..USAGE };
    let cost = price(&Call { usage: Some(usage), ..call("openai", "gpt-6-sol") });
    assert_eq!((cost.amount, cost.missing.iter().collect::<Vec<_>>()), (None, vec![Bucket::CacheWrite1h]));

    // What is called free has no price in the list, and is not taken to be free.
    let cost = price(&call("openrouter", "openai/gpt-oss-120b:free"));
    assert_eq!((cost.amount, cost.status, cost.priced_part), (None, Status::Unknown, NanoDollars::ZERO));
    assert_eq!(cost.missing.iter().collect::<Vec<_>>(), [Bucket::Input, Bucket::Output]);
}

#[test]
fn what_the_table_does_not_know_is_unknown_and_says_why() {
    let at = |base_url, call| Call { base_url: Some(base_url), ..call };
    for (call, why) in [
        (call("anthropic", "claude-99"), Unpriced::UnknownModel),
        (call("openai", "claude-opus-4-8"), Unpriced::UnknownModel),
        (call("openai", "gpt-5.5-turbo-imagined"), Unpriced::UnknownModel),
        (call("anthropic", ""), Unpriced::UnknownModel),
        (Call { model: None, ..opus() }, Unpriced::UnknownModel),
        (call("custom", "gpt-5.5"), Unpriced::UnknownProvider),
        (call("nous", "anthropic/claude-opus-4.8"), Unpriced::UnknownProvider),
        (Call { provider: None, ..opus() }, Unpriced::UnknownProvider),
        (at("https://llm.example.com/v1", call("custom", "gpt-5.5")), Unpriced::UnknownProvider),
        (at("http://localhost:8080/v1", call("openai", "gpt-5.5")), Unpriced::LocalEndpoint),
        (Call { usage: None, ..opus() }, Unpriced::NoUsage),
        (Call { service_tier: Some("turbo"), ..opus() }, Unpriced::UnknownTerms),
        (Call { batch: true, ..call("cohere", "command-a") }, Unpriced::UnknownTerms),
        // The rates of tiers are known since 2026-10-12.
        (
            Call { at: noon("2026-10-11"), service_tier: Some("flex"), ..call("openai", "gpt-5.5") },
            Unpriced::UnknownTerms,
        ),
        // Azure's prices are OpenAI's; its tiers are its own.
        (Call { service_tier: Some("priority"), ..call("azure", "gpt-5.5") }, Unpriced::UnknownTerms),
    ] {
        let cost = price(&call);
        assert_eq!(
            (cost.amount, cost.status, cost.source),
            (None, Status::Unknown, Source::None),
            "{call:?}"
        );
        assert_eq!((cost.unpriced, cost.estimate, cost.version), (Some(why), None, None), "{call:?}");
        assert_eq!(cost.priced_part, NanoDollars::ZERO, "{call:?}");
        assert_eq!(cost.missing.is_empty(), call.usage.is_none(), "{call:?}");
    }
}

#[test]
fn the_model_that_answered_is_the_one_that_is_paid() {
    let priced_as = |asked, answered| {
        let cost = price(&Call { response_model: Some(answered), ..call("openrouter", asked) });
        cost.priced_as.map(|(_, model)| model)
    };
    assert_eq!(priced_as("openrouter/auto", "openai/gpt-5.5"), Some("openai/gpt-5.5"));
    // The answer leaves out what made it cheap.
    assert_eq!(
        priced_as("openai/gpt-oss-120b:free", "openai/gpt-oss-120b"),
        Some("openai/gpt-oss-120b:free")
    );
    // A snapshot the table has not heard of.
    assert_eq!(
        priced_as("openai/gpt-oss-120b", "openai/gpt-oss-120b-2027-01-01"),
        Some("openai/gpt-oss-120b")
    );
    // Another model the table has not heard of.
    assert_eq!(priced_as("openai/gpt-oss-120b", "openai/gpt-oss-240b"), None);
}

#[test]
fn an_override_is_first() {
    let mut prices = with(json!([
        { "provider": "custom", "model": "qwen3-*", "input": 0.1, "output": 0.4, "per_request": 0.001 },
        { "provider": "openrouter", "model": "*:free", "input": 0, "output": 0 },
        { "provider": "anthropic", "model": "*", "input": 4, "output": 20 },
        { "provider": "openai-codex", "model": "*", "input": 1, "output": 1 },
        { "provider": "aws", "model": "*", "input": 2, "output": 2 },
    ]));
    let local = Call { base_url: Some("http://localhost:8080/v1"), ..call("custom", "Qwen3-32B") };
    for (call, nanos) in [
        // 1,000 at 0.1 and 100 at 0.4 dollars a million, and 0.001 for the call.
        (local, 100_000 + 40_000 + 1_000_000),
        (call("openrouter", "openai/gpt-oss-120b:free"), 0),
        (opus(), 4_000_000 + 2_000_000),
        // Also for the provider an endpoint belongs to.
        (Call { base_url: Some("https://api.anthropic.com"), ..call("custom", "mine") }, 6_000_000),
        (call("bedrock", "mine"), 2_200_000),
        // Who writes down what a plan costs by the token pays by the token.
        (call("openai-codex", "gpt-5.5"), 1_100_000),
        (Call { included: true, ..opus() }, 6_000_000),
    ] {
        let cost = prices.price(&call);
        let expected = (Some(NanoDollars(nanos)), Status::Estimated, Source::Override);
        assert_eq!((cost.amount, cost.status, cost.source), expected, "{call:?}");
        assert!(matches!(cost.version, Some(Version::Override(_))), "{cost:?}");
        assert_eq!(cost.priced_as, None);
    }
    // It is the only source of rates, and the provider's own word is better still.
    let usage = Some(Usage { cache_read: 1, ..USAGE });
    let cost = prices.price(&Call { usage, ..opus() });
    assert_eq!((cost.amount, cost.priced_part), (None, NanoDollars(6_000_000)));
    let reported = Some(NanoDollars(1));
    let cost = prices.price(&Call { reported, ..opus() });
    assert_eq!(
        (cost.amount, cost.source, cost.estimate),
        (reported, Source::Provider, Some(NanoDollars(6_000_000)))
    );
    // An override for who sells by the token says nothing about the plan.
    let mut prices = with(json!([{ "provider": "openai", "model": "*", "input": 1, "output": 1 }]));
    assert_eq!(prices.price(&call("openai-codex", "gpt-5.5")).status, Status::Included);
}

#[test]
fn versions_tell_what_changed() {
    let entry = |rate: u8| json!([{ "provider": "anthropic", "model": "*", "input": rate, "output": 1 }]);
    let version = |mut prices: Prices| prices.price(&opus()).version.unwrap().to_string();
    let table = version(Prices::new(Overrides::default()));
    assert_eq!(table, version(with(json!([{ "provider": "custom", "model": "*", "input": 1 }]))));
    let (day, hash) = table.rsplit_once('-').unwrap();
    assert!(day.parse::<telemetry_core::time::Day>().is_ok() && hash.len() == 16, "{table}");
    assert_eq!(Version::origin(), "genai-prices 0.2.1");

    assert_eq!(version(with(entry(1))), version(with(entry(1))));
    assert_ne!(version(with(entry(1))), version(with(entry(2))));
    let fingerprints = [json!([]), entry(1), entry(2)].map(|entries| with(entries).fingerprint());
    assert_eq!(with(entry(2)).fingerprint(), fingerprints[2]);
    assert!(fingerprints[0] != fingerprints[1] && fingerprints[1] != fingerprints[2]);
}

#[test]
fn any_number_of_names_is_priced_and_not_remembered_for_ever() {
    let mut prices = Prices::new(Overrides::default());
    for number in 0..40_000 {
        let model = format!("claude-opus-4-8-{number}");
        assert_eq!(prices.price(&call("anthropic", &model)).amount, Some(OPUS));
    }
    let long = "x".repeat(10_000);
    assert_eq!(prices.price(&call("anthropic", &long)).unpriced, Some(Unpriced::UnknownModel));
    assert_eq!(prices.price(&call(&long, "claude-opus-4-8")).unpriced, Some(Unpriced::UnknownProvider));
    assert_eq!(prices.price(&opus()).amount, Some(OPUS));
}
