//! The window beside the one before it.

use super::table::{Head, Table};
use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::words::{Words, figures};

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let compared = report.found.compared.as_ref()?;
    let mut table = Table::new(
        "against the window before",
        [
            Head::Text("number"),
            Head::Number("before"),
            Head::Number("now"),
            Head::Number("change"),
            Head::Text("more than noise"),
        ],
    );
    for change in &compared.changes {
        let [unit, difference] = unit(&change.metric);
        let value = |value: Option<f64>| value.map_or_else(|| figures::NOTHING.into(), unit);
        let delta = change.delta.map(|delta| figures::change(delta, difference));
        let sure = match change.significant {
            Some(true) => "yes",
            Some(false) => "no",
            None => figures::NOTHING,
        };
        table.row([
            figures::metric(&change.metric).into(),
            value(change.before).into(),
            value(change.now).into(),
            delta.into(),
            sure.into(),
        ]);
    }
    let moment =
        |moment: &Option<String>| figures::minute(moment.as_deref().unwrap_or_default(), report.zone);
    let window = Words::from("The window before is as long: ")
        .then(moment(&compared.window.since))
        .then(" to ")
        .then(moment(&compared.window.until))
        .then(". More than noise means at 95 %.");
    let mut content = crate::render::html::markup::Html::from(note(window));
    content.put(table.tag());
    Some(Part::new("changes", "Against the window before", content))
}

/// What a metric is in, and its differences are in, by its name.
fn unit(metric: &str) -> [fn(f64) -> Words; 2] {
    match metric {
        rate if rate.ends_with("_rate") => [figures::percent, figures::points],
        money if money.ends_with("_usd") => [|usd| figures::dollars(Some(usd)); 2],
        time if time.contains("_ms.") => [|ms| figures::duration(Some(ms)); 2],
        _ => [figures::short; 2],
    }
}
