//! Blocks out of the index's rows.
//!
//! Facts are keyed by run, not by time, so those of a span of time are found by way of the runs that were heard of in it.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::block::{Block, Coded, Column};
use super::packed::{NULL, Packed};
use super::{Field, Kind, chains, fate, turns};

/// The runs that were heard of from `?1` on and before `?2`. Those that were heard of before too are few, and have an
/// index of their own.
macro_rules! heard {
    ($rest:expr) => {
        concat!(
            "WITH heard (run) AS MATERIALIZED (
                 SELECT id FROM run INDEXED BY run_by_start WHERE start_ns >= ?1 AND start_ns < ?2
                 UNION ALL
                 SELECT id FROM run INDEXED BY run_over_days WHERE start_ns < ?1 AND last_ns >= ?1
                    AND (last_ns / 86400000000000 > start_ns / 86400000000000 OR start_ns < 0)
             ) ",
            $rest
        )
    };
}
pub(super) use heard;

/// How a field is read from a row.
#[derive(Clone, Copy)]
enum Read {
    Number,
    Id,
    Word,
}

/// Columns of one kind while they grow.
pub(super) struct Sheet {
    kind: Kind,
    times: Vec<i64>,
    runs: Coded,
    numbers: Vec<(Field, Vec<i64>)>,
    coded: Vec<(Field, Coded)>,
}

impl Sheet {
    pub(super) fn new(kind: Kind) -> Self {
        let (times, runs) = (Vec::new(), Coded::default());
        Sheet { kind, times, runs, numbers: Vec::new(), coded: Vec::new() }
    }

    /// Begins a row.
    pub(super) fn row(&mut self, time: i64, run: i64) {
        self.times.push(time);
        self.runs.id(Some(run));
    }

    pub(super) fn number(&mut self, field: Field, value: Option<i64>) {
        // The one number that stands for null is kept one off.
        let value = value.map_or(NULL, |value| value.max(NULL + 1));
        match self.numbers.iter_mut().find(|(of, _)| *of == field) {
            Some((_, values)) => values.push(value),
            None => self.numbers.push((field, vec![value])),
        }
    }

    pub(super) fn id(&mut self, field: Field, id: Option<i64>) {
        self.coded(field).id(id);
    }

    pub(super) fn word(&mut self, field: Field, word: Option<&str>) {
        self.coded(field).word(word);
    }

    fn coded(&mut self, field: Field) -> &mut Coded {
        let place = match self.coded.iter().position(|(of, _)| *of == field) {
            Some(place) => place,
            None => {
                self.coded.push((field, Coded::default()));
                self.coded.len() - 1
            }
        };
        &mut self.coded[place].1
    }

    fn read(&mut self, row: &Row<'_>, from: usize, fields: &[(Field, Read)]) -> rusqlite::Result<()> {
        for (place, &(field, read)) in fields.iter().enumerate() {
            let place = from + place;
            match read {
                Read::Number => self.number(field, row.get(place)?),
                Read::Id => self.id(field, row.get(place)?),
                Read::Word => {
                    let word = row.get_ref(place)?;
                    self.word(field, word.as_str_or_null()?);
                }
            }
        }
        Ok(())
    }

    /// The block, with what is known of its runs.
    fn block(self, connection: &Connection) -> rusqlite::Result<Block> {
        let mut order: Vec<u32> = (0..self.times.len() as u32).collect();
        order.sort_by_key(|&row| self.times[row as usize]);
        let sorted = |values: &[i64]| {
            let values: Vec<i64> = order.iter().map(|&row| values[row as usize]).collect();
            Column { numbers: Packed::of(&values), dictionary: None }
        };
        let mut columns = vec![(Field::Time, sorted(&self.times))];
        columns.extend(runs(connection, self.runs.ids())?);
        columns.push((Field::Run, self.runs.column(&order)));
        columns.extend(self.numbers.iter().map(|(field, values)| (*field, sorted(values))));
        columns.extend(self.coded.into_iter().map(|(field, coded)| (field, coded.column(&order))));
        columns.sort_by_key(|(field, _)| *field);
        Ok(Block::new(self.kind, self.times.len(), columns))
    }
}

/// What is known of each of `ids`, in their order.
fn runs(connection: &Connection, ids: &[i64]) -> rusqlite::Result<Vec<(Field, Column)>> {
    const NAMES: [Field; 6] =
        [Field::Host, Field::Platform, Field::Entrypoint, Field::Profile, Field::Command, Field::Surface];
    let mut names = NAMES.map(|field| (field, Coded::default()));
    let mut statement = connection.prepare_cached(
        "SELECT host, platform, entrypoint, profile,
                (SELECT command FROM process WHERE process.id = run.process), kind FROM run WHERE id = ?1",
    )?;
    for id in ids {
        statement.query_row([id], |row| {
            for (place, (_, coded)) in names.iter_mut().enumerate() {
                coded.id(row.get(place)?);
            }
            Ok(())
        })?;
    }
    let order: Vec<u32> = (0..ids.len() as u32).collect();
    Ok(names.into_iter().map(|(field, coded)| (field, coded.column(&order))).collect())
}

