use insta::assert_snapshot;
use telemetry_core::budget::Limit;
use telemetry_core::cost::NanoDollars;
use telemetry_policy::{Key, Settings};

use crate::{World, warnings_of};

fn limits(settings: &Settings) -> Vec<Limit> {
    settings.budgets().iter().map(|budget| budget.limit).collect()
}

#[test]
fn a_list_of_budgets_is_read_to_the_nano_dollar() {
    let world = World::with_user(
        "telemetry:\n  budgets:\n    - {per: day, usd: 5.10}\n    - {per: week, usd: \"0.000000001\"}\n    \
         - {per: week, usd: 7}\n    - {name: all of it, per: month, tokens: 1e6}\n    \
         - per: month\n      tokens: \"20_000_000\"\n      model: gpt-5\n      platform: ${PLATFORM}\n",
    );
    let settings = world.settings_with(&|name| (name == "PLATFORM").then(|| "telegram".to_owned()));
    assert_eq!(world.warnings(&settings), "");
    let usd = |nanos| Limit::Usd(NanoDollars(nanos));
    assert_eq!(
        limits(&settings),
        [usd(5_100_000_000), usd(1), usd(7_000_000_000), Limit::Tokens(1_000_000), Limit::Tokens(20_000_000)]
    );
    assert_eq!(
        settings.entry(Key::Budgets).value.to_string(),
        "5.10 USD a day, 0.000000001 USD a week, 7.00 USD a week, 1000000 tokens a month, \
         20000000 tokens a month of gpt-5 on telegram"
    );
    assert_eq!(settings.budgets()[3].title(), "all of it");
}

#[test]
fn a_mistake_costs_its_own_entry_and_is_named() {
    let config = "telemetry:\n  budgets:\n    - {per: day, usd: 5}\n    - {per: hour, usd: 5}\n    - {usd: 5}\n    \
         - {per: day}\n    - {per: day, usd: 1, tokens: 1}\n    - {per: day, usd: 0}\n    - {per: day, usd: -1}\n    \
         - {per: day, usd: five}\n    - {per: day, tokens: 1.5}\n    - {per: day, usd: 3, modle: gpt-5}\n    \
         - {per: day, usd: 3, model: [a]}\n    - all\n    - {name: again, per: day, usd: 5.00}\n    - {per: week, usd: 9}\n";
    assert_snapshot!(warnings_of(config), @r#"
    home/config.yaml:2: `telemetry.budgets[11]` is "all", but must be a mapping such as {per: day, usd: 5.00}; the entry is left out, the others hold
    home/config.yaml:4: `telemetry.budgets[1].per` is "hour", but must be day, week or month; the entry is left out, the others hold
    home/config.yaml:5: `telemetry.budgets[2]` has no `per`; give day, week or month; the entry is left out, the others hold
    home/config.yaml:6: `telemetry.budgets[3]` has neither `usd` nor `tokens`; give one, such as usd: 5.00; the entry is left out, the others hold
    home/config.yaml:7: `telemetry.budgets[4]` has both `usd` and `tokens`; make it two entries; the entry is left out, the others hold
    home/config.yaml:8: `telemetry.budgets[5].usd` is 0, but must be dollars such as 5.00, more than 0; the entry is left out, the others hold
    home/config.yaml:9: `telemetry.budgets[6].usd` is -1, but must be dollars such as 5.00, more than 0; the entry is left out, the others hold
    home/config.yaml:10: `telemetry.budgets[7].usd` is "five", but must be dollars such as 5.00, more than 0; the entry is left out, the others hold
    home/config.yaml:11: `telemetry.budgets[8].tokens` is 1.5, but must be a whole number of tokens, more than 0; the entry is left out, the others hold
    home/config.yaml:12: `telemetry.budgets[9].modle` is no key of a budget; they are name, per, usd, tokens, model, platform; the entry is left out, the others hold
    home/config.yaml:13: `telemetry.budgets[10].model` is a list, but must be a name of at most 512 bytes; the entry is left out, the others hold
    home/config.yaml:15: `telemetry.budgets[12]` limits the same as another entry (5.00 USD a day); remove one; the entry is left out, the others hold
    "#);
    assert_eq!(limits(&World::with_user(config).settings()).len(), 2);
}

#[test]
fn what_is_no_list_is_no_budget() {
    assert_snapshot!(warnings_of("telemetry:\n  budgets: {per: day, usd: 5}\n"), @r#"
    home/config.yaml:2: `telemetry.budgets` is a mapping, but must be a list of budgets such as {per: day, usd: 5.00}; the safe value applies (not set)
    "#);
    assert_eq!(warnings_of("telemetry:\n  budgets:\n"), "");
    assert_eq!(warnings_of("telemetry:\n  budgets: []\n"), "");
}

#[test]
fn a_secret_that_went_to_the_wrong_line_is_not_told() {
    let told = warnings_of(
        "telemetry:\n  budgets:\n    - {per: sk-live-Zq7Xw2Lk9Pf4, usd: 1}\n    - {per: day, sk-live-Zq7Xw2Lk9Pf45678: 1}\n    \
         - {per: day, usd: '${KEY}'}\n",
    );
    assert!(!told.contains("Zq7Xw2"), "{told}");
}

#[test]
fn a_managed_list_wins_as_a_whole() {
    let world = World::with_both(
        "telemetry:\n  budgets:\n    - {per: day, usd: 5}\n    - {per: week, usd: 9}\n",
        "telemetry:\n  budgets:\n    - {per: month, usd: 1}\n",
    );
    let settings = world.settings();
    assert_eq!(limits(&settings), [Limit::Usd(NanoDollars(1_000_000_000))]);
    assert!(settings.entry(Key::Budgets).locked);
}
