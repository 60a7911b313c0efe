//! How turns and runs ended, as pure functions over facts, so that live indexing and a rebuild agree.
//!
//! Facts may have been gathered in any order; only their times matter.

mod judged;

use serde::{Deserialize, Serialize};

pub use judged::{Closed, JudgedRun, JudgedTurn, ProcessOver, Turn, judge_run, process_over};

use crate::name::Name;
use crate::time::UnixNanos;
use crate::vocabulary::{ErrorClass, ProcessEnd, RunClose};

/// How a turn or run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still open.
    Running,
    /// It reached its answer.
    Completed,
    /// It failed because a time ran out.
    TimedOut,
    /// The user or the end of the process stopped it.
    Interrupted,
    /// The user began a new session.
    Reset,
    /// The session goes on under another id with a compressed history.
    Compressed,
    /// It failed with an error.
    Errored,
    /// It stopped at a limit: iterations, budget, a guardrail.
    Limited,
    /// Nobody said; never counted as a success.
    Unknown,
}

/// What an outcome means for a success rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeClass {
    /// Counts as a success.
    Success,
    /// Counts as a failure.
    Failure,
    /// The user's own decision: in the denominator, neither success nor failure.
    User,
    /// Neither good nor bad: not in the rate.
    Neutral,
    /// Not known: not in the rate, shown beside it.
    Unknown,
    /// Not over yet: not in the rate.
    Open,
}

/// The reason of a session that expired while nobody used it.
pub const IDLE_TIMEOUT: &str = "idle_timeout";
/// The reason of a turn that was finalized without an answer and without an error.
pub const NO_RESPONSE: &str = "no_response";
/// The reason of a turn that was running when its process left in order.
pub const PROCESS_EXIT: &str = "process_exit";
/// The reason of a turn that was running when its process vanished.
pub const PROCESS_LOST: &str = "process_lost";
/// The reason of a run without any turn.
pub const EMPTY: &str = "empty";
/// The reason of a compression that was concluded from the hooks seen, not said by the host.
pub const INFERRED: &str = "inferred";

impl Outcome {
    /// Every outcome, in the order they are shown.
    pub const ALL: [Outcome; 9] = [
        Outcome::Completed,
        Outcome::Limited,
        Outcome::Errored,
        Outcome::TimedOut,
        Outcome::Interrupted,
        Outcome::Reset,
        Outcome::Compressed,
        Outcome::Unknown,
        Outcome::Running,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Running => "running",
            Outcome::Completed => "completed",
            Outcome::TimedOut => "timed_out",
            Outcome::Interrupted => "interrupted",
            Outcome::Reset => "reset",
            Outcome::Compressed => "compressed",
            Outcome::Errored => "errored",
            Outcome::Limited => "limited",
            Outcome::Unknown => "unknown",
        }
    }

    /// The outcome of a word, as [`Outcome::as_str`] writes it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// What it means for a success rate. `reason` matters for sessions that merely expired.
    pub fn class(self, reason: Option<&str>) -> OutcomeClass {
        match self {
            Outcome::Completed => OutcomeClass::Success,
            Outcome::TimedOut if reason == Some(IDLE_TIMEOUT) => OutcomeClass::Neutral,
            Outcome::TimedOut | Outcome::Errored | Outcome::Limited => OutcomeClass::Failure,
            Outcome::Interrupted => OutcomeClass::User,
            Outcome::Reset | Outcome::Compressed => OutcomeClass::Neutral,
            Outcome::Unknown => OutcomeClass::Unknown,
            Outcome::Running => OutcomeClass::Open,
        }
    }
}

/// An outcome and why: the host's own word where it gave one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Why: the host's word verbatim, or one of this module's.
    pub reason: Option<Name>,
}

impl Verdict {
    fn new(outcome: Outcome, reason: Option<Name>) -> Self {
        Verdict { outcome, reason }
    }

    fn because(outcome: Outcome, reason: &'static str) -> Self {
        Verdict { outcome, reason: Some(Name::fixed(reason)) }
    }
}

/// The end of a turn, as the host reported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnEnd {
    /// It reached an answer.
    pub completed: bool,
    /// It was stopped. A host may say both; being stopped weighs more.
    pub interrupted: bool,
    /// It failed, where the host says so.
    pub failed: bool,
    /// The host's word for why.
    pub reason: Option<Name>,
}

/// The latest failed attempt of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// When it failed.
    pub at: UnixNanos,
    /// What kind of failure.
    pub class: ErrorClass,
    /// The host's word for it.
    pub reason: Option<Name>,
    /// Not retryable, or the last of its retries.
    pub exhausted: bool,
}

