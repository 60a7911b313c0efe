//! The rows of somebody's own query.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use telemetry_store::sql::{Cell, Rows};
use unicode_width::UnicodeWidthStr as _;

use super::csv;
use super::text::{clean, fit};

/// Rows that are looked at before the widths of columns are fixed; what comes after them is printed as it comes.
const LOOKED_AT: usize = 1_000;
/// A column is not made narrower than this.
const NARROWEST: usize = 8;
/// Between two columns.
const GAP: &str = "  ";

/// A table for people: as wide as the screen where its columns allow it, with what is cut shown by an ellipsis.
pub(crate) struct Table<'a> {
    out: &'a mut dyn Write,
    width: usize,
    names: Vec<String>,
    /// Rows that wait for the widths.
    waiting: Vec<Vec<Shown>>,
    columns: Option<Vec<Column>>,
}

/// A cell as it is printed, and whether it is a number.
struct Shown {
    text: String,
    number: bool,
}

struct Column {
    /// At least.
    width: usize,
    /// At most.
    most: usize,
    /// Numbers stand on the right.
    numbers: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, width: usize) -> Self {
        Table { out, width, names: Vec::new(), waiting: Vec::new(), columns: None }
    }

    /// Prints what still waits.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if self.columns.is_some() {
            return Ok(());
        }
        let none = self.waiting.is_empty();
        self.fix_widths()?;
        if none { writeln!(self.out, "(no rows)") } else { Ok(()) }
    }

    fn fix_widths(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        let widest = |column: usize| {
            let cells = rows.iter().map(|row| row[column].text.width());
            cells.chain([self.names[column].width()]).max().unwrap_or(0)
        };
        let natural: Vec<usize> = (0..self.names.len()).map(widest).collect();
        let widths = narrowed(&natural, self.width);
        let cut = widths != natural;
        let column = |(at, width): (usize, &usize)| Column {
            width: *width,
            most: if cut { *width } else { usize::MAX },
            numbers: rows.iter().any(|row| row[at].number)
                && rows.iter().all(|row| row[at].number || row[at].text == NULL),
        };
        let columns: Vec<Column> = widths.iter().enumerate().map(column).collect();
        let names = std::mem::take(&mut self.names);
        let head: Vec<Shown> = names.into_iter().map(|text| Shown { text, number: false }).collect();
        print(self.out, &columns, &head)?;
        let rule: Vec<String> = columns.iter().map(|column| "-".repeat(column.width)).collect();
        writeln!(self.out, "{}", rule.join(GAP))?;
        rows.iter().try_for_each(|row| print(self.out, &columns, row))?;
        self.columns = Some(columns);
        Ok(())
    }
}

impl Rows for Table<'_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        self.names = names.iter().map(|name| clean(name).into_owned()).collect();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let row: Vec<Shown> = cells.iter().map(shown).collect();
        if let Some(columns) = &self.columns {
            return print(self.out, columns, &row);
        }
        self.waiting.push(row);
        if self.waiting.len() == LOOKED_AT { self.fix_widths() } else { Ok(()) }
    }
}

const NULL: &str = "NULL";

fn shown(cell: &Cell<'_>) -> Shown {
    let text = match cell {
        Cell::Null => NULL.to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => clean(text).into_owned(),
        Cell::Blob(bytes) => format!("x'{}'", hex(bytes)),
    };
    Shown { text, number: matches!(cell, Cell::Integer(_) | Cell::Real(_)) }
}

fn print(out: &mut dyn Write, columns: &[Column], row: &[Shown]) -> io::Result<()> {
    let mut line = String::new();
    for (at, (column, cell)) in columns.iter().zip(row).enumerate() {
        let text =
            if cell.text.width() > column.most { fit(&cell.text, column.most) } else { cell.text.clone() };
        let space = " ".repeat(column.width.saturating_sub(text.width()));
        line += if at > 0 { GAP } else { "" };
        match column.numbers {
            true => line.extend([space.as_str(), &text]),
            false => line.extend([text.as_str(), &space]),
        }
    }
    writeln!(out, "{}", line.trim_end())
}

/// Widths that fit into `whole` columns, taken from the widest; as they are where they do, and no narrower than they may be.
fn narrowed(natural: &[usize], whole: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = natural.iter().map(|width| (*width).min(whole)).collect();
    let mut above =
        (widths.iter().sum::<usize>() + GAP.len() * natural.len().saturating_sub(1)).saturating_sub(whole);
    while above > 0 {
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else { break };
        *widest -= 1;
        above -= 1;
    }
    widths
}

/// One record a row. A null is empty.
pub(crate) struct Csv<'a>(pub &'a mut dyn Write);

