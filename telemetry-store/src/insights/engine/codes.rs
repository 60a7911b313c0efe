//! What each fact of a block is in a dimension. The table of `columns` says which facts have which.

use std::borrow::Cow;
use std::ops::Range;

use jiff::tz::TimeZone;
use telemetry_core::vocabulary::ToolStatus;

use super::calendar;
use super::carriers::Carriers;
use super::words::{ABSENT, UNKNOWN, Words, lookup};
use crate::columns::{Block, Column, Dictionary, Field, Kind, NULL};
use crate::insights::Dimension;

/// Whether facts of a kind have a dimension at all.
pub(super) fn has(kind: Kind, dimension: Dimension) -> bool {
    use Dimension::{
        Command, Day, Entrypoint, Error, Host, Hour, Model, Outcome, Platform, Profile, Provider, Reason,
        Session, Weekday,
    };
    let of_run = matches!(
        dimension,
        Platform | Entrypoint | Command | Host | Profile | Session | Dimension::Kind | Day | Hour | Weekday
    );
    of_run
        || match kind {
            Kind::Run => matches!(dimension, Model | Outcome | Reason),
            Kind::Turn => matches!(dimension, Model | Outcome | Reason | Error),
            Kind::Call => matches!(dimension, Model | Provider | Outcome | Reason),
            Kind::Attempt => matches!(dimension, Model | Provider | Outcome | Reason | Error),
            Kind::Tool => true,
            Kind::Approval => matches!(dimension, Outcome | Reason),
            Kind::Subagent => false,
        }
}

/// The columns that say what facts of a kind are in a dimension.
pub(super) fn fields(kind: Kind, dimension: Dimension) -> Vec<Field> {
    match dimension {
        Dimension::Day | Dimension::Hour | Dimension::Weekday => vec![Field::Time],
        Dimension::Model => match kind {
            Kind::Run | Kind::Turn => vec![Field::Model],
            Kind::Tool => vec![Field::Endpoint, Field::Model],
            _ => vec![Field::Endpoint],
        },
        Dimension::Provider => vec![Field::Endpoint],
        Dimension::Tool => vec![Field::Tool],
        Dimension::Toolset => vec![Field::Toolset],
        Dimension::Outcome => vec![Field::Outcome],
        Dimension::Reason => vec![Field::Reason],
        Dimension::Error => vec![Field::Error, Field::Status],
        Dimension::Session => vec![Field::Run],
        _ => of_run(dimension).map_or(Vec::new(), |field| vec![Field::Run, field]),
    }
}

/// The column of a run's property.
fn of_run(dimension: Dimension) -> Option<Field> {
    match dimension {
        Dimension::Platform => Some(Field::Platform),
        Dimension::Entrypoint => Some(Field::Entrypoint),
        Dimension::Command => Some(Field::Command),
        Dimension::Host => Some(Field::Host),
        Dimension::Profile => Some(Field::Profile),
        Dimension::Kind => Some(Field::Surface),
        _ => None,
    }
}

/// What the chosen facts of a block are in a dimension: numbers of texts.
pub(super) enum Codes {
    /// One number a fact.
    Each(Vec<u32>),
    /// One number for each value of one of the facts' [carriers](Carriers).
    By(usize, Vec<u32>),
}

impl Codes {
    /// One number a fact.
    pub(super) fn each(&self, carriers: &Carriers) -> Cow<'_, [u32]> {
        match self {
            Codes::Each(codes) => Cow::Borrowed(codes),
            Codes::By(carrier, of) => {
                Cow::Owned(carriers.values(*carrier).iter().map(|&value| of[value as usize]).collect())
            }
        }
    }
}

/// The facts of a block that are looked at.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub block: &'a Block,
    pub rows: &'a Range<usize>,
    /// Which of `rows`; `None` for all.
    pub kept: Option<&'a [u32]>,
}

impl Facts<'_> {
    /// Those of `all` that were kept.
    pub(super) fn pick<T: Copy>(self, all: Vec<T>) -> Vec<T> {
        match self.kept {
            None => all,
            Some(kept) => kept.iter().map(|&place| all[place as usize]).collect(),
        }
    }
}

