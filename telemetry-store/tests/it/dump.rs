//! All an index answers, for comparing two as a whole.

use rusqlite::types::Value;
use telemetry_store::index::Index;
use telemetry_store::insights::{Question, TimeZone, Window, insights};

/// Every row of every view, and the numbers on one page, each as a line; in an order that does not depend on row ids.
pub fn dump(index: &Index) -> Vec<String> {
    let connection = index.connection();
    let mut lines = vec![format!(
        "{:?}",
        insights(connection, &Question::page(Window::default(), TimeZone::UTC)).unwrap()
    )];
    let mut views = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE 'tel_%' ORDER BY name")
        .unwrap();
    let views: Vec<String> =
        views.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(views.len() > 10, "{views:?}");
    for view in views {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let cells: Vec<Value> = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            Ok(format!("{view} {cells:?}"))
        };
        let mut rows: Vec<String> = statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap();
        rows.sort_unstable();
        lines.append(&mut rows);
    }
    lines
}
