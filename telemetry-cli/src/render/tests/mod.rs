//! Pages of answers that were made by hand, at 80 and 120 columns, with colour and without.

mod made;

use jiff::tz::TimeZone;
use telemetry_core::time::UnixNanos;
use telemetry_store::budgets::BudgetState;
use telemetry_store::insights::{Filter, Grouping, Insights, RunDetail, Window};
use unicode_width::UnicodeWidthStr as _;

use super::budget::tests::states;
use super::{Page, Sheet, breakdowns, csv, insights, runs, show};
use crate::screen::Screen;

static UTC: TimeZone = TimeZone::UTC;
const NARROW: Screen = Screen::PLAIN;
const WIDE: Screen = Screen { width: 120, colour: false };
const COLOURED: Screen = Screen { width: 80, colour: true };

/// What is written on a sheet.
fn written(screen: Screen, write: impl FnOnce(&mut Sheet<'_>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut Sheet::new(&mut out, screen)).unwrap();
    String::from_utf8(out).unwrap()
}

fn asked<'a>(found: &'a Insights, filters: &'a [Filter], budgets: &'a [BudgetState]) -> Page<'a> {
    let at = |text: &Option<String>| {
        let at: jiff::Timestamp = text.as_deref()?.parse().ok()?;
        i64::try_from(at.as_nanosecond()).ok().map(UnixNanos)
    };
    let window = Window { since: at(&found.window.since), until: at(&found.window.until) };
    Page { found, window, zone: &UTC, filters, top: None, budgets }
}

fn page(found: &Insights, screen: Screen) -> String {
    let budgets = states();
    written(screen, |sheet| insights(sheet, &asked(found, &[], &budgets)))
}

fn by(found: &Insights, by: &[&str], screen: Screen) -> String {
    let by: Vec<Grouping> = by.iter().map(|text| text.parse().unwrap()).collect();
    written(screen, |sheet| breakdowns(sheet, &asked(found, &[], &[]), &by))
}

/// `text` with the escapes of colours as people can read them.
fn readable(text: &str) -> String {
    text.replace('\u{1b}', "␛")
}

/// `text` as it is without colours, and how often it changes them.
fn colourless(text: &str) -> (String, usize) {
    let mut plain = String::new();
    let mut changes = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        let (code, after) = after.split_once('m').unwrap();
        assert!(["0", "1", "2", "31", "32", "35", "36"].contains(&code), "{code}");
        changes += 1;
        rest = after;
    }
    (plain + rest, changes)
}

#[test]
fn a_page_with_everything() {
    insta::assert_snapshot!("page_80", page(&made::full(), NARROW));
    insta::assert_snapshot!("page_120", page(&made::full(), WIDE));
    insta::assert_snapshot!("page_80_coloured", readable(&page(&made::full(), COLOURED)));
}

#[test]
fn pages_with_little() {
    insta::assert_snapshot!(
        "page_empty",
        written(NARROW, |sheet| insights(sheet, &asked(&made::empty(), &[], &[])))
    );
    insta::assert_snapshot!(
        "page_one_run",
        written(NARROW, |sheet| insights(sheet, &asked(&made::one_run(), &[], &[])))
    );
    insta::assert_snapshot!("page_unknowns", page(&made::unknowns(), NARROW));
}

#[test]
fn names_that_mean_harm_are_shown_and_not_obeyed() {
    insta::assert_snapshot!("page_evil", page(&made::evil(), NARROW));
}

#[test]
fn breakdowns_of_one_dimension_and_of_two() {
    insta::assert_snapshot!("by_platform_80", by(&made::full(), &["platform"], NARROW));
    insta::assert_snapshot!("by_platform_120", by(&made::full(), &["platform"], WIDE));
    insta::assert_snapshot!("by_several_120", by(&made::full(), &["model,outcome", "tool", "profile"], WIDE));
    insta::assert_snapshot!("by_day_80", by(&made::full(), &["day"], NARROW));
}

#[test]
fn what_was_asked_stands_in_the_heading() {
    let found = made::full();
    let filters = ["model=gpt-5", "outcome=errored"].map(|text| text.parse().unwrap());
    let mut page = asked(&found, &filters, &[]);
    let first = |page: &Page<'_>, lines| {
        let text = written(NARROW, |sheet| insights(sheet, page));
        text.lines().take(lines).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        first(&page, 3),
        "since 2026-01-01 until 2026-02-05 (UTC), only model = gpt-5\n\
         only outcome = errored, rates with their 95 % intervals\n"
    );
    page.window = Window::default();
    page.filters = &[];
    assert_eq!(first(&page, 2), "all time, rates with their 95 % intervals\n");
}

