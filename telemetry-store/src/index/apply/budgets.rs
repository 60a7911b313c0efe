//! What was recorded of budgets.

use telemetry_core::event::BudgetCrossed;

use super::{Batch, Head};

impl Batch<'_> {
    /// Told twice, with a call between that came late, it is the earlier: whatever the order they are read in.
    pub(super) fn budget_crossed(&mut self, head: &Head, crossed: &BudgetCrossed) -> rusqlite::Result<()> {
        let (budget, per, unit) =
            (self.text(&crossed.budget)?, self.text(&crossed.per)?, self.text(&crossed.unit)?);
        let (model, platform) = (self.word(crossed.model.as_ref())?, self.word(crossed.platform.as_ref())?);
        self.insert(
            "INSERT INTO budget_event (id, ts_ns, budget, per, period_start_ns, period_end_ns, threshold, unit,
                                       limit_amount, spent_amount, unknown_calls, model, platform)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (id) DO UPDATE SET
                 ts_ns = ?2, budget = ?3, spent_amount = ?10, unknown_calls = ?11
             WHERE (excluded.ts_ns, excluded.spent_amount) < (budget_event.ts_ns, budget_event.spent_amount)",
            &[
                &head.id,
                &head.ts,
                &budget,
                &per,
                &crossed.period_start_ns.0,
                &crossed.period_end_ns.0,
                &crossed.threshold,
                &unit,
                &crossed.limit,
                &crossed.spent,
                &(crossed.unknown_calls as i64),
                &model,
                &platform,
            ],
        )
        .map(drop)
    }
}
