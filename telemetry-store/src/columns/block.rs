//! The facts of one kind in one span of time, by column.

use std::collections::HashMap;

use super::packed::{NULL, Packed};
use super::{Field, Kind};

/// Facts of one kind, oldest first. It may have only the columns that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is of.
    pub kind: Kind,
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
    pub(super) fn new(kind: Kind, columns: Vec<(Field, Column)>) -> Self {
        Block { kind, columns }
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
