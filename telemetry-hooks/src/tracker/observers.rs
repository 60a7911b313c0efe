//! Gateway messages, scheduled jobs, skills and memory.

use telemetry_core::event::{Cron, GatewayMessage, Memory, Skill, ToolCall, TurnEnded};
use telemetry_core::ids::{Key, RunId};
use telemetry_core::name::Name;
use telemetry_core::vocabulary::Entrypoint;

use super::session::Place;
use super::{After, Seen};
use crate::payload::Payload;

impl Seen<'_> {
    pub(super) fn gateway_message(&mut self) -> After {
        let message = self.payload.map("event", |event| {
            let platform = event.map("source", |source| word_or_enum(source, "platform")).flatten();
            let kind = word_or_enum(event, "message_type");
            let attachments = event.list("media_urls", |urls| urls.len()).unwrap_or(0);
            GatewayMessage {
                platform,
                direction: Name::fixed("inbound"),
                result: Name::fixed("dispatched"),
                voice: kind.is_some_and(|kind| kind == "voice" || kind == "audio"),
                attachments: u32::try_from(attachments).unwrap_or(u32::MAX),
            }
        });
        let Some(message) = message else { return After::GoOn };
        let ordinal = self.state.next_ordinal();
        let key = Key::new("gateway_message").number(self.origin.process.0).number(ordinal);
        self.emit(None, &key, message);
        After::GoOn
    }

    pub(super) fn cron_start(&self, run: RunId, entrypoint: Option<&Entrypoint>) {
        if entrypoint == Some(&Entrypoint::Cron) {
            let started = Cron { kind: Name::fixed("started"), result: None };
            self.emit(Some(run), &Key::new("cron started").number(run.0), started);
        }
    }

    pub(super) fn cron_end(&mut self, place: &Place, ended: &TurnEnded) {
        let entrypoint =
            self.state.session(&place.session_id).and_then(|session| session.known.entrypoint.clone());
        if entrypoint != Some(Entrypoint::Cron) {
            return;
        }
        let result = match ended {
            TurnEnded { interrupted: true, .. } => "interrupted",
            TurnEnded { completed: true, .. } => "completed",
            _ => "incomplete",
        };
        let finished = Cron { kind: Name::fixed("finished"), result: Some(Name::fixed(result)) };
        self.emit(Some(place.run), &Key::new("cron finished").number(ended.turn.0), finished);
    }

    /// Skills and memory are tools of the host (hermes-agent 0.19.0, `tools/skills_tool.py`,
    /// `tools/skill_manager_tool.py`, `tools/memory_tool.py`).
    pub(super) fn emit_skill_or_memory(&self, place: &Place, tool: &ToolCall) {
        let result = Name::intern(tool.status.as_str());
        let skill = match tool.tool.as_str() {
            "skills_list" => Some("list"),
            "skill_view" => Some("view"),
            "skill_manage" => Some("manage"),
            _ => None,
        };
        if let Some(action) = skill {
            let used = Skill { turn: tool.turn, action: Name::fixed(action), skill_name: None, result };
            self.emit(Some(place.run), &Key::new("skill").number(tool.span.0), used);
        } else if tool.tool == "memory" {
            let said = |action: &str| MEMORY_ACTIONS.into_iter().find(|known| *known == action);
            let action = self.payload.map("args", |args| args.text("action", said).flatten()).flatten();
            let action = Name::fixed(action.unwrap_or("other"));
            let changed = Memory { turn: tool.turn, action, result };
            self.emit(Some(place.run), &Key::new("memory").number(tool.span.0), changed);
        }
    }
}

/// Arguments are content; only these words of them are kept.
const MEMORY_ACTIONS: [&str; 4] = ["add", "replace", "remove", "read"];

/// A word, or the value of a Python enum member.
fn word_or_enum(payload: &dyn Payload, key: &str) -> Option<Name> {
    payload.text(key, Name::intern).or_else(|| {
        let value = |member: &dyn Payload| {
            member.text("value", Name::intern).or_else(|| member.text("_value_", Name::intern))
        };
        payload.map(key, value).flatten()
    })
}
