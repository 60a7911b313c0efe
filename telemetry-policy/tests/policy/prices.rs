use insta::assert_snapshot;
use telemetry_core::cost::Overrides;
use telemetry_policy::Key;

use crate::{World, warnings_of};

const QWEN: &str = "telemetry:\n  pricing:\n    overrides:\n      - {provider: Custom, model: 'qwen3-*', input: 0.10, output: '0.4'}\n";

#[test]
fn rates_of_ones_own_are_read_as_they_are_written() {
    let world = World::with_user(QWEN);
    let settings = world.settings();
    assert_eq!(world.warnings(&settings), "");
    let expected =
        serde_json::json!([{ "provider": "Custom", "model": "qwen3-*", "input": 0.1, "output": "0.4" }]);
    assert_eq!(settings.pricing_overrides(), Overrides::read(&expected).unwrap());
    let shown = settings.entry(Key::PricingOverrides).value;
    assert_eq!(shown.to_string(), "custom/qwen3-*");
    assert_eq!(serde_json::to_value(shown).unwrap(), serde_json::json!(["custom/qwen3-*"]));
}

#[test]
fn the_managed_list_wins_whole() {
    let managed = "telemetry: {pricing: {overrides: [{provider: '*', model: '*', input: 0, output: 0}]}}";
    let world = World::with_both(QWEN, managed);
    let settings = world.settings();
    assert_eq!(settings.pricing_overrides().names().collect::<Vec<_>>(), ["*/*"]);
    assert!(settings.entry(Key::PricingOverrides).locked);
}

#[test]
fn a_mistake_names_its_entry_and_leaves_no_list() {
    let mistakes = "telemetry:\n  pricing:\n    overrides:\n      - {provider: a, model: b, input: 1}\n      \
                    - {provider: a, model: b, cache_reads: 1, output: -1}\n      - free\n      - {model: b, input: 2000}\n";
    assert_eq!(World::with_user(mistakes).settings().pricing_overrides(), Overrides::NONE);
    assert_snapshot!(warnings_of(mistakes), @"home/config.yaml:3: `telemetry.pricing.overrides` is a list with mistakes ([1].cache_reads is no key of an override; they are provider, model, input, output, cache_read, cache_write, cache_write_1h, reasoning, per_request; [1].output must be dollars for a million tokens, from 0 to 1000; [1] has no rate; and 4 more), but must be a list of entries with a provider, a model and rates; the safe value applies (not set)");
}

/// What stands in the place of a key or a rate may be a secret.
#[test]
fn a_mistake_quotes_nothing_that_may_be_a_secret() {
    let said = warnings_of(
        "telemetry:\n  pricing:\n    overrides:\n      - {provider: a, model: b, sk4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e: sk-12345678}\n",
    );
    assert!(said.contains("overrides") && !said.contains("sk4f9a") && !said.contains("12345678"), "{said}");
}
