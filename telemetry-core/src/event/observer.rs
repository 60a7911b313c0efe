use serde::{Deserialize, Serialize};

use crate::ids::SpanId;
use crate::name::Name;

/// A message came in through a gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GatewayMessage {
    /// The platform, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform: Option<Name>,
    /// `inbound`: hosts tell of no other yet.
    pub direction: Name,
    /// What became of it: `dispatched`.
    pub result: Name,
    /// Whether it was spoken.
    pub voice: bool,
    /// Files that came with it.
    pub attachments: u32,
}

/// A scheduled job began or ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cron {
    /// `started` or `finished`.
    pub kind: Name,
    /// For `finished`: `completed`, `interrupted` or `incomplete`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<Name>,
}

/// A skill was used or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// The turn it happened in.
    pub turn: SpanId,
    /// `list`, `view` or `manage`.
    pub action: Name,
    /// Which skill. It comes from a tool's arguments, so it is content, and hooks leave it out; other writers may know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub skill_name: Option<Name>,
    /// How the tool call ended.
    pub result: Name,
}

/// The agent's memory was read or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The turn it happened in.
    pub turn: SpanId,
    /// `add`, `replace`, `remove`, `read`, or `other`: one of a fixed list, never the argument itself.
    pub action: Name,
    /// How the tool call ended.
    pub result: Name,
}

/// A person reacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// `approval_once`, `approval_deny` and so on, `interrupt`, `new_session`.
    pub kind: Name,
}

/// A hook this version does not know was called; its payload may be content and is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    /// The hook's name.
    pub hook: Name,
    /// The host's id of the session, if it had one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_id: Option<Name>,
}
