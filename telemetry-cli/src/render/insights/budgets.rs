//! How far budgets are used up.

use std::io;

use telemetry_store::budgets::BudgetState;

use crate::render::Sheet;
use crate::render::budget::used;
use crate::render::text::fit;

/// Each budget on two lines; `telemetry budget` says more.
pub(super) fn budgets(sheet: &mut Sheet<'_>, states: &[BudgetState]) -> io::Result<()> {
    if states.is_empty() {
        return Ok(());
    }
    sheet.gap()?;
    for (at, state) in states.iter().enumerate() {
        let name = match state.budget.name {
            Some(_) => format!("{}  {}", fit(&state.budget.title(), 24), fit(&state.budget.to_string(), 40)),
            None => fit(&state.budget.to_string(), 66),
        };
        sheet.entry(if at == 0 { "budgets" } else { "" }, vec![name.into()])?;
        sheet.entry("", used(state))?;
    }
    Ok(())
}
