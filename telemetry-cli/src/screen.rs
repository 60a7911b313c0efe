//! How wide answers may be, and whether they may be coloured.

use std::ffi::OsString;

/// What is known of the place answers are read at. The library never looks for itself: a host that says nothing gets
/// [`Screen::PLAIN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Columns of a line.
    pub width: usize,
    /// Whether colours are understood, and wanted.
    pub colour: bool,
}

impl Screen {
    /// 80 columns without colour: a file, a pipe, a message.
    pub const PLAIN: Screen = Screen { width: 80, colour: false };

    /// What standard output is, by the environment of the process. `terminal` is the terminal's columns, `None` where the
    /// output is not a terminal.
    ///
    /// In this order: `NO_COLOR` (<https://no-color.org>) turns colour off, `CLICOLOR_FORCE`
    /// (<https://bixense.com/clicolors>) turns it on, `CLICOLOR=0` and `TERM=dumb` turn it off, a terminal has it. An output
    /// that is no terminal is as wide as `COLUMNS` says.
    pub fn of(terminal: Option<usize>, environment: impl Fn(&str) -> Option<OsString>) -> Self {
        let said = |name: &str| environment(name).filter(|value| !value.is_empty());
        let is = |name: &str, word: &str| said(name).is_some_and(|value| value == word);
        let colour = match () {
            () if said("NO_COLOR").is_some() => false,
            () if said("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0") => true,
            () if is("CLICOLOR", "0") || is("TERM", "dumb") => false,
            () => terminal.is_some(),
        };
        let columns = || said("COLUMNS")?.to_str()?.parse().ok().filter(|columns| *columns > 0);
        let width = terminal.filter(|columns| *columns > 0).or_else(columns);
        Screen { width: width.unwrap_or(Screen::PLAIN.width), colour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(terminal: Option<usize>, environment: &[(&str, &str)]) -> (usize, bool) {
        let value = |name: &str| environment.iter().find(|(other, _)| *other == name).map(|(_, v)| v.into());
        let Screen { width, colour } = Screen::of(terminal, value);
        (width, colour)
    }

    #[test]
    fn colour_is_for_terminals_and_for_those_who_insist() {
        for (terminal, environment, colour) in [
            (Some(100), &[][..], true),
            (None, &[], false),
            (Some(100), &[("NO_COLOR", "1")], false),
            // Set and empty is not set.
            (Some(100), &[("NO_COLOR", "")], true),
            (None, &[("CLICOLOR_FORCE", "1")], true),
            (None, &[("CLICOLOR_FORCE", "0")], false),
            (Some(100), &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (Some(100), &[("TERM", "dumb")], false),
            (Some(100), &[("TERM", "xterm-256color")], true),
            (Some(100), &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true),
            (Some(100), &[("CLICOLOR", "0")], false),
            (None, &[("CLICOLOR", "1")], false),
        ] {
            assert_eq!(of(terminal, environment).1, colour, "{terminal:?} {environment:?}");
        }
    }

    #[test]
    fn a_terminal_knows_its_width_and_a_pipe_is_told() {
        for (terminal, environment, width) in [
            (Some(132), &[("COLUMNS", "90")][..], 132),
            (Some(0), &[], 80),
            (None, &[("COLUMNS", "100")], 100),
            (None, &[("COLUMNS", "wide")], 80),
            (None, &[("COLUMNS", "0")], 80),
            (None, &[], 80),
        ] {
            assert_eq!(of(terminal, environment).0, width, "{terminal:?} {environment:?}");
        }
    }
}
