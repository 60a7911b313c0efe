//! From events to turns.

use serde::{Deserialize, Serialize};
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use super::gatherer::{self, Gatherer};
use super::held::Spoken;
use super::turn::Told;
use crate::spans::{self, Assembler};

/// An assembler with a gatherer behind it.
pub struct Feed {
    assembler: Assembler,
    gatherer: Gatherer,
}

/// What a [`Feed`] needs to go on later.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FeedState {
    spans: spans::Open,
    turns: gatherer::Open,
}

impl Feed {
    /// Goes on from `state`; a new one with the default of it.
    pub fn resume(prices: Prices, state: FeedState) -> Self {
        Feed { assembler: Assembler::resume(prices, state.spans), gatherer: Gatherer::resume(state.turns) }
    }

    /// What is open.
    pub fn state(&self) -> FeedState {
        FeedState { spans: self.assembler.open().clone(), turns: self.gatherer.open().clone() }
    }

    /// Takes an event and hands on what can be told by it.
    pub fn event(&mut self, event: Cleared<Event>, spoken: &mut dyn Spoken, each: &mut dyn FnMut(Told)) {
        let Feed { assembler, gatherer } = self;
        assembler.take(event, &mut |piece| gatherer.take(piece, spoken, each));
    }

    /// There is no more to come: what is open is told as it is.
    pub fn finish(&mut self, spoken: &mut dyn Spoken, each: &mut dyn FnMut(Told)) {
        let Feed { assembler, gatherer } = self;
        assembler.finish(&mut |piece| gatherer.take(piece, spoken, each));
    }
}
