//! Work on one kind of facts, on a thread of its own where there is enough of it.
//!
//! Kinds have nothing to do with each other once they are read: while tool calls are read, the model calls that were are
//! summed up and sorted.

use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// What is made of pieces, one after the other.
pub(super) trait Work: Send + 'static {
    /// Some facts.
    type Piece: Send + 'static;
    /// What they come to.
    type Done: Send + 'static;
    /// Adds some facts.
    fn add(&mut self, piece: Self::Piece);
    /// What they come to, which takes a while.
    fn done(self) -> Self::Done;
}

/// Facts whose summing up and sorting takes much longer than a thread takes to start.
const WORTH_A_THREAD: usize = 20_000;
/// Pieces that may wait: they are days of facts, of which a year need not be in memory.
const WAITING: usize = 8;

/// Where work is done: by the caller, or by a thread if there is one to have.
pub(super) enum Lane<W: Work> {
    Here(W),
    There(Option<SyncSender<W::Piece>>, JoinHandle<W::Done>),
}

impl<W: Work> Lane<W> {
    /// For about so many `facts`.
    pub(super) fn new(facts: usize, work: impl Fn() -> W + Clone + Send + 'static) -> Self {
        if facts < WORTH_A_THREAD {
            return Lane::Here(work());
        }
        let (sender, pieces) = sync_channel(WAITING);
        let there = work.clone();
        let all = move || {
            let mut work = there();
            pieces.into_iter().for_each(|piece| work.add(piece));
            work.done()
        };
        match Builder::new().name("telemetry-sums".into()).spawn(all) {
            Ok(thread) => Lane::There(Some(sender), thread),
            Err(_) => Lane::Here(work()),
        }
    }

    /// Adds some facts.
    pub(super) fn add(&mut self, piece: W::Piece) {
        match self {
            Lane::Here(work) => work.add(piece),
            // That the thread came to grief is told by `done`.
            Lane::There(pieces, _) => drop(pieces.as_ref().map(|pieces| pieces.send(piece))),
        }
    }

    /// There are no more: a thread finishes its work while the caller does something else.
    pub(super) fn close(&mut self) {
        if let Lane::There(pieces, _) = self {
            *pieces = None;
        }
    }

    /// What the facts come to.
    ///
    /// # Panics
    /// When the work did, wherever it was.
    pub(super) fn done(mut self) -> W::Done {
        self.close();
        match self {
            Lane::Here(work) => work.done(),
            Lane::There(_, thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Sum(u64);

    impl Work for Sum {
        type Piece = u64;
        type Done = u64;

        fn add(&mut self, piece: u64) {
            assert_ne!(piece, 13, "this one breaks it");
            self.0 += piece;
        }

        fn done(self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_thread_comes_to_what_the_caller_does() {
        for facts in [0, WORTH_A_THREAD] {
            let mut lane = Lane::new(facts, Sum::default);
            assert_eq!(matches!(lane, Lane::There(..)), facts > 0);
            (100..200).for_each(|piece| lane.add(piece));
            lane.close();
            assert_eq!(lane.done(), 14_950);
        }
    }

    #[test]
    #[should_panic(expected = "this one breaks it")]
    fn what_went_wrong_on_a_thread_is_told_by_who_waits() {
        let mut lane = Lane::new(WORTH_A_THREAD, Sum::default);
        (0..100).for_each(|piece| lane.add(piece));
        lane.done();
    }
}
