//! What a call costs, as a row of the index keeps it.
//!
//! The rules are [`telemetry_core::cost`]. Here an answer is taken apart: two or three numbers stay with the call, what it
//! shares with thousands of others is a row of `pricing`, and the sums go to its run.

use rusqlite::{Connection, params};
use telemetry_core::cost::{Buckets, Cost, NanoDollars, Source, Status, Unpriced, Version};
use telemetry_core::event::Billing;
use telemetry_core::name::Name;

/// No sum of money gets larger: SQLite's integers end a little above it.
const MOST: i64 = 9_000_000_000_000_000_000;

/// What many calls have in common: the terms they were made on, and how their prices came about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pricing {
    pub service_tier: Option<Name>,
    pub batch: bool,
    pub included: bool,
    status: Status,
    source: Source,
    version: Option<Version>,
    unpriced: Option<Unpriced>,
    missing: Buckets,
    priced_as: Option<(&'static str, &'static str)>,
}

impl Pricing {
    pub(super) fn new(cost: &Cost, said: Option<&Billing>) -> Self {
        Pricing {
            service_tier: said.and_then(|said| said.service_tier.clone()),
            batch: said.is_some_and(|said| said.batch),
            included: said.is_some_and(|said| said.included),
            status: cost.status,
            source: cost.source,
            version: cost.version,
            unpriced: cost.unpriced,
            missing: cost.missing,
            priced_as: cost.priced_as,
        }
    }

    /// Its row, added if it is not there; `service_tier` is the name's.
    pub(super) fn row(&self, connection: &Connection, service_tier: Option<i64>) -> rusqlite::Result<i64> {
        const SAME: &str = "SELECT id FROM pricing
             WHERE service_tier IS ?1 AND batch = ?2 AND included = ?3 AND status = ?4 AND source = ?5
               AND version IS ?6 AND unpriced IS ?7 AND missing IS ?8 AND priced_provider IS ?9 AND priced_model IS ?10";
        const ADD: &str = "INSERT INTO pricing
                 (service_tier, batch, included, status, source, version, unpriced, missing, priced_provider, priced_model)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let missing: Vec<&str> = self.missing.iter().map(|bucket| bucket.as_str()).collect();
        let values = params![
            service_tier,
            self.batch,
            self.included,
            self.status.as_str(),
            self.source.as_str(),
            self.version.map(|version| version.to_string()),
            self.unpriced.map(Unpriced::as_str),
            Some(missing.join(",")).filter(|missing| !missing.is_empty()),
            self.priced_as.map(|(provider, _)| provider),
            self.priced_as.map(|(_, model)| model),
        ];
        let mut same = connection.prepare_cached(SAME)?;
        let mut rows = same.query(values)?;
        match rows.next()? {
            Some(row) => row.get(0),
            None => connection.prepare_cached(ADD)?.insert(values),
        }
    }
}

/// The numbers of one call, in nano-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charge {
    pub status: Status,
    /// What has to be paid.
    pub amount: Option<i64>,
    /// The tokens that have a rate, where that is not the amount.
    pub rated: Option<i64>,
    /// What the provider said, where that is not the amount.
    pub reported: Option<i64>,
}

impl Charge {
    pub(super) fn of(cost: &Cost) -> Self {
        let nanos = |money: NanoDollars| money.0;
        Charge {
            status: cost.status,
            amount: cost.amount.map(nanos),
            rated: match cost.status {
                Status::Estimated => None,
                Status::Actual | Status::Included => cost.estimate.map(nanos),
                Status::Unknown => cost.unpriced.is_none().then_some(cost.priced_part.0),
            },
            reported: cost.reported.filter(|_| cost.status == Status::Included).map(nanos),
        }
    }
}

/// What calls come to, by how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spent {
    /// Amounts.
    pub paid: i64,
    /// Of calls without an amount, the tokens that have a rate.
    pub priced_part: i64,
    /// What calls that a plan pays for would have cost.
    pub included: i64,
    pub actual_calls: i64,
    pub estimated_calls: i64,
    pub included_calls: i64,
}

impl Spent {
    pub(super) fn add(&mut self, charge: &Charge) {
        let add = |sum: &mut i64, nanos: Option<i64>| *sum = sum.saturating_add(nanos.unwrap_or(0)).min(MOST);
        add(&mut self.paid, charge.amount);
        match charge.status {
            Status::Actual => self.actual_calls += 1,
            Status::Estimated => self.estimated_calls += 1,
            Status::Included => {
                self.included_calls += 1;
                add(&mut self.included, charge.rated);
            }
            Status::Unknown => add(&mut self.priced_part, charge.rated),
        }
    }

