//! How a span ended, as its status and what says the same elsewhere.

use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use telemetry_core::event::{AttemptFailed, ToolCall};
use telemetry_core::outcome::{self, Outcome, OutcomeClass, Verdict};
use telemetry_core::vocabulary::{ErrorClass, ToolStatus};

use crate::otlp::attributes::Attributes;
use crate::otlp::names;

/// What `error.type` falls back to: the convention's word for what is in no list.
const OTHER: &str = "_OTHER";
/// The convention's word for what ran out of time.
const TIMEOUT: &str = "timeout";

/// How a span ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending<'a> {
    /// Well, by the host's own word.
    Well,
    /// Nobody said, and nothing went wrong. It is no success: the status stays unset.
    Unsaid,
    /// Not as meant, by nobody's failure: why.
    Odd(String),
    /// It failed.
    Failed {
        /// One of few words.
        kind: &'a str,
        /// For people.
        message: String,
    },
}

impl<'a> Ending<'a> {
    /// Of a turn or a run.
    pub fn of_verdict(verdict: &'a Verdict) -> Self {
        let reason = verdict.reason.as_deref();
        let said = || match reason.filter(|reason| *reason != verdict.outcome.as_str()) {
            Some(reason) => format!("{}: {reason}", verdict.outcome.as_str()),
            None => verdict.outcome.as_str().to_owned(),
        };
        if let Some(kind) = kind_of_verdict(verdict) {
            return Ending::Failed { kind, message: said() };
        }
        match verdict.outcome.class(reason) {
            OutcomeClass::Success => Ending::Well,
            OutcomeClass::User | OutcomeClass::Unknown => Ending::Odd(said()),
            OutcomeClass::Failure | OutcomeClass::Neutral | OutcomeClass::Open => Ending::Unsaid,
        }
    }

    /// Of an attempt, or of a call whose last one it was.
    pub fn of_attempt(failed: &'a AttemptFailed) -> Self {
        let mut message = failed.class.as_str().to_owned();
        if let Some(status) = failed.status_code {
            message.push_str(&format!(" (HTTP {status})"));
        }
        if let Some(reason) = failed.reason.as_deref().filter(|reason| *reason != failed.class.as_str()) {
            message.push_str(": ");
            message.push_str(reason);
        }
        Ending::Failed { kind: failed.class.as_str(), message }
    }

    /// Of a tool call. What was not let run did not fail.
    pub fn of_tool(call: &'a ToolCall) -> Self {
        match kind_of_tool(call) {
            Some(kind) => {
                let message = match call.error_type.as_deref() {
                    Some(error) => format!("{}: {error}", call.status),
                    None => call.status.as_str().to_owned(),
                };
                Ending::Failed { kind, message }
            }
            None if matches!(
                call.status,
                ToolStatus::Blocked | ToolStatus::Cancelled | ToolStatus::Denied
            ) =>
            {
                Ending::Odd(call.status.as_str().to_owned())
            }
            None => Ending::Unsaid,
        }
    }

    /// Says it, and gives the status that says the same.
    pub fn put(self, attributes: &mut Attributes) -> Status {
        match self {
            Ending::Well => status(StatusCode::Ok, String::new()),
            Ending::Unsaid => status(StatusCode::Unset, String::new()),
            // A status has a message only when it is an error.
            Ending::Odd(why) => {
                attributes.put(names::LEVEL, "WARNING");
                attributes.put(names::STATUS_MESSAGE, &*why);
                status(StatusCode::Unset, String::new())
            }
            Ending::Failed { kind, message } => {
                attributes.put(names::ERROR_TYPE, kind);
                attributes.put(names::LEVEL, "ERROR");
                attributes.put(names::STATUS_MESSAGE, &*message);
                status(StatusCode::Error, message)
            }
        }
    }
}

fn status(code: StatusCode, message: String) -> Status {
    Status { message, code: code.into() }
}

/// `error.type` of a turn or run, where it failed. A host may give any reason, and there must be few of these.
///
/// A process that was lost in the middle of a turn is one of them. Its outcome stays unknown, but a status that is unset
/// is a success to some who show it (MLflow), and that it never is.
pub(super) fn kind_of_verdict(verdict: &Verdict) -> Option<&str> {
    let reason = verdict.reason.as_deref();
    let known = |reason: &&str| {
        *reason == outcome::NO_RESPONSE || ErrorClass::KNOWN.iter().any(|class| class.as_str() == *reason)
    };
    match (verdict.outcome, verdict.outcome.class(reason)) {
        (Outcome::Unknown, _) => reason.filter(|reason| *reason == outcome::PROCESS_LOST),
        (Outcome::TimedOut, OutcomeClass::Failure) => Some(TIMEOUT),
        (_, OutcomeClass::Failure) => Some(reason.filter(known).unwrap_or(verdict.outcome.as_str())),
        _ => None,
    }
}

/// `error.type` of a tool call, where it ran and failed.
pub(super) fn kind_of_tool(call: &ToolCall) -> Option<&str> {
    match call.status {
        ToolStatus::Timeout => Some(TIMEOUT),
        ToolStatus::Error => Some(call.error_type.as_deref().unwrap_or(OTHER)),
        _ => None,
    }
}
