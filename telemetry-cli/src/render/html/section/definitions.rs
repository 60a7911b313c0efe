//! What the numbers mean, in short; ARCHITECTURE.md has it in full.

use super::Part;
use crate::render::html::markup::tag;

const DEFINITIONS: [(&str, &str); 9] = [
    (
        "Window",
        "Holds runs and turns that began in it, and model calls, attempts and tool calls that ended in it.",
    ),
    ("Turn", "One message to the agent, up to its answer. A run is one session in one process."),
    (
        "Chain",
        "Runs of one conversation that was compressed and went on: counted once, with the end of the last.",
    ),
    (
        "Completed, failed",
        "Shares of what completed, failed or was interrupted. What still runs, was reset or compressed, or ended unknown is in \
         neither. Failed are errors, timeouts and limits.",
    ),
    ("95 %", "Wilson's interval: the true share lies in it 95 times of 100. Few facts make it wide."),
    (
        "Percentiles",
        "By nearest rank, exact: p95 is the smallest duration that at least 95 % of all do not exceed.",
    ),
    (
        "Tokens",
        "In buckets that do not overlap; reasoning is part of output. Calls without usage are in none.",
    ),
    (
        "Spend",
        "What the provider reported, else tokens times the price on that day. A call without a price is in no amount.",
    ),
    (
        "Tool failures",
        "Errors and timeouts among the calls that ran. Blocked, denied and cancelled ones did not run.",
    ),
];

pub(super) fn part() -> Option<Part> {
    let definition = |(name, meaning): (&'static str, &'static str)| {
        tag("div").put(tag("dt").put(name)).put(tag("dd").put(meaning))
    };
    let list = tag("dl").class("definitions").put(DEFINITIONS.map(definition).to_vec());
    Some(Part::new("definitions", "What the numbers mean", list))
}
