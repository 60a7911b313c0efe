//! Moments as trajectories write them: RFC 3339 in UTC with six digits after the second, which every reader can parse
//! (Python before 3.11 takes no more).

use telemetry_core::time::UnixNanos;

/// Whole microseconds since the epoch; what is left of one is cut off.
pub(crate) fn micros(at: UnixNanos) -> i64 {
    at.0.div_euclid(1_000)
}

/// `2026-01-01T00:00:06.283863Z`.
pub(crate) fn rfc3339(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let day = UnixNanos(micros.saturating_mul(1_000)).day();
    let of_day = micros.rem_euclid(DAY);
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    format!("{day}T{:02}:{:02}:{:02}.{fraction:06}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_six_digits_whatever_it_is() {
        for (nanos, written) in [
            (1_767_225_606_283_863_482, "2026-01-01T00:00:06.283863Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (86_399_999_999_999, "1970-01-01T23:59:59.999999Z"),
        ] {
            assert_eq!(rfc3339(micros(UnixNanos(nanos))), written);
        }
    }
}
