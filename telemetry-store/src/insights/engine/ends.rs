//! How runs, chains or turns ended.

use telemetry_core::name::Name;
use telemetry_core::outcome::{Outcome, OutcomeClass};

use super::counts::Counts;
use super::scan::Chosen;
use super::spread::Spread;
use super::tally::{ByGroup, Sorts};
use super::words::{ABSENT, Texts, UNKNOWN, Words, lookup};
use crate::columns::{Field, NULL};
use crate::insights::{Distribution, Rate, Runs};

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
        let (mut by_outcome, mut by_reason) = (Vec::new(), Vec::new());
        let mut classes = [0_u64; OutcomeClass::Open as usize + 1];
        let mut total = 0;
        for (verdict, count) in counts.into_iter().flat_map(Counts::each) {
            let (outcome, reason) = self.verdicts.get(verdict);
            let (outcome, reason) = (texts.get(outcome), (reason != ABSENT).then(|| texts.get(reason)));
            total += count;
            by_outcome.push((outcome.clone(), count));
            by_reason.extend(reason.map(|reason| (reason.clone(), count)));
            let class = Outcome::parse(outcome).unwrap_or(Outcome::Unknown).class(reason.map(Name::as_str));
            classes[class as usize] += count;
        }
        let class = |class: OutcomeClass| classes[class as usize];
        let (success, failure) = (class(OutcomeClass::Success), class(OutcomeClass::Failure));
        let judged = success + failure + class(OutcomeClass::User);
        Runs {
            total,
            running: class(OutcomeClass::Open),
            by_outcome: by_outcome.into_iter().collect(),
            by_reason: by_reason.into_iter().collect(),
            completion_rate: Rate::of(success, judged),
            failure_rate: Rate::of(failure, judged),
            duration_ms,
        }
    }
}
