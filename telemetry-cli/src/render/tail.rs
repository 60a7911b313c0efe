//! Events as they come, one line each.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use telemetry_core::event::{Body, Event};
use telemetry_core::vocabulary::{ProcessEnd, RunClose};
use unicode_width::UnicodeWidthStr as _;

use super::runs::outcome;
use super::text::{duration, fit, grouped, short};

/// Columns of the event's word: two of them are longer, and rare.
const KIND: usize = 16;
/// Columns of what it is about.
const WHAT: usize = 18;
/// Columns of how long it took.
const TOOK: usize = 7;
/// Columns of the rest, at the most.
const NOTE: usize = 40;

/// Shows events, each on a line.
pub(crate) struct Feed {
    zone: TimeZone,
    colour: bool,
    /// The day of the line above; today is not named.
    day: Date,
}

/// What an event says, apart from when and of which run.
#[derive(Default)]
struct Said {
    what: String,
    took_ns: Option<i64>,
    note: String,
    mood: Mood,
}

/// What a line looks like, where colours are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mood {
    #[default]
    Plain,
    /// Only there to make sense of the others.
    Quiet,
    Good,
    Bad,
    /// A person decides.
    Person,
    Tool,
}

impl Mood {
    /// The terminal's own colours, of which these can be read on light and on dark.
    fn escape(self) -> &'static str {
        match self {
            Mood::Plain => "",
            Mood::Quiet => "\x1b[2m",
            Mood::Good => "\x1b[32m",
            Mood::Bad => "\x1b[31m",
            Mood::Person => "\x1b[35m",
            Mood::Tool => "\x1b[36m",
        }
    }
}

impl Feed {
    /// Times in `zone`.
    pub(crate) fn new(zone: TimeZone, colour: bool) -> Self {
        let day = Timestamp::now().to_zoned(zone.clone()).date();
        Feed { zone, colour, day }
    }

    /// Prints one event; a line with the day before it where that is another than the one above.
    pub(crate) fn event(&mut self, out: &mut dyn Write, event: &Event) -> io::Result<()> {
        let at =
            Timestamp::from_nanosecond(event.ts.0.into()).unwrap_or_default().to_zoned(self.zone.clone());
        if at.date() != self.day {
            self.day = at.date();
            writeln!(out, "{}", self.day)?;
        }
        let said = said(&event.body);
        let run = event.run.map_or_else(|| "-".to_owned(), |run| short(&run.to_string()));
        let line = format!(
            "{} {run:8} {} {} {:>TOOK$} {}",
            at.strftime("%H:%M:%S%.3f"),
            padded(event.body.kind(), KIND),
            padded(&said.what, WHAT),
            said.took_ns.map(|nanos| duration(Some(nanos as f64 / 1e6))).unwrap_or_default(),
            fit(&said.note, NOTE),
        );
        let line = line.trim_end();
        match said.mood {
            Mood::Plain => writeln!(out, "{line}"),
            _ if !self.colour => writeln!(out, "{line}"),
            mood => writeln!(out, "{}{line}\x1b[0m", mood.escape()),
        }
    }
}

/// Other people's text in so many columns; a kind of event may take more.
fn padded(text: &str, columns: usize) -> String {
    let text = if columns == KIND { fit(text, KIND + 2) } else { fit(text, columns) };
    let space = columns.saturating_sub(text.width());
    text + &" ".repeat(space)
}

impl Said {
    fn of(what: impl Into<String>) -> Self {
        Said { what: what.into(), ..Said::default() }
    }

    fn quiet(what: Option<&str>) -> Self {
        Said { mood: Mood::Quiet, ..Said::of(what.unwrap_or_default()) }
    }

    fn took(self, took_ns: Option<i64>) -> Self {
        Said { took_ns, ..self }
    }

    fn note(self, note: impl Into<String>) -> Self {
        Said { note: note.into(), ..self }
    }

    fn mood(self, mood: Mood) -> Self {
        Said { mood, ..self }
    }
}