#[test]
fn top_cuts_tables_and_says_so() {
    let found = made::full();
    let mut page = asked(&found, &[], &[]);
    page.top = Some(2);
    let tables = written(NARROW, |sheet| breakdowns(sheet, &page, &["model".parse().unwrap()]));
    assert!(tables.contains("\nand 4 more\n"), "{tables}");
    let page = written(NARROW, |sheet| insights(sheet, &page));
    assert!(page.contains("\nand 4 more: telemetry insights --by model\n"), "{page}");
    assert!(page.contains("\nand 1 more: telemetry insights --by tool\n"), "{page}");
}

#[test]
fn a_run_as_a_waterfall() {
    let detail = made::detail();
    let shown = |screen| written(screen, |sheet| show(sheet, &detail, &TimeZone::UTC));
    insta::assert_snapshot!("show_80", shown(NARROW));
    insta::assert_snapshot!("show_120", shown(WIDE));
    insta::assert_snapshot!("show_80_coloured", readable(&shown(COLOURED)));
}

#[test]
fn a_tree_costs_what_is_known_of_all_its_runs() {
    let head = |detail: &RunDetail| {
        let shown = written(NARROW, |sheet| show(sheet, detail, &TimeZone::UTC));
        shown.lines().find(|line| line.starts_with("cost")).map(str::to_owned)
    };
    let mut detail = made::detail();
    assert_eq!(head(&detail).unwrap(), "cost     $1.50, estimated; with subagents $1.75");
    detail.run.cost.usd = None;
    assert_eq!(head(&detail).unwrap(), "cost     unknown; with subagents at least $0.25");
    // Who called nobody owes nothing.
    detail.run.model_calls = 0;
    assert_eq!(head(&detail).unwrap(), "cost     unknown; with subagents $0.25");
    detail.subagents.clear();
    assert_eq!(head(&detail), None);
}

#[test]
fn a_list_of_runs_with_costs() {
    let list = [made::run("a1", Some(12.5)), made::run("b2", None), made::run("c3", Some(0.0004))];
    insta::assert_snapshot!(
        "runs_80",
        written(NARROW, |sheet| runs(sheet, &list, Window::default(), &TimeZone::UTC))
    );
}

#[test]
fn tables_for_spreadsheets() {
    let mut found = made::full();
    found.by.insert("model,outcome".to_owned(), made::pairs());
    let metrics = |found: &Insights| {
        let mut out = Vec::new();
        csv::metrics(&mut out, found).unwrap();
        String::from_utf8(out).unwrap()
    };
    let groups = |by: &str, found: &Insights| {
        let mut out = Vec::new();
        csv::groups(&mut out, by.parse().unwrap(), found.by(by)).unwrap();
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!("csv_metrics", metrics(&found));
    insta::assert_snapshot!("csv_groups", groups("model,outcome", &found));
    // Every record has as many cells as the heading, whatever is in them.
    found.by.get_mut("tool").unwrap()[0].key = "=cmd|' /C calc'!A0, \"x\"\r\n\u{1b}[2J".to_owned();
    let tools = groups("tool", &found);
    assert!(tools.contains("\r\n\"'=cmd|' /C calc'!A0, \"\"x\"\"\\u{d}\\u{a}\\u{1b}[2J\","), "{tools}");
    let commas = |line: &str| line.matches(',').count();
    let lines: Vec<&str> = tools.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4, "{tools}");
    // The first has one in its name.
    assert_eq!(commas(lines[1]), commas(lines[0]) + 1);
    assert_eq!([2, 3].map(|at| commas(lines[at])), [commas(lines[0]); 2]);
    for evil in [metrics(&made::evil()), groups("model", &made::evil())] {
        assert!(!evil.contains(|c: char| c.is_control() && c != '\r' && c != '\n'), "{evil}");
    }
}

/// Every page there is, at every width, fits and has no control character but its own colours; and the colours change
/// nothing but colours.
#[test]
fn pages_fit_and_colours_are_only_colours() {
    let all = [made::full(), made::empty(), made::one_run(), made::unknowns(), made::evil()];
    for width in [60, 72, 80, 97, 120, 500] {
        for found in &all {
            let plain = Screen { width, colour: false };
            let tables = ["model", "tool", "day", "platform", "model,outcome"];
            let pages = |screen| [page(found, screen), by(found, &tables, screen)];
            assert!(
                colourless(&page(found, Screen { colour: true, ..plain })).1 > 0 || found.runs.total == 0
            );
            for (plain, coloured) in pages(plain).into_iter().zip(pages(Screen { colour: true, ..plain })) {
                for line in plain.lines() {
                    assert!(line.width() <= width, "{width}: {} {line}", line.width());
                }
                assert!(!plain.contains(|c: char| c.is_control() && c != '\n'), "{plain:?}");
                let (text, _) = colourless(&coloured);
                let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
                assert_eq!(trimmed(&text), trimmed(&plain));
            }
        }
    }
}
