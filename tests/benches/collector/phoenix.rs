//! Phoenix as a process: what its OTLP intake takes.
//!
//! It answers when a request is read, and puts what was in it into a queue of 20,000 spans; while that is full it refuses. One task
//! stores them, at most 100 in a transaction.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::database::Database;
use crate::target::{Target, free_address};

/// Names the Python of an environment that has it, from the top of the repository.
const VARIABLE: &str = "TELEMETRY_BENCH_PHOENIX";

/// Counts the spans it has stored.
pub const STORED: &str = "SELECT count(*) FROM spans";

/// The Python to start it with. Without one says so.
pub fn python() -> Option<PathBuf> {
    let python = std::env::var_os(VARIABLE).map(|path| telemetry_tests::binary::workspace().join(path));
    if python.is_none() {
        eprintln!("no {VARIABLE}: scripts/judges-env makes .venv-judges/bin/python");
    }
    python
}

/// Starts one that keeps everything in `folder` or in `database`.
pub fn start(python: &Path, folder: &Path, database: &Database) -> Target {
    let address = free_address();
    let mut command = Command::new(python);
    command
        .arg(telemetry_tests::binary::workspace().join("tests/receivers/without_grpc.py"))
        .current_dir(folder)
        .stderr(Stdio::null())
        .env("PHOENIX_WORKING_DIR", folder)
        .env("PHOENIX_HOST", address.ip().to_string())
        .env("PHOENIX_PORT", address.port().to_string())
        .env("PHOENIX_TELEMETRY_ENABLED", "false")
        .env("PHOENIX_ALLOW_EXTERNAL_RESOURCES", "false")
        .env("PHOENIX_DISABLE_AGENT_ASSISTANT", "true")
        .env("PHOENIX_ENABLE_MCP_SERVER", "false");
    if let Database::Server(url) = database {
        // The name that SQLAlchemy knows.
        command.env("PHOENIX_SQL_DATABASE_URL", url.replacen("postgres://", "postgresql://", 1));
    }
    Target::start(command, address, String::new())
}

/// The file that it keeps everything in where no database is named.
pub fn file(folder: &Path) -> Database {
    Database::File(folder.join("phoenix.db"))
}
