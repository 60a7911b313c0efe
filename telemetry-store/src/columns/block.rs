//! The facts of one kind in one span of time, by column.

use std::collections::HashMap;

use super::packed::{NULL, Packed};
use super::{Field, Kind};

/// Facts of one kind, oldest first. It may have only the columns that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is of.
    pub kind: Kind,
    rows: usize,
    /// By field.
    columns: Vec<(Field, Column)>,
}

/// One property of all facts of a block, or of all its runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The numbers; with a dictionary, the places of values in it.
    pub numbers: Packed,
    /// What the numbers stand for, where they are not themselves.
    pub dictionary: Option<Dictionary>,
}

/// The values a column has, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dictionary {
    /// Row ids: of names, endpoints or runs, as the field says.
    Ids(Vec<i64>),
    /// Texts of the block's own.
    Words(Vec<Box<str>>),
}

impl Block {
    pub(super) fn new(kind: Kind, rows: usize, columns: Vec<(Field, Column)>) -> Self {
        Block { kind, rows, columns }
    }

    /// How many facts there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// All properties.
    pub(super) fn columns(&self) -> &[(Field, Column)] {
        &self.columns
    }

    /// One property; `None` when facts of this kind do not have it, or it was not asked for.
    pub(crate) fn column(&self, field: Field) -> Option<&Column> {
        self.columns.iter().find(|(of, _)| *of == field).map(|(_, column)| column)
    }

    /// Runs as the chains they begin: outcome, reason and duration are the chain's, and unknown of a run that begins none.
    pub(crate) fn chains(mut self) -> Self {
        let of_chain = |field| match field {
            Field::ChainOutcome => Some(Field::Outcome),
            Field::ChainReason => Some(Field::Reason),
            Field::ChainDuration => Some(Field::Duration),
            Field::Outcome | Field::Reason | Field::Duration => None,
            other => Some(other),
        };
        self.columns = self
            .columns
            .into_iter()
            .filter_map(|(field, column)| of_chain(field).map(|field| (field, column)))
            .collect();
        self
    }
}

impl Column {
    /// How many values the numbers may stand for; 0 where they stand for themselves.
    pub(crate) fn known(&self) -> usize {
        match &self.dictionary {
            None => 0,
            Some(Dictionary::Ids(ids)) => ids.len(),
            Some(Dictionary::Words(words)) => words.len(),
        }
    }

    /// As bytes to keep.
    pub(super) fn write(&self, into: &mut Vec<u8>) {
        let count = |count: usize| (count as u32).to_le_bytes();
        into.extend_from_slice(&count(self.numbers.rows()));
        self.numbers.write(into);
        match &self.dictionary {
            None => into.push(PLAIN),
            Some(Dictionary::Ids(ids)) => {
                into.push(IDS);
                into.extend_from_slice(&count(ids.len()));
                Packed::of(ids).write(into);
            }
            Some(Dictionary::Words(words)) => {
                into.push(WORDS);
                into.extend_from_slice(&count(words.len()));
                for word in words {
                    into.extend_from_slice(&count(word.len()));
                    into.extend_from_slice(word.as_bytes());
                }
            }
        }
    }

    /// From kept bytes; `None` when they are not what was written.
    pub(super) fn parse(kept: &[u8]) -> Option<Self> {
        let (rows, kept) = count(kept)?;
        let (numbers, kept) = Packed::parse(rows, kept)?;
        let (form, kept) = kept.split_first()?;
        let dictionary = match *form {
            PLAIN => None,
            IDS => {
                let (many, kept) = count(kept)?;
                let (ids, _) = Packed::parse(many, kept)?;
                Some(Dictionary::Ids(ids.values(0..many)))
            }
            WORDS => {
                let (many, mut kept) = count(kept)?;
                let mut words = Vec::new();
                for _ in 0..many {
                    let (length, rest) = count(kept)?;
                    let (word, rest) = rest.split_at_checked(length)?;
                    words.push(std::str::from_utf8(word).ok()?.into());
                    kept = rest;
                }
                Some(Dictionary::Words(words))
            }
            _ => return None,
        };
        Some(Column { numbers, dictionary })
    }
}

/// No dictionary, one of ids, one of words.
const PLAIN: u8 = 0;
const IDS: u8 = 1;
const WORDS: u8 = 2;

fn count(kept: &[u8]) -> Option<(usize, &[u8])> {
    let (count, rest) = kept.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*count) as usize, rest))
}

/// Gathers the values of a column that has a dictionary.
#[derive(Default)]
pub(super) struct Coded {
    codes: Vec<i64>,
    ids: Vec<i64>,
    words: Vec<Box<str>>,
    by_id: HashMap<i64, i64>,
    by_word: HashMap<Box<str>, i64>,
}

impl Coded {
    /// Adds an id; `None` for unknown.
    pub(super) fn id(&mut self, id: Option<i64>) {
        let code = match id {
            None => NULL,
            Some(id) => *self.by_id.entry(id).or_insert_with(|| {
                self.ids.push(id);
                self.ids.len() as i64 - 1
            }),
        };
        self.codes.push(code);
    }

    /// Adds a word; `None` for unknown.
    pub(super) fn word(&mut self, word: Option<&str>) {
        let code = match word {
            None => NULL,
            Some(word) => match self.by_word.get(word) {
                Some(&code) => code,
                None => {
                    let code = self.words.len() as i64;
                    self.words.push(word.into());
                    self.by_word.insert(word.into(), code);
                    code
                }
            },
        };
        self.codes.push(code);
    }

    /// The column, its rows in `order`.
    pub(super) fn column(self, order: &[u32]) -> Column {
        let codes: Vec<i64> = order.iter().map(|&row| self.codes[row as usize]).collect();
        let dictionary =
            if self.words.is_empty() { Dictionary::Ids(self.ids) } else { Dictionary::Words(self.words) };
        Column { numbers: Packed::of(&codes), dictionary: Some(dictionary) }
    }

    /// The ids that were added, each once.
    pub(super) fn ids(&self) -> &[i64] {
        &self.ids
    }
}
