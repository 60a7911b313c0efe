//! How long a destination is left alone that did not take what it was sent.

use std::time::Duration;

use telemetry_core::ids::Key;
use telemetry_core::time::UnixNanos;
use telemetry_export::Undelivered;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// What a destination may ask for.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(3_600);

/// The pause after so many failures in a row, at least one. It doubles, and is somewhere in its upper half, so that processes
/// which failed together do not come again together. What somebody has to mend first is tried as rarely as can be.
pub(super) fn after(failures: u32, undelivered: &Undelivered, now: UnixNanos) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    let pause = if undelivered.temporary { doubled } else { LONGEST };
    let chance = Key::new("pause").number(now.0.cast_unsigned()).number(std::process::id()).narrow() % 1_000;
    let pause = pause.mul_f64(0.5 + chance as f64 / 2_000.0);
    undelivered.retry_after.map_or(pause, |asked| asked.clamp(pause, LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest and the longest of many pauses, in seconds.
    fn seconds(failures: u32, temporary: bool, asked: Option<u64>) -> (f64, f64) {
        let retry_after = asked.map(Duration::from_secs);
        let undelivered = Undelivered { message: String::new(), temporary, retry_after };
        let pause = |now| after(failures, &undelivered, UnixNanos(now)).as_secs_f64();
        (0..1_000)
            .map(pause)
            .fold((f64::MAX, 0.0), |(least, most), pause| (pause.min(least), pause.max(most)))
    }

    #[test]
    fn pauses_grow_and_no_two_are_the_same() {
        for (failures, temporary, longest) in
            [(1, true, 1.0), (4, true, 8.0), (u32::MAX, true, 300.0), (1, false, 300.0)]
        {
            let (least, most) = seconds(failures, temporary, None);
            assert!(least >= longest / 2.0 && least < longest * 0.6, "{least} of {longest}");
            assert!(most <= longest && most > longest * 0.9, "{most} of {longest}");
        }
    }

    #[test]
    fn pauses_are_those_that_were_asked_for() {
        assert_eq!(seconds(1, true, Some(60)), (60.0, 60.0));
        assert_eq!(seconds(1, true, Some(u64::MAX)), (3_600.0, 3_600.0));
    }
}
