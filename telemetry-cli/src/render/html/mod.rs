//! The answers as one page for a browser: a file that is complete in itself and can be mailed.
//!
//! There is no script in it and nothing is fetched: its policy forbids both. [`words`] are what may stand on it, [`markup`]
//! puts them there so that nothing breaks out, [`chart`] draws, [`section`] has a module for each part of the page, and
//! [`page`] is the document around them.

mod chart;
mod markup;
mod page;
#[cfg(test)]
mod sample;
mod section;
mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use telemetry_store::insights::{Change, Filter, Insights, RunDetail};

pub(crate) use words::Names;

/// Everything that is on a page.
pub(crate) struct Report<'a> {
    /// The answers.
    pub found: &'a Insights,
    /// What a fact had to be to count.
    pub filters: &'a [Filter],
    /// The runs to draw in full, the most notable first.
    pub runs: &'a [RunDetail],
    /// The zone of times.
    pub zone: &'a TimeZone,
    /// When the page was made.
    pub made: Timestamp,
    /// What other people's names go through.
    pub names: &'a Names,
}

impl Report<'_> {
    /// The page, as HTML.
    pub(crate) fn page(&self) -> String {
        page::page(self)
    }

    /// What became of a number since the window before, if that was asked for.
    fn change(&self, metric: &str) -> Option<&Change> {
        self.found.compared.as_ref()?.changes.iter().find(|change| change.metric == metric)
    }
}
