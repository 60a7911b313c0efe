//! Columns that line up.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::text::fit;

/// Which side of its column a cell stands on.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// Text, in at most so many columns.
    Left(usize),
    /// Numbers.
    Right,
}

/// A table with a heading.
pub(super) struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Row>,
}

enum Row {
    Cells(Vec<String>),
    Line(String),
}

impl Table {
    pub(super) fn new(columns: impl Into<Vec<(&'static str, Side)>>) -> Self {
        Table { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let sides = self.columns.iter().map(|(_, side)| side);
        let fitted = cells.into_iter().zip(sides).map(|(cell, side)| match side {
            Side::Left(most) => fit(&cell, *most),
            Side::Right => cell,
        });
        self.rows.push(Row::Cells(fitted.collect()));
    }

    /// Adds a line over the whole width, for the rows below it.
    pub(super) fn line(&mut self, text: String) {
        self.rows.push(Row::Line(text));
    }

    /// Prints the table; nothing when it has no rows.
    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let heading = Row::Cells(self.columns.iter().map(|(name, _)| (*name).to_owned()).collect());
        let all = || std::iter::once(&heading).chain(&self.rows);
        let mut widths = vec![0; self.columns.len()];
        for row in all() {
            let Row::Cells(cells) = row else { continue };
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.width().max(*width);
            }
        }
        for row in all() {
            let cells = match row {
                Row::Cells(cells) => cells,
                Row::Line(text) => {
                    writeln!(out, "{text}")?;
                    continue;
                }
            };
            let mut line = String::new();
            for ((cell, width), (_, side)) in cells.iter().zip(&widths).zip(&self.columns) {
                let space = " ".repeat(width - cell.width());
                match side {
                    Side::Left(_) => line.extend([cell, space.as_str(), "  "]),
                    Side::Right => line.extend([space.as_str(), cell, "  "]),
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