impl Rows for Csv<'_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        csv::record(self.0, names.iter().map(|name| csv::text(name)))
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let cell = |cell: &Cell<'_>| -> Cow<'static, str> {
            match cell {
                Cell::Null => "".into(),
                Cell::Integer(number) => number.to_string().into(),
                Cell::Real(number) => number.to_string().into(),
                Cell::Text(text) => csv::text(text).into_owned().into(),
                Cell::Blob(bytes) => hex(bytes).into(),
            }
        };
        csv::record(self.0, cells.iter().map(cell))
    }
}

/// `{"schema": ..., "columns": [...], "rows": [[...], ...]}`, a line a row, written as rows come. Bytes are hex digits, and
/// a number that is infinite is null: JSON has none.
pub(crate) struct Json<'a> {
    out: &'a mut dyn Write,
    rows: u64,
}

impl<'a> Json<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Json { out, rows: 0 }
    }

    /// Closes the document.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.out.write_all(if self.rows > 0 { b"\n  ]\n}\n" } else { b"]\n}\n" })
    }
}

impl Rows for Json<'_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        let names = serde_json::to_string(names)?;
        write!(self.out, "{{\n  \"schema\": \"telemetry.sql/1\",\n  \"columns\": {names},\n  \"rows\": [")
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let value = |cell: &Cell<'_>| match cell {
            Cell::Null => serde_json::Value::Null,
            Cell::Integer(number) => (*number).into(),
            Cell::Real(number) => (*number).into(),
            Cell::Text(text) => text.as_ref().into(),
            Cell::Blob(bytes) => hex(bytes).into(),
        };
        self.out.write_all(if self.rows > 0 { b",\n    " } else { b"\n    " })?;
        self.rows += 1;
        serde_json::to_writer(&mut *self.out, &cells.iter().map(value).collect::<Vec<_>>())?;
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<Cell<'static>>> {
        vec![
            vec![Cell::Integer(7), Cell::Text("a\u{1b}[2Jb\n".into()), Cell::Null, Cell::Blob(&[0, 255])],
            vec![Cell::Null, Cell::Text("=1+1".into()), Cell::Real(1.5), Cell::Text("".into())],
            vec![Cell::Real(f64::INFINITY), Cell::Text("long ".repeat(30).into()), Cell::Null, Cell::Null],
        ]
    }

    fn all(taker: &mut dyn Rows, rows: &[Vec<Cell<'_>>]) {
        taker.columns(&["n".into(), "te\u{1b}xt".into(), "null or real".into(), "bytes".into()]).unwrap();
        rows.iter().for_each(|row| taker.row(row).unwrap());
    }

    fn table(width: usize, rows: &[Vec<Cell<'_>>]) -> String {
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, width);
        all(&mut table, rows);
        table.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_fits_the_screen_and_obeys_nobody() {
        let narrow = table(60, &rows());
        insta::assert_snapshot!(narrow);
        assert!(narrow.lines().all(|line| line.width() <= 60));
        assert_eq!(table(60, &[]).lines().last(), Some("(no rows)"));
    }

    #[test]
    fn rows_are_printed_while_they_come() {
        let mut out = Vec::new();
        let mut table = Table::new(&mut out, 80);
        table.columns(&["n".into()]).unwrap();
        for number in 0..=LOOKED_AT as i64 {
            table.row(&[Cell::Integer(number)]).unwrap();
        }
        table.row(&[Cell::Text("longer than all before".into())]).unwrap();
        table.end().unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), LOOKED_AT + 4);
        assert!(out.ends_with("1000\nlonger than all before\n"), "what came late is not cut");
    }

    #[test]
    fn documents_hold_every_cell() {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out);
        all(&mut json, &rows());
        json.end().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document["schema"], "telemetry.sql/1");
        assert_eq!(
            document["rows"],
            serde_json::json!([
                [7, "a\u{1b}[2Jb\n", null, "00ff"],
                [null, "=1+1", 1.5, ""],
                [null, "long ".repeat(30), null, null]
            ])
        );
        let mut out = Vec::new();
        let mut json = Json::new(&mut out);
        all(&mut json, &[]);
        json.end().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap()["rows"], serde_json::json!([]));
        let mut out = Vec::new();
        all(&mut Csv(&mut out), &rows()[..2]);
        let csv = String::from_utf8(out).unwrap();
        assert_eq!(csv, "n,te\\u{1b}xt,null or real,bytes\r\n7,a\\u{1b}[2Jb\\u{a},,00ff\r\n,'=1+1,1.5,\r\n");
    }

    #[test]
    fn the_widest_columns_give_way_first() {
        assert_eq!(narrowed(&[3, 50, 90], 80), [3, 37, 36]);
        assert_eq!(narrowed(&[3, 5], 80), [3, 5]);
        assert_eq!(narrowed(&[100; 20], 80), [NARROWEST; 20]);
    }
}
