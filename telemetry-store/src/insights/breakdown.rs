//! Where the wall time of a turn goes.

use serde::Serialize;

/// Wall time by what was waited for. Overlapping work counts once, so the parts sum to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Breakdown {
    /// For a model, retries and pauses between them included.
    pub model: f64,
    /// For tools, without the approvals inside them.
    pub tool: f64,
    /// For a person or a policy to allow a tool.
    pub approval: f64,
    /// For nothing of these: the host's own work.
    pub other: f64,
}

/// What a moment of a turn is spent on. Where kinds overlap the later one here takes it: a tool that waits for an
/// approval is waiting for the approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spent {
    Model,
    Tool,
    Approval,
}

/// Splits the time from `start` to `end` (nanoseconds) among the intervals inside it; in nanoseconds, by kind, other
/// last.
pub(crate) fn split(start: i64, end: i64, intervals: &[(Spent, i64, i64)]) -> [i64; 4] {
    // A clock may have gone back.
    let end = end.max(start);
    let mut edges: Vec<(i64, Spent, i32)> = Vec::with_capacity(intervals.len() * 2);
    for &(kind, from, to) in intervals {
        let (from, to) = (from.clamp(start, end), to.clamp(start, end));
        if from < to {
            edges.push((from, kind, 1));
            edges.push((to, kind, -1));
        }
    }
    edges.sort_unstable_by_key(|&(at, ..)| at);
    let mut open = [0i32; 3];
    let mut spent = [0i64; 4];
    let mut since = start;
    for (at, kind, step) in edges {
        spent[on_top(&open)] += at - since;
        since = at;
        open[kind as usize] += step;
    }
    spent[on_top(&open)] += end - since;
    spent
}

fn on_top(open: &[i32; 3]) -> usize {
    open.iter().rposition(|&count| count > 0).unwrap_or(3)
}

impl Breakdown {
    pub(super) fn of_nanos([model, tool, approval, other]: [i64; 4]) -> Self {
        let ms = super::ms;
        Breakdown { model: ms(model), tool: ms(tool), approval: ms(approval), other: ms(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::Spent::*;
    use super::*;

    #[test]
    fn parts_sum_to_the_whole_and_overlaps_count_once() {
        let intervals =
            [(Model, -5, 10), (Tool, 20, 40), (Tool, 30, 60), (Approval, 25, 35), (Tool, 90, 900)];
        let parts = split(0, 100, &intervals);
        // Tools cover 20-60 and 90-100; the approval takes 25-35 of that.
        assert_eq!(parts, [10, 40, 10, 40]);
        assert_eq!(parts.iter().sum::<i64>(), 100);
        assert_eq!(split(0, 100, &[]), [0, 0, 0, 100]);
        assert_eq!(split(100, 0, &[(Model, 0, 100)]).iter().sum::<i64>(), 0);
    }
}
