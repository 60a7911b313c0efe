//! Where the time of turns goes.

use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::{self, Mark, Parts};
use crate::render::html::markup::Html;
use crate::render::html::words::Words;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let spent = &report.found.turns.breakdown_ms;
    let part = |name: &'static str, path: &'static str, mark, ms: f64| chart::Part {
        name: name.into(),
        mark,
        value: ms,
        shown: figures::exact(
            Words::from("turns.breakdown_ms.").then(path),
            Some(ms),
            figures::duration(Some(ms)),
        ),
    };
    let figure = Parts {
        id: "turn-time",
        title: "The time of all turns that ended, by what was waited for".into(),
        parts: vec![
            part("model", "model", Mark::First, spent.model),
            part("tools", "tool", Mark::Third, spent.tool),
            part("approval", "approval", Mark::Sixth, spent.approval),
            part("the host's own work", "other", Mark::Rest, spent.other),
        ],
    }
    .figure()?;
    let mut content = Html::from(figure);
    content.put(note("What ran in parallel counts once, so the parts sum to the whole."));
    Some(Part::new("time", "Where the time goes", content))
}
