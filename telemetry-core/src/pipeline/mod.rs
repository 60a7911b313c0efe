//! The emitter that never blocks: a bounded queue that drops the oldest, and one writer thread.
//!
//! - **The queue** is lock-free and bounded, and takes memory for what waits in it, not for what might. When it is full
//!   the oldest event makes room, and is counted.
//! - **Control** (flush, close) has a lane of its own, so it works when the queue is full.
//! - **The thread** starts with the first event. It looks at the queue every [`Options::tick`], and sooner while much
//!   comes in; `emit` never wakes it, because a wake costs the caller microseconds.
//! - **A thread the system refuses** costs events, which are counted, and nothing else. Each flush tries again: its
//!   caller has time, and one of `emit` has not.
//! - **The sink** runs under `catch_unwind`. One that fails gets the same events again, with growing pauses, while
//!   the queue bounds what waits; one that recovers goes on, and what was lost is written as a `stats` event.
//! - **After a fork** the child has no thread: leave the pipeline where it is ([`std::mem::forget`]) and start another.

mod control;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use crate::emitter::Emitter;
use crate::event::Event;
use crate::ids::ProcessId;
use crate::name::Name;
use crate::sink::Sink;
use control::{Asked, Control};
use queue::Queue;

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Events that may wait; the oldest makes room for the next.
    pub capacity: usize,
    /// How often the writer looks at the queue, at the least.
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

/// A queue, a thread, and the sink at its end. See the module's documentation.
pub struct Pipeline {
    shared: Arc<Shared>,
    /// One of the stages below: all that `emit` asks before it queues.
    stage: AtomicU8,
}

/// Nothing was emitted yet.
const UNSTARTED: u8 = 0;
/// There is a thread, or it is just being started: events wait for it.
const OPEN: u8 = 1;
/// The thread was refused.
const REFUSED: u8 = 2;
const CLOSED: u8 = 3;

struct Shared {
    queue: Queue,
    control: Control,
    queue_full: AtomicU64,
    no_writer: AtomicU64,
    last_error: Mutex<Option<String>>,
    /// Present until the thread takes it.
    sink: Mutex<Option<Box<dyn Sink>>>,
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
        let shared = Arc::new(Shared {
            queue: Queue::new(options.capacity),
            control: Control::default(),
            queue_full: AtomicU64::new(0),
            no_writer: AtomicU64::new(0),
            last_error: Mutex::new(None),
            sink: Mutex::new(Some(sink)),
            process,
            options,
        });
        Pipeline { shared, stage: AtomicU8::new(UNSTARTED) }
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
        match self.stage.swap(CLOSED, Relaxed) {
            UNSTARTED => true,
            REFUSED => false,
            _ => self.shared.control.close(deadline),
        }
    }

    /// Starts the thread if `stage` is where the pipeline is; whether events may be queued. One caller starts it, and
    /// no other waits for that.
    #[cold]
    fn start_from(&self, stage: u8) -> bool {
        if let Err(other) = self.stage.compare_exchange(stage, OPEN, Relaxed, Relaxed) {
            return other == OPEN;
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("telemetry".into());
        let Err(refusal) = thread.spawn(move || writer::run(&shared)) else { return true };
        *self.shared.last_error.lock() = Some(format!("the writer thread did not start: {refusal}"));
        // Unless it was closed meanwhile.
        let _ = self.stage.compare_exchange(OPEN, REFUSED, Relaxed, Relaxed);
        false
    }
}

impl Emitter for Pipeline {
    fn emit(&self, event: Event) {
        if self.stage.load(Relaxed) != OPEN && !self.start_from(UNSTARTED) {
            self.shared.no_writer.fetch_add(1, Relaxed);
            return;
        }
        if self.shared.queue.push(event).is_some() {
            self.shared.queue_full.fetch_add(1, Relaxed);
        }
    }

    fn flush(&self, deadline: Duration) -> bool {
        match self.stage.load(Relaxed) {
            UNSTARTED => true,
            REFUSED if !self.start_from(REFUSED) => false,
            _ => self.shared.control.flush(deadline),
        }
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
