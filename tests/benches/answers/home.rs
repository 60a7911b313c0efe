//! A home of as many events as are asked for, made of rows as indexing leaves them.

use std::path::Path;

use rusqlite::{Connection, params};
use telemetry_store::index::{Index, Patience};
use telemetry_store::layout::Layout;

/// 2026-11-01T00:00:00Z, before which everything is.
pub const END: i64 = 1_793_491_200_000_000_000;
const DAYS: i64 = 365;
const DAY_NS: i64 = 86_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;
const MODELS: u64 = 200;
const PROVIDERS: u64 = 12;
const TOOLS: u64 = 500;
const TURNS: u64 = 3;
const CALLS: u64 = 3;
const TOOL_CALLS: u64 = 4;
/// A run's start and end; a turn's start and end, its calls and tools.
const EVENTS_OF_A_RUN: u64 = 2 + TURNS * (2 + CALLS + TOOL_CALLS);

/// Numbers that look random and are the same each time: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Small numbers often, large ones seldom, as models and tools are used.
    fn skewed(&mut self, most: u64) -> u64 {
        let one = self.below(most);
        self.below(one + 1)
    }

    /// Nanoseconds with a long tail around a number of seconds.
    fn lasting(&mut self, seconds: i64) -> i64 {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((seconds * SECOND_NS) as f64 * (0.05 - (1.0 - share).ln())) as i64
    }
}

/// Makes a home with an index of about `events` events.
pub fn make(home: &Path, events: u64) {
    std::fs::create_dir_all(home).expect("a temporary folder");
    let layout = Layout::of(home);
    drop(Index::open(layout.clone(), Patience::Person).expect("a new home"));
    let mut connection = Connection::open(layout.database()).expect("a new database");
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;
             PRAGMA cache_size = -262144",
        )
        .expect("a database");
    let transaction = connection.transaction().expect("nobody else is here");
    write(&transaction, events).expect("tables of the index");
    transaction.commit().expect("a temporary folder");
}

fn write(connection: &Connection, events: u64) -> rusqlite::Result<()> {
    let mut random = Random(1);
    let mut names = 0_i64;
    let mut name = |text: String| {
        names += 1;
        connection
            .prepare_cached("INSERT INTO name (id, text) VALUES (?1, ?2)")?
            .execute(params![names, text])?;
        Ok::<i64, rusqlite::Error>(names)
    };
    let host = name("hermes".into())?;
    let platforms = ["cli", "tui", "telegram", "slack", "cron"].map(|word| name(word.into()));
    let platforms = platforms.into_iter().collect::<Result<Vec<_>, _>>()?;
    let entrypoints = ["gateway", "webhook", "api"].map(|word| name(word.into()));
    let entrypoints = entrypoints.into_iter().collect::<Result<Vec<_>, _>>()?;
    let reason = name("max_iterations".into())?;
    let error = name("TimeoutError".into())?;
    let providers = (0..PROVIDERS).map(|n| name(format!("provider-{n}"))).collect::<Result<Vec<_>, _>>()?;
    let models = (0..MODELS).map(|n| name(format!("vendor/model-{n}"))).collect::<Result<Vec<_>, _>>()?;
    let tools = (0..TOOLS).map(|n| name(format!("tool_{n}"))).collect::<Result<Vec<_>, _>>()?;
    for (place, model) in models.iter().enumerate() {
        connection.execute(
            "INSERT INTO endpoint (id, model, provider) VALUES (?1, ?2, ?3)",
            params![place as i64 + 1, model, providers[place % providers.len()]],
        )?;
    }
    let mut run = connection.prepare(
        "INSERT INTO run (id, key, session, host, platform, entrypoint, model, start_ns, last_ns, turns, model_calls, tool_calls,
                          outcome, end_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let mut turn = connection.prepare(
        "INSERT INTO turn (run, span, model, start_ns, last_ns, end_ns, completed, dirty, outcome, reason, over_ns)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, 0, ?7, ?8, ?5)",
    )?;
    let mut call = connection.prepare(
        "INSERT INTO model_call (run, ts_ns, span, turn, endpoint, since_start_ns, latency_ns, before_attempt_ns, retries,
                                 messages, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, 0, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let mut failed = connection.prepare(
        "INSERT INTO attempt_failed (run, ts_ns, id, turn, span, attempt, class, exhausted, endpoint, elapsed_ns, recovery)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 'rate_limit', 0, ?6, ?7, 'recovered')",
    )?;
    let mut tool = connection.prepare(
        "INSERT INTO tool_call (run, ts_ns, span, turn, call, tool, status, error_type, duration_ns)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let runs = (events / EVENTS_OF_A_RUN) as i64;
    let mut span = 0_i64;
    for id in 1..=runs {
        let start =
            END - DAYS * DAY_NS + (DAYS * DAY_NS / runs) * (id - 1) + random.below(60_000_000_000) as i64;
        let mut now = start;
        let chosen = random.skewed(MODELS) as usize;
        let (endpoint, model) = (chosen as i64 + 1, models[chosen]);
        let mut ended = "completed";
        for _ in 0..TURNS {
            let began = now;
            let of = span;
            span += 1;
            (ended, now) = (if random.below(20) == 0 { "limited" } else { "completed" }, now + SECOND_NS);
            for nth in 0..CALLS {
                let (asked, latency) = (span, random.lasting(6));
                span += 1;
                now += latency;
                if random.below(40) == 0 {
                    failed.execute(params![
                        id,
                        now - latency / 2,
                        asked,
                        of,
                        asked,
                        endpoint,
                        latency / 2
                    ])?;
                }
                let (input, output, read) = (random.below(20_000), random.below(2_000), random.below(60_000));
                let write = if nth == 0 { random.below(8_000) } else { 0 };
                call.execute(params![
                    id,
                    now,
                    asked,
                    of,
                    endpoint,
                    latency,
                    (2 + nth * 3) as i64,
                    input as i64,
                    output as i64,
                    read as i64,
                    write as i64,
                    (output / 3) as i64
                ])?;
                let many = TOOL_CALLS / CALLS + u64::from(nth < TOOL_CALLS % CALLS);
                for _ in 0..many {
                    let (lasted, fails) = (random.lasting(1), random.below(25) == 0);
                    now += lasted;
                    span += 1;
                    let used = tools[random.skewed(TOOLS) as usize];
                    let (status, error) = if fails { ("error", Some(error)) } else { ("ok", None) };
                    tool.execute(params![id, now, span, of, asked, used, status, error, lasted])?;
                }
            }
            now += SECOND_NS / 2;
            let why = (ended == "limited").then_some(reason);
            turn.execute(params![id, of, model, began, now, ended == "completed", ended, why])?;
            now += random.lasting(40);
        }
        let mut key = [0; 16];
        key[..8].copy_from_slice(&random.next().to_be_bytes());
        key[8..].copy_from_slice(&id.to_be_bytes());
        let session = format!("20260101_{id:08}_{:06x}", random.below(1 << 24));
        let platform = platforms[random.skewed(5) as usize];
        let entrypoint = entrypoints[random.skewed(3) as usize];
        let (calls, tools) = ((TURNS * CALLS) as i64, (TURNS * TOOL_CALLS) as i64);
        run.execute(params![
            id,
            key,
            session,
            host,
            platform,
            entrypoint,
            model,
            start,
            now,
            TURNS as i64,
            calls,
            tools,
            ended,
            now
        ])?;
    }
    // As a log that was read by a program that does not know of columns.
    connection.execute("INSERT INTO log_file (day, offset, head, unreadable) VALUES (0, 1, 0, 0)", [])?;
    Ok(())
}