/// The block of `kind` with the facts from `since` on and before `until`, in nanoseconds since the epoch.
pub(crate) fn make(connection: &Connection, kind: Kind, since: i64, until: i64) -> rusqlite::Result<Block> {
    let mut sheet = Sheet::new(kind);
    match kind {
        Kind::Run => runs_begun(connection, &mut sheet, since, until)?,
        Kind::Turn => turns::add(connection, &mut sheet, since, until)?,
        Kind::Call => {
            use Field::*;
            let fields = [
                (Outcome, Read::Word),
                (Reason, Read::Id),
                (Endpoint, Read::Id),
                (Duration, Read::Number),
                (BeforeAttempt, Read::Number),
                (FirstToken, Read::Number),
                (Messages, Read::Number),
                (Input, Read::Number),
                (Output, Read::Number),
                (CacheRead, Read::Number),
                (CacheWrite, Read::Number),
                (Reasoning, Read::Number),
                (Priced, Read::Word),
                (Cost, Read::Number),
                (Rated, Read::Number),
            ];
            let sql = heard!(
                "SELECT m.ts_ns, m.run, turn.outcome, turn.reason, m.endpoint, m.latency_ns, m.before_attempt_ns,
                        m.ttft_ns, m.messages, m.input_tokens, m.output_tokens, m.cache_read_tokens,
                        m.cache_write_tokens, m.reasoning_tokens, pricing.status, m.amount_nanos, m.rated_nanos
                 FROM heard CROSS JOIN model_call AS m ON m.run = heard.run AND m.ts_ns >= ?1 AND m.ts_ns < ?2
                 LEFT JOIN turn ON turn.run = m.run AND turn.span = m.turn
                 LEFT JOIN pricing ON pricing.id = m.pricing"
            );
            plain(connection, &mut sheet, sql, &fields, since, until)?;
        }
        Kind::Attempt => attempts(connection, &mut sheet, since, until)?,
        Kind::Tool => tools(connection, &mut sheet, since, until)?,
        Kind::Approval => {
            let fields = [
                (Field::Outcome, Read::Word),
                (Field::Reason, Read::Id),
                (Field::Status, Read::Id),
                (Field::Duration, Read::Number),
            ];
            let sql = heard!(
                "SELECT a.asked_ns, a.run, turn.outcome, turn.reason, a.choice, a.wait_ns
                 FROM heard CROSS JOIN approval AS a ON a.run = heard.run AND a.asked_ns >= ?1 AND a.asked_ns < ?2
                 LEFT JOIN turn ON turn.run = a.run AND turn.span = a.turn"
            );
            plain(connection, &mut sheet, sql, &fields, since, until)?;
        }
        Kind::Subagent => {
            let sql = heard!(
                "SELECT coalesce(start_ns, end_ns) AS at, parent, status
                 FROM heard CROSS JOIN subagent ON parent = heard.run AND at >= ?1 AND at < ?2"
            );
            plain(connection, &mut sheet, sql, &[(Field::Status, Read::Id)], since, until)?;
        }
    }
    sheet.block(connection)
}

/// Rows whose fields stand in the row as they are, after time and run.
fn plain(
    connection: &Connection,
    sheet: &mut Sheet,
    sql: &str,
    fields: &[(Field, Read)],
    since: i64,
    until: i64,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        sheet.row(row.get(0)?, row.get(1)?);
        sheet.read(row, 2, fields)?;
    }
    Ok(())
}

fn runs_begun(connection: &Connection, sheet: &mut Sheet, since: i64, until: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT start_ns, id, outcome, reason, model, end_ns,
                CASE WHEN known_calls > 0 OR priced_part_nanos > 0 THEN paid_nanos END, priced_part_nanos FROM run INDEXED BY run_by_start
         WHERE start_ns >= ?1 AND start_ns < ?2",
    )?;
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        let (start, run): (i64, i64) = (row.get(0)?, row.get(1)?);
        let lasted = |end: i64| end.saturating_sub(start).max(0);
        sheet.row(start, run);
        sheet.read(
            row,
            2,
            &[(Field::Outcome, Read::Word), (Field::Reason, Read::Id), (Field::Model, Read::Id)],
        )?;
        sheet.number(Field::Duration, row.get::<_, Option<i64>>(5)?.map(lasted));
        // Of a cost that is not wholly known, what is. Each of the two may be as large as a number gets.
        let (paid, part): (Option<i64>, i64) = (row.get(6)?, row.get(7)?);
        sheet.number(Field::Cost, paid.map(|paid| paid.saturating_add(part)));
        let chain = chains::beginning_with(connection, run)?;
        sheet.word(Field::ChainOutcome, chain.as_ref().map(|last| last.outcome.as_str()));
        sheet.id(Field::ChainReason, chain.as_ref().and_then(|last| last.reason));
        sheet.number(Field::ChainDuration, chain.and_then(|last| last.end).map(lasted));
    }
    Ok(())
}

