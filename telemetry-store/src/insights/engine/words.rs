//! The texts of a question's groups as small numbers, the same for the same text wherever it comes from.

use std::collections::HashMap;

use rusqlite::Connection;
use telemetry_core::name::Name;

use crate::columns::{Column, Dictionary, NULL};

/// What is not known.
pub(super) const UNKNOWN: u32 = 0;
/// What cannot be: the fact is in no group.
pub(super) const ABSENT: u32 = u32::MAX;
/// The group of what is not known.
pub(super) const UNKNOWN_TEXT: &str = "(unknown)";

/// Texts by their numbers.
#[derive(Default)]
pub(super) struct Texts(Vec<Name>);

impl Texts {
    /// The text of a number.
    pub(super) fn get(&self, number: u32) -> &Name {
        &self.0[number as usize]
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Numbers for texts, handed out in the order they are met.
pub(super) struct Words<'a> {
    connection: &'a Connection,
    pub texts: Texts,
    by_text: HashMap<Name, u32>,
    /// By row of the table of names.
    names: HashMap<i64, u32>,
    /// Model and provider, by row of the table of endpoints.
    endpoints: HashMap<i64, (u32, u32)>,
    /// By row of the table of runs.
    sessions: HashMap<i64, u32>,
}

impl<'a> Words<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        let mut words = Words {
            connection,
            texts: Texts::default(),
            by_text: HashMap::new(),
            names: HashMap::new(),
            endpoints: HashMap::new(),
            sessions: HashMap::new(),
        };
        words.number(UNKNOWN_TEXT);
        words
    }

    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.by_text.get(text) {
            return number;
        }
        let (text, number) = (Name::new(text), self.texts.len() as u32);
        self.texts.0.push(text.clone());
        self.by_text.insert(text, number);
        number
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    /// The number of an interned name.
    pub(super) fn name(&mut self, id: i64) -> rusqlite::Result<u32> {
        if let Some(&number) = self.names.get(&id) {
            return Ok(number);
        }
        let number = self.select("SELECT text FROM name WHERE id = ?1", id)?;
        self.names.insert(id, number);
        Ok(number)
    }

    /// The numbers of an endpoint's model and provider.
    pub(super) fn endpoint(&mut self, id: i64) -> rusqlite::Result<(u32, u32)> {
        if let Some(&numbers) = self.endpoints.get(&id) {
            return Ok(numbers);
        }
        let (model, provider): (Option<i64>, Option<i64>) = self
            .connection
            .prepare_cached("SELECT model, provider FROM endpoint WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut number = |name: Option<i64>| name.map_or(Ok(UNKNOWN), |name| self.name(name));
        let numbers = (number(model)?, number(provider)?);
        self.endpoints.insert(id, numbers);
        Ok(numbers)
    }

    /// The number of the session of a run.
    pub(super) fn session(&mut self, run: i64) -> rusqlite::Result<u32> {
        if let Some(&number) = self.sessions.get(&run) {
            return Ok(number);
        }
        let number = self.select("SELECT session FROM run WHERE id = ?1", run)?;
        self.sessions.insert(run, number);
        Ok(number)
    }

    fn select(&mut self, sql: &'static str, id: i64) -> rusqlite::Result<u32> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => {
                let text = row.get_ref(0)?;
                Ok(text.as_str_or_null()?.map_or(UNKNOWN, |text| self.number(text)))
            }
            None => Ok(UNKNOWN),
        }
    }

    /// The numbers of a dictionary's values: of words, or of interned names.
    pub(super) fn of(&mut self, column: &Column) -> rusqlite::Result<Vec<u32>> {
        match &column.dictionary {
            None => Ok(Vec::new()),
            Some(Dictionary::Words(words)) => Ok(words.iter().map(|word| self.number(word)).collect()),
            Some(Dictionary::Ids(ids)) => ids.iter().map(|&id| self.name(id)).collect(),
        }
    }
}

/// What the codes of a column stand for: `known` by code, else `null`.
pub(super) fn lookup(known: &[u32], null: u32) -> impl Fn(i64) -> u32 + '_ {
    move |code| if code == NULL { null } else { known[code as usize] }
}
