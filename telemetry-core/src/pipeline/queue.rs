//! The queue between those who emit and the writer: bounded, lock-free, drops the oldest.

use std::iter::from_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

use arc_swap::ArcSwapOption;
use crossbeam_queue::{ArrayQueue, SegQueue};

/// Events the ring holds: what comes in between two looks of the writer, 25 ms apart, at 200,000 a second. In 2,048 there was no
/// room for three bursts of a thousand, and what does not fit has to be given memory, by the allocator or even the system.
pub(super) const RING: usize = 5_120;

/// Two lock-free queues in a row, because an event is some hundred bytes.
///
/// One ring of the full capacity would either be resident from the start (tens of megabytes in every host, for a burst
/// that hardly any has), or meet a page fault every few events while it is filled for the first time. The small ring
/// never allocates and stays warm. What does not fit goes to the overflow, a list of blocks that grows as it must, and
/// that is freed whole when the writer has caught up: the last block of a list that stays would keep the allocator from
/// giving back what lies below it.
pub(super) struct Queue<T> {
    ring: ArrayQueue<T>,
    overflow: ArcSwapOption<Overflow<T>>,
    /// From when the ring is full until all is drained, new events go to the overflow, so that they stay in order. A
    /// hint that may be late: nothing is lost by it, but events of the same microsecond may change places. They carry
    /// their times, and no reader of the log relies on its order.
    spilling: AtomicBool,
    /// Events that may wait beyond a full ring.
    room: isize,
}

struct Overflow<T> {
    items: SegQueue<T>,
    /// Events added here, less those taken from here and those of either queue that made room. Counted before an event
    /// is added, so that many threads at once never keep more than the capacity, and exactly that while it is full.
    /// Asking both queues for their lengths costs a caller more than all the rest, with the writer at work on them.
    beyond_ring: AtomicIsize,
}

impl<T> Queue<T> {
    /// A queue for `capacity` events, one at the least.
    pub fn new(capacity: usize) -> Self {
        let ring = capacity.clamp(1, RING);
        Queue {
            ring: ArrayQueue::new(ring),
            overflow: ArcSwapOption::empty(),
            spilling: AtomicBool::new(false),
            room: isize::try_from(capacity.saturating_sub(ring)).unwrap_or(isize::MAX),
        }
    }

    /// Adds an event. When the queue is full the oldest makes room and comes back.
    #[inline]
    pub fn push(&self, item: T) -> Option<T> {
        if self.spilling.load(Relaxed) {
            return self.spill(item);
        }
        match self.ring.push(item) {
            Ok(()) => None,
            Err(item) => self.spill(item),
        }
    }

    #[cold]
    fn spill(&self, item: T) -> Option<T> {
        if self.room == 0 {
            return self.ring.force_push(item);
        }
        // In use while it is held, which `settle` waits for.
        match &*self.overflow.load() {
            Some(overflow) => self.spill_into(overflow, item),
            None => self.spill_into(&self.new_overflow(), item),
        }
    }

    fn spill_into(&self, overflow: &Overflow<T>, item: T) -> Option<T> {
        // Also where the overflow was there before: the writer may have thought it out of use.
        if !self.spilling.load(Relaxed) {
            self.spilling.store(true, Relaxed);
        }
        let full = overflow.beyond_ring.fetch_add(1, Relaxed) >= self.room;
        let oldest = if full { self.ring.pop().or_else(|| overflow.items.pop()) } else { None };
        if oldest.is_some() {
            overflow.beyond_ring.fetch_sub(1, Relaxed);
        }
        overflow.items.push(item);
        oldest
    }

    fn new_overflow(&self) -> Arc<Overflow<T>> {
        let fresh = Arc::new(Overflow { items: SegQueue::new(), beyond_ring: AtomicIsize::new(0) });
        let other = self.overflow.compare_and_swap(&None::<Arc<_>>, Some(Arc::clone(&fresh)));
        Option::clone(&other).unwrap_or(fresh)
    }

