//! Columns that line up.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::Sheet;
use super::ink::{Ink, Words};
use super::text::fit;

/// Which side of its column a cell stands on.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// Text, in at most so many columns.
    Left(usize),
    /// Numbers.
    Right,
}

/// A column: what stands over it, on which side its cells are, and how soon it may go.
pub(super) struct Column {
    /// Lines of the heading, divided by line breaks.
    heading: &'static str,
    side: Side,
    /// Where there is no room for all, columns of the highest rank go first, and those of rank 0 stay.
    rank: u8,
}

impl Column {
    pub(super) fn new(heading: &'static str, side: Side, rank: u8) -> Self {
        Column { heading, side, rank }
    }
}

impl From<(&'static str, Side)> for Column {
    fn from((heading, side): (&'static str, Side)) -> Self {
        Column::new(heading, side, 0)
    }
}

/// A table with a heading.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

enum Row {
    Cells(Vec<Words>),
    Line(String),
}

/// Text is not cut shorter than this to make room.
const LEAST: usize = 8;
/// Between two columns.
const GAP: usize = 2;

impl Table {
    pub(super) fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>) -> Self {
        Table { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn row<W: Into<Words>>(&mut self, cells: impl IntoIterator<Item = W>) {
        let fitted =
            cells.into_iter().map(Into::into).zip(&self.columns).map(|(cell, column)| match column.side {
                Side::Left(most) => Words { text: fit(&cell.text, most), ..cell },
                Side::Right => cell,
            });
        let cells = fitted.collect();
        self.rows.push(Row::Cells(cells));
    }

    /// Adds a line over the whole width, for the rows below it.
    pub(super) fn line(&mut self, text: String) {
        self.rows.push(Row::Line(text));
    }

    /// Prints the table as wide as it is, without colour; nothing when it has no rows.
    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let screen = crate::screen::Screen::PLAIN;
        self.lines(&self.widths().into_iter().map(Some).collect::<Vec<_>>(), &mut Sheet::new(out, screen))
    }

    /// Prints the table in the width of the sheet; how many columns with a heading there was no room for.
    pub(super) fn print_on(&self, sheet: &mut Sheet<'_>) -> io::Result<usize> {
        let widths = self.within(sheet.width());
        self.lines(&widths, sheet)?;
        let gone =
            |(width, column): &(&Option<usize>, &Column)| width.is_none() && !column.heading.is_empty();
        Ok(widths.iter().zip(&self.columns).filter(gone).count())
    }

    /// Each column's own width.
    fn widths(&self) -> Vec<usize> {
        let heading = |column: &Column| column.heading.lines().map(str::width).max().unwrap_or(0);
        let mut widths: Vec<usize> = self.columns.iter().map(heading).collect();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.width().max(*width);
            }
        }
        widths
    }

    /// The columns' widths where all of them together may have `most`; `None` for those that go.
    fn within(&self, most: usize) -> Vec<Option<usize>> {
        let mut widths: Vec<Option<usize>> = self.widths().into_iter().map(Some).collect();
        let whole = |widths: &[Option<usize>]| {
            let shown = widths.iter().flatten();
            (shown.clone().sum::<usize>() + GAP * shown.count()).saturating_sub(GAP)
        };
        while whole(&widths) > most {
            let shown = (0..widths.len()).filter(|at| widths[*at].is_some() && self.columns[*at].rank > 0);
            let Some(first) = shown.max_by_key(|at| self.columns[*at].rank) else { break };
            widths[first] = None;
        }
        // What is left and still too wide is text that can be cut.
        while whole(&widths) > most {
            let texts = (0..widths.len()).filter(|at| matches!(self.columns[*at].side, Side::Left(_)));
            let widest = texts.filter_map(|at| Some((widths[at]?, at))).max();
            let Some((width, at)) = widest.filter(|(width, _)| *width > LEAST) else { break };
            widths[at] = Some(width.saturating_sub(whole(&widths) - most).max(LEAST));
        }
        widths
    }

    fn lines(&self, widths: &[Option<usize>], sheet: &mut Sheet<'_>) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        for heading in self.headings(widths) {
            self.cells(&heading, widths, sheet)?;
        }
        for row in &self.rows {
            match row {
                Row::Cells(cells) => self.cells(cells, widths, sheet)?,
                Row::Line(text) => sheet.line(&[Words::new(Ink::Heading, text.clone())])?,
            }
        }
        Ok(())
    }

    /// The lines of the heading: one line stands beside the last of several.
    fn headings(&self, widths: &[Option<usize>]) -> Vec<Vec<Words>> {
        let shown = self.columns.iter().zip(widths).filter(|(_, width)| width.is_some());
        let lines = shown.map(|(column, _)| column.heading.lines().count()).max().unwrap_or(0);
        let line_of = |column: &Column, line: usize| {
            let above = lines.saturating_sub(column.heading.lines().count());
            let text =
                line.checked_sub(above).and_then(|line| column.heading.lines().nth(line)).unwrap_or("");
            Words::new(Ink::Heading, text)
        };
        (0..lines).map(|line| self.columns.iter().map(|column| line_of(column, line)).collect()).collect()
    }

    fn cells(&self, cells: &[Words], widths: &[Option<usize>], sheet: &mut Sheet<'_>) -> io::Result<()> {
        let mut line: Vec<Words> = Vec::new();
        // The blanks after a cell, kept back until another one follows.
        let mut blank = 0;
        for ((cell, width), column) in cells.iter().zip(widths).zip(&self.columns) {
            let Some(width) = *width else { continue };
            let cell = Words { text: fit_to(&cell.text, width), ink: cell.ink };
            let space = width - cell.width();
            let (before, after) = match column.side {
                Side::Left(_) => (0, space),
                Side::Right => (space, 0),
            };
            if !cell.text.is_empty() {
                line.extend([Words::from(" ".repeat(blank + before)), cell]);
                blank = after + GAP;
            } else {
                blank += width + GAP;
            }
        }
        sheet.line(&line)
    }
}

