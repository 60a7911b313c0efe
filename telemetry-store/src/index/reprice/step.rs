//! Some calls, priced anew in one transaction with the sums of the runs they are in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, Row, params};
use telemetry_core::cost::{Call, NanoDollars, Prices, Status};
use telemetry_core::event::Billing;
use telemetry_core::name::Name;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_core::usage::Usage;

use super::tally::Tally;
use crate::index::names::Names;
use crate::index::price::{Charge, Pricing, Spent};
use crate::index::stale;

/// Which calls.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Which {
    /// Those without a price, which is not the same as an unknown one.
    Unpriced,
    /// Those behind a call (run, time, span).
    After(i64, i64, i64),
}

/// What a step did.
pub(super) struct Stepped {
    pub calls: u64,
    /// The last call, if there may be more behind it.
    pub last: Option<(i64, i64, i64)>,
    /// The UTC days of calls that changed.
    pub days: BTreeSet<Day>,
}

/// Some calls in one transaction.
pub(super) struct Step<'a> {
    connection: &'a Connection,
    names: &'a mut Names,
    prices: &'a mut Prices,
    tally: &'a mut Tally,
    endpoints: HashMap<i64, Endpoint>,
    pricings: HashMap<i64, Before>,
    days: BTreeSet<Day>,
}

/// What a request went to.
struct Endpoint {
    model: Option<Name>,
    response_model: Option<Name>,
    provider: Option<Name>,
    base_url: Option<Name>,
}

/// What a row of `pricing` says that a price depends on, and what it came to.
#[derive(Clone)]
struct Before {
    billing: Billing,
    status: Status,
}

/// A call as the index has it.
struct Found {
    key: (i64, i64, i64),
    endpoint: i64,
    at: i64,
    usage: Option<Usage>,
    pricing: Option<i64>,
    amount: Option<i64>,
    rated: Option<i64>,
    reported: Option<i64>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        names: &'a mut Names,
        prices: &'a mut Prices,
        tally: &'a mut Tally,
    ) -> Self {
        Step {
            connection,
            names,
            prices,
            tally,
            endpoints: HashMap::new(),
            pricings: HashMap::new(),
            days: BTreeSet::new(),
        }
    }

    pub(super) fn take(mut self, which: Which, most: usize) -> rusqlite::Result<Stepped> {
        let found = find(self.connection, which, most)?;
        let last = found.last().filter(|_| found.len() == most).map(|found| found.key);
        let mut runs: BTreeMap<i64, (Spent, Spent)> = BTreeMap::new();
        for found in &found {
            let spent = runs.entry(found.key.0).or_default();
            self.price(found, spent)?;
        }
        stale::mark_priced(self.connection, &self.days, runs.keys())?;
        for (run, (before, after)) in runs {
            after.since(&before).write(self.connection, run)?;
        }
        Ok(Stepped { calls: found.len() as u64, last, days: self.days })
    }

    fn price(&mut self, found: &Found, (sum_before, sum_after): &mut (Spent, Spent)) -> rusqlite::Result<()> {
        let before = found.pricing.map(|id| self.before(id)).transpose()?;
        let charge_before = before.as_ref().map(|before| Charge {
            status: before.status,
            amount: found.amount,
            rated: found.rated,
            reported: found.reported,
        });
        let mut billing = before.map(|before| before.billing).unwrap_or_default();
        billing.reported = match &charge_before {
            Some(Charge { status: Status::Actual, amount, .. }) => *amount,
            _ => found.reported,
        }
        .map(NanoDollars);
        self.know_endpoint(found.endpoint)?;
        let endpoint = &self.endpoints[&found.endpoint];
        let cost = self.prices.price(&Call {
            provider: endpoint.provider.as_deref(),
            base_url: endpoint.base_url.as_deref(),
            model: endpoint.model.as_deref(),
            response_model: endpoint.response_model.as_deref(),
            at: UnixNanos(found.at),
            usage: found.usage,
            service_tier: billing.service_tier.as_deref(),
            batch: billing.batch,
            included: billing.included,
            reported: billing.reported,
        });
        let charge = Charge::of(&cost);
        let pricing = self.names.pricing(self.connection, Pricing::new(&cost, Some(&billing)))?;
        if let Some(before) = &charge_before {
            sum_before.add(before);
        }
        sum_after.add(&charge);
        let is_same = charge_before.as_ref() == Some(&charge) && found.pricing == Some(pricing);
        self.tally.add(endpoint.model.as_ref(), charge_before.as_ref(), &charge, !is_same);
        if is_same {
            return Ok(());
        }
        let (run, at, span) = found.key;
        self.days.insert(UnixNanos(at).day());
        self.connection
            .prepare_cached(
                "UPDATE model_call SET pricing = ?4, amount_nanos = ?5, rated_nanos = ?6, reported_nanos = ?7
                 WHERE run = ?1 AND ts_ns = ?2 AND span = ?3",
            )?
            .execute(params![run, at, span, pricing, charge.amount, charge.rated, charge.reported])?;
        Ok(())
    }

    fn before(&mut self, id: i64) -> rusqlite::Result<Before> {
        if let Some(known) = self.pricings.get(&id) {
            return Ok(known.clone());
        }
        let before = self
            .connection
            .prepare_cached(
                "SELECT name.text, batch, included, status FROM pricing LEFT JOIN name ON name.id = pricing.service_tier
                 WHERE pricing.id = ?1",
            )?
            .query_row([id], |row| {
                let service_tier = row.get_ref(0)?.as_str_or_null()?.map(Name::new);
                let billing =
                    Billing { reported: None, service_tier, batch: row.get(1)?, included: row.get(2)? };
                Ok(Before { billing, status: status(row.get_ref(3)?.as_str()?) })
            })?;
        self.pricings.insert(id, before.clone());
        Ok(before)
    }

    fn know_endpoint(&mut self, id: i64) -> rusqlite::Result<()> {
        if self.endpoints.contains_key(&id) {
            return Ok(());
        }
        let found = self
            .connection
            .prepare_cached(
                "SELECT model.text, answered.text, provider.text, base_url.text FROM endpoint
                 LEFT JOIN name AS model ON model.id = endpoint.model
                 LEFT JOIN name AS answered ON answered.id = endpoint.response_model
                 LEFT JOIN name AS provider ON provider.id = endpoint.provider
                 LEFT JOIN name AS base_url ON base_url.id = endpoint.base_url WHERE endpoint.id = ?1",
            )?
            .query_row([id], |row| {
                let name = |column| -> rusqlite::Result<Option<Name>> {
                    Ok(row.get_ref(column)?.as_str_or_null()?.map(Name::new))
                };
                Ok(Endpoint {
                    model: name(0)?,
                    response_model: name(1)?,
                    provider: name(2)?,
                    base_url: name(3)?,
                })
            })?;
        self.endpoints.insert(id, found);
        Ok(())
    }
}

