//! The parts of the page, in their order.

mod changes;
mod definitions;
mod errors;
mod headline;
mod latency;
mod missing;
mod models;
mod outcomes;
mod runs;
mod spend;
mod table;
mod time;
mod tokens;
mod tools;
mod waterfall;

use super::Report;
use super::markup::{Html, Tag, tag};
use super::words::Words;

/// A part of the page.
pub(super) struct Part {
    /// A word to link to it by.
    pub id: &'static str,
    /// Its name.
    pub heading: &'static str,
    /// What is in it.
    content: Html,
}

impl Part {
    fn new(id: &'static str, heading: &'static str, content: impl Into<Html>) -> Self {
        Part { id, heading, content: content.into() }
    }

    /// The element.
    pub(super) fn into_tag(self) -> Tag {
        let heading = Words::from(self.id).then("-heading");
        tag("section")
            .set("id", self.id)
            .set("aria-labelledby", heading.clone())
            .put(tag("h2").set("id", heading).put(self.heading))
            .put(self.content)
    }
}

/// Those that have something to say.
pub(super) fn all(report: &Report<'_>) -> Vec<Part> {
    let parts = [
        headline::part(report),
        outcomes::part(report),
        spend::part(report),
        models::part(report),
        latency::part(report),
        time::part(report),
        tokens::part(report),
        tools::part(report),
        errors::part(report),
        changes::part(report),
        runs::part(report),
        missing::part(report),
        definitions::part(),
    ];
    parts.into_iter().flatten().collect()
}

/// A paragraph beside the numbers.
fn note(words: impl Into<Words>) -> Tag {
    tag("p").class("note").put(words.into())
}
