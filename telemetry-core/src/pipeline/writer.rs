//! The writer thread of a pipeline.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::queue::RING;
use super::{Asked, Item, Shared, Tally};
use crate::event::{Dropped, Event, Stats};
use crate::ids::Key;
use crate::sink::Sink;
use crate::time::UnixNanos;

/// Events per write: large enough that the system call does not count, small enough to stay in the cache.
const BATCH: usize = 512;
/// The shortest rest while much comes in; shorter ones would not keep the ring from filling either.
const SHORTEST_REST: Duration = Duration::from_millis(1);
/// How long a closing pipeline tries a sink that fails.
const CLOSING_PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn run<T: Item>(shared: &Shared<T>) {
    let Some(sink) = shared.sink.lock().take() else { return };
    let mut writer = Writer {
        shared,
        sink,
        batch: Vec::with_capacity(BATCH),
        rest: shared.options.tick,
        pause: Duration::ZERO,
        reported: 0,
    };
    writer.work();
    shared.control.ended();
}

struct Writer<'a, T> {
    shared: &'a Shared<T>,
    sink: Box<dyn Sink<T>>,
    /// Taken from the queue and not yet written.
    batch: Vec<T>,
    /// The rest when all is written.
    rest: Duration,
    /// The rest after a failed write; zero while all goes well.
    pause: Duration,
    /// Losses already told of in a `stats` event.
    reported: u64,
}

impl<T: Item> Writer<'_, T> {
    fn work(&mut self) {
        let mut closing_since: Option<Instant> = None;
        let mut last_look = Instant::now();
        loop {
            let asked = self.rest();
            let (written, taken) = self.drain();
            self.rest = self.rest_after(taken, last_look.elapsed());
            last_look = Instant::now();
            if written {
                self.shared.control.flushed(asked.flush);
            }
            if asked.closing {
                let since = *closing_since.get_or_insert_with(Instant::now);
                if written || since.elapsed() > CLOSING_PATIENCE {
                    return;
                }
                // What grew while a disk was full for hours is too long now.
                self.pause = self.pause.min(self.shared.options.pause);
            } else if written {
                self.idle();
            }
        }
    }

    fn rest(&self) -> Asked {
        self.shared.control.rest(if self.pause.is_zero() { self.rest } else { self.pause })
    }

    /// How long the ring takes to be half full at the pace of the last look: a busy host does not meet the overflow,
    /// and an idle one is not kept awake.
    fn rest_after(&self, taken: usize, elapsed: Duration) -> Duration {
        let tick = self.shared.options.tick;
        let half_full = elapsed.mul_f64((RING / 2) as f64 / taken.max(1) as f64);
        half_full.max(SHORTEST_REST).min(tick)
    }

    /// Writes until the queue is empty: whether it came to that, and how many events were taken.
    fn drain(&mut self) -> (bool, usize) {
        let mut taken = 0;
        loop {
            let kept = self.batch.len();
            self.shared.queue.take(&mut self.batch, BATCH);
            taken += self.batch.len() - kept;
            self.shared.bytes.fetch_sub(bytes_of(&self.batch[kept..]), Relaxed);
            if self.batch.is_empty() {
                let dropped = self.shared.queue.settle();
                self.shared.bytes.fetch_sub(bytes_of(&dropped), Relaxed);
                self.shared.lost.queue_full(dropped.len());
            }
            self.report_losses();
            if self.batch.is_empty() {
                return (true, taken);
            }
            if !self.write() {
                return (false, taken);
            }
        }
    }

    fn write(&mut self) -> bool {
        let (sink, batch) = (&mut self.sink, &self.batch);
        // The sink is not used again by a caller who could see it half changed: after a panic it gets the same
        // events once more, which ids make harmless.
        let result = catch_unwind(AssertUnwindSafe(|| sink.write(batch)));
        let failure = match result {
            Ok(Ok(())) => {
                self.batch.clear();
                self.pause = Duration::ZERO;
                return true;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the sink panicked".to_owned(),
        };
        *self.shared.last_error.lock() = Some(failure);
        let options = &self.shared.options;
        self.pause = (self.pause * 2).clamp(options.pause, options.max_pause);
        false
    }

    fn report_losses(&mut self) {
        let Some((process, tallies)) = &self.shared.tells else { return };
        let total =
            tallies.iter().map(Tally::totals).map(|(queue_full, no_writer)| queue_full + no_writer).sum();
        if total == self.reported {
            return;
        }
        self.reported = total;
        // Totals, so the next makes one that is still unwritten needless: a disk that is full for days gathers one.
        if self.batch.last().is_some_and(Item::is_stats) {
            self.batch.pop();
        }
        let dropped: Vec<Dropped> = tallies.iter().flat_map(Tally::dropped).collect();
        let key = Key::new("stats").number(process.0).number(total);
        let stats = Event::new(UnixNanos::now(), None, &key, Stats { process: *process, dropped });
        self.batch.extend(T::of_stats(stats));
    }

    fn idle(&mut self) {
        let sink = &mut self.sink;
        let _ = catch_unwind(AssertUnwindSafe(|| sink.idle()));
    }
}

/// Bytes of items that tell theirs.
fn bytes_of<T: Item>(items: &[T]) -> usize {
    items.iter().map(Item::bytes).sum()
}
