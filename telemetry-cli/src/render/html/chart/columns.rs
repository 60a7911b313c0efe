//! Stacked columns, one a day.

use super::{Days, Frame, Series, legend, round_up, scrolling};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::{Words, figures};

/// How much of its place a column fills, and how much of the whole at most.
const FILLED: f64 = 0.72;
const WIDEST: f64 = 0.08;

/// Columns over days, in as many colours as there are series, the first at the bottom.
pub(in crate::render::html) struct Columns<'d> {
    pub id: &'static str,
    pub title: Words,
    pub days: &'d Days,
    pub series: Vec<Series>,
    /// How a value is said.
    pub unit: fn(f64) -> Words,
}

impl Columns<'_> {
    /// The figure; nothing when there is nothing to draw.
    pub(in crate::render::html) fn figure(self) -> Option<Tag> {
        let totals: Vec<f64> = (0..self.days.all.len()).map(|day| total(&self.series, day)).collect();
        let highest = totals.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
        if highest.1 <= 0.0 {
            return None;
        }
        let description = Words::from("A column a day, ")
            .then(self.days.span())
            .then(". The highest is ")
            .then(self.days.all.get(highest.0).map_or_else(Words::default, |day| figures::date(*day)))
            .then(" with ")
            .then((self.unit)(highest.1))
            .then(".");
        let frame = Frame { id: self.id, title: self.title.clone(), description };
        let top = round_up(highest.1);
        let scale = [(self.unit)(top), (self.unit)(top / 2.0), "0".into()].map(|end| tag("span").put(end));
        let chart = tag("div")
            .class("chart")
            .put(tag("div").class("scale").set("aria-hidden", "true").put(scale.to_vec()))
            .put(self.drawing(&frame, top))
            .put(self.days.axis());
        let names = self.series.iter().map(|series| (series.mark, series.name.clone().into()));
        Some(frame.figure(legend(names), chart, self.numbers(&totals)))
    }

    fn drawing(&self, frame: &Frame, top: f64) -> Tag {
        let mut drawing = frame.drawing("plot").put(grid());
        let place = 1.0 / self.days.all.len() as f64;
        let width = (place * FILLED).min(WIDEST);
        for (at, day) in self.days.all.iter().enumerate() {
            let mut said = figures::date(*day);
            let mut column = Vec::new();
            let mut below = 0.0;
            for series in &self.series {
                let Some(value) = value(series, at).filter(|value| *value > 0.0) else { continue };
                said = said.then("\n").then(series.name.clone()).then(": ").then((self.unit)(value));
                let bar = tag("rect")
                    .class(series.mark.fill())
                    .share("x", at as f64 * place + (place - width) / 2.0)
                    .share("width", width)
                    .share("y", 1.0 - (below + value) / top)
                    .share("height", value / top);
                below += value;
                column.push(bar);
            }
            if !column.is_empty() {
                drawing = drawing.put(tag("g").put(tag("title").put(Html::plain(&said))).put(column));
            }
        }
        drawing
    }

    fn numbers(&self, totals: &[f64]) -> Tag {
        let heading = |name: Words| tag("th").set("scope", "col").put(name);
        let names = self.series.iter().map(|series| heading(series.name.clone()));
        let head =
            tag("tr").put(heading("day".into())).put(names.collect::<Html>()).put(heading("all".into()));
        let rows = self.days.all.iter().enumerate().zip(totals).filter(|(_, total)| **total > 0.0);
        let row = |((at, day), total): ((usize, &jiff::civil::Date), &f64)| {
            let cell = |value: Option<f64>| tag("td").put(value.map(self.unit));
            let cells = self.series.iter().map(|series| cell(value(series, at)));
            let day = tag("th").set("scope", "row").put(figures::date(*day));
            tag("tr").put(day).put(cells.collect::<Html>()).put(cell(Some(*total)))
        };
        let body = tag("tbody").put(rows.map(row).collect::<Html>());
        scrolling(self.title.clone(), tag("table").put(tag("thead").put(head)).put(body))
    }
}

fn value(series: &Series, day: usize) -> Option<f64> {
    series.values.get(day).copied().flatten()
}

fn total(series: &[Series], day: usize) -> f64 {
    series.iter().filter_map(|series| value(series, day)).sum()
}

/// Lines at the top, the middle and the bottom of the scale.
pub(super) fn grid() -> Tag {
    let line =
        |at: f64| tag("line").share("x1", 0.0).share("x2", 1.0).share("y1", at).share("y2", at).class("grid");
    tag("g").put([0.0, 0.5, 1.0].map(line).to_vec())
}

/// A small drawing of one value a day, under a number that says what it is.
pub(in crate::render::html) fn sparkline(values: &[Option<f64>]) -> Option<Tag> {
    let top = values.iter().copied().flatten().fold(0.0, f64::max);
    if values.len() < 2 || top <= 0.0 {
        return None;
    }
    let place = 1.0 / values.len() as f64;
    let bar = |(at, value): (usize, &Option<f64>)| {
        let height = value.filter(|value| *value > 0.0)? / top;
        let bar =
            tag("rect").class("spark").share("x", (at as f64 + 0.12) * place).share("width", place * 0.76);
        Some(bar.share("y", 1.0 - height).share("height", height))
    };
    let bars: Vec<Tag> = values.iter().enumerate().filter_map(bar).collect();
    Some(tag("svg").class("sparkline").set("aria-hidden", "true").put(bars))
}
