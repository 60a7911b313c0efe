//! Where a command's words go.

use std::io::{self, Write};

use serde::Serialize;

use crate::render::Sheet;
use crate::screen::Screen;

/// Where a command's words go.
pub struct Streams<'a> {
    /// Answers.
    pub(crate) out: &'a mut dyn Write,
    /// Everything else.
    pub(crate) err: &'a mut dyn Write,
    /// Whether `err` is a terminal, where a line can be drawn over.
    pub(crate) progress: bool,
    /// What `out` is read on.
    pub(crate) screen: Screen,
    /// Whether `out` is a terminal.
    #[cfg_attr(
        not(any(feature = "export", feature = "top")),
        expect(dead_code, reason = "only these look at it")
    )]
    pub(crate) terminal: bool,
    /// Whether nobody reads `out` any more.
    pub(crate) is_abandoned: fn() -> bool,
}

impl<'a> Streams<'a> {
    /// Answers to `out`, everything else to `err`: plain, and nothing drawn over.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Streams { out, err, progress: false, screen: Screen::PLAIN, terminal: false, is_abandoned: || false }
    }

    /// Says whether `err` is a terminal: what takes longer than a second shows there how far it is.
    pub fn with_progress(self, progress: bool) -> Self {
        Streams { progress, ..self }
    }

    /// Says what `out` is read on: pages are as wide, and coloured where it can show that.
    pub fn with_screen(self, screen: Screen) -> Self {
        Streams { screen, ..self }
    }

    /// Says whether `out` is a terminal, on which a screen can be drawn.
    pub fn with_terminal(self, terminal: bool) -> Self {
        Streams { terminal, ..self }
    }

    /// Gives a way to see that nobody reads `out` any more. Without it a command that waits sees it when it next writes.
    pub fn with_reader(self, is_abandoned: fn() -> bool) -> Self {
        Streams { is_abandoned, ..self }
    }

    /// Where pages are written.
    pub(crate) fn sheet(&mut self) -> Sheet<'_> {
        Sheet::new(self.out, self.screen)
    }

    /// Prints one JSON document, `schema` first.
    pub(crate) fn json(&mut self, schema: &'static str, document: &impl Serialize) -> io::Result<()> {
        #[derive(Serialize)]
        struct Document<'a, T> {
            schema: &'static str,
            #[serde(flatten)]
            document: &'a T,
        }
        serde_json::to_writer_pretty(&mut *self.out, &Document { schema, document })?;
        writeln!(self.out)
    }
}
