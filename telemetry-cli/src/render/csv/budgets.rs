//! How far budgets are used up.

use std::borrow::Cow;
use std::io::{self, Write};

use telemetry_core::budget::Limit;
use telemetry_core::cost::NanoDollars;
use telemetry_core::name::Name;
use telemetry_store::budgets::BudgetState;

use super::{record, text};

/// One record a budget: exact amounts, in dollars or tokens.
pub(crate) fn budgets(out: &mut dyn Write, states: &[BudgetState]) -> io::Result<()> {
    const HEAD: [&str; 13] = [
        "name",
        "per",
        "model",
        "platform",
        "since",
        "until",
        "unit",
        "limit",
        "spent",
        "projected",
        "unknown_calls",
        "share",
        "exceeded",
    ];
    record(out, HEAD.map(Cow::from))?;
    for state in states {
        let budget = &state.budget;
        let amount = |amount: i64| match budget.limit {
            Limit::Usd(_) => NanoDollars(amount).to_string(),
            Limit::Tokens(_) => amount.to_string(),
        };
        let title = budget.title();
        let name =
            |name: &Option<Name>| name.as_ref().map_or(Cow::from(""), |name| text(name).into_owned().into());
        record(
            out,
            [
                text(&title),
                budget.per.as_str().into(),
                name(&budget.model),
                name(&budget.platform),
                state.period.start.to_string().into(),
                state.period.end.to_string().into(),
                if matches!(budget.limit, Limit::Usd(_)) { "usd" } else { "tokens" }.into(),
                amount(budget.limit.amount()).into(),
                amount(state.spent).into(),
                state.projected.map(amount).unwrap_or_default().into(),
                state.unknown_calls.to_string().into(),
                state.share().to_string().into(),
                state.is_exceeded().to_string().into(),
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::made;

    #[test]
    fn a_table_of_budgets() {
        let mut out = Vec::new();
        budgets(&mut out, &made::budgets()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "\n"));
    }
}