/// What `facts` are in a dimension that facts of their kind have.
pub(super) fn codes(
    words: &mut Words<'_>,
    zone: &TimeZone,
    facts: Facts<'_>,
    dimension: Dimension,
    carriers: &mut Carriers,
) -> rusqlite::Result<Codes> {
    let Facts { block, rows, kept } = facts;
    let mut by = |field, known: Vec<u32>| {
        let numbers = std::iter::once(UNKNOWN).chain(known).collect();
        Codes::By(carriers.place(block, field, rows, kept), numbers)
    };
    Ok(match dimension {
        Dimension::Day | Dimension::Hour | Dimension::Weekday => {
            let times =
                block.column(Field::Time).map_or_else(Vec::new, |time| time.numbers.values(rows.clone()));
            Codes::Each(facts.pick(calendar::codes(words, zone, dimension, &times)))
        }
        Dimension::Session => {
            let runs = ids(block, Field::Run).iter().map(|&run| words.session(run));
            by(Field::Run, runs.collect::<Result<_, _>>()?)
        }
        Dimension::Model => {
            let named = block.column(Field::Model).filter(|model| model.known() > 0);
            let endpoints = ids(block, Field::Endpoint).iter().map(|&id| Ok(words.endpoint(id)?.0));
            let endpoints = endpoints.collect::<rusqlite::Result<Vec<_>>>()?;
            match named {
                None => by(Field::Endpoint, endpoints),
                Some(named) if endpoints.is_empty() => by(Field::Model, words.of(named)?),
                // Of the endpoint, where there is one; else the one that is named.
                Some(named) => {
                    let known = words.of(named)?;
                    let mut codes = Vec::with_capacity(rows.len());
                    named.numbers.read(rows.clone(), &mut codes, lookup(&known, UNKNOWN));
                    overwrite(&mut codes, block.column(Field::Endpoint), rows, &endpoints);
                    Codes::Each(facts.pick(codes))
                }
            }
        }
        Dimension::Provider => {
            let endpoints = ids(block, Field::Endpoint).iter().map(|&id| Ok(words.endpoint(id)?.1));
            by(Field::Endpoint, endpoints.collect::<rusqlite::Result<_>>()?)
        }
        Dimension::Error => Codes::Each(facts.pick(error(words, block, rows.clone())?)),
        Dimension::Tool | Dimension::Toolset | Dimension::Outcome | Dimension::Reason => {
            let field = fields(block.kind, dimension)[0];
            let known = block.column(field).map(|column| words.of(column)).transpose()?;
            by(field, known.unwrap_or_default())
        }
        _ => {
            let property = of_run(dimension).and_then(|field| block.column(field));
            let mut of_runs = Vec::new();
            match property {
                Some(property) => {
                    let known = words.of(property)?;
                    let runs = 0..property.numbers.rows();
                    property.numbers.read(runs, &mut of_runs, lookup(&known, UNKNOWN));
                }
                None => of_runs = vec![UNKNOWN; ids(block, Field::Run).len()],
            }
            by(Field::Run, of_runs)
        }
    })
}

/// The row ids a field may have; none where facts of the kind do not have it.
fn ids(block: &Block, field: Field) -> &[i64] {
    match block.column(field).map(|column| &column.dictionary) {
        Some(Some(Dictionary::Ids(ids))) => ids,
        _ => &[],
    }
}

/// Puts the numbers of what is known of a column in the place of others.
fn overwrite(codes: &mut [u32], column: Option<&Column>, rows: &Range<usize>, known: &[u32]) {
    let Some(column) = column else { return };
    for (code, place) in codes.iter_mut().zip(column.numbers.values(rows.clone())) {
        if place != NULL {
            *code = known[place as usize];
        }
    }
}

/// What went wrong. Of a tool call its error's type, else its status; and nothing unless it failed.
fn error(words: &mut Words<'_>, block: &Block, rows: Range<usize>) -> rusqlite::Result<Vec<u32>> {
    let mut codes = Vec::new();
    match block.column(Field::Error) {
        Some(error) => {
            let known = words.of(error)?;
            error.numbers.read(rows.clone(), &mut codes, lookup(&known, ABSENT));
        }
        None => codes = vec![ABSENT; rows.len()],
    }
    if let (Kind::Tool, Some(status)) = (block.kind, block.column(Field::Status)) {
        let statuses = words.of(status)?;
        let failed: Vec<bool> =
            statuses.iter().map(|&number| ToolStatus::from(words.text(number)).failed()).collect();
        for (code, place) in codes.iter_mut().zip(status.numbers.values(rows)) {
            *code = match place {
                place if place == NULL || !failed[place as usize] => ABSENT,
                place if *code == ABSENT => statuses[place as usize],
                _ => *code,
            };
        }
    }
    Ok(codes)
}
