//! One run as a waterfall: every bar stands where its time was.

use std::collections::HashMap;
use std::io;

use jiff::tz::TimeZone;
use telemetry_core::vocabulary::ToolStatus;
use telemetry_store::insights::{AttemptSpan, RunDetail, Tokens, TurnDetail};
use unicode_width::UnicodeWidthStr as _;

use super::Sheet;
use super::ink::{Ink, Words};
use super::money::dollars;
use super::runs::{ink, outcome};
use super::text::{duration, fit, grouped, local, padded, short};

pub(crate) fn show(sheet: &mut Sheet<'_>, detail: &RunDetail, zone: &TimeZone) -> io::Result<()> {
    head(sheet, detail, zone)?;
    let (start, end) = bounds(detail);
    // Of what is wider than needed, names and bars get a quarter each, and notes the rest.
    let more = sheet.width().saturating_sub(80) / 4;
    let waterfall = Waterfall { start, end, name: 24 + more, bar: 16 + more };
    waterfall.body(sheet, detail, 0)
}

fn head(sheet: &mut Sheet<'_>, detail: &RunDetail, zone: &TimeZone) -> io::Result<()> {
    let run = &detail.run;
    let said = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), |text| fit(text, 40));
    let mut line = |name: &str, value: Words| {
        sheet.line(&[Words::new(Ink::Heading, name), " ".repeat(9 - name.len()).into(), value])
    };
    let others = [("delegated by", &run.parent_run_id), ("continues", &run.continues_run_id)];
    let other = |(word, id): (&str, &Option<String>)| Some(format!(", {word} {}", short(id.as_deref()?)));
    let others: String = others.into_iter().filter_map(other).collect();
    line("run", format!("{}{others}", fit(&run.run_id, 32)).into())?;
    let place = format!("{} on {}, from {}", said(&run.session_id), said(&run.host), said(&run.entrypoint));
    line("session", place.into())?;
    line("model", said(&run.model).into())?;
    line("began", format!("{}, took {}", local(&run.started_at, zone), duration(run.duration_ms)).into())?;
    let reason = run.reason.as_deref();
    line("ended", Words::new(ink(&run.outcome, reason), fit(&outcome(&run.outcome, reason), 60)))?;
    line("spent", spent(&run.tokens).swap_remove(0).into())?;
    let tree = spent_by_all(detail);
    if run.cost.usd.is_some() || (tree.known > 0.0 && !detail.subagents.is_empty()) {
        let own = match run.cost.usd {
            Some(usd) => format!("{}, {}", dollars(Some(usd)), run.cost.status),
            None => "unknown".to_owned(),
        };
        let least = if tree.is_partial { "at least " } else { "" };
        let all = format!("; with subagents {least}{}", dollars(Some(tree.known)));
        line("cost", format!("{own}{}", if detail.subagents.is_empty() { "" } else { &all }).into())?;
    }
    sheet.gap()
}

/// What a run and everything it delegated to spent.
struct Tree {
    /// In dollars, of the runs whose cost is known.
    known: f64,
    /// Whether there are others.
    is_partial: bool,
}

fn spent_by_all(detail: &RunDetail) -> Tree {
    // A run that called no model spent nothing, whatever is known of its price.
    let is_known = detail.run.cost.usd.is_some() || detail.run.model_calls == 0;
    let own = Tree { known: detail.run.cost.usd.unwrap_or(0.0), is_partial: !is_known };
    detail.subagents.iter().map(spent_by_all).fold(own, |sum, child| Tree {
        known: sum.known + child.known,
        is_partial: sum.is_partial || child.is_partial,
    })
}

