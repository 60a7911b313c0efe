//! Parts of a whole, as one bar.

use telemetry_store::insights::Rate;

use super::{Frame, Mark, scrolling};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::{Words, figures};

/// A part of a whole.
pub(in crate::render::html) struct Part {
    pub name: Words,
    pub mark: Mark,
    /// In whatever the whole is in.
    pub value: f64,
    /// The value, as it is shown.
    pub shown: Tag,
}

/// A whole and its parts.
pub(in crate::render::html) struct Parts {
    pub id: &'static str,
    pub title: Words,
    pub parts: Vec<Part>,
}

impl Parts {
    /// The figure: a bar, and each part with its amount and share. Nothing when the whole is nothing.
    pub(in crate::render::html) fn figure(self) -> Option<Tag> {
        let whole: f64 = self.parts.iter().map(|part| part.value).sum();
        if whole <= 0.0 {
            return None;
        }
        let said = |part: &Part| part.name.clone().then(" ").then(figures::percent(part.value / whole));
        let description = Words::from("One bar: ").then(Words::joined(self.parts.iter().map(said), ", "));
        let frame = Frame { id: self.id, title: self.title, description };
        let mut drawing = frame.drawing("whole");
        let mut from = 0.0;
        for part in self.parts.iter().filter(|part| part.value > 0.0) {
            let share = part.value / whole;
            let tooltip = tag("title").put(Html::plain(&said(part)));
            let bar = tag("rect").class(part.mark.fill()).share("x", from).share("width", share);
            drawing = drawing.put(bar.share("height", 1.0).put(tooltip));
            from += share;
        }
        let row = |part: Part| {
            tag("tr")
                .put(tag("th").set("scope", "row").put(part.mark.swatch()).put(part.name))
                .put(tag("td").put(part.shown))
                .put(tag("td").put(figures::percent(part.value / whole)))
        };
        let rows = tag("tbody").put(self.parts.into_iter().map(row).collect::<Vec<_>>());
        let caption = tag("figcaption").put(frame.title.clone());
        let table = scrolling(frame.title.clone(), tag("table").class("parts").put(rows));
        Some(tag("figure").set("id", frame.id).put(caption).put(drawing).put(table))
    }
}

/// A share as a short bar in a table's cell, beside the number that says the same.
pub(in crate::render::html) fn meter(share: f64) -> Tag {
    gauge("meter", share, None)
}

/// A share of what went wrong, with the interval it lies in.
pub(in crate::render::html) fn failing(rate: &Rate) -> Tag {
    let interval = tag("rect").class("around").share("x", rate.low).share("width", rate.high - rate.low);
    gauge("failing", rate.value, Some(interval.share("y", 0.4).share("height", 0.2)))
}

fn gauge(class: &'static str, share: f64, over: Option<Tag>) -> Tag {
    let bar = tag("rect").class(class).share("width", share.clamp(0.0, 1.0)).share("height", 1.0);
    tag("svg").class("cell-bar").set("aria-hidden", "true").put(bar).put(over)
}
