//! Money in answers.

use rusqlite::Row;
use serde::Serialize;
use telemetry_core::cost::NanoDollars;

/// What some calls cost together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// US dollars; `None` when the price of a call is not known: never zero for want of one.
    pub usd: Option<f64>,
    /// `actual`, `estimated`, `included` or `unknown`: how well the least known of them is known.
    pub status: String,
    /// Of a cost that is unknown, what is known; in no sum of what was spent.
    #[serde(
        rename = "priced_part_usd",
        serialize_with = "as_dollars",
        skip_serializing_if = "Option::is_none"
    )]
    pub priced_part: Option<NanoDollars>,
    /// The same as `usd`, exactly.
    #[serde(skip)]
    pub nanos: Option<NanoDollars>,
}

impl Cost {
    /// An amount, and how well it is known.
    pub fn of(nanos: NanoDollars, status: &str) -> Self {
        Cost { usd: Some(dollars(nanos)), status: status.to_owned(), priced_part: None, nanos: Some(nanos) }
    }

    /// From what is kept of it: an amount where it is wholly known, how well, and else the part that is known.
    pub fn kept(nanos: Option<NanoDollars>, status: String, priced_part: Option<NanoDollars>) -> Self {
        Cost { usd: nanos.map(dollars), status, priced_part, nanos }
    }

    /// Nothing is known about the price.
    pub fn unknown() -> Self {
        Cost { usd: None, status: "unknown".to_owned(), priced_part: None, nanos: None }
    }

    /// From three columns that begin at `first`: nano-dollars, status and the nano-dollars of the priced part.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let money = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(NanoDollars));
        Ok(Cost::kept(money(first)?, row.get(first + 1)?, money(first + 2)?))
    }
}

/// US dollars, for people and programs that count in them.
pub(super) fn dollars(money: NanoDollars) -> f64 {
    money.0 as f64 / 1e9
}

pub(super) fn as_dollars<S: serde::Serializer>(
    money: &Option<NanoDollars>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    money.map(dollars).serialize(serializer)
}
