//! Model calls of the host itself, for which no hook fires: titles, summaries, approvals. The host keeps books of them.
//!
//! A row of `session_model_usage` (hermes-agent 0.19.0, schema 22) sums up the calls of one session, model, endpoint and
//! `task`; the task of the conversation's own calls is empty, and those are known from hooks.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use telemetry_core::cost::{Call, NanoDollars, Prices};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::{MAX_TOKENS, Usage};

use super::host::{HostDatabase, HostUnreadable};
use crate::error::StoreError;
use crate::insights::{Auxiliary, Tokens, Window};

/// What is read, if it is there.
const COLUMNS: [&str; 15] = [
    "session_id",
    "last_seen",
    "first_seen",
    "model",
    "billing_provider",
    "billing_base_url",
    "api_call_count",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "actual_cost_usd",
    "estimated_cost_usd",
    "cost_status",
];

/// More calls than a row can mean.
const MAX_CALLS: u64 = 1_000_000_000;

/// A row of the host's books.
struct Booked {
    calls: u64,
    usage: Usage,
    amount: Option<NanoDollars>,
}

impl HostDatabase {
    /// The host's own calls for sessions that `index` has runs of, as far as they were last booked in `window`: a row is a sum, so
    /// it counts whole or not at all. `None` when the host keeps no such books.
    ///
    /// # Errors
    /// When either database cannot be read.
    pub fn auxiliary(
        &self,
        index: &Connection,
        window: Window,
        prices: &mut Prices,
    ) -> Result<Option<Auxiliary>, AuxiliaryError> {
        let booked = self.booked(window, prices).map_err(|error| self.unreadable(&error))?;
        let Some(mut booked) = booked else { return Ok(None) };
        let mut found = Auxiliary::default();
        let mut sum = Some(NanoDollars::ZERO);
        let mut sessions = index
            .prepare_cached("SELECT session FROM run WHERE session IS NOT NULL AND start_ns IS NOT NULL")
            .map_err(StoreError::from)?;
        let mut rows = sessions.query([]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let session = row.get_ref(0).map_err(StoreError::from)?.as_str().unwrap_or_default();
            for row in booked.remove(session).into_iter().flatten() {
                found.calls += row.calls;
                let [input, output, cache_read, cache_write, reasoning] = row.usage.buckets();
                found.tokens += Tokens { input, output, cache_read, cache_write, reasoning };
                found.unknown_calls += if row.amount.is_none() { row.calls } else { 0 };
                sum = sum
                    .zip(row.amount)
                    .and_then(|(sum, amount)| sum.0.checked_add(amount.0))
                    .map(NanoDollars);
            }
        }
        found.usd = sum.filter(|_| found.calls > 0).map(|sum| sum.0 as f64 / 1e9);
        Ok(Some(found))
    }

    fn booked(
        &self,
        window: Window,
        prices: &mut Prices,
    ) -> rusqlite::Result<Option<HashMap<String, Vec<Booked>>>> {
        let there: Vec<String> = self
            .connection()
            .prepare("SELECT name FROM pragma_table_info('session_model_usage')")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let is_there = |name: &str| there.iter().any(|column| column == name);
        if !["session_id", "task", "last_seen"].into_iter().all(is_there) {
            return Ok(None);
        }
        let columns = COLUMNS.map(|name| if is_there(name) { name } else { "NULL" }).join(", ");
        let sql = format!("SELECT {columns} FROM session_model_usage WHERE task <> ''");
        let mut statement = self.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut booked: HashMap<String, Vec<Booked>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (Some(session), Some(last)) = (text(row, 0), moment(row, 1)) else { continue };
            let in_window = window.since.is_none_or(|since| last >= since)
                && window.until.is_none_or(|until| last < until);
            if in_window {
                booked.entry(session.to_owned()).or_default().push(read(row, last, prices));
            }
        }
        Ok(Some(booked))
    }
}

/// Why the host's own calls cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum AuxiliaryError {
    /// The host's database gives nothing: the rest can be told.
    #[error("{0}")]
    Host(HostUnreadable),
    /// Ours does not.
    #[error(transparent)]
    Index(#[from] StoreError),
}

impl From<HostUnreadable> for AuxiliaryError {
    fn from(error: HostUnreadable) -> Self {
        AuxiliaryError::Host(error)
    }
}

fn read(row: &Row<'_>, last: UnixNanos, prices: &mut Prices) -> Booked {
    let calls = count(row, 6).unwrap_or(1).clamp(1, MAX_CALLS);
    let tokens = |column| count(row, column).map(|tokens| tokens.min(MAX_TOKENS));
    let said = tokens(7).is_some() || tokens(8).is_some();
    let usage = Usage {
        input: tokens(7).unwrap_or(0),
        output: tokens(8).unwrap_or(0),
        cache_read: tokens(9).unwrap_or(0),
        cache_write: tokens(10).unwrap_or(0),
        cache_write_1h: 0,
        reasoning: tokens(11).unwrap_or(0),
    };
    let call = Call {
        provider: text(row, 4),
        base_url: text(row, 5),
        model: text(row, 3),
        ..Call::at(moment(row, 2).unwrap_or(last))
    };
    // What the host says it costs. Both of its columns hold 0 where it does not know.
    let money = |column| money(row, column).filter(|money| money.0 > 0);
    let host = match text(row, 14) {
        Some("actual") => money(12),
        Some("estimated") => money(13),
        Some("included") => Some(NanoDollars::ZERO),
        _ => None,
    };
    let amount = host.or_else(|| said.then(|| alike(prices, &call, usage, calls)).flatten());
    Booked { calls, usage, amount }
}

/// What calls cost of which only the sum of their tokens is known: they are taken to be alike, the last of them with what is
/// left over. Together they would be one call with a prompt so large that it belongs to another tier.
fn alike(prices: &mut Prices, call: &Call<'_>, sum: Usage, calls: u64) -> Option<NanoDollars> {
    let buckets = [sum.input, sum.output, sum.cache_read, sum.cache_write, sum.reasoning];
    let each = buckets.map(|tokens| tokens / calls);
    let mut last = buckets;
    for (last, each) in last.iter_mut().zip(each) {
        *last -= each * (calls - 1);
    }
    let mut price = |[input, output, cache_read, cache_write, reasoning]: [u64; 5]| {
        let usage = Usage { input, output, cache_read, cache_write, cache_write_1h: 0, reasoning };
        prices.price(&Call { usage: Some(usage), ..*call }).amount
    };
    let most = price(each)?.0.checked_mul(i64::try_from(calls - 1).ok()?)?;
    most.checked_add(price(last)?.0).map(NanoDollars)
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a str> {
    row.get_ref(column).ok()?.as_str().ok().filter(|text| !text.is_empty())
}

fn count(row: &Row<'_>, column: usize) -> Option<u64> {
    row.get_ref(column).ok()?.as_i64().ok().and_then(|count| u64::try_from(count).ok())
}

/// Seconds since the epoch.
fn moment(row: &Row<'_>, column: usize) -> Option<UnixNanos> {
    match row.get_ref(column).ok()? {
        ValueRef::Real(seconds) => UnixNanos::from_seconds(seconds),
        ValueRef::Integer(seconds) => UnixNanos::from_seconds(seconds as f64),
        _ => None,
    }
}

/// Dollars.
fn money(row: &Row<'_>, column: usize) -> Option<NanoDollars> {
    match row.get_ref(column).ok()? {
        ValueRef::Real(dollars) => NanoDollars::from_dollars(&dollars.to_string()),
        ValueRef::Integer(dollars) => NanoDollars::from_dollars(&dollars.to_string()),
        _ => None,
    }
}
