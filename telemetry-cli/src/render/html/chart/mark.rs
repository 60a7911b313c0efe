//! How things are told apart: by colour and brightness, and by texture where what went wrong, is not known or has no name is
//! meant, so never by colour alone. The colours are far from each other for readers who do not see all of them.

use crate::render::html::markup::{Tag, tag};

/// The look of one thing. The style sheet knows the colours, for light and dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render::html) enum Mark {
    First,
    Second,
    Third,
    Fourth,
    Fifth,
    Sixth,
    /// What has no name of its own.
    Rest,
    /// It went well.
    Well,
    /// A person stopped it.
    Stopped,
    /// Neither well nor badly.
    Aside,
    /// Nobody knows.
    Unknown,
    /// It went wrong.
    Wrong,
    /// It took too long.
    Late,
    /// It came to a limit.
    Limit,
}

impl Mark {
    /// Those of things that are only different, in the order in which they are given out.
    pub(in crate::render::html) const PLAIN: [Mark; 6] =
        [Mark::First, Mark::Second, Mark::Third, Mark::Fourth, Mark::Fifth, Mark::Sixth];

    /// The look of an outcome (ARCHITECTURE.md, "What each number means").
    pub(in crate::render::html) fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "completed" => Mark::Well,
            "interrupted" => Mark::Stopped,
            "reset" | "compressed" | "running" => Mark::Aside,
            "errored" => Mark::Wrong,
            "timed_out" => Mark::Late,
            "limited" => Mark::Limit,
            _ => Mark::Unknown,
        }
    }

    /// The class of what is filled with it.
    pub(super) fn fill(self) -> &'static str {
        match self {
            Mark::First => "fill-1",
            Mark::Second => "fill-2",
            Mark::Third => "fill-3",
            Mark::Fourth => "fill-4",
            Mark::Fifth => "fill-5",
            Mark::Sixth => "fill-6",
            Mark::Rest => "fill-rest",
            Mark::Well => "fill-well",
            Mark::Stopped => "fill-stopped",
            Mark::Aside => "fill-aside",
            Mark::Unknown => "fill-unknown",
            Mark::Wrong => "fill-wrong",
            Mark::Late => "fill-late",
            Mark::Limit => "fill-limit",
        }
    }

    /// The class of a line in it. Lines differ in their dashes too.
    pub(super) fn line(self) -> &'static str {
        match self {
            Mark::First => "line line-1",
            _ => "line line-2",
        }
    }

    /// The class of a bar in a waterfall, and of its edge.
    pub(in crate::render::html) fn of_spans(self) -> &'static str {
        match self {
            Mark::First => "span-1",
            Mark::Third => "span-3",
            Mark::Sixth => "span-6",
            Mark::Wrong => "span-wrong",
            _ => "span-rest",
        }
    }

    /// A sample of it.
    pub(in crate::render::html) fn swatch(self) -> Tag {
        let sample = tag("rect").class(self.fill()).share("width", 1.0).share("height", 1.0).at("rx", 2.0);
        tag("svg").class("swatch").set("aria-hidden", "true").put(sample)
    }
}

/// The textures, which the style sheet refers to.
pub(in crate::render::html) fn patterns() -> Tag {
    let texture = |id: &'static str, size: f64, turn: &'static str, ground: &'static str| {
        tag("pattern")
            .set("id", id)
            .at("width", size)
            .at("height", size)
            .set("patternUnits", "userSpaceOnUse")
            .set("patternTransform", turn)
            .put(tag("rect").class(ground).at("width", size).at("height", size))
    };
    let stripe = || tag("rect").class("texture").at("width", 2.0).at("height", 6.0);
    let crossing = || tag("rect").class("texture").at("width", 6.0).at("height", 1.5);
    let line = || tag("rect").class("texture").at("width", 4.0).at("height", 1.5);
    let dot = || tag("circle").class("texture").at("cx", 2.5).at("cy", 2.5).at("r", 1.1);
    tag("svg").class("unseen").set("aria-hidden", "true").put(
        tag("defs")
            .put(texture("striped", 6.0, "rotate(45)", "ground-wrong").put(stripe()))
            .put(texture("crossed", 6.0, "rotate(45)", "ground-late").put(stripe()).put(crossing()))
            .put(texture("barred", 4.0, "rotate(0)", "ground-rest").put(line()))
            .put(texture("lined", 4.0, "rotate(90)", "ground-unknown").put(line()))
            .put(texture("dotted", 5.0, "rotate(0)", "ground-limit").put(dot())),
    )
}
