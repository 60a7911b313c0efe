use serde::{Deserialize, Serialize};

use crate::ids::{ProcessId, RunId, SpanId};
use crate::name::Name;
use crate::vocabulary::{Entrypoint, RunClose};

/// A session was first seen in a process. Written when the run opens, so that a kill leaves a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The process it runs in.
    pub process: ProcessId,
    /// The host's id of the session.
    pub session_id: Name,
    /// The host, for example `hermes`.
    pub host: Name,
    /// The host's word for the surface, verbatim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform: Option<Name>,
    /// The surface in our list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entrypoint: Option<Entrypoint>,
    /// The host's configuration profile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<Name>,
    /// The model the session began with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// The run that delegated to this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<RunId>,
    /// The run this one continues under a new session id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub continues: Option<RunId>,
}

/// Something about a run became known after its start: hooks without a platform may come first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunUpdated {
    /// The host's word for the surface, verbatim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform: Option<Name>,
    /// The surface in our list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entrypoint: Option<Entrypoint>,
    /// The model the session works with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
}

/// The host closed a session. A session may be closed more than once, and opened again after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnded {
    /// What closed it.
    pub close: RunClose,
    /// The host's word for why, verbatim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Name>,
}

/// A user message is being worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnStarted {
    /// The turn's span.
    pub turn: SpanId,
    /// The host's id of the turn, if it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn_id: Option<Name>,
    /// The model asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// Whether it is the first of its session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<bool>,
}

/// A turn's work is over. Of several ends the first counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnEnded {
    /// The turn's span.
    pub turn: SpanId,
    /// It reached an answer.
    pub completed: bool,
    /// It was stopped; a host may say both.
    pub interrupted: bool,
    /// It failed, where the host says so.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failed: bool,
    /// The host's word for why, verbatim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Name>,
}

/// A run delegated work to a run of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentStarted {
    /// The child's run.
    pub child: RunId,
    /// The host's id of the child's session.
    pub child_session_id: Name,
    /// The parent's turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<SpanId>,
    /// The host's id of the delegation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subagent_id: Option<Name>,
    /// The child's role, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Name>,
}

/// A delegation came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentEnded {
    /// The child's run.
    pub child: RunId,
    /// The parent's turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<SpanId>,
    /// How it ended, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<Name>,
    /// How long it took, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ns: Option<i64>,
}
