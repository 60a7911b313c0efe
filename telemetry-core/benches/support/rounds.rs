//! Timing what is done many times over, where only the mean matters.

use quanta::Clock;

/// The mean time of a call, in nanoseconds: the least of many rounds of `calls`, so that the machine's other work does
/// not count.
pub fn mean(rounds: u32, calls: u32, mut call: impl FnMut()) -> f64 {
    let clock = Clock::new();
    let round = |_| {
        let before = clock.raw();
        (0..calls).for_each(|_| call());
        clock.delta_as_nanos(before, clock.raw())
    };
    let least = (0..rounds).map(round).min().unwrap_or_default();
    least as f64 / f64::from(calls)
}