/// How a session went on without waiting for the end of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It was finalized, or another turn began.
    Behind,
    /// It was compressed in the middle of the turn, which goes on under the new session id.
    Compressed,
}

/// What is known about a turn.
#[derive(Debug, Clone, Default)]
pub struct TurnFacts {
    /// The first end the host reported: later ones are echoes.
    pub end: Option<TurnEnd>,
    /// The latest failed attempt.
    pub error: Option<LastError>,
    /// The latest answer of a model or end of a tool.
    pub progress_at: Option<UnixNanos>,
    /// The latest attempt that was begun, where attempts are recorded.
    pub attempt_at: Option<UnixNanos>,
    /// What left it behind, if anything did.
    pub left: Option<Left>,
    /// How the process ended, if it has.
    pub process: Option<ProcessEnd>,
}

impl TurnFacts {
    /// How the turn ended.
    pub fn verdict(&self) -> Verdict {
        if let Some(end) = &self.end {
            return self.ended(end);
        }
        if self.left == Some(Left::Compressed) {
            return Verdict::because(Outcome::Compressed, INFERRED);
        }
        // An error is the last word while nothing came of the turn after it.
        let standing = self.error.as_ref().filter(|error| self.progress_at.is_none_or(|at| at <= error.at));
        if let Some(error) = standing {
            let retried = self.attempt_at.is_some_and(|at| at > error.at);
            if self.left.is_some() || (error.exhausted && !retried) {
                return error.verdict();
            }
        }
        match &self.process {
            _ if self.left.is_some() => Verdict::because(Outcome::Errored, NO_RESPONSE),
            None => Verdict::new(Outcome::Running, None),
            Some(ProcessEnd::Exit) => Verdict::because(Outcome::Interrupted, PROCESS_EXIT),
            Some(_) => Verdict::because(Outcome::Unknown, PROCESS_LOST),
        }
    }

    fn ended(&self, end: &TurnEnd) -> Verdict {
        if end.interrupted {
            return Verdict::new(Outcome::Interrupted, end.reason.clone());
        }
        if end.completed {
            return Verdict::new(Outcome::Completed, None);
        }
        match (&self.error, end.failed) {
            (Some(error), true) => error.verdict(),
            (None, true) => Verdict::new(Outcome::Errored, end.reason.clone()),
            (_, false) => Verdict::new(Outcome::Limited, end.reason.clone()),
        }
    }
}

impl LastError {
    fn verdict(&self) -> Verdict {
        let outcome = match self.class {
            ErrorClass::ProviderTimeout => Outcome::TimedOut,
            _ => Outcome::Errored,
        };
        let reason = self.reason.clone().unwrap_or_else(|| Name::intern(self.class.as_str()));
        Verdict::new(outcome, Some(reason))
    }
}

/// What is known about a run.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// What closed it after its last turn began, and the host's word for it.
    pub close: Option<(RunClose, Option<Name>)>,
    /// The verdict on its last turn, if it had any.
    pub last_turn: Option<Verdict>,
    /// How the process ended, if it has.
    pub process: Option<ProcessEnd>,
}

