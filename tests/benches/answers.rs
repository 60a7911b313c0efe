//! Questions to homes of a hundred thousand, a million and ten million events, spread over a year, with 200 models and 500
//! tools: the page of 30 days, breakdowns by two dimensions, and the whole command as a process.
//!
//!     cargo bench -p telemetry-tests --bench answers
//!     ANSWERS_HOMES=DIR cargo bench -p telemetry-tests --bench answers    # keeps the homes for the next time
//!
//! `ANSWERS_MOST` leaves out homes of more events, and `ANSWERS_EACH` prints each question.
//!
//! Rows are written into the index as indexing leaves them; a run has three turns, a turn three calls and four tool calls.
//! The peer asks the same rows as one does without columns: SQL over the window, with window functions for the percentiles.
//!
//! Last numbers: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, idle. Of 0.1, 1 and 10 million events: the page 4.3,
//! 6.7 and 36 ms, the slowest of ten pairs 2.2, 17 and 225 ms, as a process 11, 18 and 70 ms; the same numbers in SQL 31, 298 and
//! 3,375. The first question, which makes the columns of its days, 28, 131 and 1,210 ms. Columns take 24 bytes an event.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "answers/home.rs"]
mod home;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use table::{grouped, heading, row};
use telemetry_core::time::UnixNanos;
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{Dimension, Grouping, Question, TimeZone, Window, insights};
use telemetry_store::layout::Layout;

const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
const DAY_NS: i64 = 86_400_000_000_000;
/// Questions of one sort, of which the middle one counts.
const ROUNDS: usize = 5;
/// Pairs of what has many values and what has few, in the order of facts and across it.
const PAIRS: [&str; 10] = [
    "model,outcome",
    "model,tool",
    "tool,outcome",
    "session,model",
    "day,model",
    "provider,error",
    "hour,weekday",
    "platform,kind",
    "reason,tool",
    "session,tool",
];

fn main() {
    let kept = std::env::var_os("ANSWERS_HOMES");
    let most: u64 = std::env::var("ANSWERS_MOST").ok().and_then(|most| most.parse().ok()).unwrap_or(u64::MAX);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let homes = kept.as_deref().map_or(temporary.path(), Path::new);
    heading(
        "30 days of a year, in ms",
        &["events", "first", "page", "worst pair", "process", "SQL", "columns B/ev"],
    );
    let mut last = None;
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        let home = homes.join(size.to_string());
        if !home.is_dir() {
            home::make(&home, size);
        }
        last = Some(measure(&home, size));
    }
    let Some(Measured { events, page, pair, cold, naive }) = last else { return };
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    let times = |peer: Duration, ours: Duration| peer.as_secs_f64() / ours.as_secs_f64();
    println!(
        "row\tthe page of 30 days, {} events\t{}\tits numbers in SQL\t{}\t{:.0}\t<= 50 ms",
        grouped(events),
        ms(page),
        ms(naive),
        times(naive, page)
    );
    println!("row\tthe same as a process\t{}\t-\t-\t-\t<= 500 ms", ms(cold));
    println!("row\tthe slowest of ten breakdowns by two dimensions\t{}\t-\t-\t-\t<= 300 ms", ms(pair));
}

struct Measured {
    events: u64,
    page: Duration,
    pair: Duration,
    cold: Duration,
    naive: Duration,
}

