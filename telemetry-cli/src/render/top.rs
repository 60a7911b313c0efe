//! The screen of `top`: a picture of a view, and of where the person is in it.

mod runs;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use telemetry_store::insights::Slow;
use unicode_width::UnicodeWidthStr as _;

use super::ink::Ink;
use super::money::dollars;
use super::runs::ink as outcome_ink;
use super::text::{count, cut, duration, fit, grouped, percent, short};
use crate::span::zone_name;
use crate::top::place::Place;
use crate::top::view::{Spent, View};

/// Columns before the text of a line: its name, and a gap.
const MARGIN: usize = 9;
/// Lines that the list of runs keeps on a small screen, its heading included.
const FEWEST_RUNS: u16 = 4;

/// Colours, or none of them.
#[derive(Clone, Copy)]
struct Inks {
    colour: bool,
}

impl Inks {
    fn style(self, ink: Ink) -> Style {
        let colour = |colour| if self.colour { Style::new().fg(colour) } else { Style::new() };
        match ink {
            Ink::Plain => Style::new(),
            Ink::Heading => Style::new().add_modifier(Modifier::BOLD),
            Ink::Good => colour(Color::Green),
            Ink::Bad => colour(Color::Red),
            Ink::Person => colour(Color::Magenta),
            Ink::Tool => colour(Color::Cyan),
            Ink::Quiet => Style::new().add_modifier(Modifier::DIM),
        }
    }

    fn span(self, ink: Ink, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(ink))
    }
}

/// Draws `view` for a person who is at `place`.
pub(crate) fn top(frame: &mut Frame<'_>, view: &View, place: &Place, colour: bool) {
    let inks = Inks { colour };
    let [title, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(title_line(view, inks, title.width), title);
    frame.render_widget(foot_line(view, place, inks, foot.width), foot);
    if place.has_help {
        frame.render_widget(Paragraph::new(help(inks)), body);
        return;
    }
    if let Some(inside) = &place.inside {
        frame.render_widget(waterfall(view, inside.above, body), body);
        return;
    }
    let room = body.height.saturating_sub(FEWEST_RUNS);
    let lines = head(view, inks, usize::from(body.width), usize::from(room));
    let [above, list] =
        Layout::vertical([Constraint::Length(lines.len() as u16), Constraint::Min(0)]).areas(body);
    frame.render_widget(Paragraph::new(lines), above);
    runs::draw(frame, view, place, inks, list);
}

/// What this is, of which home and when.
fn title_line(view: &View, inks: Inks, width: u16) -> Line<'static> {
    let at = Timestamp::from_nanosecond(view.now.0.into()).unwrap_or_default().to_zoned(view.zone.clone());
    let clock = format!("{} {}", at.strftime("%H:%M:%S"), zone_name(&view.zone));
    let name = "telemetry top  ";
    let left = usize::from(width).saturating_sub(name.len() + clock.width() + 2);
    let home = if left >= 8 { fit(&view.home, left) } else { String::new() };
    let gap = usize::from(width).saturating_sub(name.len() + home.width() + clock.width());
    Line::from(vec![
        inks.span(Ink::Heading, name),
        inks.span(Ink::Plain, home),
        inks.span(Ink::Plain, " ".repeat(gap)),
        inks.span(Ink::Quiet, clock),
    ])
}

/// What went wrong with this screen, what is being typed, or the keys.
fn foot_line(view: &View, place: &Place, inks: Inks, width: u16) -> Line<'static> {
    let width = usize::from(width);
    match () {
        () if place.is_typing => Line::from(fit(&format!("/{}▏", place.filter), width)),
        () if view.note.is_some() => {
            Line::from(inks.span(Ink::Bad, fit(view.note.as_deref().unwrap_or_default(), width)))
        }
        () if place.has_help => Line::from(inks.span(Ink::Quiet, "? back   q leave")),
        () if place.inside.is_some() => {
            Line::from(inks.span(Ink::Quiet, cut("esc back   ↑ ↓ scroll   q leave", width)))
        }
        () if !place.filter.is_empty() => {
            Line::from(fit(&format!("only runs with \"{}\"   esc all", place.filter), width))
        }
        () => {
            let keys = "↑ ↓ choose   enter look into   / find   ? help   q leave";
            Line::from(inks.span(Ink::Quiet, cut(keys, width)))
        }
    }
}

fn help(inks: Inks) -> Vec<Line<'static>> {
    let keys = [
        ("↑ ↓ k j", "choose a run; in a run: scroll"),
        ("pgup pgdn g G", "by ten, to the first, to the last"),
        ("enter", "look into a run, as `show` draws it"),
        ("esc", "back; show all runs again"),
        ("/", "find runs by id, session, host, model, surface or state"),
        ("q, ctrl-c", "leave"),
    ];
    let mut lines = vec![Line::default()];
    lines.extend(keys.map(|(key, does)| {
        Line::from(vec![inks.span(Ink::Heading, format!("{key:<15}")), inks.span(Ink::Plain, does)])
    }));
    lines.push(Line::default());
    lines.extend(
        [
            "\"now\" is what must come next after what the host last told: it tells of",
            "calls and tools when they are over. Rates, errors and the slowest are of",
            "the last hour; outcomes are of runs that began today.",
        ]
        .map(Line::from),
    );
    lines
}

/// The run that is looked into, from the line that stands above on.
fn waterfall(view: &View, above: usize, area: Rect) -> Paragraph<'static> {
    match &view.inside {
        None => Paragraph::new("this run is gone: its day was removed from the log"),
        Some(lines) => {
            let shown = lines.iter().skip(above).take(usize::from(area.height));
            Paragraph::new(
                shown.map(|line| Line::from(fit(line, usize::from(area.width)))).collect::<Vec<_>>(),
            )
        }
    }
}

