//! One run as a waterfall: every bar stands where its time was.

use std::collections::HashMap;
use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::{AttemptSpan, RunDetail, Tokens, TurnDetail};

use super::runs::outcome;
use super::text::{duration, fit, grouped, local, short};

/// Columns of a bar.
const BAR: usize = 24;
/// Columns of a line's name.
const NAME: usize = 30;

pub(crate) fn show(out: &mut dyn Write, detail: &RunDetail, zone: &TimeZone) -> io::Result<()> {
    head(out, detail, zone)?;
    let (start, end) = bounds(detail);
    body(out, detail, start, end, 0)
}

fn head(out: &mut dyn Write, detail: &RunDetail, zone: &TimeZone) -> io::Result<()> {
    let run = &detail.run;
    let said = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), |text| fit(text, 40));
    write!(out, "run      {}", run.run_id)?;
    for (word, other) in [("delegated by", &run.parent_run_id), ("continues", &run.continues_run_id)] {
        if let Some(other) = other {
            write!(out, ", {word} {}", short(other))?;
        }
    }
    writeln!(out)?;
    writeln!(
        out,
        "session  {} on {}, from {}",
        said(&run.session_id),
        said(&run.host),
        said(&run.entrypoint)
    )?;
    writeln!(out, "model    {}", said(&run.model))?;
    writeln!(out, "began    {}, took {}", local(&run.started_at, zone), duration(run.duration_ms))?;
    writeln!(out, "ended    {}", fit(&outcome(&run.outcome, run.reason.as_deref()), 60))?;
    writeln!(out, "spent    {}\n", spent(&run.tokens))
}

/// `1,000 in, 200 cached, 50 out`: what went in is without what a cache had or took.
fn spent(tokens: &Tokens) -> String {
    let cached = tokens.cache_read + tokens.cache_write;
    format!("{} in, {} cached, {} out", grouped(tokens.input), grouped(cached), grouped(tokens.output))
}

/// From the first to the last moment of the run and everything under it, in nanoseconds.
fn bounds(detail: &RunDetail) -> (i64, i64) {
    let mut all = detail.turns.iter().flat_map(|turn| {
        let calls = turn.model_calls.iter().map(|call| call.span_ns);
        let tools = turn.tool_calls.iter().map(|tool| tool.span_ns);
        let failed = turn.failed_attempts.iter().map(|attempt| attempt.span_ns);
        calls.chain(tools).chain(failed).chain([(turn.start_ns, turn.end_ns.unwrap_or(turn.start_ns))])
    });
    let own = all.next().map(|first| all.fold(first, |(a, b), (from, to)| (a.min(from), b.max(to))));
    detail
        .subagents
        .iter()
        .filter(|child| !child.turns.is_empty())
        .map(bounds)
        .chain(own)
        .reduce(|(a, b), (from, to)| (a.min(from), b.max(to)))
        .unwrap_or((0, 0))
}

fn body(out: &mut dyn Write, detail: &RunDetail, start: i64, end: i64, depth: usize) -> io::Result<()> {
    for (number, turn) in (1..).zip(&detail.turns) {
        let ended = outcome(&turn.outcome, turn.reason.as_deref());
        let over = turn.end_ns.unwrap_or(end);
        let scale = Scale { start, end };
        scale.line(out, depth, &format!("turn {number}"), (turn.start_ns, over), turn.duration_ms, &ended)?;
        for entry in entries(turn) {
            scale.line(out, depth + 1, &entry.name, entry.span, entry.took, &entry.note)?;
        }
    }
    for child in &detail.subagents {
        let run = &child.run;
        let id = short(&run.run_id);
        let indent = "  ".repeat(depth + 1);
        let ended = fit(&outcome(&run.outcome, run.reason.as_deref()), 40);
        writeln!(out, "{indent}subagent {id}: {ended}, {}", duration(run.duration_ms))?;
        body(out, child, start, end, depth + 2)?;
    }
    Ok(())
}

/// One line of a waterfall.
struct Entry {
    span: (i64, i64),
    name: String,
    took: Option<f64>,
    note: String,
}

/// What happened in a turn, in the order in which it began.
fn entries(turn: &TurnDetail) -> Vec<Entry> {
    let calls = turn.model_calls.iter().map(|call| Entry {
        span: call.span_ns,
        name: call.model.clone().unwrap_or_else(|| "model".into()),
        took: call.latency_ms,
        note: call.tokens.as_ref().map_or_else(|| "no usage".to_owned(), spent),
    });
    let tools = turn.tool_calls.iter().map(|tool| Entry {
        span: tool.span_ns,
        name: tool.tool.clone(),
        took: tool.duration_ms,
        note: outcome(&tool.status, tool.error_type.as_deref()),
    });
    let approvals = turn.approvals.iter().filter_map(|approval| {
        let span = approval.span_ns?;
        let choice = approval.choice.as_deref().unwrap_or("no answer");
        Some(Entry { span, name: "approval".into(), took: approval.wait_ms, note: choice.to_owned() })
    });
    let mut all: Vec<Entry> = calls.chain(failed(turn)).chain(tools).chain(approvals).collect();
    // What began together keeps its order: a call comes before its attempts.
    all.sort_by_key(|entry| entry.span.0);
    all
}

/// The failed attempts of a turn. Where it is not known when one began, that is after the failure before it.
fn failed(turn: &TurnDetail) -> Vec<Entry> {
    let mut attempts: Vec<&AttemptSpan> = turn.failed_attempts.iter().collect();
    attempts.sort_by_key(|attempt| (attempt.span_ns.1, attempt.attempt));
    let mut last_failure: HashMap<&str, i64> = HashMap::new();
    let mut entries = Vec::new();
    for attempt in attempts {
        let (call_began, at) = attempt.span_ns;
        let before = last_failure.insert(&attempt.call_span_id, at);
        let began = attempt.attempt_ms.map_or(before.unwrap_or(call_began), |ms| at - (ms * 1e6) as i64);
        entries.push(Entry {
            span: (began, at),
            name: format!("attempt {} failed", attempt.attempt + 1),
            took: attempt.attempt_ms,
            note: format!("{}, {}", attempt.reason.as_deref().unwrap_or(&attempt.class), attempt.recovery),
        });
    }
    entries
}

struct Scale {
    start: i64,
    end: i64,
}

impl Scale {
    fn line(
        &self,
        out: &mut dyn Write,
        depth: usize,
        name: &str,
        span: (i64, i64),
        took: Option<f64>,
        note: &str,
    ) -> io::Result<()> {
        let indent = "  ".repeat(depth);
        let name = fit(name, NAME.saturating_sub(indent.len()));
        let pad = NAME.saturating_sub(indent.len() + unicode_width::UnicodeWidthStr::width(name.as_str()));
        writeln!(
            out,
            "{indent}{name}{} {} {:>8}  {}",
            " ".repeat(pad),
            self.bar(span),
            duration(took),
            fit(note, 40)
        )
    }

    /// A bar of [`BAR`] columns; what is too short to see is one mark.
    fn bar(&self, (from, to): (i64, i64)) -> String {
        let whole = (self.end - self.start).max(1) as f64;
        let column =
            |at: i64| ((at - self.start) as f64 / whole * BAR as f64).round().clamp(0.0, BAR as f64) as usize;
        let first = column(from).min(BAR - 1);
        let last = column(to).max(first + 1);
        let mark = if last - first == 1 { "▏" } else { "█" };
        format!("{}{}{}", "·".repeat(first), mark.repeat(last - first), "·".repeat(BAR - last))
    }
}
