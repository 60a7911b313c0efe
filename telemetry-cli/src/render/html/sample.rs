//! Made answers on pages, for tests: every part has something to say, and some names are what they should not be.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use telemetry_core::name::Name;
use telemetry_policy::redact::{Options, Redactor};
use telemetry_store::insights::{ByWord, Filter, Group, Insights, RunDetail};

use super::{Names, Report};
pub(super) use crate::render::tests::made;

/// A name that would run, close what it stands in, and turn the line around.
pub(super) const EVIL: &str = "</td></table><script>alert(1)</script>\" onload=\"x\u{202e}\u{1b}[31m";
/// A name that holds a credential.
pub(super) const SECRET: &str = concat!("ghp_", "k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8");

/// Each day's groups split among three models.
fn by_day_and_model(days: &[Group]) -> Vec<Group> {
    let pair = |day: &Group, model: &str| {
        let keys = Some([&day.key, model].map(Name::new));
        Group { key: format!("{} / {model}", day.key), keys, ..day.clone() }
    };
    days.iter().flat_map(|day| ["gpt-5", EVIL, SECRET].map(|model| pair(day, model))).collect()
}

/// A page with every part, and with such names in every place that has some.
pub(super) fn page() -> String {
    let mut found = made::full();
    let pairs = by_day_and_model(found.by("day"));
    found.by.insert("day,model".to_owned(), pairs);
    let hostile = [EVIL, &format!("tuned {SECRET}"), &"long-".repeat(2_000)];
    for groups in ["model", "tool"].map(|word| found.by.remove(word).map(|groups| (word, groups))) {
        let (word, mut groups) = groups.unwrap();
        groups.iter_mut().zip(hostile).for_each(|(group, name)| name.clone_into(&mut group.key));
        found.by.insert(word.to_owned(), groups);
    }
    let counted = || hostile.map(|name| (Name::new(name), 3)).into_iter().collect::<ByWord>();
    found.turns.ended.by_reason = counted();
    found.errors.by_class = counted();
    found.approvals.by_choice = counted();
    let mut run = made::detail();
    for name in [&mut run.run.model, &mut run.run.entrypoint, &mut run.run.reason] {
        *name = Some(EVIL.to_owned());
    }
    run.turns[0].tool_calls[0].tool = EVIL.to_owned();
    page_of(&found, &[run])
}

/// The page of these answers.
pub(super) fn page_of(found: &Insights, runs: &[RunDetail]) -> String {
    let names = Names::new(Redactor::new(Options::default()));
    let filters: [Filter; 1] = [format!("platform={EVIL}").parse().unwrap()];
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let made: Timestamp = "2026-02-05T08:30:00Z".parse().unwrap();
    Report { found, filters: &filters, runs, zone: &zone, made, names: &names }.page()
}
