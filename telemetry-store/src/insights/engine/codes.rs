//! What each fact of a block is in a dimension. The table of `columns` says which facts have which.

use std::ops::Range;

use jiff::tz::TimeZone;
use telemetry_core::vocabulary::ToolStatus;

use super::calendar;
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

/// The numbers of what each fact of `rows` is in a dimension that facts of its kind have.
pub(super) fn codes(
    words: &mut Words<'_>,
    zone: &TimeZone,
    block: &Block,
    dimension: Dimension,
    rows: Range<usize>,
) -> rusqlite::Result<Vec<u32>> {
    let mut codes = Vec::new();
    match dimension {
        Dimension::Day | Dimension::Hour | Dimension::Weekday => {
            let times = block.column(Field::Time).map_or_else(Vec::new, |time| time.numbers.values(rows));
            return Ok(calendar::codes(words, zone, dimension, &times));
        }
        Dimension::Session => {
            let Some((run, ids)) = with_ids(block, Field::Run) else { return Ok(unknown(&rows)) };
            let known = ids.iter().map(|&run| words.session(run)).collect::<Result<Vec<_>, _>>()?;
            run.numbers.read(rows, &mut codes, lookup(&known, UNKNOWN));
        }
        Dimension::Model => return model(words, block, rows),
        Dimension::Provider => {
            let Some((endpoint, ids)) = with_ids(block, Field::Endpoint) else { return Ok(unknown(&rows)) };
            let known =
                ids.iter().map(|&id| Ok(words.endpoint(id)?.1)).collect::<rusqlite::Result<Vec<_>>>()?;
            endpoint.numbers.read(rows, &mut codes, lookup(&known, UNKNOWN));
        }
        Dimension::Error => return error(words, block, rows),
        Dimension::Tool | Dimension::Toolset | Dimension::Outcome | Dimension::Reason => {
            let field = fields(block.kind, dimension)[0];
            let Some(column) = block.column(field) else { return Ok(unknown(&rows)) };
            let known = words.of(column)?;
            column.numbers.read(rows, &mut codes, lookup(&known, UNKNOWN));
        }
        _ => {
            let property = of_run(dimension).and_then(|field| block.column(field));
            let Some((run, property)) = block.column(Field::Run).zip(property) else {
                return Ok(unknown(&rows));
            };
            let (known, mut of_runs) = (words.of(property)?, Vec::new());
            property.numbers.read(0..property.numbers.rows(), &mut of_runs, lookup(&known, UNKNOWN));
            run.numbers.read(rows, &mut codes, lookup(&of_runs, UNKNOWN));
        }
    }
    Ok(codes)
}

fn unknown(rows: &Range<usize>) -> Vec<u32> {
    vec![UNKNOWN; rows.len()]
}

fn with_ids(block: &Block, field: Field) -> Option<(&Column, &[i64])> {
    let column = block.column(field)?;
    match &column.dictionary {
        Some(Dictionary::Ids(ids)) => Some((column, ids)),
        _ => None,
    }
}

/// Of the endpoint, where there is one; else the one that is named.
fn model(words: &mut Words<'_>, block: &Block, rows: Range<usize>) -> rusqlite::Result<Vec<u32>> {
    let mut codes = Vec::new();
    match block.column(Field::Model) {
        Some(model) => {
            let known = words.of(model)?;
            model.numbers.read(rows.clone(), &mut codes, lookup(&known, UNKNOWN));
        }
        None => codes = unknown(&rows),
    }
    if let Some((endpoint, ids)) = with_ids(block, Field::Endpoint) {
        let known = ids.iter().map(|&id| Ok(words.endpoint(id)?.0)).collect::<rusqlite::Result<Vec<_>>>()?;
        for (code, place) in codes.iter_mut().zip(endpoint.numbers.values(rows)) {
            if place != NULL {
                *code = known[place as usize];
            }
        }
    }
    Ok(codes)
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
