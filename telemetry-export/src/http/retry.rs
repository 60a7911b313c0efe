//! When to try again.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::DateTimeParser;
use telemetry_core::time::UnixNanos;

use super::interrupt::Interrupt;

/// The first pause; each one after it is twice as long.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause that we choose ourselves.
const LONGEST: Duration = Duration::from_secs(8);
/// A receiver that says to come again in a year has made a mistake.
const LATEST: Duration = Duration::from_secs(3_600);

/// The time, and waiting for it to pass: a test has one that it holds still.
pub trait Clock: Send {
    /// How much time has passed since some moment, which stays the same.
    fn elapsed(&self) -> Duration;

    /// The time of day.
    fn now(&self) -> UnixNanos;

    /// Lets `time` pass, or less when `interrupt` is raised.
    fn sleep(&self, time: Duration, interrupt: &Interrupt);
}

/// The clock of the machine.
#[derive(Debug)]
pub(crate) struct Machine(Instant);

impl Machine {
    pub(crate) fn new() -> Self {
        Machine(Instant::now())
    }
}

impl Clock for Machine {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> UnixNanos {
        UnixNanos::now()
    }

    fn sleep(&self, time: Duration, interrupt: &Interrupt) {
        interrupt.sleep(time);
    }
}

/// The pauses within one delivery.
#[derive(Debug)]
pub(super) struct Pauses {
    ends: Duration,
    next: Duration,
}

impl Pauses {
    /// Pauses that are over by `patience` from now.
    pub(super) fn new(clock: &dyn Clock, patience: Duration) -> Self {
        Pauses { ends: clock.elapsed().saturating_add(patience), next: FIRST }
    }

    /// Waits before the next try: between half and all of a time that doubles, so that those whom one outage stopped do not
    /// come back as one, and not less than the receiver `asked` for. False, at once, when that is longer than there is
    /// patience.
    pub(super) fn wait(&mut self, clock: &dyn Clock, interrupt: &Interrupt, asked: Option<Duration>) -> bool {
        let pause = self.next.mul_f64(0.5 + 0.5 * chance()).max(asked.unwrap_or_default());
        if clock.elapsed().saturating_add(pause) > self.ends {
            return false;
        }
        self.next = (self.next * 2).min(LONGEST);
        clock.sleep(pause, interrupt);
        !interrupt.is_raised()
    }
}

/// A number from 0 to 1, of the randomness that the standard library seeds its maps with.
fn chance() -> f64 {
    RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64
}

/// How long to wait by a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date, an hour at most. `None` for what is
/// neither.
pub(super) fn retry_after(header: &str, now: UnixNanos) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = header.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LATEST));
    }
    let date = DateTimeParser::new().parse_timestamp(header).ok()?;
    let date = UnixNanos(i64::try_from(date.as_nanosecond()).ok()?);
    Some(Duration::from_nanos(date.since(now).unsigned_abs()).min(LATEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UnixNanos::from_seconds(784_111_777.0).unwrap();
        for (header, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("86400", Some(3_600)),
            ("99999999999999999999999", Some(3_600)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", None),
            ("Thu, 01 Jan 2026 00:00:00 GMT", Some(3_600)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn a_chance_is_from_nothing_to_one() {
        let chances: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)), "{chances:?}");
        assert!(chances.iter().any(|chance| *chance != chances[0]));
    }
}
