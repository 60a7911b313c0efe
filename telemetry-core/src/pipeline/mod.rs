//! The emitter that never blocks: a bounded queue that drops the oldest, and one writer thread.
//!
//! - **The queue** is lock-free and bounded, and takes memory for what waits in it, not for what might. When it is full
//!   the oldest event makes room, and is counted.
//! - **Control** (flush, close) has a lane of its own, so it works when the queue is full.
//! - **The thread** starts with the first event. It looks at the queue every [`Options::tick`]; `emit` wakes it only
//!   past a high-water mark, because a wake costs the caller microseconds. If it cannot be started, events are
//!   counted as dropped and the reason is kept.
//! - **The sink** runs under `catch_unwind`. One that fails gets the same events again, with growing pauses, while
//!   the queue bounds what waits; one that recovers goes on, and what was lost is written as a `stats` event.
//! - **After a fork** the child has no thread: leave the pipeline where it is ([`std::mem::forget`]) and start another.

mod control;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::emitter::Emitter;
use crate::event::Event;
use crate::ids::ProcessId;
use crate::lock::Mutex;
use crate::name::Name;
use crate::sink::Sink;
use control::{Asked, Control};
use queue::Queue;

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Events that may wait; the oldest makes room for the next.
    pub capacity: usize,
    /// How often the writer looks at the queue.
    pub tick: Duration,
    /// How long the first pause after a failed write is; it doubles up to [`Options::max_pause`].
    pub pause: Duration,
    /// The longest pause after failed writes.
    pub max_pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            capacity: 131_072,
            tick: Duration::from_millis(25),
            pause: Duration::from_millis(50),
            max_pause: Duration::from_secs(5),
        }
    }
}

/// What a pipeline lost, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// Events that made room in a full queue.
    pub queue_full: u64,
    /// Events that came when there was no writer.
    pub no_writer: u64,
    /// The last thing that went wrong.
    pub last_error: Option<String>,
}

/// A queue, a thread, and the sink at its end. Cheap to share; see the module's documentation.
pub struct Pipeline {
    shared: Arc<Shared>,
    /// Present until the thread has been started.
    unstarted: Mutex<Option<Box<dyn Sink>>>,
    started: OnceLock<bool>,
}

struct Shared {
    queue: Queue,
    high_water: usize,
    control: Control,
    queue_full: AtomicU64,
    no_writer: AtomicU64,
    last_error: Mutex<Option<String>>,
    process: ProcessId,
    options: Options,
}

impl Shared {
    fn dropped(&self) -> [(Name, u64); 2] {
        [
            (Name::fixed("queue_full"), self.queue_full.load(Relaxed)),
            (Name::fixed("no_writer"), self.no_writer.load(Relaxed)),
        ]
    }
}

impl Pipeline {
    /// A pipeline to `sink` for `process`, whose losses its `stats` events count. Nothing is started yet.
    pub fn new(process: ProcessId, sink: Box<dyn Sink>, options: Options) -> Self {
        let capacity = options.capacity.max(1);
        let shared = Arc::new(Shared {
            queue: Queue::new(capacity),
            high_water: (capacity / 2).clamp(1, 1_024),
            control: Control::default(),
            queue_full: AtomicU64::new(0),
            no_writer: AtomicU64::new(0),
            last_error: Mutex::new(None),
            process,
            options,
        });
        Pipeline { shared, unstarted: Mutex::new(Some(sink)), started: OnceLock::new() }
    }

    /// What was lost so far.
    pub fn losses(&self) -> Losses {
        Losses {
            queue_full: self.shared.queue_full.load(Relaxed),
            no_writer: self.shared.no_writer.load(Relaxed),
            last_error: self.shared.last_error.lock().clone(),
        }
    }

    /// Writes what waits and ends the thread, waiting `deadline` at the most. Whether all was written in time.
    /// Events emitted afterwards are counted as lost.
    pub fn close(&self, deadline: Duration) -> bool {
        if self.started.get() != Some(&true) {
            return self.shared.queue.is_empty();
        }
        self.shared.control.close(deadline)
    }

    /// Starts the thread if need be; whether there is one.
    fn start(&self) -> bool {
        *self.started.get_or_init(|| {
            let Some(sink) = self.unstarted.lock().take() else { return false };
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name("telemetry".into());
            match thread.spawn(move || writer::run(&shared, sink)) {
                Ok(_detached) => true,
                Err(error) => {
                    *self.shared.last_error.lock() =
                        Some(format!("the writer thread did not start: {error}"));
                    false
                }
            }
        })
    }
}

impl Emitter for Pipeline {
    fn emit(&self, event: Event) {
        if !self.start() || self.shared.control.is_closed() {
            self.shared.no_writer.fetch_add(1, Relaxed);
            return;
        }
        if self.shared.queue.push(event).is_some() {
            self.shared.queue_full.fetch_add(1, Relaxed);
        }
        if self.shared.queue.len() >= self.shared.high_water {
            self.shared.control.wake();
        }
    }

    fn flush(&self, deadline: Duration) -> bool {
        if self.started.get() != Some(&true) {
            return self.shared.queue.is_empty();
        }
        self.shared.control.flush(deadline)
    }
}

/// Closes its pipeline when dropped, with a bounded wait.
#[must_use = "dropping the guard closes the pipeline"]
pub struct Guard {
    pipeline: Arc<Pipeline>,
    deadline: Duration,
}

impl Guard {
    /// A guard that gives the writer `deadline` at the most to write what waits.
    pub fn new(pipeline: Arc<Pipeline>, deadline: Duration) -> Self {
        Guard { pipeline, deadline }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.pipeline.close(self.deadline);
    }
}
