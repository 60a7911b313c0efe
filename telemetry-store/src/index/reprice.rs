//! Calls that are in the index already, priced with today's rates: those an older version left without a price, and all of
//! them when the owner asks.
//!
//! In steps of some thousand calls, each in one transaction with the sums of the runs it touches, so that whoever is
//! stopped in the middle leaves an index that adds up.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use telemetry_core::cost::{Call, NanoDollars, Prices, Status};
use telemetry_core::event::Billing;
use telemetry_core::name::Name;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_core::usage::Usage;

use super::catch_up::{Reading, Watch, Work};
use super::names::Names;
use super::price::{self, Charge, Pricing, Spent};
use super::schema;
use crate::error::StoreError;

/// Calls in one step for who has all the time.
const CALLS_AT_ONCE: usize = 8_192;
/// Calls in one step for who has a budget: about two milliseconds.
const CALLS_IN_BUDGET: usize = 256;

/// What a re-pricing changed, or would change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Repriced {
    /// Calls that were looked at: all, or what an earlier one that was stopped had left.
    pub calls: u64,
    /// Those whose price or the way to it changed.
    pub changed: u64,
    /// By the model asked for, where an amount or how well it is known changed; most calls first.
    pub models: Vec<ModelChange>,
    /// Calls by what is known of their amounts before and after, where that changed.
    pub statuses: Vec<StatusChange>,
    /// The UTC days in which calls ended whose price or status changed: whatever was summed up of them is out of date.
    #[serde(skip)]
    pub days: BTreeSet<Day>,
}

/// What changes of one model's calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelChange {
    /// The model asked for; `None` where the host did not say.
    pub model: Option<String>,
    /// All of its calls that were looked at.
    pub calls: u64,
    /// Those whose amount or status changed.
    pub changed: u64,
    /// Their known amounts before.
    pub before: Known,
    /// And after.
    pub after: Known,
}

/// Known amounts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Known {
    /// Their sum in US dollars; `None` when none is known.
    pub usd: Option<f64>,
    /// The same in nano-dollars.
    #[serde(skip)]
    pub nanos: Option<NanoDollars>,
    /// Calls without an amount.
    pub unknown_calls: u64,
}

/// Calls that came from one status to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusChange {
    /// `unknown` also for a call that had not been priced yet.
    pub from: &'static str,
    /// The same or another word.
    pub to: &'static str,
    /// How many.
    pub calls: u64,
}

/// Which calls.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    /// Those without a price, which is not the same as an unknown one.
    Unpriced,
    /// Those behind a call (run, time, span).
    After(i64, i64, i64),
}

/// Prices what an older version left without a price. Whether there is nothing left of it.
pub(super) fn complete(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    until: Option<Instant>,
    mut watch: Option<Watch<'_>>,
) -> Result<bool, StoreError> {
    let most = if until.is_some() { CALLS_IN_BUDGET } else { CALLS_AT_ONCE };
    // A look without a lock, at a partial index: there hardly ever are any.
    let unpriced = |connection: &Connection| -> rusqlite::Result<i64> {
        connection
            .prepare_cached("SELECT count(*) FROM model_call WHERE pricing IS NULL")?
            .query_row([], |row| row.get(0))
    };
    let (total, mut done) = (unpriced(connection)? as u64, 0);
    while done < total || unpriced(connection)? > 0 {
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        names.check(schema::made(&transaction)?);
        let mut tally = Tally::default();
        let step = Step::new(&transaction, names, prices, &mut tally).take(Which::Unpriced, most);
        let Ok(step) = step else {
            names.clear();
            return step.map(|_| false).map_err(StoreError::from);
        };
        price::note(&transaction, prices.fingerprint(), step.calls)?;
        transaction.commit()?;
        if step.calls == 0 {
            // Somebody else was at it too.
            done = total;
        }
        done += step.calls;
        if let Some(watch) = &mut watch {
            watch(Reading { work: Work::Prices, done, total });
        }
    }
    Ok(true)
}

/// Prices all calls anew, or only says what would change. One that was stopped goes on where it was, if the rates are still
/// the same.
pub(super) fn reprice(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    keep: bool,
    watch: Watch<'_>,
) -> Result<Repriced, StoreError> {
    let rates = prices.fingerprint();
    let total: i64 = connection.query_row("SELECT count(*) FROM model_call", [], |row| row.get(0))?;
    let mut after = match keep {
        true => begin(connection, rates)?,
        false => Some((i64::MIN, i64::MIN, i64::MIN)),
    };
    let mut tally = Tally::default();
    while let Some((run, at, span)) = after {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        names.check(schema::made(&transaction)?);
        let step = Step::new(&transaction, names, prices, &mut tally)
            .take(Which::After(run, at, span), CALLS_AT_ONCE);
        if step.is_err() || !keep {
            names.clear();
        }
        let step = step?;
        after = step.last;
        tally.days.extend(step.days);
        if keep {
            go_on(&transaction, rates, after)?;
            transaction.commit()?;
        } else {
            // The same steps, and nothing of them stays.
            transaction.rollback()?;
        }
        watch(Reading { work: Work::Prices, done: tally.calls, total: total as u64 });
    }
    Ok(tally.repriced())
}

