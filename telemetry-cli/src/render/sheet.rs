//! What pages are written on.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::ink::{Ink, Words};
use crate::screen::Screen;

/// Columns before the text of an entry: its name, and a gap.
const MARGIN: usize = 12;

/// Where a page is written: lines of a width, coloured or not.
pub(crate) struct Sheet<'a> {
    out: &'a mut dyn Write,
    screen: Screen,
}

impl<'a> Sheet<'a> {
    /// Wider than this, eyes lose the line.
    const WIDEST: usize = 120;
    /// Narrower than this, lines are left to the terminal to break.
    const NARROWEST: usize = 60;

    pub(crate) fn new(out: &'a mut dyn Write, screen: Screen) -> Self {
        let width = screen.width.clamp(Self::NARROWEST, Self::WIDEST);
        Sheet { out, screen: Screen { width, ..screen } }
    }

    /// Columns of a line.
    pub(crate) fn width(&self) -> usize {
        self.screen.width
    }

    /// Columns of the text of an entry.
    pub(crate) fn text_width(&self) -> usize {
        self.width() - MARGIN
    }

    /// One line of pieces, one after the other.
    pub(crate) fn line(&mut self, pieces: &[Words]) -> io::Result<()> {
        let line: String = pieces.iter().map(|piece| piece.painted(self.screen.colour)).collect();
        writeln!(self.out, "{}", line.trim_end())
    }

    /// One line of plain text.
    pub(crate) fn say(&mut self, text: impl Into<String>) -> io::Result<()> {
        self.line(&[Words::from(text.into())])
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line under a name, or under the name above when `name` is empty.
    pub(crate) fn entry(&mut self, name: &str, pieces: Vec<Words>) -> io::Result<()> {
        let space = " ".repeat(MARGIN.saturating_sub(name.len()));
        let head = [Words::new(Ink::Heading, name), space.into()];
        self.line(&[&head[..], &pieces].concat())
    }

    /// Pieces with `between` them under a name, on as many lines as they need; the lines below the first begin where its
    /// text does.
    pub(crate) fn entries(&mut self, name: &str, pieces: Vec<Words>, between: &str) -> io::Result<()> {
        for (at, line) in broken(pieces, between, self.text_width()).into_iter().enumerate() {
            self.entry(if at == 0 { name } else { "" }, line)?;
        }
        Ok(())
    }

    /// Pieces with `between` them, on as many lines as they need.
    pub(crate) fn wrapped(&mut self, pieces: Vec<Words>, between: &str) -> io::Result<()> {
        broken(pieces, between, self.width()).into_iter().try_for_each(|line| self.line(&line))
    }
}

/// Pieces with `between` them, as lines of at most `most` columns where no piece alone is longer.
fn broken(pieces: Vec<Words>, between: &str, most: usize) -> Vec<Vec<Words>> {
    let mut lines: Vec<Vec<Words>> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        let width = piece.width();
        match lines.last_mut() {
            Some(line) if used + between.width() + width <= most => {
                used += between.width() + width;
                line.extend([between.into(), piece]);
            }
            _ => {
                used = width;
                lines.push(vec![piece]);
            }
        }
    }
    lines
}
