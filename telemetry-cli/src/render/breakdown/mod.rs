//! Breakdowns: one table for each dimension, or each pair of them.

pub(super) mod measures;

use std::io;

use telemetry_store::insights::{Group, Grouping};

use self::measures::Measure;
use super::bar;
use super::ink::Words;
use super::table::{Column, Side, Table};
use super::text::{count, named, nothing, percent};
use super::{Page, Sheet};

/// Breakdowns in full, one below the other.
pub(crate) fn breakdowns(sheet: &mut Sheet<'_>, page: &Page<'_>, by: &[Grouping]) -> io::Result<()> {
    sheet.wrapped(page.heading(), ", ")?;
    let mut hidden = 0;
    for grouping in by {
        sheet.gap()?;
        let groups: Vec<&Group> = page.found.by(&grouping.to_string()).iter().collect();
        if groups.is_empty() {
            let of = if by.len() > 1 { format!("{grouping}: ") } else { String::new() };
            sheet.say(format!("{of}{}", nothing(things(page, *grouping), page.window)))?;
            continue;
        }
        let names = names(*grouping);
        let top = page.top.unwrap_or(usize::MAX);
        // Of one outcome all completed or none did.
        let says_something = |measure: &&Measure| !names.contains(&"outcome") || !measure.is_of_outcomes();
        let measures: Vec<&Measure> = measures::ALL.into_iter().filter(says_something).collect();
        hidden += table(sheet, &names, &groups, &measures, (top, sheet.width() / 3))?;
        more(sheet, groups.len(), top, None)?;
    }
    if hidden > 0 {
        sheet.gap()?;
        let columns =
            count(hidden as u64, "column has no room here; it is", "columns have no room here; they are");
        sheet.say(format!("{columns} in --csv and --json"))?;
    }
    Ok(())
}

/// The headings of the keys.
fn names(grouping: Grouping) -> Vec<&'static str> {
    match grouping {
        Grouping::One(one) => vec![one.as_str()],
        Grouping::Two(one, other) => vec![one.as_str(), other.as_str()],
    }
}

/// What there is none of when a breakdown has no groups.
fn things(page: &Page<'_>, grouping: Grouping) -> &'static str {
    use telemetry_store::insights::Dimension::{Error, Model, Provider, Tool, Toolset};
    let has = |wanted| match grouping {
        Grouping::One(one) => one == wanted,
        Grouping::Two(one, other) => one == wanted || other == wanted,
    };
    match () {
        () if page.found.runs.total == 0 => "runs",
        () if has(Tool) || has(Toolset) => "tool calls",
        () if has(Error) => "errors",
        () if has(Model) || has(Provider) => "model calls",
        () => "runs",
    }
}

/// A table of the largest groups, at most so many and with keys of at most so many columns, with those of the `measures`
/// they have; how many columns there was no room for.
pub(super) fn table(
    sheet: &mut Sheet<'_>,
    names: &[&'static str],
    groups: &[&Group],
    measures: &[&Measure],
    (top, longest): (usize, usize),
) -> io::Result<usize> {
    /// Columns of a bar.
    const BAR: usize = 8;
    let sizes = Sizes::of(groups);
    let groups_shown = &groups[..groups.len().min(top)];
    let shown: Vec<&&Measure> = measures.iter().filter(|measure| measure.is_in(groups_shown)).collect();
    let keys = names.iter().map(|name| Column::new(name, Side::Left(longest), 0));
    let share = [Column::new("share", Side::Right, 12), Column::new("", Side::Left(BAR), 13)];
    let mut table =
        Table::new(keys.chain(share).chain(shown.iter().map(|measure| measure.column())).collect::<Vec<_>>());
    for group in groups_shown {
        let keys: Vec<Words> = match names.len() {
            1 => vec![named(&group.key, longest).into()],
            _ => group.keys.iter().flatten().map(|key| named(key, longest).into()).collect(),
        };
        let share = sizes.share(group);
        let bar = [percent(share).into(), bar::share(share, BAR).into()];
        table.row(keys.into_iter().chain(bar).chain(shown.iter().map(|measure| measure.cell(group))));
    }
    table.print_on(sheet)
}

/// What the size of a group is: what groups are ordered by.
struct Sizes {
    of: fn(&Group) -> u64,
    whole: u64,
}

impl Sizes {
    fn of(groups: &[&Group]) -> Self {
        let measures: [fn(&Group) -> u64; 4] = [
            |group| group.model_calls.unwrap_or(0),
            |group| group.tool_calls.unwrap_or(0),
            |group| group.turns.as_deref().map_or(0, |turns| turns.total),
            |group| group.runs.as_deref().map_or(0, |runs| runs.total),
        ];
        let sizes =
            measures.into_iter().map(|of| Sizes { of, whole: groups.iter().map(|group| of(group)).sum() });
        sizes.into_iter().find(|sizes| sizes.whole > 0).unwrap_or(Sizes { of: |_| 0, whole: 0 })
    }

    fn share(&self, group: &Group) -> f64 {
        if self.whole == 0 { 0.0 } else { (self.of)(group) as f64 / self.whole as f64 }
    }
}

/// How many groups are not shown, and what shows them.
pub(super) fn more(sheet: &mut Sheet<'_>, all: usize, top: usize, dimension: Option<&str>) -> io::Result<()> {
    let how = dimension.map(|name| format!(": telemetry insights --by {name}")).unwrap_or_default();
    match all.saturating_sub(top) {
        0 => Ok(()),
        n => sheet.say(format!("and {n} more{how}")),
    }
}