/// The last call that was looked at by one that was stopped, else the beginning.
fn begin(connection: &mut Connection, rates: u64) -> Result<Option<(i64, i64, i64)>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stopped = transaction
        .query_row("SELECT run, ts_ns, span FROM repricing WHERE rates = ?1", [rates as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if stopped.is_none() {
        transaction.execute_batch("DELETE FROM repricing; UPDATE price_book SET before = calls")?;
        transaction.execute(
            "INSERT INTO repricing (rates, run, ts_ns, span) VALUES (?1, ?2, ?2, ?2)",
            (rates as i64, i64::MIN),
        )?;
    }
    transaction.commit()?;
    Ok(Some(stopped.unwrap_or((i64::MIN, i64::MIN, i64::MIN))))
}

/// Notes how far it is. At the end all calls there were when it began have today's rates; those that came since have the
/// rates of whoever indexed them.
fn go_on(transaction: &Transaction<'_>, rates: u64, after: Option<(i64, i64, i64)>) -> rusqlite::Result<()> {
    let rates = rates as i64;
    match after {
        Some((run, at, span)) => {
            transaction.execute("UPDATE repricing SET run = ?1, ts_ns = ?2, span = ?3", (run, at, span))?;
        }
        None => {
            transaction.execute(
                "INSERT INTO price_book (rates, calls) SELECT ?1, coalesce(sum(before), 0) FROM price_book WHERE rates <> ?1
                 ON CONFLICT (rates) DO UPDATE SET calls = calls + excluded.calls",
                [rates],
            )?;
            transaction.execute("UPDATE price_book SET calls = calls - before WHERE rates <> ?1", [rates])?;
            transaction.execute_batch(
                "DELETE FROM price_book WHERE calls <= 0; UPDATE price_book SET before = 0; DELETE FROM repricing",
            )?;
        }
    }
    Ok(())
}

/// What a step did.
struct Stepped {
    calls: u64,
    /// The last call, if there may be more behind it.
    last: Option<(i64, i64, i64)>,
    /// The UTC days of calls that changed.
    days: BTreeSet<Day>,
}

/// Some calls in one transaction.
struct Step<'a> {
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
    fn new(
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

    fn take(mut self, which: Which, most: usize) -> rusqlite::Result<Stepped> {
        let found = find(self.connection, which, most)?;
        let last = found.last().filter(|_| found.len() == most).map(|found| found.key);
        let mut runs: BTreeMap<i64, (Spent, Spent)> = BTreeMap::new();
        for found in &found {
            let spent = runs.entry(found.key.0).or_default();
            self.price(found, spent)?;
        }
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

/// What changed so far.
#[derive(Default)]
struct Tally {
    calls: u64,
    changed: u64,
    models: HashMap<Option<Name>, Model>,
    statuses: BTreeMap<(Status, Status), u64>,
    days: BTreeSet<Day>,
}

#[derive(Default)]
struct Model {
    calls: u64,
    changed: u64,
    before: Sum,
    after: Sum,
}

#[derive(Default)]
struct Sum {
    nanos: i64,
    known_calls: u64,
    unknown_calls: u64,
}

impl Sum {
    fn add(&mut self, amount: Option<i64>) {
        match amount {
            Some(nanos) => {
                self.nanos = self.nanos.saturating_add(nanos);
                self.known_calls += 1;
            }
            None => self.unknown_calls += 1,
        }
    }

    fn known(&self) -> Known {
        let nanos = (self.known_calls > 0).then_some(self.nanos);
        Known {
            usd: nanos.map(|nanos| nanos as f64 / 1e9),
            nanos: nanos.map(NanoDollars),
            unknown_calls: self.unknown_calls,
        }
    }
}

impl Tally {
    fn add(&mut self, model: Option<&Name>, before: Option<&Charge>, after: &Charge, changed: bool) {
        self.calls += 1;
        self.changed += u64::from(changed);
        let from = before.map_or(Status::Unknown, |before| before.status);
        let amount_before = before.and_then(|before| before.amount);
        let differs = amount_before != after.amount || from != after.status;
        let model = self.models.entry(model.cloned()).or_default();
        model.calls += 1;
        model.changed += u64::from(differs);
        model.before.add(amount_before);
        model.after.add(after.amount);
        if from != after.status {
            *self.statuses.entry((from, after.status)).or_insert(0) += 1;
        }
    }

    fn repriced(self) -> Repriced {
        let mut models: Vec<ModelChange> = self
            .models
            .into_iter()
            .filter(|(_, model)| model.changed > 0)
            .map(|(name, model)| ModelChange {
                model: name.map(|name| name.as_str().to_owned()),
                calls: model.calls,
                changed: model.changed,
                before: model.before.known(),
                after: model.after.known(),
            })
            .collect();
        models.sort_by(|one, other| (other.calls, &one.model).cmp(&(one.calls, &other.model)));
        let status = |((from, to), calls): ((Status, Status), u64)| StatusChange {
            from: from.as_str(),
            to: to.as_str(),
            calls,
        };
        Repriced {
            calls: self.calls,
            changed: self.changed,
            models,
            statuses: self.statuses.into_iter().map(status).collect(),
            days: self.days,
        }
    }
}
