//! The emitter that never blocks: a bounded queue that drops the oldest, and one writer thread.
//!
//! - **What goes through** is [events](Event), or [`Content`] in a pipeline of its own.
//! - **The queue** is lock-free and bounded, and takes memory for what waits in it, not for what might. When it is full
//!   the oldest item makes room, and is counted. Content, of which one piece may be as long as a thousand others, is
//!   bounded by its bytes too.
//! - **Control** (flush, close) has a lane of its own, so it works when the queue is full.
//! - **The thread** starts with the first event. It looks at the queue every [`Options::tick`], and sooner while much
//!   comes in; `emit` never wakes it, because a wake costs the caller microseconds.
//! - **A thread the system refuses** costs events, which are counted, and nothing else. Each flush tries again: its
//!   caller has time, and one of `emit` has not.
//! - **The sink** runs under `catch_unwind`. One that fails gets the same events again, with growing pauses, while
//!   the queue bounds what waits; one that recovers goes on, and what was lost is written as a `stats` event: by the
//!   pipeline of events for both.
//! - **After a fork** the child has no thread: leave the pipeline where it is ([`std::mem::forget`]) and start another.

mod control;
mod item;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::content::Content;
use crate::emitter::{ContentEmitter, Emitter};
use crate::event::Event;
use crate::ids::ProcessId;
use crate::lock::Mutex;
use crate::sink::Sink;
use control::{Asked, Control};
pub use item::{Item, Tally};
use queue::Queue;

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Items that may wait; the oldest makes room for the next.
    pub capacity: usize,
    /// Bytes that may wait, of items that tell theirs.
    pub max_bytes: usize,
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
            max_bytes: 32 << 20,
            tick: Duration::from_millis(25),
            pause: Duration::from_millis(50),
            max_pause: Duration::from_secs(5),
        }
    }
}

/// What a pipeline lost, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// Items that made room in a full queue.
    pub queue_full: u64,
    /// Items that came when there was no writer.
    pub no_writer: u64,
    /// The last thing that went wrong.
    pub last_error: Option<String>,
}

/// A queue, a thread, and the sink at its end. See the module's documentation.
pub struct Pipeline<T: Item = Event> {
    shared: Arc<Shared<T>>,
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

struct Shared<T> {
    queue: Queue<T>,
    /// Bytes that wait, of items that tell theirs.
    bytes: AtomicUsize,
    control: Control,
    lost: Tally,
    last_error: Mutex<Option<String>>,
    /// Present until the thread takes it.
    sink: Mutex<Option<Box<dyn Sink<T>>>>,
    /// Who writes down what was lost, and of which pipelines; `None` where another does.
    tells: Option<(ProcessId, Vec<Tally>)>,
    options: Options,
}

impl Pipeline {
    /// A pipeline of events to `sink` for `process`, whose losses its `stats` events count. Nothing is started yet.
    pub fn new(process: ProcessId, sink: Box<dyn Sink>, options: Options) -> Self {
        Pipeline::telling(process, [], sink, options)
    }

    /// The same, with `stats` events that count the losses of `others` too.
    pub fn telling(
        process: ProcessId,
        others: impl IntoIterator<Item = Tally>,
        sink: Box<dyn Sink>,
        options: Options,
    ) -> Self {
        Pipeline::build(Some((process, others.into_iter().collect())), sink, options)
    }
}

impl Pipeline<Content> {
    /// A pipeline of content to `sink`. Its [tally](Pipeline::tally) goes to a pipeline that
    /// [tells](Pipeline::telling). Nothing is started yet.
    pub fn of_content(sink: Box<dyn Sink<Content>>, options: Options) -> Self {
        Pipeline::build(None, sink, options)
    }
}

impl<T: Item> Pipeline<T> {
    fn build(tells: Option<(ProcessId, Vec<Tally>)>, sink: Box<dyn Sink<T>>, options: Options) -> Self {
        let lost = Tally::new(T::LOSS);
        let tells = tells.map(|(process, others)| (process, [vec![lost.clone()], others].concat()));
        let shared = Arc::new(Shared {
            queue: Queue::new(options.capacity),
            bytes: AtomicUsize::new(0),
            control: Control::default(),
            lost,
            last_error: Mutex::new(None),
            sink: Mutex::new(Some(sink)),
            tells,
            options,
        });
        Pipeline { shared, stage: AtomicU8::new(UNSTARTED) }
    }

