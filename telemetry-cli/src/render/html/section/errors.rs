//! Model calls that were never answered.

use super::table::{Head, MOST, Table};
use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::meter;
use crate::render::html::markup::Html;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let found = report.found;
    let errors = &found.errors;
    if errors.total == 0 && found.model_calls.failed_attempts == 0 {
        return None;
    }
    let total = figures::exact("errors.total", Some(errors.total as f64), figures::whole(errors.total));
    let attempts = found.model_calls.failed_attempts;
    let attempts =
        figures::exact("model_calls.failed_attempts", Some(attempts as f64), figures::whole(attempts));
    let recovered = errors.recovered_attempts;
    let recovered =
        figures::exact("errors.recovered_attempts", Some(recovered as f64), figures::whole(recovered));
    let said = note("Model calls that were never answered: ")
        .put(total)
        .put(". Attempts that failed: ")
        .put(attempts)
        .put(", of which ")
        .put(recovered)
        .put(" were made good by a retry.");
    let mut classes: Vec<_> = errors.by_class.iter().collect();
    classes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let heads = [Head::Text("class"), Head::Number("calls"), Head::Text("of all")];
    let mut table = Table::new("errors by class", heads);
    for (class, n) in classes.into_iter().take(MOST) {
        let share = n as f64 / errors.total.max(1) as f64;
        let mut of_all = Html::from(meter(share));
        of_all.put(figures::percent(share));
        table.row([report.names.of(class).into(), figures::whole(n).into(), of_all]);
    }
    let mut content = Html::from(said);
    content.put(table.tag());
    Some(Part::new("errors", "Errors", content))
}
