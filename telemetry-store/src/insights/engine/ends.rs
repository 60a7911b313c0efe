//! How runs, chains or turns ended.

use super::counts::Counts;
use super::scan::Chosen;
use super::spread::Spread;
use super::tally::{ByGroup, Sorts};
use super::words::{ABSENT, Texts, UNKNOWN, Words, lookup};
use crate::columns::{Field, NULL};
use crate::insights::{Distribution, Runs};

/// How runs, chains or turns ended.
#[derive(Default)]
pub(super) struct Ends {
    /// Outcome and reason.
    verdicts: Sorts<(u32, u32)>,
    pub counts: ByGroup<Counts>,
    pub durations: Spread,
}

impl Ends {
    pub(super) const FIELDS: [Field; 3] = [Field::Outcome, Field::Reason, Field::Duration];

    pub(super) fn add(&mut self, words: &mut Words<'_>, chosen: &Chosen) -> rusqlite::Result<()> {
        let mut verdicts = Vec::with_capacity(chosen.len());
        let (Some(outcome), Some(reason)) = (chosen.column(Field::Outcome), chosen.column(Field::Reason))
        else {
            return Ok(());
        };
        let (outcomes, reasons) = (words.of(outcome)?, words.of(reason)?);
        let (outcome, reason) = (lookup(&outcomes, UNKNOWN), lookup(&reasons, ABSENT));
        let codes = chosen.numbers(Field::Outcome, NULL).into_iter().zip(chosen.numbers(Field::Reason, NULL));
        // Nearly all ended as the one before.
        let mut last = None;
        for (of, why) in codes {
            let known = last.filter(|(codes, _)| *codes == (of, why)).map(|(_, number)| number);
            let number = known.unwrap_or_else(|| self.verdicts.number((outcome(of), reason(why))));
            last = Some(((of, why), number));
            verdicts.push(number);
        }
        self.counts.add(chosen, |counts, place| counts.add(verdicts[place]));
        self.durations.add(&chosen.numbers(Field::Duration, NULL), chosen);
        Ok(())
    }

    /// The numbers of a group.
    pub(super) fn runs(&self, texts: &Texts, counts: Option<&Counts>, duration_ms: Distribution) -> Runs {
        let each = counts.into_iter().flat_map(Counts::each).map(|(verdict, count)| {
            let (outcome, reason) = self.verdicts.get(verdict);
            (texts.get(outcome).clone(), (reason != ABSENT).then(|| texts.get(reason).clone()), count)
        });
        Runs::of(each, duration_ms)
    }
}
