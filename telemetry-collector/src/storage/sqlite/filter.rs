//! What facts and runs must be to count, as SQL.

use crate::storage::CellFilter;

/// Conditions on columns of these names, with the values that they are bound to, in their order. What is empty is a dimension that a
/// fact does not have.
pub(super) fn conditions(filter: &CellFilter) -> (String, Vec<String>) {
    let CellFilter { host, agent, model, provider, outcome } = filter;
    let dimensions =
        [("host", host), ("agent", agent), ("model", model), ("provider", provider), ("outcome", outcome)];
    let (mut sql, mut values) = (String::new(), Vec::new());
    for (name, wanted) in dimensions {
        if let Some(wanted) = wanted {
            sql.push_str(&format!(" AND {name} = ? AND {name} <> ''"));
            values.push(wanted.clone());
        }
    }
    (sql, values)
}
