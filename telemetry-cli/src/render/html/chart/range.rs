//! Where a distribution lies, on a scale that all rows of a table share.

use telemetry_store::insights::Distribution;

use crate::render::html::markup::{Tag, tag};
use crate::render::html::words::{Words, figures};

/// A logarithmic scale of milliseconds: from a wait nobody feels to a night is one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::render::html) struct Scale {
    /// Powers of ten.
    from: i32,
    to: i32,
}

impl Scale {
    /// A scale that all of these fit on; `None` when there is none of them.
    pub(in crate::render::html) fn of<'d>(all: impl IntoIterator<Item = &'d Distribution>) -> Option<Self> {
        let mut values: Vec<f64> =
            all.into_iter().flat_map(|one| [one.p50, one.max]).flatten().filter(|ms| *ms > 0.0).collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (values.first()?, values.last()?);
        let from = least.log10().floor() as i32;
        Some(Scale { from, to: (most.log10().ceil() as i32).max(from + 1) })
    }

    /// Where a value is, 0 to 1.
    fn place(self, ms: f64) -> f64 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        ((ms.max(f64::MIN_POSITIVE).log10() - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// The ends of the scale, for the head of the column.
    pub(in crate::render::html) fn ends(self) -> Tag {
        let end = |power: i32| tag("span").put(figures::duration(Some(10f64.powi(power))));
        tag("div").class("ends").set("aria-hidden", "true").put(end(self.from)).put(end(self.to))
    }

    /// A distribution: a mark at its median, a bar up to the 95th percentile, a line to the largest value with a mark at the
    /// 99th. The row's other cells say the same in numbers.
    pub(in crate::render::html) fn range(self, of: &Distribution) -> Option<Tag> {
        let [p50, p95, p99, max] = [of.p50?, of.p95?, of.p99?, of.max?].map(|ms| self.place(ms));
        let ticks = (self.from..=self.to).map(|power| {
            let at = self.place(10f64.powi(power));
            tag("line").class("grid").share("x1", at).share("x2", at).share("y1", 0.0).share("y2", 1.0)
        });
        let band = |class: &'static str, from: f64, to: f64, height: f64| {
            let bar = tag("rect").class(class).share("x", from).share("width", (to - from).max(0.0));
            bar.share("y", (1.0 - height) / 2.0).share("height", height)
        };
        let mark = |class: &'static str, at: f64, high: f64| {
            let line = tag("line").class(class).share("x1", at).share("x2", at);
            line.share("y1", (1.0 - high) / 2.0).share("y2", (1.0 + high) / 2.0)
        };
        let said = Words::from("median ").then(figures::duration(of.p50));
        let said = said.then(", 95 % within ").then(figures::duration(of.p95));
        let said = said.then(", 99 % within ").then(figures::duration(of.p99));
        let said = said.then(", the longest ").then(figures::duration(of.max));
        let drawing = tag("svg").class("range").set("role", "img").set("aria-label", said);
        Some(
            drawing
                .put(ticks.collect::<Vec<_>>())
                .put(band("range-tail", p95, max, 0.12))
                .put(band("range-body", p50, p95, 0.5))
                .put(mark("range-mark", p99, 0.5))
                .put(mark("range-mark", max, 0.5))
                .put(mark("range-median", p50, 0.9)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_goes_from_power_to_power() {
        let of = |ms: &[i64]| Distribution::of(ms.iter().map(|ms| ms * 1_000_000).collect());
        let scale = Scale::of([&of(&[20, 40]), &of(&[90_000])]).unwrap();
        assert_eq!(scale, Scale { from: 1, to: 5 });
        assert_eq!((scale.place(10.0), scale.place(1_000.0), scale.place(1e9)), (0.0, 0.5, 1.0));
        assert_eq!(Scale::of([&of(&[])]), None);
        assert_eq!(Scale::of([&of(&[0])]), None);
        assert_eq!(Scale::of([&of(&[100])]), Some(Scale { from: 2, to: 3 }));
    }
}