    /// Moves the oldest events to `batch` until it holds `full`, or none waits.
    pub fn take(&self, batch: &mut Vec<T>, full: usize) {
        // In this order: if there was an overflow before the ring was found empty, what it holds is next.
        let overflow = self.overflow.load();
        batch.extend(from_fn(|| self.ring.pop()).take(full.saturating_sub(batch.len())));
        if let Some(overflow) = &*overflow {
            let before = batch.len();
            batch.extend(from_fn(|| overflow.items.pop()).take(full.saturating_sub(before)));
            // Once for all of them: the callers' processors are at this number too.
            overflow.beyond_ring.fetch_sub((batch.len() - before) as isize, Relaxed);
        }
    }

    /// Frees the overflow; for the writer, when it has found the queue empty. Which items had to make room: hardly ever any.
    pub fn settle(&self) -> Vec<T> {
        if !self.spilling.swap(false, Relaxed) {
            return Vec::new();
        }
        let Some(mut overflow) = self.overflow.swap(None) else { return Vec::new() };
        loop {
            match Arc::try_unwrap(overflow) {
                // Who held it may have pushed to it after the writer's last look.
                Ok(late) => return late.items.into_iter().filter_map(|item| self.push(item)).collect(),
                Err(held) => overflow = held,
            }
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

    use super::*;
    use crate::event::{Event, Feedback};
    use crate::ids::Key;
    use crate::name::Name;
    use crate::time::UnixNanos;

    fn event(number: usize) -> Event {
        let body = Feedback { kind: Name::fixed("test") };
        Event::new(UnixNanos(number as i64), None, &Key::new("test"), body)
    }

    fn drain(queue: &Queue<Event>) -> Vec<usize> {
        take(queue, usize::MAX)
    }

    fn take(queue: &Queue<Event>, most: usize) -> Vec<usize> {
        let mut batch = Vec::new();
        queue.take(&mut batch, most);
        batch.into_iter().map(|event| event.ts.0 as usize).collect()
    }

    #[test]
    fn the_oldest_make_room_and_order_is_kept() {
        for capacity in [1, 2, RING - 1, RING, RING + 1, 3 * RING] {
            let queue = Queue::new(capacity);
            let pushed = 2 * capacity + 7;
            let room: Vec<usize> =
                (0..pushed).filter_map(|n| queue.push(event(n))).map(|event| event.ts.0 as usize).collect();
            assert!(room.into_iter().eq(0..pushed - capacity), "capacity {capacity}");
            assert!(drain(&queue).into_iter().eq(pushed - capacity..pushed), "capacity {capacity}");
            assert!(drain(&queue).is_empty());
        }
    }

    #[test]
    fn order_is_kept_while_the_overflow_is_drained() {
        let queue = Queue::new(4 * RING);
        let mut taken = Vec::new();
        for n in 0..10 * RING {
            assert!(queue.push(event(n)).is_none());
            // Lags behind for the first half, catches up in the second.
            let pops = if n < 5 * RING { n % 2 } else { 2 };
            taken.extend(take(&queue, pops));
        }
        taken.extend(drain(&queue));
        assert!(taken.into_iter().eq(0..10 * RING));
        assert!(queue.settle().is_empty());
        assert!(queue.overflow.load().is_none(), "memory is given back");
    }

    #[test]
    fn nothing_is_lost_or_doubled_between_threads() {
        const EACH: usize = 20_000;
        let queue = Queue::new(RING + 5_000);
        let (dropped, running) = (AtomicUsize::new(0), AtomicUsize::new(8));
        let mut taken = std::thread::scope(|scope| {
            for thread in 0..8 {
                let (queue, dropped, running) = (&queue, &dropped, &running);
                scope.spawn(move || {
                    for n in 0..EACH {
                        dropped
                            .fetch_add(usize::from(queue.push(event(thread * EACH + n)).is_some()), Relaxed);
                    }
                    running.fetch_sub(1, Release);
                });
            }
            let mut taken = Vec::new();
            loop {
                let last = running.load(Acquire) == 0;
                taken.extend(drain(&queue));
                dropped.fetch_add(queue.settle().len(), Relaxed);
                if last {
                    // What was settled is in the ring.
                    taken.extend(drain(&queue));
                    return taken;
                }
            }
        });
        assert_eq!(taken.len() + dropped.load(Relaxed), 8 * EACH);
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len() + dropped.load(Relaxed), 8 * EACH);
    }
}
