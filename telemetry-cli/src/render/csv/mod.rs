//! Answers as comma-separated values, by RFC 4180: for spreadsheets and data frames.
//!
//! Written here and not by a crate, because the format is three lines and what matters is the rest: nobody else's text may
//! become a formula in somebody's spreadsheet or an escape sequence on a terminal.

mod groups;
mod metrics;
mod runs;

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;

pub(crate) use groups::groups;
pub(crate) use metrics::metrics;
pub(crate) use runs::runs;

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

/// A value of a document as a cell; nothing for null.
fn cell(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(said)) => text(said),
        Some(value) => Cow::Owned(value.to_string()),
    }
}

/// The value at a path such as `runs.completion_rate.low`.
fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (name, cell) in [
            ("plain name", "plain name"),
            ("=HYPERLINK(\"http://x\";\"y\")", "'=HYPERLINK(\"http://x\";\"y\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            (" =1+1", "' =1+1"),
            ("\t=1", "'\\u{9}=1"),
            ("a\u{1b}[31m\r\nb", "a\\u{1b}[31m\\u{d}\\u{a}b"),
            ("größe", "größe"),
        ] {
            assert_eq!(text(name), cell, "{name:?}");
        }
        let mut out = Vec::new();
        record(&mut out, ["a".into(), "b,c".into(), "say \"so\"".into(), "".into()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b,c\",\"say \"\"so\"\"\",\r\n");
        let numbers = serde_json::json!({"a": -1.5, "b": null, "c": {"d": 7}});
        assert_eq!(
            ["a", "b", "c.d", "c.e", "x.y"].map(|path| cell(at(&numbers, path))),
            ["-1.5", "", "7", "", ""]
        );
    }
}