/// `1,000 in, 200 cached, 50 out`, then the same in less room: what went in is without what a cache had or took.
fn spent(tokens: &Tokens) -> Vec<String> {
    let [input, output] = [tokens.input, tokens.output].map(grouped);
    let cached = grouped(tokens.cache_read + tokens.cache_write);
    vec![format!("{input} in, {cached} cached, {output} out"), format!("{input} in, {output} out")]
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

/// Where on the page a moment is.
struct Waterfall {
    start: i64,
    end: i64,
    /// Columns of a name.
    name: usize,
    /// Columns of a bar.
    bar: usize,
}

impl Waterfall {
    fn body(&self, sheet: &mut Sheet<'_>, detail: &RunDetail, depth: usize) -> io::Result<()> {
        for (number, turn) in (1..).zip(&detail.turns) {
            let reason = turn.reason.as_deref();
            let over = turn.end_ns.unwrap_or(self.end);
            let whole = Entry {
                span: (turn.start_ns, over),
                name: format!("turn {number}"),
                bar: Ink::Plain,
                took: turn.duration_ms,
                notes: vec![outcome(&turn.outcome, reason)],
                ink: ink(&turn.outcome, reason),
            };
            self.line(sheet, depth, &whole)?;
            for entry in entries(turn) {
                self.line(sheet, depth + 1, &entry)?;
            }
        }
        for child in &detail.subagents {
            let run = &child.run;
            let reason = run.reason.as_deref();
            let indent = "  ".repeat(depth + 1);
            let ended = Words::new(ink(&run.outcome, reason), fit(&outcome(&run.outcome, reason), 40));
            let cost = run.cost.usd.map(|usd| format!(", {}", dollars(Some(usd)))).unwrap_or_default();
            sheet.line(&[
                format!("{indent}subagent {}: ", short(&run.run_id)).into(),
                ended,
                format!(", {}{cost}", duration(run.duration_ms)).into(),
            ])?;
            self.body(sheet, child, depth + 2)?;
        }
        Ok(())
    }

    fn line(&self, sheet: &mut Sheet<'_>, depth: usize, entry: &Entry) -> io::Result<()> {
        // However deep, some of the name is left.
        let indent = "  ".repeat(depth.min(self.name / 4));
        let name = padded(&fit(&entry.name, self.name - indent.len()), self.name - indent.len());
        let mut line = vec![Words::from(format!("{indent}{name} "))];
        line.extend(self.bar(entry));
        line.push(format!(" {:>8}  ", duration(entry.took)).into());
        let room = sheet.width().saturating_sub(line.iter().map(Words::width).sum()).max(16);
        let fits = |note: &&String| note.width() <= room;
        let note = entry
            .notes
            .iter()
            .find(fits)
            .or(entry.notes.last())
            .map_or_else(String::new, |note| fit(note, room));
        line.push(Words::new(entry.ink, note));
        sheet.line(&line)
    }

    /// A bar; what is too short to see is one mark.
    fn bar(&self, entry: &Entry) -> [Words; 3] {
        let whole = (self.end - self.start).max(1) as f64;
        let most = self.bar;
        let column = |at: i64| {
            ((at - self.start) as f64 / whole * most as f64).round().clamp(0.0, most as f64) as usize
        };
        let first = column(entry.span.0).min(most - 1);
        let last = column(entry.span.1).max(first + 1);
        let mark = if last - first == 1 { "▏" } else { "█" };
        let quiet = |columns: usize| Words::new(Ink::Quiet, "·".repeat(columns));
        [quiet(first), Words::new(entry.bar, mark.repeat(last - first)), quiet(most - last)]
    }
}

/// One line of a waterfall.
struct Entry {
    span: (i64, i64),
    name: String,
    /// The colour of its bar.
    bar: Ink,
    took: Option<f64>,
    /// What is said of it: the first of these that there is room for.
    notes: Vec<String>,
    /// The colour of that.
    ink: Ink,
}

/// What happened in a turn, in the order in which it began.
fn entries(turn: &TurnDetail) -> Vec<Entry> {
    let calls = turn.model_calls.iter().map(|call| Entry {
        span: call.span_ns,
        name: call.model.clone().unwrap_or_else(|| "model".into()),
        bar: Ink::Good,
        took: call.latency_ms,
        notes: call.tokens.as_ref().map_or_else(|| vec!["no usage".to_owned()], spent),
        ink: Ink::Plain,
    });
    let tools = turn.tool_calls.iter().map(|tool| Entry {
        span: tool.span_ns,
        name: tool.tool.clone(),
        bar: Ink::Tool,
        took: tool.duration_ms,
        notes: vec![outcome(&tool.status, tool.error_type.as_deref())],
        ink: if ToolStatus::from(tool.status.as_str()).failed() { Ink::Bad } else { Ink::Plain },
    });
    let approvals = turn.approvals.iter().filter_map(|approval| {
        let span = approval.span_ns?;
        let choice = approval.choice.as_deref().unwrap_or("no answer");
        Some(Entry {
            span,
            name: "approval".into(),
            bar: Ink::Person,
            took: approval.wait_ms,
            notes: vec![choice.to_owned()],
            ink: Ink::Plain,
        })
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
            bar: Ink::Bad,
            took: attempt.attempt_ms,
            notes: vec![format!(
                "{}, {}",
                attempt.reason.as_deref().unwrap_or(&attempt.class),
                attempt.recovery
            )],
            ink: Ink::Bad,
        });
    }
    entries
}