/// The lines above the list of runs, as many as there is room for: what matters less goes first.
fn head(view: &View, inks: Inks, width: usize, room: usize) -> Vec<Line<'static>> {
    let text = width.saturating_sub(MARGIN);
    let mut lines = vec![
        (1, named("spent", spent(view, text), inks)),
        (0, named("today", today(view, inks, text), inks)),
        (2, named("errors", errors(view, inks, text), inks)),
        (3, named("calls", activity(&view.activity.calls, text, inks), inks)),
        (5, named("events", activity(&view.activity.events, text, inks), inks)),
        (6, named("models", slow(&view.slow_calls, text), inks)),
        (7, named("tools", slow(&view.slow_tools, text), inks)),
    ];
    lines.extend(view.budgets.iter().map(|budget| {
        let ink = if budget.used >= 1.0 { Ink::Bad } else { Ink::Plain };
        let said = fit(&format!("{} of {}", percent(budget.used), budget.name), text);
        (4, named("budget", vec![inks.span(ink, said)], inks))
    }));
    lines.push((8, Line::default()));
    let mut kept: Vec<usize> = lines.iter().map(|(importance, _)| *importance).collect();
    kept.sort_unstable();
    let least = kept.get(room.min(kept.len()).wrapping_sub(1)).copied();
    let mut lines: Vec<Line<'static>> = lines
        .into_iter()
        .filter(|(importance, _)| least.is_some_and(|least| *importance <= least))
        .map(|(_, line)| line)
        .collect();
    lines.truncate(room);
    lines
}

fn named(name: &str, mut pieces: Vec<Span<'static>>, inks: Inks) -> Line<'static> {
    pieces.insert(0, inks.span(Ink::Heading, format!("{name:<MARGIN$}")));
    Line::from(pieces)
}

fn spent(view: &View, width: usize) -> Vec<Span<'static>> {
    let one = |spent: &Spent, when: &str| {
        let part = match spent.unpriced {
            0 => String::new(),
            _ if spent.usd.is_none() => String::new(),
            n => format!(" + {} unpriced", count(n, "call", "calls")),
        };
        format!("{}{part} {when}", dollars(spent.usd))
    };
    let tokens = format!("{} tokens today", grouped(view.today.tokens));
    let said = format!("{} · {} · {tokens}", one(&view.today, "today"), one(&view.hour, "last hour"));
    vec![Span::raw(cut(&said, width))]
}

fn today(view: &View, inks: Inks, width: usize) -> Vec<Span<'static>> {
    let total: u64 = view.outcomes.iter().map(|(_, n)| n).sum();
    let mut pieces = Pieces::new(width);
    pieces.push(inks.span(Ink::Plain, count(total, "run", "runs")), "");
    for (outcome, n) in &view.outcomes {
        let ink = outcome_ink(outcome, None);
        pieces.push(inks.span(ink, fit(&format!("{outcome} {}", grouped(*n as i64)), width)), " · ");
    }
    if let Some(rate) = view.completion {
        pieces.push(inks.span(Ink::Plain, format!("{} completed", percent(rate))), "   ");
    }
    pieces.kept
}

fn errors(view: &View, inks: Inks, width: usize) -> Vec<Span<'static>> {
    if view.errors.is_empty() {
        return vec![inks.span(Ink::Quiet, cut("none in the last hour", width))];
    }
    let mut pieces = Pieces::new(width);
    for (class, n) in &view.errors {
        pieces.push(inks.span(Ink::Bad, fit(&format!("{class} {}", grouped(*n as i64)), width)), " · ");
    }
    pieces.kept
}

/// A bar a minute, the current one last, with its number.
fn activity(minutes: &[u64], width: usize, inks: Inks) -> Vec<Span<'static>> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    // Of the minute before, which is over.
    let rate = minutes.iter().rev().nth(1).copied().unwrap_or(0);
    let said = format!(" {} a minute", grouped(rate as i64));
    let room = width.saturating_sub(said.width());
    let shown = &minutes[minutes.len().saturating_sub(room)..];
    let most = shown.iter().copied().max().unwrap_or(0).max(1);
    let bar = |n: &u64| match n {
        0 => '·',
        n => BARS[((n * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
    };
    vec![
        inks.span(Ink::Tool, shown.iter().map(bar).collect::<String>()),
        inks.span(Ink::Plain, cut(&said, width)),
    ]
}

fn slow(found: &[Slow], width: usize) -> Vec<Span<'static>> {
    let mut pieces = Pieces::new(width);
    for slow in found {
        let name = fit(slow.name.as_deref().unwrap_or("(unknown)"), 24);
        let said = format!("{name} {} in {}", duration(Some(slow.took_ms)), short(&slow.run_id));
        pieces.push(Span::raw(said), " · ");
    }
    match pieces.kept.is_empty() {
        true => vec![Span::raw(fit("-", width))],
        false => pieces.kept,
    }
}

/// Pieces of a line, as far as they fit.
struct Pieces {
    kept: Vec<Span<'static>>,
    left: usize,
}

impl Pieces {
    fn new(width: usize) -> Self {
        Pieces { kept: Vec::new(), left: width }
    }

    /// Adds a piece with `between` before it; one that does not fit ends the line.
    fn push(&mut self, piece: Span<'static>, between: &'static str) {
        let between = if self.kept.is_empty() { "" } else { between };
        let width = between.width() + piece.content.width();
        if width > self.left {
            self.left = 0;
            return;
        }
        self.left -= width;
        self.kept.extend([Span::raw(between), piece]);
    }
}
