//! `telemetry reprice`: calls that are priced already, priced with today's table and overrides.

use serde::Serialize;
use telemetry_core::cost::Version;
use telemetry_store::index::Repriced;

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{answers, render};

/// What changed, or would.
#[derive(Serialize)]
pub(crate) struct Document {
    /// Whether nothing was kept.
    pub dry_run: bool,
    pub rates: Rates,
    #[serde(flatten)]
    pub repriced: Repriced,
}

/// With which rates.
#[derive(Serialize)]
pub(crate) struct Rates {
    /// The price table's, as `price_version` of calls priced with it.
    pub table: String,
    /// Whose data it is made from.
    pub origin: &'static str,
    /// For whom the owner has rates, before the table's.
    pub overrides: Vec<String>,
}

pub(super) fn run(home: &Home, args: &args::Reprice, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut index = answers::open(home, streams)?;
    let mut shown = Progress::of("pricing calls", streams);
    let repriced = index.reprice(!args.dry_run, &mut |reading| shown.is_at(reading))?;
    drop(shown);
    let rates = Rates {
        table: Version::Table.to_string(),
        origin: Version::origin(),
        overrides: home.settings.pricing_overrides().names().collect(),
    };
    let document = Document { dry_run: args.dry_run, rates, repriced };
    if args.json.json {
        streams.json("telemetry.reprice/1", &document)?;
    } else {
        render::reprice(streams.out, &document)?;
    }
    Ok(())
}