impl RunFacts {
    /// How the run ended. The outcome of its last turn stands whether or not the host ever finalized it.
    pub fn verdict(&self) -> Verdict {
        match &self.close {
            Some((RunClose::Reset, reason)) => Verdict::new(Outcome::Reset, reason.clone()),
            Some((RunClose::Compressed, reason)) => Verdict::new(Outcome::Compressed, reason.clone()),
            Some((RunClose::Idle, _)) => Verdict::because(Outcome::TimedOut, IDLE_TIMEOUT),
            _ => match &self.last_turn {
                Some(verdict) => verdict.clone(),
                None if self.close.is_none() && self.process.is_none() => {
                    Verdict::new(Outcome::Running, None)
                }
                None => Verdict::because(Outcome::Unknown, EMPTY),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(completed: bool, interrupted: bool) -> Option<TurnEnd> {
        Some(TurnEnd { completed, interrupted, failed: false, reason: None })
    }

    fn error(class: ErrorClass, reason: &'static str, exhausted: bool) -> Option<LastError> {
        Some(LastError { at: UnixNanos(10), class, reason: Some(Name::fixed(reason)), exhausted })
    }

    fn said(facts: TurnFacts) -> (Outcome, Option<String>) {
        let verdict = facts.verdict();
        (verdict.outcome, verdict.reason.map(|r| r.to_string()))
    }

    fn because(outcome: Outcome, reason: &str) -> (Outcome, Option<String>) {
        (outcome, Some(reason.to_owned()))
    }

    #[test]
    fn an_end_decides_and_interrupted_weighs_more() {
        let facts = |end| TurnFacts { end, ..Default::default() };
        assert_eq!(said(facts(end(true, true))), (Outcome::Interrupted, None));
        assert_eq!(said(facts(end(true, false))), (Outcome::Completed, None));
        assert_eq!(said(facts(end(false, false))), (Outcome::Limited, None));
    }

    #[test]
    fn a_recovered_error_does_not_matter() {
        let error = error(ErrorClass::RateLimit, "rate_limit", false);
        assert_eq!(
            said(TurnFacts { end: end(true, false), error, ..Default::default() }).0,
            Outcome::Completed
        );
    }

    #[test]
    fn a_final_error_is_the_outcome_and_a_timeout_is_told_apart() {
        let facts = TurnFacts { error: error(ErrorClass::Auth, "auth", true), ..Default::default() };
        assert_eq!(said(facts), because(Outcome::Errored, "auth"));
        let timeout = error(ErrorClass::ProviderTimeout, "timeout", false);
        let facts = TurnFacts { error: timeout, left: Some(Left::Behind), ..Default::default() };
        assert_eq!(said(facts), because(Outcome::TimedOut, "timeout"));
    }

    #[test]
    fn an_error_with_retries_left_is_not_final_until_the_session_is() {
        let lost = Some(ProcessEnd::Lost);
        let retryable = error(ErrorClass::RateLimit, "rate_limit", false);
        let facts = TurnFacts { error: retryable.clone(), process: lost.clone(), ..Default::default() };
        assert_eq!(said(facts), because(Outcome::Unknown, PROCESS_LOST));
        let facts = TurnFacts { error: retryable.clone(), ..Default::default() };
        assert_eq!(said(facts), (Outcome::Running, None));
        let facts =
            TurnFacts { error: retryable, left: Some(Left::Behind), process: lost, ..Default::default() };
        assert_eq!(said(facts), because(Outcome::Errored, "rate_limit"));
    }

    #[test]
    fn an_error_the_turn_went_on_after_is_not_its_end() {
        let facts = TurnFacts {
            error: error(ErrorClass::Auth, "auth", true),
            attempt_at: Some(UnixNanos(11)),
            process: Some(ProcessEnd::Lost),
            ..Default::default()
        };
        assert_eq!(said(facts.clone()), because(Outcome::Unknown, PROCESS_LOST));
        let answered = TurnFacts { progress_at: Some(UnixNanos(12)), left: Some(Left::Behind), ..facts };
        assert_eq!(said(answered), because(Outcome::Errored, NO_RESPONSE));
    }

    #[test]
    fn a_turn_cut_off_says_by_what() {
        let facts = |process| TurnFacts { process, ..Default::default() };
        assert_eq!(said(facts(Some(ProcessEnd::Exit))), because(Outcome::Interrupted, PROCESS_EXIT));
        assert_eq!(said(facts(Some(ProcessEnd::Lost))), because(Outcome::Unknown, PROCESS_LOST));
        assert_eq!(said(facts(None)), (Outcome::Running, None));
    }

    #[test]
    fn a_turn_that_was_compressed_away_goes_on_elsewhere() {
        let facts = TurnFacts {
            error: error(ErrorClass::ContextOverflow, "context_overflow", false),
            left: Some(Left::Compressed),
            ..Default::default()
        };
        assert_eq!(said(facts), because(Outcome::Compressed, INFERRED));
    }

    #[test]
    fn what_closed_a_run_weighs_more_than_its_last_turn() {
        let last_turn = Some(Verdict::new(Outcome::Completed, None));
        let run = |close: Option<RunClose>| RunFacts {
            close: close.map(|close| (close, Some(Name::fixed("word")))),
            last_turn: last_turn.clone(),
            process: None,
        };
        assert_eq!(run(Some(RunClose::Reset)).verdict(), Verdict::because(Outcome::Reset, "word"));
        assert_eq!(run(Some(RunClose::Idle)).verdict(), Verdict::because(Outcome::TimedOut, IDLE_TIMEOUT));
        assert_eq!(run(Some(RunClose::Finalized)).verdict(), Verdict::new(Outcome::Completed, None));
        assert_eq!(run(None).verdict(), Verdict::new(Outcome::Completed, None));
    }

    #[test]
    fn a_run_without_turns_is_empty_once_it_is_over() {
        assert_eq!(RunFacts::default().verdict(), Verdict::new(Outcome::Running, None));
        let over = RunFacts { process: Some(ProcessEnd::Exit), ..Default::default() };
        assert_eq!(over.verdict(), Verdict::because(Outcome::Unknown, EMPTY));
    }

    #[test]
    fn every_outcome_parses_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
