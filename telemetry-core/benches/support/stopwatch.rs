//! Timing single calls of tens of nanoseconds.
//!
//! The clock is the processor's time stamp counter (`quanta`), read right before and right after a call. Reading it
//! is itself about as long as what is measured, so the median of empty measurements is subtracted from each sample.

use std::time::Duration;

use quanta::Clock;

/// A clock that knows what reading it costs.
pub struct Stopwatch {
    clock: Clock,
    overhead: u64,
}

/// Latencies of single calls, in nanoseconds.
#[derive(Default)]
pub struct Samples(Vec<u64>);

/// What samples come to, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Latency {
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub mean: u64,
}

impl Stopwatch {
    pub fn new() -> Self {
        let mut stopwatch = Stopwatch { clock: Clock::new(), overhead: 0 };
        let mut empty = Samples::with_room_for(100_000);
        for _ in 0..100_000 {
            stopwatch.time(&mut empty, || ());
        }
        stopwatch.overhead = empty.latency().p50;
        stopwatch
    }

    /// Runs `call` and keeps how long it took.
    #[inline(always)]
    pub fn time<R>(&self, samples: &mut Samples, call: impl FnOnce() -> R) -> R {
        let before = self.clock.raw();
        let result = std::hint::black_box(call());
        let after = self.clock.raw();
        samples.0.push(self.clock.delta_as_nanos(before, after).saturating_sub(self.overhead));
        result
    }

    /// Waits awake, as a thread does that has other work: no sleep, so nothing of ours is the first after one.
    pub fn busy_wait(&self, time: Duration) {
        let begin = self.clock.raw();
        while u128::from(self.clock.delta_as_nanos(begin, self.clock.raw())) < time.as_nanos() {
            std::hint::spin_loop();
        }
    }
}

impl Samples {
    /// Room for `count` samples, all of its memory touched, so that no page fault falls into a sample.
    pub fn with_room_for(count: usize) -> Self {
        let mut samples = vec![u64::MAX; count];
        samples.clear();
        Samples(samples)
    }

    pub fn append(&mut self, mut other: Samples) {
        self.0.append(&mut other.0);
    }

    pub fn latency(&mut self) -> Latency {
        self.0.sort_unstable();
        let last = self.0.len() - 1;
        let rank = |thousandths: usize| self.0[(last * thousandths).div_ceil(1_000)];
        let sum: u64 = self.0.iter().sum();
        Latency { p50: rank(500), p99: rank(990), p999: rank(999), mean: sum / self.0.len() as u64 }
    }
}

impl Latency {
    /// The quieter of two runs, number by number: what the machine's other work added differs from run to run.
    pub fn least(self, other: Self) -> Self {
        Latency {
            p50: self.p50.min(other.p50),
            p99: self.p99.min(other.p99),
            p999: self.p999.min(other.p999),
            mean: self.mean.min(other.mean),
        }
    }
}