fn measure(home: &Path, size: u64) -> Measured {
    let index = Index::open(Layout::of(home), Patience::Person).expect("a home that was just made");
    let connection = index.connection();
    let window =
        Window { since: Some(UnixNanos(home::END - 30 * DAY_NS)), until: Some(UnixNanos(home::END)) };
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let page = Question::page(window, zone.clone());
    let ask = |question: &Question| {
        let began = Instant::now();
        let found = insights(connection, question).expect("an index");
        assert!(found.model_calls.total > 0 && found.tool_calls.total > 0);
        began.elapsed()
    };
    let first = ask(&page);
    let warm = middle(|| ask(&page));
    let mut pair = Duration::ZERO;
    for words in PAIRS {
        let by: Grouping = words.parse().expect("two dimensions");
        let question = Question { by: vec![by], top: 0, ..page.clone() };
        let took = middle(|| ask(&question));
        if std::env::var_os("ANSWERS_EACH").is_some() {
            row(words, &[millis(took)]);
        }
        pair = pair.max(took);
    }
    let every = Question { by: Dimension::ALL.map(Grouping::One).to_vec(), ..page };
    if std::env::var_os("ANSWERS_EACH").is_some() {
        row("all 17 dimensions", &[millis(middle(|| ask(&every)))]);
    }
    let cold = middle(|| process(home));
    let naive = sql(home, window);
    let columns: i64 = connection
        .query_row(
            "SELECT coalesce(sum(length(data)) * 30 / count(DISTINCT id >> 16), 0) FROM fact_column",
            [],
            |row| row.get(0),
        )
        .expect("an index");
    let per_event = columns as f64 / (size as f64 * 30.0 / 365.0);
    row(
        "",
        &[
            grouped(size),
            millis(first),
            millis(warm),
            millis(pair),
            millis(cold),
            millis(naive),
            format!("{per_event:.1}"),
        ],
    );
    Measured { events: size, page: warm, pair, cold, naive }
}

fn middle(mut measured: impl FnMut() -> Duration) -> Duration {
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| measured()).collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// The command as a person runs it, from its start to its end.
fn process(home: &Path) -> Duration {
    let since = UnixNanos(home::END - 30 * DAY_NS).to_string();
    let until = UnixNanos(home::END).to_string();
    let began = Instant::now();
    let status = Command::new(telemetry_tests::binary::telemetry())
        .args(["insights", "--since", &since, "--until", &until, "--tz", "Europe/Berlin", "--home"])
        .arg(home)
        .stdout(Stdio::null())
        .status()
        .expect("the binary");
    assert!(status.success());
    began.elapsed()
}

/// The numbers of the page as SQL alone gives them: one statement for each table and dimension.
fn sql(home: &Path, window: Window) -> Duration {
    let database = Layout::of(home).database();
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a home");
    let bounds = (window.since.expect("a beginning").0, window.until.expect("an end").0);
    let calls = "SELECT model, provider, ts_ns / 86400000000000 AS day, latency_ns AS lasted, input_tokens, output_tokens
                 FROM model_call JOIN endpoint ON endpoint.id = model_call.endpoint WHERE ts_ns >= ?1 AND ts_ns < ?2";
    let tools = "SELECT tool, status, ts_ns / 86400000000000 AS day, duration_ns AS lasted, 0 AS input_tokens, 0 AS output_tokens
                 FROM tool_call WHERE ts_ns >= ?1 AND ts_ns < ?2";
    let began = Instant::now();
    for (facts, by) in
        [(calls, "model"), (calls, "provider"), (calls, "day"), (tools, "tool"), (tools, "status")]
    {
        let sql = format!(
            "WITH fact AS ({facts}), ranked AS (
                 SELECT *, row_number() OVER (PARTITION BY {by} ORDER BY lasted) AS place, count(*) OVER (PARTITION BY {by}) AS n
                 FROM fact)
             SELECT {by}, count(*), sum(input_tokens), sum(output_tokens), avg(lasted),
                    min(lasted) FILTER (WHERE place >= n * 0.5), min(lasted) FILTER (WHERE place >= n * 0.95), max(lasted)
             FROM ranked GROUP BY {by}"
        );
        let groups = connection
            .prepare(&sql)
            .and_then(|mut statement| {
                statement.query_map(bounds, |_| Ok(()))?.collect::<Result<Vec<()>, _>>()
            })
            .expect("tables of the index");
        assert!(!groups.is_empty());
    }
    began.elapsed()
}
