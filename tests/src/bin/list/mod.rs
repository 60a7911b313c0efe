//! A destination that writes down what it is handed: a line `TS ID PROCESS` for each event, in a file whose folder may not be
//! there, and then it is down.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_plugin::exports::Export;
use telemetry_policy::Cleared;

/// The destination `list`, with its file at `path`.
pub fn export(path: PathBuf) -> Export {
    let make = move |_: Value| {
        let list = List { path: path.clone(), lines: String::from("\n"), items: 0 };
        Ok(Box::new(list) as Box<dyn Exporter + Send>)
    };
    Export { name: "list".to_owned(), to: "a list".to_owned(), with_content: false, make: Arc::new(make) }
}

struct List {
    path: PathBuf,
    /// Begins with the end of a line: somebody may have been killed in the middle of one.
    lines: String,
    items: u64,
}

impl Exporter for List {
    fn event(&mut self, event: Cleared<Event>) {
        self.lines += &format!("{} {} {}\n", event.ts.0, event.id, std::process::id());
        self.items += 1;
    }

    fn deliver(&mut self, _now: UnixNanos) -> Result<Delivered, Undelivered> {
        let written = File::options().create(true).append(true).open(&self.path);
        let written = written.and_then(|mut file| file.write_all(self.lines.as_bytes()));
        written.map_err(|error| Undelivered::for_now(error.to_string()))?;
        self.lines.truncate(1);
        Ok(Delivered { items: std::mem::take(&mut self.items), ..Delivered::default() })
    }

    fn state(&self) -> Value {
        Value::Null
    }
}
