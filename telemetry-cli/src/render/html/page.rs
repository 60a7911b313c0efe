//! The document: what a browser has to know, the head of the page, its parts, its foot.

use jiff::{SignedDuration, Timestamp};

use super::Report;
use super::chart;
use super::markup::{Html, Tag, tag};
use super::section;
use super::words::{Words, figures};

/// The look of the page.
const STYLE: &str = include_str!("style.css");

/// Nothing may be fetched, run, framed or sent; the one style sheet is known by its hash, so not even a style that got in
/// somehow is obeyed.
const POLICY: &str = "default-src 'none'; style-src 'sha256-wEFq80qUvPy99F9kZe8SOIrFN3gVTh4aUJSs8k2K328='; base-uri 'none'; form-action 'none'";

/// The page of a report.
pub(super) fn page(report: &Report<'_>) -> String {
    let title = Words::from("telemetry report: ").then(window_in_days(report));
    let meta =
        |name: &'static str, content: &'static str| tag("meta").set("name", name).set("content", content);
    let head = tag("head")
        .put(tag("meta").set("charset", "utf-8"))
        .put(tag("meta").set("http-equiv", "Content-Security-Policy").set("content", POLICY))
        .put(meta("viewport", "width=device-width, initial-scale=1"))
        .put(meta("color-scheme", "light dark"))
        .put(meta("referrer", "no-referrer"))
        .put(meta("generator", concat!("telemetry ", env!("CARGO_PKG_VERSION"))))
        .put(tag("title").put(Html::plain(&title)))
        .put(tag("style").put(Html::style_sheet(STYLE)));
    let parts = section::all(report);
    let body = tag("body")
        .put(tag("a").class("skip").set("href", "#numbers").put("to the numbers"))
        .put(chart::patterns())
        .put(header(report, &parts))
        .put(tag("main").put(parts.into_iter().map(section::Part::into_tag).collect::<Html>()))
        .put(footer());
    let html = Html::from(tag("html").set("lang", "en").put(head).put(body));
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

fn header(report: &Report<'_>, parts: &[section::Part]) -> Tag {
    let made = report.made.to_string();
    let entry =
        |name: &'static str, said: Words| tag("div").put(tag("dt").put(name)).put(tag("dd").put(said));
    let mut facts = vec![
        entry("window", window_in_minutes(report)),
        entry("time zone", report.names.of(&report.found.window.timezone)),
        entry("made", figures::minute(&made, report.zone)),
    ];
    if !report.filters.is_empty() {
        let filters = report.filters.iter().map(|filter| {
            Words::from(filter.dimension.as_str()).then(" is ").then(report.names.of(&filter.value))
        });
        facts.push(entry("only where", Words::joined(filters, ", ")));
    }
    let link = |part: &section::Part| {
        tag("li").put(tag("a").set("href", Words::from("#").then(part.id)).put(part.heading))
    };
    let links = tag("ul").put(parts.iter().map(link).collect::<Vec<_>>());
    tag("header")
        .put(tag("p").class("eyebrow").put("telemetry report"))
        .put(tag("h1").put(window_in_days(report)))
        .put(tag("dl").class("facts").put(facts))
        .put(tag("nav").set("aria-label", "parts of this page").put(links))
}

/// `1 January 2026 to 31 January 2026`, by the days that are in it.
fn window_in_days(report: &Report<'_>) -> Words {
    let window = &report.found.window;
    let Some(since) = &window.since else {
        return match &window.until {
            Some(until) if !is_now(report, until) => Words::from("until ").then(last_day(report, until)),
            _ => "all time".into(),
        };
    };
    let from = figures::day_of(since, report.zone);
    let until = window.until.clone().unwrap_or_else(|| report.made.to_string());
    from.then(" to ").then(last_day(report, &until))
}

/// The last day before a moment.
fn last_day(report: &Report<'_>, until: &str) -> Words {
    let before =
        until.parse::<Timestamp>().ok().and_then(|at| at.checked_sub(SignedDuration::from_nanos(1)).ok());
    figures::day_of(&before.map_or_else(|| until.to_owned(), |at| at.to_string()), report.zone)
}

/// Whether a window ends when the page was made: it then has no end of its own.
fn is_now(report: &Report<'_>, until: &str) -> bool {
    until.parse::<Timestamp>().is_ok_and(|at| at == report.made)
}

fn window_in_minutes(report: &Report<'_>) -> Words {
    let window = &report.found.window;
    let since = match &window.since {
        Some(since) => figures::minute(since, report.zone),
        None => "the first event".into(),
    };
    let until = match &window.until {
        Some(until) if !is_now(report, until) => figures::minute(until, report.zone),
        _ => "when this was made".into(),
    };
    since.then(" to ").then(until)
}

fn footer() -> Tag {
    tag("footer").put(tag("p").put(concat!(
        "Made by telemetry ",
        env!("CARGO_PKG_VERSION"),
        " from events on one machine. Names had their secrets taken out. This page fetches nothing and runs nothing."
    )))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};

    use super::super::sample::{self, made};
    use super::*;

    #[test]
    fn the_policy_knows_the_style_sheet() {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}';")), "the style sheet is now {hash}");
    }

    /// The elements of a page, in order: a name, or `/` and a name. Attributes are checked to be quoted and separated.
    fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
        let mut found = Vec::new();
        let mut rest = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
        while let Some((_, tag)) = rest.split_once('<') {
            let end = tag.find([' ', '>']).unwrap();
            let name = tag[..end].to_owned();
            let mut attributes = Vec::new();
            rest = &tag[end..];
            while let Some(attribute) = rest.strip_prefix(' ') {
                let Some((key, quoted)) = attribute.split_once("=\"") else { break };
                let (value, after) = quoted.split_once('"').unwrap();
                attributes.push((key.to_owned(), value.to_owned()));
                rest = after;
            }
            rest = rest.strip_prefix('>').unwrap();
            found.push((name, attributes));
        }
        found
    }

    /// Elements are closed in the order in which they were opened.
    fn assert_closed(elements: &[(String, Vec<(String, String)>)]) {
        let mut open: Vec<&str> = Vec::new();
        for (name, _) in elements {
            match name.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed)),
                None if name == "meta" => {}
                None => open.push(name),
            }
        }
        assert_eq!(open, [] as [&str; 0]);
    }

    #[test]
    fn a_page_about_anything_is_whole() {
        let found = [made::empty(), made::one_run(), made::unknowns(), made::evil(), made::full()];
        for found in found {
            let page = sample::page_of(&found, &[made::detail()]);
            assert_closed(&elements(&page));
            assert!(page.contains("<section id=\"definitions\""));
        }
        assert!(sample::page_of(&made::empty(), &[]).contains("Nothing was recorded in this window."));
    }

    #[test]
    fn every_element_is_closed_and_every_link_leads_somewhere() {
        let page = sample::page();
        let elements = elements(&page);
        assert!(elements.len() > 1_500, "{}", elements.len());
        assert_closed(&elements);
        let values = |key: &'static str| {
            let of = move |(_, attributes): &(String, Vec<(String, String)>)| {
                attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
            };
            elements.iter().filter_map(of)
        };
        let ids: Vec<String> = values("id").collect();
        let known: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(known.len(), ids.len(), "an id is there twice: {ids:?}");
        let linked: Vec<String> = values("href").map(|link| link.replace('#', "")).collect();
        let labels: Vec<String> = values("aria-labelledby")
            .flat_map(|ids| ids.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert!(linked.len() > 10 && labels.len() > 15, "{linked:?} {labels:?}");
        for to in linked.iter().chain(&labels) {
            assert!(known.contains(to.as_str()), "{to}");
        }
    }

    #[test]
    fn nothing_is_run_or_fetched_and_no_secret_is_told() {
        let page = sample::page();
        for (name, attributes) in elements(&page) {
            let may_not =
                ["script", "iframe", "object", "embed", "link", "img", "image", "use", "form", "base"];
            assert!(!may_not.contains(&name.as_str()), "{name}");
            for (key, value) in attributes {
                assert!(
                    !key.starts_with("on") && !["src", "style", "action", "srcset"].contains(&key.as_str()),
                    "{key}"
                );
                assert!(key != "href" || value.starts_with('#'), "{value}");
            }
        }
        assert!(!page.contains("://"), "an address");
        assert!(!page.contains(&sample::SECRET[4..]));
        // The name that would run is there to be read, in the table, the legend, the waterfall and the head.
        assert!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count() > 5);
        assert!(page.matches("\\u{202e}\\u{1b}[31m").count() > 5);
        assert!(!page.contains(['\u{202e}', '\u{1b}']));
    }

    #[test]
    fn every_part_is_there_when_it_has_something_to_say() {
        let page = sample::page();
        let parts: Vec<&str> = page
            .split("<section id=\"")
            .skip(1)
            .map(|section| section.split('"').next().unwrap_or_default())
            .collect();
        assert_eq!(
            parts,
            [
                "numbers",
                "outcomes",
                "spend",
                "models",
                "latency",
                "time",
                "tokens",
                "tools",
                "errors",
                "changes",
                "runs",
                "missing",
                "definitions"
            ]
        );
        for chart in [
            "outcomes-by-day",
            "spend-by-day",
            "latency-by-day",
            "turn-time",
            "tokens-in-all",
            "tokens-by-day",
        ] {
            assert!(page.contains(&format!("<figure id=\"{chart}\">")), "{chart}");
        }
    }

    #[test]
    fn a_window_is_named_by_the_days_in_it() {
        let page = sample::page();
        // Until midnight UTC of the 5th is one hour into it in Berlin.
        assert!(page.contains("<h1>1 January 2026 to 5 February 2026</h1>"), "{}", &page[..9_000]);
        assert!(page.contains("2026-01-01 01:00 to 2026-02-05 01:00"));
    }
}
