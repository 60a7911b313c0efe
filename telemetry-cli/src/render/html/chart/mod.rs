//! Drawings: a few kinds, each plain SVG with its numbers in words beside it.
//!
//! A drawing holds no text but titles, so that it can be as wide as there is room and its letters keep their size: scales and
//! legends are HTML around it. Places are shares of the width, which a browser works out without a script. What a drawing
//! shows stands in a table below it, for those who cannot see it, cannot point at it, or want the numbers.

mod columns;
mod days;
mod lines;
mod mark;
mod parts;
mod range;

pub(super) use columns::{Columns, sparkline};
pub(super) use days::Days;
pub(super) use lines::Lines;
pub(super) use mark::{Mark, patterns};
pub(super) use parts::{Part, Parts, failing, meter};
pub(super) use range::Scale;

use super::markup::{Html, Tag, tag};
use super::words::Words;

/// One of the things that are drawn over the same days: a value a day, nothing where there is none.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// What it is.
    pub name: Words,
    /// How it looks.
    pub mark: Mark,
    /// A value a day.
    pub values: Vec<Option<f64>>,
}

/// What a reader of a drawing needs beside it.
struct Frame {
    /// A word for the page's ids.
    id: &'static str,
    title: Words,
    description: Words,
}

impl Frame {
    /// An image with a name and a description.
    fn drawing(&self, class: &'static str) -> Tag {
        let id = |part: &'static str| Words::from(self.id).then(part);
        tag("svg")
            .class(class)
            .set("role", "img")
            .set("aria-labelledby", id("-title ").then(id("-description")))
            .put(tag("title").set("id", id("-title")).put(Html::plain(&self.title)))
            .put(tag("desc").set("id", id("-description")).put(Html::plain(&self.description)))
    }

    /// The figure: the drawing with what explains it, and its numbers.
    fn figure(&self, legend: Tag, drawing: Tag, numbers: Tag) -> Tag {
        tag("figure")
            .set("id", self.id)
            .put(tag("figcaption").put(self.title.clone()))
            .put(legend)
            .put(drawing)
            .put(tag("details").class("numbers").put(tag("summary").put("as a table")).put(numbers))
    }
}

/// Marks and what they stand for.
fn legend(entries: impl IntoIterator<Item = (Mark, Html)>) -> Tag {
    let entry = |(mark, name): (Mark, Html)| tag("li").put(mark.swatch()).put(name);
    tag("ul").class("legend").put(entries.into_iter().map(entry).collect::<Html>())
}

/// A table that scrolls by itself where it is too wide, also from a keyboard.
pub(super) fn scrolling(name: impl Into<Words>, table: Tag) -> Tag {
    tag("div").class("scroll").set("role", "region").set("tabindex", "0").set("aria-label", name).put(table)
}

/// The lowest round number that is not less than `value`, whose half is one too.
fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // A hair below, so that a round number stays what it is.
    steps.into_iter().map(|step| step * power).find(|round| *round >= value * (1.0 - 1e-9)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn scales_end_at_round_numbers() {
        let ends = [0.0, -1.0, f64::NAN, 1.0, 1.1, 2.3, 4.0, 7.0, 10.0, 0.03, 480.0].map(round_up);
        assert_eq!(ends, [1.0, 1.0, 1.0, 1.0, 1.2, 3.0, 4.0, 8.0, 10.0, 0.03, 500.0]);
    }
}
