//! Tokens that an agent reports as a sum and of no call.

use telemetry_core::cost::{Call, Prices, Status};
use telemetry_core::name::Name;

use crate::otlp::reported::{Reported, sums};
use crate::rollup::{Cells, Fact, Series, Sums};
use crate::storage::Unit;

/// Adds what a run's metrics report to what it comes to; `run` is the series of the run itself. They are priced as a call of as many
/// tokens would be.
pub(super) fn count(cells: &mut Cells, unit: &Unit, run: &Series, prices: impl FnOnce() -> Prices) {
    let own: Vec<_> = unit.events.iter().filter(|event| event.run == Some(unit.run)).cloned().collect();
    let reported = sums(&own);
    if reported.is_empty() {
        return;
    }
    let mut prices = prices();
    for said in reported {
        add(cells, run, &said, &mut prices);
    }
}

fn add(cells: &mut Cells, run: &Series, said: &Reported, prices: &mut Prices) {
    let Reported { at, model, provider, usage } = said;
    let cost = prices.price(&Call {
        model: model.as_deref(),
        provider: provider.as_deref(),
        usage: Some(*usage),
        ..Call::at(*at)
    });
    let rated = match cost.status {
        Status::Estimated => None,
        Status::Actual | Status::Included => cost.estimate,
        Status::Unknown => cost.unpriced.is_none().then_some(cost.priced_part),
    };
    let text = |name: &Option<Name>| name.as_deref().unwrap_or_default().to_owned();
    let series = Series {
        kind: run.kind.clone(),
        host: run.host.clone(),
        agent: run.agent.clone(),
        platform: run.platform.clone(),
        entrypoint: run.entrypoint.clone(),
        provider: text(provider),
        model: text(model),
        status: cost.status.as_str().to_owned(),
        ..Series::new(Fact::Usage)
    };
    let [input, output, cache_read, cache_write, reasoning] = usage.buckets();
    cells.at(*at, series).sums += Sums {
        n: 1,
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: cache_read,
        cache_write_tokens: cache_write,
        reasoning_tokens: reasoning,
        cost_nanos: cost.amount.map_or(0, |amount| amount.0),
        rated: i64::from(rated.is_some()),
        rated_nanos: rated.map_or(0, |rated| rated.0),
        ..Sums::default()
    };
}
