//! The beginning of a run's id, as people copy it from a list.

use telemetry_core::ids::RunId;

/// The first and the last id that begin with these lower-case hex digits; `None` when no id does.
pub(crate) fn range(digits: &str) -> Option<(RunId, RunId)> {
    if digits.len() > 32 {
        return None;
    }
    let first = format!("{digits:0<32}").parse().ok()?;
    let last = format!("{digits:f<32}").parse().ok()?;
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_range() {
        let whole = "20ce9513db286a20c9de1f9e6f6e251a";
        let run: RunId = whole.parse().unwrap();
        assert_eq!(range(whole), Some((run, run)));
        let (first, last) = range("20c").unwrap();
        assert!(first < run && run < last);
        assert_eq!(range(""), Some((RunId(0), RunId(u128::MAX))));
        for wanted in ["xyz", "20C", "é", &format!("{whole}0")] {
            assert_eq!(range(wanted), None, "{wanted}");
        }
    }
}
