//! Comma-separated values, by RFC 4180.

use std::borrow::Cow;
use std::io::{self, Write};

use super::text::clean;

/// One record: its cells, quoted where they have to be, and the line break of the standard.
pub(super) fn record<'a>(
    out: &mut dyn Write,
    cells: impl IntoIterator<Item = Cow<'a, str>>,
) -> io::Result<()> {
    for (at, cell) in cells.into_iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        match cell.contains([',', '"', '\r', '\n']) {
            true => write!(out, "{comma}\"{}\"", cell.replace('"', "\"\""))?,
            false => write!(out, "{comma}{cell}")?,
        }
    }
    out.write_all(b"\r\n")
}

/// Other people's text: control characters are escaped, and what a spreadsheet would take for a formula is text there
/// because of an apostrophe before it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    match formula {
        true => Cow::Owned(format!("'{}", clean(text))),
        false => clean(text),
    }
}