    /// What was lost so far.
    pub fn losses(&self) -> Losses {
        let (queue_full, no_writer) = self.shared.lost.totals();
        Losses { queue_full, no_writer, last_error: self.shared.last_error.lock().clone() }
    }

    /// What it loses, now and later.
    pub fn tally(&self) -> Tally {
        self.shared.lost.clone()
    }

    /// Takes an item.
    #[inline]
    fn take(&self, item: T) {
        if self.stage.load(Relaxed) != OPEN && !self.start_from(UNSTARTED) {
            self.shared.lost.no_writer();
            return;
        }
        let bytes = item.bytes();
        if bytes > 0 {
            self.make_room(bytes);
        }
        if let Some(oldest) = self.shared.queue.push(item) {
            self.shared.bytes.fetch_sub(oldest.bytes(), Relaxed);
            self.shared.lost.queue_full(1);
        }
    }

    /// Drops the oldest items until `bytes` more may wait. One that is too large alone may wait alone.
    fn make_room(&self, bytes: usize) {
        let shared = &self.shared;
        let mut waiting = shared.bytes.fetch_add(bytes, Relaxed) + bytes;
        let mut oldest = Vec::new();
        while waiting > shared.options.max_bytes {
            shared.queue.take(&mut oldest, 1);
            let Some(dropped) = oldest.pop() else { return };
            waiting = shared.bytes.fetch_sub(dropped.bytes(), Relaxed) - dropped.bytes();
            shared.lost.queue_full(1);
        }
    }

    /// Waits until all that both pipelines took before is written, `deadline` for both of them at the most. Whether it is.
    pub fn flush_with<U: Item>(&self, other: &Pipeline<U>, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        // Both are asked before one is waited for.
        let (mine, theirs) = (self.ask_flush(), other.ask_flush());
        let written = self.await_flush(mine, until);
        other.await_flush(theirs, until) && written
    }

    /// Asks for a flush: which one, or how it came out already.
    fn ask_flush(&self) -> Result<u64, bool> {
        match self.stage.load(Relaxed) {
            UNSTARTED => Err(true),
            REFUSED if !self.start_from(REFUSED) => Err(false),
            _ => Ok(self.shared.control.ask()),
        }
    }

    fn await_flush(&self, asked: Result<u64, bool>, until: Instant) -> bool {
        asked.map_or_else(|answer| answer, |flush| self.shared.control.await_flush(flush, until))
    }

    /// Writes what waits and ends the thread, waiting `deadline` at the most. Whether all was written in time.
    /// What comes afterwards is counted as lost.
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
        let thread = std::thread::Builder::new().name(T::THREAD.into());
        let Err(refusal) = thread.spawn(move || writer::run(&shared)) else { return true };
        *self.shared.last_error.lock() = Some(format!("the writer thread did not start: {refusal}"));
        // Unless it was closed meanwhile.
        let _ = self.stage.compare_exchange(OPEN, REFUSED, Relaxed, Relaxed);
        false
    }
}

impl Emitter for Pipeline {
    fn emit(&self, event: Event) {
        self.take(event);
    }

    fn flush(&self, deadline: Duration) -> bool {
        self.await_flush(self.ask_flush(), Instant::now() + deadline)
    }
}

impl ContentEmitter for Pipeline<Content> {
    fn emit(&self, content: Content) {
        self.take(content);
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
