//! What of a request a receiver takes, when it does not take it as it is.
//!
//! A receiver that answers 400 does not say which item it means, or whether it means an item at all: a setting that is
//! wrong looks the same. So the request is cut until it shows: when some of it is taken, what is not is refused for ever, by
//! name; when none of it is, it was a setting, and nothing is given up.

use super::dialect::Parcel;

/// How many requests may say no before one says yes. With a setting that is wrong no more are sent.
const DOUBTS: u32 = 40;
/// How many refused items are named.
const NAMED: usize = 8;

/// The parts of a request that have not been answered yet, and what became of the others.
pub(super) struct Pieces<P> {
    waiting: Vec<P>,
    /// Where in `waiting` the piece was that is out.
    place: usize,
    asked: u32,
    /// Whether something was taken.
    pub has_taken: bool,
    refused: Vec<String>,
    /// How many were refused, named or not.
    pub refusals: u64,
    /// The last reason.
    reason: String,
}

impl<P: Parcel> Pieces<P> {
    pub(super) fn of(parcel: P) -> Self {
        Pieces {
            waiting: vec![parcel],
            place: 0,
            asked: 0,
            has_taken: false,
            refused: Vec::new(),
            refusals: 0,
            reason: String::new(),
        }
    }

    /// What to send next. As long as nothing was taken, the first, the last and the largest piece in turn: at the ends pieces
    /// become small soon, so that a good item shows where bad ones are everywhere, and large ones show it where bad ones
    /// stand together.
    pub(super) fn next(&mut self) -> Option<P> {
        self.asked += 1;
        let last = self.waiting.len().checked_sub(1)?;
        self.place = match (self.has_taken, self.asked % 3) {
            (true, _) | (false, 1) => 0,
            (false, 2) => last,
            (false, _) => (0..=last).rev().max_by_key(|place| self.waiting[*place].items())?,
        };
        Some(self.waiting.remove(self.place))
    }

    /// Whether so much was refused, and nothing taken, that more of it would say nothing new.
    pub(super) fn is_hopeless(&self) -> bool {
        !self.has_taken && (self.waiting.is_empty() || self.asked >= DOUBTS)
    }

    /// A piece is cut in two; one that cannot be is refused.
    pub(super) fn cut(&mut self, piece: P, reason: &str) {
        reason.clone_into(&mut self.reason);
        if piece.items() > 1 {
            let (left, right) = piece.halves();
            self.waiting.splice(self.place..self.place, [left, right]);
            return;
        }
        self.refusals += piece.items();
        if self.refused.len() < NAMED {
            self.refused.extend(piece.name());
        }
    }

    /// The reason of the last piece that was not taken.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Which items were refused; `None` when none was.
    pub(super) fn refused(&self) -> Option<String> {
        let more = self.refusals - self.refused.len() as u64;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (self.refusals > 0).then(|| format!("{}{more}", self.refused.join(", ")))
    }
}
