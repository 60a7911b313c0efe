//! Colours. They only repeat what a word, a number or the shade of a block says already.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

/// What a piece of text means. The colours are of the terminal's own sixteen, and of those the ones that can be read on
/// light and on dark: no yellow, white, black or bright one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ink {
    /// As everything around it.
    #[default]
    Plain,
    /// What it is about.
    Heading,
    /// What went well.
    Good,
    /// What failed.
    Bad,
    /// What a person decided, and waits for a person.
    Person,
    /// Work on behalf of the model: tools.
    Tool,
    /// What is only there to help reading.
    Quiet,
}

impl Ink {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Ink::Plain => Style::new(),
            Ink::Heading => Style::new().bold(),
            Ink::Good => colour(AnsiColor::Green),
            Ink::Bad => colour(AnsiColor::Red),
            Ink::Person => colour(AnsiColor::Magenta),
            Ink::Tool => colour(AnsiColor::Cyan),
            Ink::Quiet => Style::new().dimmed(),
        }
    }
}

/// A piece of a line, safe to print, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Words {
    pub text: String,
    pub ink: Ink,
}

impl Words {
    pub(crate) fn new(ink: Ink, text: impl Into<String>) -> Self {
        Words { text: text.into(), ink }
    }

    /// Columns on the screen.
    pub(crate) fn width(&self) -> usize {
        self.text.width()
    }

    /// As it is written: with the escapes of its colour, if colours are wanted.
    pub(crate) fn painted(&self, colour: bool) -> Cow<'_, str> {
        let style = self.ink.style();
        match colour && style != Style::new() && !self.text.is_empty() {
            true => Cow::Owned(format!("{style}{}{style:#}", self.text)),
            false => Cow::Borrowed(&self.text),
        }
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Words::new(Ink::Plain, text)
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Words::new(Ink::Plain, text)
    }
}
