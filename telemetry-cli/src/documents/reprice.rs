//! What other rates change.

use serde::Serialize;
use telemetry_store::index::Repriced;

/// What changed, or would.
#[derive(Serialize)]
pub(crate) struct Reprice {
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
