//! The stand-in for the collector that the batch wire comes from: hono/server.ts, which says what it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database::{Database, execute};
use crate::target::{Target, free_address};

/// Names an executable of Bun, from the top of the repository.
const VARIABLE: &str = "TELEMETRY_BENCH_BUN";
const FOLDER: &str = "tests/benches/collector/hono";
const KEY: &str = "6a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322a";

/// The Bun to start it with. Without one says so.
pub fn bun() -> Option<PathBuf> {
    let bun = std::env::var_os(VARIABLE).map(|path| telemetry_tests::binary::workspace().join(path));
    if bun.is_none() {
        eprintln!("no {VARIABLE}: `npm ci --prefix {FOLDER}` makes {FOLDER}/node_modules/.bin/bun");
    }
    bun
}

/// Starts one over a database of PostgreSQL.
pub fn start(bun: &Path, database: &Database) -> Target {
    let Database::Server(url) = database else { panic!("it has no other database") };
    let address = free_address();
    let mut command = Command::new(bun);
    command
        .arg(telemetry_tests::binary::workspace().join(FOLDER).join("server.ts"))
        .env("DATABASE_URL", url)
        .env("PORT", address.port().to_string())
        .env("NODE_ENV", "production");
    let target = Target::start(command, address, KEY.to_owned());
    let hashed = format!("INSERT INTO api_keys VALUES (encode(sha256('{KEY}'), 'hex'), 'bench')");
    execute(url, &hashed);
    target
}
