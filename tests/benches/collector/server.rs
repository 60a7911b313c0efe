//! The collector as a process.

use std::path::Path;
use std::process::Command;

use crate::database::Database;
use crate::target::{Target, free_address};

/// Starts one over `database`, with `home` for all else.
pub fn start(home: &Path, database: &Database) -> Target {
    let command = |words: &[&str]| {
        let mut command = Command::new(telemetry_tests::binary::telemetry());
        command.args(words).arg("--home").arg(home).env_remove("DATABASE_URL");
        if let Database::Server(url) = database {
            command.env("DATABASE_URL", url);
        }
        command
    };
    let made =
        command(&["collector", "key", "add", "--name", "bench", "--scope", "ingest", "--scope", "read"])
            .output()
            .expect("the binary");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = String::from_utf8_lossy(&made.stdout)
        .split_whitespace()
        .find(|word| word.len() == 64)
        .expect("a key")
        .to_owned();
    let address = free_address();
    Target::start(command(&["collector", "serve", "--listen", &address.to_string()]), address, key)
}

/// The file that it keeps everything in where no database is named.
pub fn file(home: &Path) -> Database {
    Database::File(home.join("telemetry/collector/collector.db"))
}

/// Counts spans that are kept: of the load's, a turn, a call and a tool have one event each that says how it ended.
pub const STORED: &str =
    "SELECT count(*) FROM events WHERE kind IN ('turn_ended', 'model_call', 'tool_call')";
