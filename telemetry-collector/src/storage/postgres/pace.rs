//! Large runs of which something new comes all the time.
//!
//! A run is worked out from all of its events, so one that grows for hours would cost more each time, and nearly all of what a database can do.
//! So a run that is large rests after it was worked out, ten times as long as that took: it never takes more than a tenth of the time,
//! and its numbers are never older than that. Notes of it wait meanwhile; what is remembered here is only when.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use telemetry_core::ids::RunId;

/// Events of a run that is large: those of fewer are worked out in a few milliseconds.
const LARGE: usize = 10_000;
/// How long a run rests, in times of what it took.
const REST: u32 = 10;
/// ... and at most.
const LONGEST: Duration = Duration::from_secs(30);

/// Runs that rest, and until when.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<RunId, Instant>>);

impl Pace {
    /// The runs that rest now.
    pub fn resting(&self) -> Vec<RunId> {
        let now = Instant::now();
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| *until > now);
        resting.keys().copied().collect()
    }

    /// Notes that runs of so many events were worked out together in this time.
    pub fn took(&self, runs: impl Iterator<Item = (RunId, usize)> + Clone, time: Duration) {
        let all: usize = runs.clone().map(|(_, events)| events).sum();
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (run, events) in runs.filter(|(_, events)| *events > LARGE) {
            let share = time.mul_f64(events as f64 / all as f64);
            resting.insert(run, Instant::now() + (share * REST).min(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_run_rests_and_a_small_one_does_not() {
        let pace = Pace::default();
        pace.took([(RunId(1), LARGE), (RunId(2), LARGE + 1)].into_iter(), Duration::from_secs(60));
        assert_eq!(pace.resting(), [RunId(2)]);
        pace.took([(RunId(2), LARGE + 1)].into_iter(), Duration::ZERO);
        assert_eq!(pace.resting(), []);
    }
}