fn find(connection: &Connection, which: Which, most: usize) -> rusqlite::Result<Vec<Found>> {
    const CALL: &str = "SELECT run, ts_ns, span, endpoint, coalesce(start_ns, ts_ns), pricing, amount_nanos, rated_nanos,
            reported_nanos, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
            reasoning_tokens
        FROM model_call";
    let read = |row: &Row<'_>| -> rusqlite::Result<Found> {
        let tokens =
            |column| row.get::<_, Option<i64>>(column).map(|tokens| tokens.unwrap_or(0).max(0) as u64);
        let said: Option<i64> = row.get(9)?;
        let usage = Usage {
            input: tokens(9)?,
            output: tokens(10)?,
            cache_read: tokens(11)?,
            cache_write: tokens(12)?,
            cache_write_1h: tokens(13)?,
            reasoning: tokens(14)?,
        };
        Ok(Found {
            key: (row.get(0)?, row.get(1)?, row.get(2)?),
            endpoint: row.get(3)?,
            at: row.get(4)?,
            pricing: row.get(5)?,
            amount: row.get(6)?,
            rated: row.get(7)?,
            reported: row.get(8)?,
            usage: said.map(|_| usage),
        })
    };
    match which {
        Which::Unpriced => connection
            .prepare_cached(&format!("{CALL} WHERE pricing IS NULL LIMIT ?1"))?
            .query_map([most as i64], read)?
            .collect(),
        Which::After(run, at, span) => connection
            .prepare_cached(&format!(
                "{CALL} WHERE (run, ts_ns, span) > (?1, ?2, ?3) ORDER BY run, ts_ns, span LIMIT ?4"
            ))?
            .query_map((run, at, span, most as i64), read)?
            .collect(),
    }
}

/// The status of a word of the table; what a newer version knows and this one does not is taken for unknown.
fn status(word: &str) -> Status {
    [Status::Actual, Status::Estimated, Status::Included]
        .into_iter()
        .find(|status| status.as_str() == word)
        .unwrap_or(Status::Unknown)
}
