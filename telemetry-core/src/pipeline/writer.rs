//! The writer thread of a pipeline.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::{Asked, Shared};
use crate::event::{Dropped, Event, Stats};
use crate::ids::Key;
use crate::sink::Sink;
use crate::time::UnixNanos;

/// Events per write: large enough that the system call does not count, small enough to stay in the cache.
const BATCH: usize = 512;
/// Background work between two looks at the queue.
const IDLE_BUDGET: Duration = Duration::from_millis(5);
/// How long a closing pipeline tries a sink that fails.
const CLOSING_PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn run(shared: &Arc<Shared>, sink: Box<dyn Sink>) {
    let mut writer = Writer {
        shared,
        sink,
        batch: Vec::with_capacity(BATCH),
        pause: Duration::ZERO,
        reported: 0,
        more_idle_work: false,
    };
    writer.work();
    shared.control.ended();
}

struct Writer<'a> {
    shared: &'a Shared,
    sink: Box<dyn Sink>,
    /// Taken from the queue and not yet written.
    batch: Vec<Event>,
    /// The rest after a failed write; zero while all goes well.
    pause: Duration,
    /// Losses already told of in a `stats` event.
    reported: u64,
    more_idle_work: bool,
}

impl Writer<'_> {
    fn work(&mut self) {
        let mut closing_since: Option<Instant> = None;
        loop {
            let asked = self.rest();
            let written = self.drain();
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
                self.more_idle_work = self.idle();
            }
        }
    }

    fn rest(&self) -> Asked {
        let control = &self.shared.control;
        if !self.pause.is_zero() {
            control.pause(self.pause)
        } else if self.more_idle_work {
            control.rest(Duration::ZERO)
        } else {
            control.rest(self.shared.options.tick)
        }
    }

    /// Writes until the queue is empty; whether it came to that.
    fn drain(&mut self) -> bool {
        loop {
            while self.batch.len() < BATCH {
                let Some(event) = self.shared.queue.pop() else { break };
                self.batch.push(event);
            }
            if self.batch.is_empty() {
                let dropped = self.shared.queue.settle();
                self.shared.queue_full.fetch_add(dropped as u64, Relaxed);
            }
            self.report_losses();
            if self.batch.is_empty() {
                return true;
            }
            if !self.write() {
                return false;
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
        let dropped = self.shared.dropped();
        let total = dropped.iter().map(|(_, events)| events).sum();
        if total == self.reported {
            return;
        }
        self.reported = total;
        let process = self.shared.process;
        let dropped = dropped
            .into_iter()
            .filter(|(_, events)| *events > 0)
            .map(|(reason, events)| Dropped { reason, events })
            .collect();
        let now = UnixNanos::now();
        let key = Key::new("stats").number(process.0).number(total);
        self.batch.push(Event::new(now, None, &key, Stats { process, dropped }));
    }

    fn idle(&mut self) -> bool {
        let sink = &mut self.sink;
        catch_unwind(AssertUnwindSafe(|| sink.idle(IDLE_BUDGET))).unwrap_or(false)
    }
}