fn said(body: &Body) -> Said {
    match body {
        Body::ProcessStarted(started) => {
            Said::quiet(Some(&started.host)).note(format!("process {}", started.pid))
        }
        Body::ProcessEnded(ended) if ended.end == ProcessEnd::Lost => Said::of("lost").mood(Mood::Bad),
        Body::ProcessEnded(ended) => Said::quiet(Some(ended.end.as_str())),
        Body::RunStarted(started) => {
            let entrypoint = started.entrypoint.as_ref().map(|entrypoint| entrypoint.as_str());
            Said::quiet(entrypoint.or(started.platform.as_deref())).note(&*started.session_id)
        }
        Body::RunUpdated(updated) => Said::quiet(updated.model.as_deref().or(updated.platform.as_deref())),
        Body::RunEnded(ended) => {
            let note = ended.reason.as_deref().filter(|_| ended.close != RunClose::Finalized);
            Said::quiet(Some(ended.close.as_str())).note(note.unwrap_or_default())
        }
        Body::TurnStarted(started) => Said::quiet(started.model.as_deref()),
        Body::TurnEnded(ended) => {
            let (what, mood) = match () {
                // A host may say both: see the outcome of a turn.
                () if ended.interrupted => ("interrupted", Mood::Person),
                () if ended.completed => ("completed", Mood::Good),
                () if ended.failed => ("failed", Mood::Bad),
                () => ("limited", Mood::Bad),
            };
            let reason = ended.reason.as_deref().filter(|_| !ended.completed || ended.interrupted);
            Said::of(what).note(reason.unwrap_or_default()).mood(mood)
        }
        Body::AttemptStarted(attempt) => {
            Said::quiet(attempt.model.as_deref()).note(format!("attempt {}", attempt.attempt + 1))
        }
        Body::AttemptFailed(attempt) => Said::of(attempt.model.as_deref().unwrap_or_default())
            .took(attempt.elapsed_ns)
            .note(attempt.class.as_str())
            .mood(Mood::Bad),
        Body::ModelCall(call) => {
            let tokens = call.usage.map(|usage| usage.total().min(i64::MAX as u64) as i64);
            Said::of(call.model.as_deref().unwrap_or_default())
                .took(call.latency_ns)
                .note(tokens.map_or_else(|| "no usage".to_owned(), |n| format!("{} tokens", grouped(n))))
        }
        Body::ToolCall(call) => {
            let status = call.status.as_str();
            let note =
                if status == "ok" { String::new() } else { outcome(status, call.error_type.as_deref()) };
            let mood = if note.is_empty() { Mood::Tool } else { Mood::Bad };
            Said::of(&*call.tool).took(call.duration_ns).note(note).mood(mood)
        }
        Body::ApprovalRequested(asked) => {
            Said::of(asked.surface.as_deref().unwrap_or_default()).mood(Mood::Person)
        }
        Body::ApprovalAnswered(answered) => {
            let choice = answered.choice.as_deref().unwrap_or_default();
            Said::of(choice).took(answered.wait_ns).mood(Mood::Person)
        }
        Body::SubagentStarted(started) => {
            Said::quiet(started.role.as_deref()).note(short(&started.child.to_string()))
        }
        Body::SubagentEnded(ended) => {
            let child = short(&ended.child.to_string());
            Said::quiet(ended.status.as_deref()).took(ended.duration_ns).note(child)
        }
        Body::GatewayMessage(message) => {
            Said::of(message.platform.as_deref().unwrap_or_default()).note(&*message.result)
        }
        Body::Cron(cron) => Said::quiet(Some(&cron.kind)).note(cron.result.as_deref().unwrap_or_default()),
        Body::Skill(skill) => Said::quiet(Some(&skill.action)).note(&*skill.result),
        Body::Memory(memory) => Said::quiet(Some(&memory.action)).note(&*memory.result),
        Body::Feedback(feedback) => Said::of(&*feedback.kind).mood(Mood::Person),
        Body::BudgetCrossed(crossed) => {
            let mood = if crossed.threshold >= 100 { Mood::Bad } else { Mood::Person };
            Said::of(format!("{} %", crossed.threshold)).note(&*crossed.budget).mood(mood)
        }
        Body::Stats(stats) => match stats.dropped.iter().map(|dropped| dropped.events).sum::<u64>() {
            0 => Said::quiet(None),
            lost => Said::default()
                .note(format!("{} lost", grouped(lost.min(i64::MAX as u64) as i64)))
                .mood(Mood::Bad),
        },
        Body::Hook(hook) => Said::quiet(Some(&hook.hook)),
        _ => Said::quiet(None),
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::event::{AttemptFailed, TurnEnded};
    use telemetry_core::ids::{Key, RunId, SpanId};
    use telemetry_core::name::Name;
    use telemetry_core::time::UnixNanos;
    use telemetry_core::vocabulary::ErrorClass;

    use super::*;

    const NEW_YEAR: i64 = 1_767_225_600_000_000_000;

    fn shown(colour: bool, events: &[(i64, Body)]) -> String {
        let mut feed = Feed::new(TimeZone::UTC, colour);
        let mut out = Vec::new();
        for (at, body) in events {
            let event = Event::new(UnixNanos(*at), RunId(0xabcd_ef00 << 96), &Key::new("k"), body.clone());
            feed.event(&mut out, &event).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn failed(model: &str) -> Body {
        Body::from(AttemptFailed {
            turn: SpanId(1),
            call: SpanId(2),
            attempt: 0,
            class: ErrorClass::RateLimit,
            reason: None,
            error_type: None,
            status_code: None,
            exhausted: false,
            model: Some(Name::new(model)),
            provider: None,
            base_url: None,
            elapsed_ns: Some(381_000_000),
            attempt_ns: None,
        })
    }

    #[test]
    fn a_name_cannot_steer_the_terminal_or_move_the_columns() {
        let evil = format!("\x1b[2J\u{202e}{}", "模".repeat(5_000));
        let line = shown(false, &[(NEW_YEAR, failed(&evil))]);
        assert_eq!(
            line,
            "2026-01-01\n00:00:00.000 abcdef00 attempt_failed   \\u{1b}[2J…模模模模  381 ms rate_limit\n"
        );
    }

    #[test]
    fn colours_are_whole_lines_and_end_with_them() {
        let ended =
            TurnEnded { turn: SpanId(1), completed: true, interrupted: false, failed: false, reason: None };
        let text = shown(true, &[(NEW_YEAR, failed("m")), (NEW_YEAR + 1, ended.into())]);
        assert_eq!(
            text,
            "2026-01-01\n\
             \x1b[31m00:00:00.000 abcdef00 attempt_failed   m                   381 ms rate_limit\x1b[0m\n\
             \x1b[32m00:00:00.000 abcdef00 turn_ended       completed\x1b[0m\n"
        );
    }

    #[test]
    fn a_day_is_named_when_it_is_another_and_a_moment_out_of_range_is_one_too() {
        let bodies = [NEW_YEAR, NEW_YEAR + 86_399_000_000_000, NEW_YEAR + 86_400_000_000_000, i64::MIN];
        let text = shown(false, &bodies.map(|at| (at, failed("m"))));
        let days: Vec<&str> = text.lines().filter(|line| !line.contains("rate_limit")).collect();
        assert_eq!(days, ["2026-01-01", "2026-01-02", "1677-09-21"]);
    }
}
