//! `telemetry reprice`: calls that are priced already, priced with today's table and overrides.

use telemetry_core::cost::Version;

use crate::args;
use crate::documents::reprice::{Rates, Reprice};
use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::streams::Streams;
use crate::{answers, render};

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
    let document = Reprice { dry_run: args.dry_run, rates, repriced };
    if args.json.json {
        streams.json("telemetry.reprice/1", &document)?;
    } else {
        render::reprice(streams.out, &document)?;
    }
    Ok(())
}