    /// What is new against `before`.
    pub(super) fn since(&self, before: &Spent) -> Spent {
        Spent {
            paid: self.paid - before.paid,
            priced_part: self.priced_part - before.priced_part,
            included: self.included - before.included,
            actual_calls: self.actual_calls - before.actual_calls,
            estimated_calls: self.estimated_calls - before.estimated_calls,
            included_calls: self.included_calls - before.included_calls,
        }
    }

    /// Adds it to what a run has spent.
    pub(super) fn write(&self, connection: &Connection, run: i64) -> rusqlite::Result<()> {
        if *self == Spent::default() {
            return Ok(());
        }
        // A sum that would pass `MOST` stops there: past the end of its integers SQLite goes on with a float.
        connection
            .prepare_cached(
                "UPDATE run SET
                     paid_nanos = max(0, min(9000000000000000000 - max(?2, 0), paid_nanos) + ?2),
                     priced_part_nanos = max(0, min(9000000000000000000 - max(?3, 0), priced_part_nanos) + ?3),
                     included_nanos = max(0, min(9000000000000000000 - max(?4, 0), included_nanos) + ?4),
                     actual_calls = actual_calls + ?5, estimated_calls = estimated_calls + ?6,
                     included_calls = included_calls + ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                run,
                self.paid,
                self.priced_part,
                self.included,
                self.actual_calls,
                self.estimated_calls,
                self.included_calls
            ])?;
        Ok(())
    }
}

/// Notes that `calls` more calls were priced with `rates` ([`Prices::fingerprint`]).
pub(super) fn note(connection: &Connection, rates: u64, calls: u64) -> rusqlite::Result<()> {
    if calls > 0 {
        connection
            .prepare_cached(
                "INSERT INTO price_book (rates, calls) VALUES (?1, ?2)
                 ON CONFLICT (rates) DO UPDATE SET calls = calls + ?2",
            )?
            .execute((rates as i64, calls as i64))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(status: Status, amount: Option<i64>, rated: Option<i64>) -> Charge {
        Charge { status, amount, rated, reported: None }
    }

    #[test]
    fn sums_are_by_status() {
        let mut spent = Spent::default();
        for charge in [
            charge(Status::Actual, Some(10), Some(11)),
            charge(Status::Estimated, Some(5), None),
            charge(Status::Included, Some(0), Some(7)),
            charge(Status::Included, Some(0), None),
            charge(Status::Unknown, None, Some(3)),
            charge(Status::Unknown, None, None),
        ] {
            spent.add(&charge);
        }
        let expected = Spent {
            paid: 15,
            priced_part: 3,
            included: 7,
            actual_calls: 1,
            estimated_calls: 1,
            included_calls: 2,
        };
        assert_eq!(spent, expected);
        assert_eq!(expected.since(&spent), Spent::default());
    }

    #[test]
    fn a_sum_that_is_too_large_stops() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE run (id INTEGER PRIMARY KEY, paid_nanos INTEGER NOT NULL DEFAULT 0,
                     priced_part_nanos INTEGER NOT NULL DEFAULT 0, included_nanos INTEGER NOT NULL DEFAULT 0,
                     actual_calls INTEGER NOT NULL DEFAULT 0, estimated_calls INTEGER NOT NULL DEFAULT 0,
                     included_calls INTEGER NOT NULL DEFAULT 0) STRICT;
                 INSERT INTO run (id) VALUES (1)",
            )
            .unwrap();
        let paid =
            || -> i64 { connection.query_row("SELECT paid_nanos FROM run", [], |row| row.get(0)).unwrap() };
        let mut all = Spent::default();
        all.add(&charge(Status::Actual, Some(i64::MAX), None));
        all.add(&charge(Status::Actual, Some(i64::MAX), None));
        all.write(&connection, 1).unwrap();
        all.write(&connection, 1).unwrap();
        assert_eq!(paid(), MOST);
        Spent { paid: -5, ..Spent::default() }.write(&connection, 1).unwrap();
        assert_eq!(paid(), MOST - 5);
        Spent { paid: -MOST, ..Spent::default() }.write(&connection, 1).unwrap();
        assert_eq!(paid(), 0);
    }
}