fn attempts(connection: &Connection, sheet: &mut Sheet, since: i64, until: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(heard!(
        "SELECT a.ts_ns, a.run, turn.outcome, turn.reason, a.endpoint, a.class, a.attempt_ns, a.recovery, a.span,
                a.id
         FROM heard CROSS JOIN attempt_failed AS a ON a.run = heard.run AND a.ts_ns >= ?1 AND a.ts_ns < ?2
         LEFT JOIN turn ON turn.run = a.run AND turn.span = a.turn"
    ))?;
    let mut lasts: HashMap<i64, HashMap<i64, (i64, i64)>> = HashMap::new();
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        let (at, run): (i64, i64) = (row.get(0)?, row.get(1)?);
        sheet.row(at, run);
        let fields = [
            (Field::Outcome, Read::Word),
            (Field::Reason, Read::Id),
            (Field::Endpoint, Read::Id),
            (Field::Error, Read::Word),
            (Field::Duration, Read::Number),
        ];
        sheet.read(row, 2, &fields)?;
        let recovery = row.get_ref(7)?;
        let became = match recovery.as_str()? {
            "recovered" => fate::RECOVERED,
            "final" => {
                let of_run = match lasts.entry(run) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        new.insert(last_ones(connection, run, since)?)
                    }
                };
                let this: (i64, i64) = (at, row.get(9)?);
                let last = of_run.get(&row.get(8)?) == Some(&this);
                if last { fate::ERROR } else { fate::RETRIED }
            }
            _ => fate::RETRIED,
        };
        sheet.number(Field::Fate, Some(became));
    }
    Ok(())
}

/// The last failed attempt from `since` on of each call of `run` that was never answered, by its span: time and id.
fn last_ones(connection: &Connection, run: i64, since: i64) -> rusqlite::Result<HashMap<i64, (i64, i64)>> {
    connection
        .prepare_cached(
            "SELECT span, ts_ns, id FROM attempt_failed WHERE run = ?1 AND ts_ns >= ?2 AND recovery = 'final'
             ORDER BY ts_ns, id",
        )?
        .query_map([run, since], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect()
}

fn tools(connection: &Connection, sheet: &mut Sheet, since: i64, until: i64) -> rusqlite::Result<()> {
    let mut asked = Asked::default();
    let mut statement = connection.prepare_cached(heard!(
        "SELECT t.ts_ns, t.run, turn.outcome, turn.reason, t.tool, t.status, t.error_type, t.duration_ns,
                t.toolset, turn.model, t.turn, t.call
         FROM heard CROSS JOIN tool_call AS t ON t.run = heard.run AND t.ts_ns >= ?1 AND t.ts_ns < ?2
         LEFT JOIN turn ON turn.run = t.run AND turn.span = t.turn"
    ))?;
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        let run = row.get(1)?;
        sheet.row(row.get(0)?, run);
        let fields = [
            (Field::Outcome, Read::Word),
            (Field::Reason, Read::Id),
            (Field::Tool, Read::Id),
            (Field::Status, Read::Word),
            (Field::Error, Read::Id),
            (Field::Duration, Read::Number),
            (Field::Toolset, Read::Id),
        ];
        sheet.read(row, 2, &fields)?;
        let endpoint = match row.get::<_, Option<i64>>(11)? {
            Some(call) => asked.endpoint(connection, run, row.get(10)?, call, (since, until))?,
            None => None,
        };
        let model = if endpoint.is_some() { None } else { row.get(9)? };
        sheet.id(Field::Endpoint, endpoint);
        sheet.id(Field::Model, model);
    }
    Ok(())
}

/// What calls went to, of the run whose tools are looked at. Rows come run by run.
#[derive(Default)]
struct Asked {
    run: Option<i64>,
    /// By turn and span: those that were answered in the span of time.
    endpoints: HashMap<(i64, i64), i64>,
    /// Whether the earlier ones are among them.
    all: bool,
}

impl Asked {
    /// The endpoint of the call of a turn.
    fn endpoint(
        &mut self,
        connection: &Connection,
        run: i64,
        turn: i64,
        call: i64,
        (since, until): (i64, i64),
    ) -> rusqlite::Result<Option<i64>> {
        if self.run != Some(run) {
            *self = Asked { run: Some(run), ..Asked::default() };
            self.read(connection, run, since, until)?;
        }
        let found = self.endpoints.get(&(turn, call));
        if found.is_some() || self.all {
            return Ok(found.copied());
        }
        // It was answered before midnight, or never heard of.
        self.all = true;
        self.read(connection, run, i64::MIN, i64::MAX)?;
        Ok(self.endpoints.get(&(turn, call)).copied())
    }

    fn read(&mut self, connection: &Connection, run: i64, since: i64, until: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT turn, span, endpoint FROM model_call WHERE run = ?1 AND ts_ns >= ?2 AND ts_ns < ?3",
        )?;
        let mut rows = statement.query([run, since, until])?;
        while let Some(row) = rows.next()? {
            self.endpoints.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
        Ok(())
    }
}
