//! What the redactor finds of the labelled corpus, and what it takes for a secret that is none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use telemetry_policy::redact::{CorrelationKey, Options, Redactor};
use telemetry_tests::binary::workspace;
use telemetry_tests::corpus::score::{Counts, judge};
use telemetry_tests::corpus::{Split, cases};

/// The page with the numbers; `UPDATE_PAGES=1` writes them anew.
const PAGE: &str = "docs/redaction.md";
/// What stands before and after the generated tables.
const BEGIN: &str = "<!-- tables: begin -->\n";
const END: &str = "<!-- tables: end -->\n";

fn redactor() -> Redactor {
    Redactor::new(Options { key: CorrelationKey::from_bytes(*b"0123456789abcdef"), ..Options::default() })
}

/// Counts in all, by vendor, and of placeholders by the word in them.
struct Result {
    all: Counts,
    vendors: BTreeMap<&'static str, Counts>,
    kinds: BTreeMap<String, Counts>,
    /// What went wrong, for a message.
    notes: String,
}

fn measure(split: Split) -> Result {
    let redactor = redactor();
    let mut result = Result {
        all: Counts::default(),
        vendors: BTreeMap::new(),
        kinds: BTreeMap::new(),
        notes: String::new(),
    };
    for case in cases(split) {
        let redacted = redactor.redact_text(&case.text);
        let outcome = judge(&case, &redacted);
        result.all.add(&outcome);
        result.vendors.entry(case.label).or_default().add(&outcome);
        for kind in &outcome.right {
            result.kinds.entry(kind.clone()).or_default().right += 1;
        }
        for kind in &outcome.wrong {
            result.kinds.entry(kind.clone()).or_default().wrong += 1;
        }
        if outcome.missed > 0 || !outcome.wrong.is_empty() {
            let (label, place) = (case.label, case.surroundings);
            let _ = writeln!(result.notes, "{label} / {place}: {:?}\n   became {redacted:?}", case.text);
        }
    }
    result
}

/// What must hold, of either split: the numbers of the held-out one are published.
fn check(split: Split) -> Result {
    let result = measure(split);
    let (recall, precision) = (result.all.recall().unwrap(), result.all.precision().unwrap());
    assert!(recall >= 0.99, "{split:?}: recall {recall}\n{}", result.notes);
    assert!(precision >= 0.97, "{split:?}: precision {precision}\n{}", result.notes);
    for (vendor, counts) in &result.vendors {
        if let Some(recall) = counts.recall() {
            assert!(recall >= 0.95, "{split:?}: {vendor}: recall {recall}\n{}", result.notes);
        }
    }
    result
}

#[test]
fn secrets_to_tune_with_are_found() {
    check(Split::Tuning);
}

#[test]
fn held_out_secrets_are_found_and_the_page_says_how_many() {
    let tables = tables(&check(Split::HeldOut));
    let path = workspace().join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{tables}{END}{after}");
    if page != expected && std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, expected).unwrap();
    } else {
        assert_eq!(page, expected, "run with UPDATE_PAGES=1 if the new numbers are meant");
    }
}

fn tables(result: &Result) -> String {
    let percent = |share: Option<f64>| share.map_or("".to_owned(), |share| format!("{:.1}", share * 100.0));
    let Counts { found, missed, right, wrong } = result.all;
    let mut page = format!(
        "\nOver all: {found} of {} secrets found, recall {} %; {right} of {} placeholders right, precision {} %.\n",
        found + missed,
        percent(result.all.recall()),
        right + wrong,
        percent(result.all.precision())
    );
    page += "\n| whose credential | secrets | recall, % |\n| --- | --- | --- |\n";
    for (vendor, counts) in result.vendors.iter().filter(|(_, counts)| counts.found + counts.missed > 0) {
        let _ =
            writeln!(page, "| {vendor} | {} | {} |", counts.found + counts.missed, percent(counts.recall()));
    }
    page += "\n| what is none | placeholders in it |\n| --- | --- |\n";
    for (label, counts) in result.vendors.iter().filter(|(_, counts)| counts.found + counts.missed == 0) {
        let _ = writeln!(page, "| {label} | {} |", counts.wrong);
    }
    page += "\n| word in the placeholder | placeholders | precision, % |\n| --- | --- | --- |\n";
    for (kind, counts) in &result.kinds {
        let _ = writeln!(
            page,
            "| `{kind}` | {} | {} |",
            counts.right + counts.wrong,
            percent(counts.precision())
        );
    }
    page + "\n"
}
