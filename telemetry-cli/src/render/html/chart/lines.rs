//! Lines over days.

use super::columns::grid;
use super::{Days, Frame, Mark, Series, round_up, scrolling};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::{Words, figures};

/// The drawing's own width and height, which a browser stretches.
const SIZE: f64 = 100.0;

/// Values that are no parts of a whole, a line each.
pub(in crate::render::html) struct Lines<'d> {
    pub id: &'static str,
    pub title: Words,
    pub days: &'d Days,
    pub series: Vec<Series>,
    /// How a value is said.
    pub unit: fn(f64) -> Words,
}

impl Lines<'_> {
    /// The figure; nothing when there are not two days to draw a line between.
    pub(in crate::render::html) fn figure(self) -> Option<Tag> {
        let all = || self.series.iter().flat_map(|series| series.values.iter().copied().flatten());
        let highest = all().fold(0.0, f64::max);
        if self.days.all.len() < 2 || highest <= 0.0 {
            return None;
        }
        let description = Words::from("A line each over the days ")
            .then(self.days.span())
            .then(". The highest value is ")
            .then((self.unit)(highest))
            .then(".");
        let frame = Frame { id: self.id, title: self.title.clone(), description };
        let top = round_up(highest);
        let scale = [(self.unit)(top), (self.unit)(top / 2.0), "0".into()].map(|end| tag("span").put(end));
        // Points cannot be shares of a width, so the lines are in a drawing of their own that is stretched.
        let lines = tag("svg")
            .set("viewBox", "0 0 100 100")
            .set("preserveAspectRatio", "none")
            .share("width", 1.0)
            .share("height", 1.0)
            .put(self.series.iter().map(|series| self.line(series, top)).collect::<Vec<_>>());
        let drawing = frame.drawing("plot").put(grid()).put(lines).put(self.readings());
        let chart = tag("div")
            .class("chart")
            .put(tag("div").class("scale").set("aria-hidden", "true").put(scale.to_vec()))
            .put(drawing)
            .put(self.days.axis());
        let entry = |series: &Series| tag("li").put(sample(series.mark)).put(series.name.clone());
        let legend = tag("ul").class("legend").put(self.series.iter().map(entry).collect::<Vec<_>>());
        Some(frame.figure(legend, chart, self.numbers()))
    }

    /// The middle of a day's place, 0 to 1.
    fn middle(&self, day: usize) -> f64 {
        (day as f64 + 0.5) / self.days.all.len() as f64
    }

    /// A line through the days with a value; a day without one is a gap.
    fn line(&self, series: &Series, top: f64) -> Tag {
        let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
        for (day, value) in series.values.iter().enumerate() {
            match (value, pieces.last_mut()) {
                (Some(value), Some(piece)) => {
                    piece.push((self.middle(day) * SIZE, (1.0 - value / top) * SIZE));
                }
                _ => pieces.push(Vec::new()),
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        tag("path").class(series.mark.line()).path(&pieces)
    }

    /// What a day's values are, for who points at it.
    fn readings(&self) -> Vec<Tag> {
        let place = 1.0 / self.days.all.len() as f64;
        let reading = |(at, day): (usize, &jiff::civil::Date)| {
            let values = self.series.iter().filter_map(|series| {
                let value = series.values.get(at).copied().flatten()?;
                Some(series.name.clone().then(": ").then((self.unit)(value)))
            });
            let said = values.fold(figures::date(*day), |said, value| said.then("\n").then(value));
            tag("rect")
                .class("reading")
                .share("x", at as f64 * place)
                .share("width", place)
                .share("height", 1.0)
                .put(tag("title").put(Html::plain(&said)))
        };
        self.days.all.iter().enumerate().map(reading).collect()
    }

    fn numbers(&self) -> Tag {
        let heading = |name: Words| tag("th").set("scope", "col").put(name);
        let names = self.series.iter().map(|series| heading(series.name.clone()));
        let head = tag("tr").put(heading("day".into())).put(names.collect::<Html>());
        let row = |(at, day): (usize, &jiff::civil::Date)| {
            let values: Vec<Option<f64>> =
                self.series.iter().map(|series| series.values.get(at).copied().flatten()).collect();
            values.iter().any(Option::is_some).then(|| {
                let cells = values.into_iter().map(|value| tag("td").put(value.map(self.unit)));
                let day = tag("th").set("scope", "row").put(figures::date(*day));
                tag("tr").put(day).put(cells.collect::<Html>())
            })
        };
        let rows = self.days.all.iter().enumerate().filter_map(row);
        let body = tag("tbody").put(rows.collect::<Html>());
        scrolling(self.title.clone(), tag("table").put(tag("thead").put(head)).put(body))
    }
}

/// A sample of a line, for the legend.
fn sample(mark: Mark) -> Tag {
    let line = tag("path").class(mark.line()).path(&[vec![(0.0, 6.0), (22.0, 6.0)]]);
    tag("svg").class("sample").set("aria-hidden", "true").put(line)
}
