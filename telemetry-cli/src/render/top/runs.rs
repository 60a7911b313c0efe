//! The list of runs on the screen of `top`.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::super::text::{duration, fit, grouped, short};
use super::{Ink, Inks, dollars, outcome_ink};
use crate::top::place::Place;
use crate::top::view::{RunLine, View};

/// A column: its heading, its width, whether it is of numbers, and how much it matters.
struct Column {
    name: &'static str,
    width: usize,
    is_number: bool,
    importance: u8,
    cell: fn(&RunLine, &View) -> String,
}

/// The narrowest that names of models are shown.
const MODEL: usize = 10;

const COLUMNS: [Column; 9] = [
    Column {
        name: "run",
        width: 8,
        is_number: false,
        importance: 0,
        cell: |line, _| short(&line.run.run_id),
    },
    Column {
        name: "from",
        width: 9,
        is_number: false,
        importance: 6,
        cell: |line, _| line.run.entrypoint.clone().unwrap_or_else(|| "-".into()),
    },
    Column {
        name: "model",
        width: MODEL,
        is_number: false,
        importance: 4,
        cell: |line, _| line.run.model.clone().unwrap_or_else(|| "-".into()),
    },
    Column { name: "now", width: 11, is_number: false, importance: 1, cell: |line, _| line.state() },
    Column {
        name: "since",
        width: 7,
        is_number: true,
        importance: 2,
        cell: |line, view| duration(Some(view.now.since(line.since) as f64 / 1e6)),
    },
    Column {
        name: "calls",
        width: 6,
        is_number: true,
        importance: 3,
        cell: |line, _| grouped(line.run.model_calls),
    },
    Column {
        name: "tools",
        width: 6,
        is_number: true,
        importance: 8,
        cell: |line, _| grouped(line.run.tool_calls),
    },
    Column {
        name: "tokens",
        width: 11,
        is_number: true,
        importance: 5,
        cell: |line, _| grouped(line.run.tokens.total()),
    },
    Column {
        name: "spent",
        width: 8,
        is_number: true,
        importance: 7,
        cell: |line, _| dollars(line.run.cost.usd),
    },
];

pub(super) fn draw(frame: &mut Frame<'_>, view: &View, place: &Place, inks: Inks, area: Rect) {
    let runs = place.runs(view);
    let columns = columns(usize::from(area.width));
    let mut lines = vec![Line::from(
        inks.span(Ink::Quiet, format!("  {}", row(&columns, |column, _| column.name.to_owned()))),
    )];
    if runs.is_empty() {
        let said = if view.runs.is_empty() { "no runs in the last hour" } else { "no such run" };
        lines.push(Line::from(fit(&format!("  {said}"), usize::from(area.width))));
    }
    let chosen = place.chosen(&runs);
    let room = usize::from(area.height).saturating_sub(1);
    // The chosen one stays in sight.
    let above = (chosen + 1).saturating_sub(room);
    for (at, line) in runs.iter().enumerate().skip(above).take(room) {
        let text = row(&columns, |column, width| fit(&(column.cell)(line, view), width));
        let ink = match &line.doing {
            Some(telemetry_store::insights::Doing::Approval) => Ink::Person,
            Some(telemetry_store::insights::Doing::Retrying) => Ink::Bad,
            Some(_) => Ink::Plain,
            None => match outcome_ink(&line.run.outcome, line.run.reason.as_deref()) {
                Ink::Plain => Ink::Quiet,
                ink => ink,
            },
        };
        let mut style = inks.style(ink);
        if at == chosen {
            style = style.add_modifier(Modifier::REVERSED);
        }
        let mark = if at == chosen { "▸ " } else { "  " };
        lines.push(Line::styled(format!("{mark}{text}"), style));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The columns there is room for, with their widths; what is left over is the model's.
fn columns(width: usize) -> Vec<(&'static Column, usize)> {
    let room = width.saturating_sub(2);
    let mut by_importance: Vec<&Column> = COLUMNS.iter().collect();
    by_importance.sort_by_key(|column| column.importance);
    let mut used = 0;
    by_importance.retain(|column| {
        let fits = used + column.width < room + usize::from(used == 0);
        used += if fits { column.width + 1 } else { 0 };
        fits
    });
    let spare = (room + 1).saturating_sub(used).min(30);
    let kept = |column: &&Column| by_importance.iter().any(|other| other.name == column.name);
    COLUMNS
        .iter()
        .filter(kept)
        .map(|column| (column, if column.name == "model" { column.width + spare } else { column.width }))
        .collect()
}

fn row(columns: &[(&'static Column, usize)], cell: impl Fn(&Column, usize) -> String) -> String {
    let mut text = String::new();
    for (column, width) in columns {
        let cell = cell(column, *width);
        let space = " ".repeat(width.saturating_sub(cell.width()));
        match column.is_number {
            true => text.extend([space.as_str(), &cell, " "]),
            false => text.extend([cell.as_str(), &space, " "]),
        }
    }
    text
}
