//! The host's own calls, from a database as the host makes it.

use rusqlite::Connection;
use telemetry_core::cost::Prices;
use telemetry_core::time::UnixNanos;
use telemetry_store::conversations::HostDatabase;
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{Auxiliary, Tokens, Window};

use super::{Home, NEW_YEAR, home, run};

/// Of the host's schema 22 what is read, and some of what is not.
const BOOKS: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT);
    CREATE TABLE session_model_usage (
        session_id TEXT NOT NULL, model TEXT NOT NULL, billing_provider TEXT NOT NULL DEFAULT '',
        billing_base_url TEXT NOT NULL DEFAULT '', billing_mode TEXT NOT NULL DEFAULT '', task TEXT NOT NULL DEFAULT '',
        api_call_count INTEGER NOT NULL DEFAULT 0, input_tokens INTEGER NOT NULL DEFAULT 0,
        output_tokens INTEGER NOT NULL DEFAULT 0, cache_read_tokens INTEGER NOT NULL DEFAULT 0,
        cache_write_tokens INTEGER NOT NULL DEFAULT 0, reasoning_tokens INTEGER NOT NULL DEFAULT 0,
        estimated_cost_usd REAL NOT NULL DEFAULT 0,
        actual_cost_usd REAL NOT NULL DEFAULT 0, cost_status TEXT, cost_source TEXT, first_seen REAL, last_seen REAL,
        PRIMARY KEY (session_id, model, billing_provider, billing_base_url, billing_mode, task));";

/// Seconds since the epoch.
const NOON: f64 = 1_767_225_600.0 + 12.0 * 3_600.0;

struct Row<'a> {
    session: &'a str,
    model: &'a str,
    task: &'a str,
    calls: i64,
    tokens: [i64; 2],
    /// Estimated and actual dollars, and the host's word for how well it knows.
    cost: (f64, f64, &'a str),
    last: f64,
}

/// Three titles that went to gpt-5.5.
const TITLES: Row<'static> = Row {
    session: "s",
    model: "gpt-5.5",
    task: "title_generation",
    calls: 3,
    tokens: [3_001, 30],
    cost: (0.0, 0.0, "unknown"),
    last: NOON,
};

fn auxiliary(home: &Home, rows: &[Row<'_>], window: Window) -> Option<Auxiliary> {
    let host = Connection::open(home.folder.path().join("state.db")).unwrap();
    host.execute_batch(BOOKS).unwrap();
    for row in rows {
        let (estimated, actual, status) = row.cost;
        host.execute(
            "INSERT INTO session_model_usage (session_id, model, billing_provider, task, api_call_count, input_tokens,
                 output_tokens, estimated_cost_usd, actual_cost_usd, cost_status, first_seen, last_seen)
             VALUES (?1, ?2, 'openai', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
            rusqlite::params![
                row.session, row.model, row.task, row.calls, row.tokens[0], row.tokens[1], estimated, actual, status, row.last
            ],
        )
        .unwrap();
    }
    drop(host);
    found(home, window)
}

fn found(home: &Home, window: Window) -> Option<Auxiliary> {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let host = HostDatabase::open(home.folder.path()).unwrap().unwrap();
    host.auxiliary(index.connection(), window, &mut Prices::default()).unwrap()
}

/// A home with two runs of the session `s`, which is one session all the same.
fn recorded() -> Home {
    let home = home();
    home.write(&run(1, "s", true));
    home.write(&run(2, "s", true));
    home
}

#[test]
fn calls_without_a_hook_are_counted_and_priced() {
    let conversation = Row { task: "", calls: 9, ..TITLES };
    let stranger = Row { session: "never recorded", ..TITLES };
    let found = auxiliary(&recorded(), &[TITLES, conversation, stranger], Window::default());
    // 3,001 at 5 dollars a million and 30 at 30.
    let expected = Auxiliary {
        calls: 3,
        tokens: Tokens { input: 3_001, output: 30, ..Tokens::default() },
        usd: Some(0.015905),
        unknown_calls: 0,
    };
    assert_eq!(found, Some(expected));
}

/// Three prompts of 150,000 tokens are not one of 450,000, which would cost twice as much a token.
#[test]
fn a_sum_of_calls_is_not_taken_for_one_large_call() {
    let large = Row { tokens: [450_000, 0], ..TITLES };
    assert_eq!(auxiliary(&recorded(), &[large], Window::default()).unwrap().usd, Some(2.25));
    let one = Row { tokens: [450_000, 0], calls: 1, ..TITLES };
    assert_eq!(auxiliary(&recorded(), &[one], Window::default()).unwrap().usd, Some(4.5));
}

#[test]
fn what_the_host_says_they_cost_comes_first() {
    for (cost, usd) in [
        ((0.5, 0.25, "actual"), Some(0.25)),
        ((0.5, 0.0, "estimated"), Some(0.5)),
        ((0.0, 0.0, "estimated"), Some(0.015905)),
        ((0.0, 0.0, "included"), Some(0.0)),
        ((0.0, 0.0, "unknown"), Some(0.015905)),
        ((0.0, 0.0, ""), Some(0.015905)),
    ] {
        let row = Row { cost, ..TITLES };
        assert_eq!(auxiliary(&recorded(), &[row], Window::default()).unwrap().usd, usd, "{cost:?}");
    }
}

#[test]
fn one_without_a_price_leaves_no_sum() {
    let nobodys = Row { model: "nobody-knows", task: "compression", calls: 2, ..TITLES };
    let found = auxiliary(&recorded(), &[TITLES, nobodys], Window::default()).unwrap();
    assert_eq!((found.calls, found.usd, found.unknown_calls), (5, None, 2));
}

#[test]
fn a_row_counts_where_it_was_last_booked() {
    let at = |hours: i64| Some(UnixNanos(NEW_YEAR + hours * 3_600_000_000_000));
    for (since, until, calls) in [(at(12), at(13), 3), (at(13), None, 0), (None, at(12), 0)] {
        let found = auxiliary(&recorded(), &[TITLES], Window { since, until }).unwrap();
        let usd = (calls > 0).then_some(0.015905);
        assert_eq!((found.calls, found.usd), (calls, usd), "{since:?} {until:?}");
    }
}

#[test]
fn a_host_of_another_version_keeps_no_such_books_or_others() {
    let home = recorded();
    let path = home.folder.path().join("state.db");
    let host = Connection::open(&path).unwrap();
    host.execute_batch("CREATE TABLE sessions (id TEXT)").unwrap();
    assert_eq!(found(&home, Window::default()), None);
    host.execute_batch(
        "CREATE TABLE session_model_usage (session_id TEXT, task TEXT, last_seen, api_call_count, input_tokens);
         INSERT INTO session_model_usage VALUES ('s', 'x', 'yesterday', 1, 1), ('s', 'y', 1767225600, 'two', x'00'),
             (NULL, 'z', 1767225600, 1, 1), (7, 'z', 1767225600, -1, -1)",
    )
    .unwrap();
    let expected = Auxiliary { calls: 1, unknown_calls: 1, ..Auxiliary::default() };
    assert_eq!(found(&home, Window::default()), Some(expected));
}
