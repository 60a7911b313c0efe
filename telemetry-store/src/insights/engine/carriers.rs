//! What facts of a block have in common with others, and their groups with it.
//!
//! The platform of a fact is its run's, the provider that of its endpoint. There are far fewer runs and endpoints in a day
//! than facts, so groups are looked up, and sums are made, for each of those once, for however many breakdowns.

use std::ops::Range;

use crate::columns::{Block, Field, NULL};

/// The fields that say in which groups the chosen facts of a block are.
#[derive(Default)]
pub(super) struct Carriers(Vec<Carrier>);

struct Carrier {
    field: Field,
    /// Of each fact, the code of the field and one; 0 where it is not known.
    values: Vec<u32>,
    /// Whether a fact has it, by value.
    had: Vec<bool>,
}

impl Carriers {
    /// The place of the carrier `field`, which `rows` of the block have, those of them that were `kept`.
    pub(super) fn place(
        &mut self,
        block: &Block,
        field: Field,
        rows: &Range<usize>,
        kept: Option<&[u32]>,
    ) -> usize {
        if let Some(place) = self.0.iter().position(|carrier| carrier.field == field) {
            return place;
        }
        let mut values = Vec::with_capacity(rows.len());
        match block.column(field) {
            Some(column) => {
                let value = |code| if code == NULL { 0 } else { code as u32 + 1 };
                column.numbers.read(rows.clone(), &mut values, value);
            }
            None => values.resize(rows.len(), 0),
        }
        if let Some(kept) = kept {
            values = kept.iter().map(|&place| values[place as usize]).collect();
        }
        let many = block.column(field).map_or(0, |column| column.known());
        let mut had = vec![false; many + 1];
        values.iter().for_each(|&value| had[value as usize] = true);
        self.0.push(Carrier { field, values, had });
        self.0.len() - 1
    }

    /// Of each fact what it has of a carrier.
    pub(super) fn values(&self, carrier: usize) -> &[u32] {
        &self.0[carrier].values
    }

    /// Whether any fact has it, by what a carrier may be.
    pub(super) fn had(&self, carrier: usize) -> &[bool] {
        &self.0[carrier].had
    }

    /// How many carriers there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
