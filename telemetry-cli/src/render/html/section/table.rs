//! Tables of a page: a name for each row, then its numbers.

use crate::render::html::chart;
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::{Words, figures};

/// Rows of a table; a page is read by people.
pub(super) const MOST: usize = 40;

/// The head of a column.
#[derive(Clone, Copy)]
pub(super) enum Head {
    /// Of a few words.
    Text(&'static str),
    /// Of words that may go on in the next line.
    Wide(&'static str),
    /// Of numbers.
    Number(&'static str),
}

/// A table whose first cells name its rows.
pub(super) struct Table {
    name: &'static str,
    heads: Vec<Head>,
    rows: Vec<Tag>,
}

impl Table {
    pub(super) fn new(name: &'static str, heads: impl Into<Vec<Head>>) -> Self {
        Table { name, heads: heads.into(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are heads.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Html>) {
        let cell = |(at, (cell, head)): (usize, (Html, &Head))| match (at, head) {
            (0, _) => tag("th").set("scope", "row").put(cell),
            (_, Head::Text(_)) => tag("td").class("text").put(cell),
            (_, Head::Wide(_)) => tag("td").class("wide").put(cell),
            (_, Head::Number(_)) => tag("td").put(cell),
        };
        let cells = cells.into_iter().zip(&self.heads).enumerate().map(cell);
        self.rows.push(tag("tr").put(cells.collect::<Html>()));
    }

    /// The table; nothing when it has no rows.
    pub(super) fn tag(self) -> Option<Tag> {
        if self.rows.is_empty() {
            return None;
        }
        let head = |(at, head): (usize, &Head)| match head {
            Head::Text(name) if at > 0 => tag("th").set("scope", "col").class("text").put(*name),
            Head::Wide(name) if at > 0 => tag("th").set("scope", "col").class("wide").put(*name),
            Head::Text(name) | Head::Wide(name) | Head::Number(name) => {
                tag("th").set("scope", "col").put(*name)
            }
        };
        let heads = tag("tr").put(self.heads.iter().enumerate().map(head).collect::<Html>());
        let table = tag("table").put(tag("thead").put(heads)).put(tag("tbody").put(self.rows));
        Some(chart::scrolling(self.name, table))
    }
}

/// `and 3 more`, where a table shows so many of `all`.
pub(super) fn more(all: usize, shown: usize) -> Option<Tag> {
    let left = all.checked_sub(shown).filter(|left| *left > 0)?;
    Some(super::note(Words::from("and ").then(figures::whole(left as u64)).then(" more, with fewer calls")))
}