/// A cell that is cut once more because its column is narrower than it wished.
fn fit_to(text: &str, width: usize) -> String {
    if text.width() > width { fit(text, width) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Screen;

    fn printed(width: usize) -> String {
        let mut table = Table::new([
            Column::new("name of it", Side::Left(40), 0),
            Column::new("failed\nattempts", Side::Right, 2),
            Column::new("calls", Side::Right, 0),
            Column::new("note", Side::Left(30), 1),
        ]);
        table.row(["a name that is quite long, and longer", "7", "1,234", "of some sort"]);
        table.line("a line".to_owned());
        table.row(["b", "", "5", ""]);
        let mut out = Vec::new();
        table.print_on(&mut Sheet::new(&mut out, Screen { width, colour: false })).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_go_by_rank_and_text_is_cut_last() {
        assert_eq!(
            printed(80),
            "                                         failed\n\
             name of it                             attempts  calls  note\n\
             a name that is quite long, and longer         7  1,234  of some sort\n\
             a line\n\
             b                                                    5\n"
        );
        assert_eq!(
            printed(60),
            "name of it                             calls  note\n\
             a name that is quite long, and longer  1,234  of some sort\n\
             a line\n\
             b                                          5\n"
        );
    }

    #[test]
    fn a_table_is_as_wide_as_it_may_be() {
        let mut table = Table::new([("a", Side::Left(200)), ("b", Side::Left(200)), ("c", Side::Right)]);
        table.row(["x".repeat(100), "y".repeat(30), "12".to_owned()]);
        for width in [60, 80, 100, 120] {
            let mut out = Vec::new();
            table.print_on(&mut Sheet::new(&mut out, Screen { width, colour: false })).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().map(|line| line.width()).max(), Some(width), "{text}");
        }
    }
}
