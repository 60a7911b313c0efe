//! Tool calls.

use telemetry_core::event::ToolCall;
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::{After, Seen};
use crate::toolset::toolset;

/// A turn of more tool calls than this is no longer looked at for echoes.
const MAX_TOOLS: usize = 4_096;

impl Seen<'_> {
    pub(super) fn tool_end(&mut self) -> After {
        let Some(place) = self.place() else { return After::GoOn };
        let turn = self.turn(&place);
        let call = self.call_of_request(turn);
        let tool = self.word("tool_name").unwrap_or(Name::fixed("unknown"));
        let own = self.word("toolset").filter(|word| !word.is_empty());
        let toolset = own.or_else(|| toolset(&tool));
        let tool_call_id = self.name("tool_call_id");
        let status =
            self.payload.text("status", |word| ToolStatus::from(word)).unwrap_or(ToolStatus::Unknown);
        let key = Key::new("tool").number(turn.0).number(call.map_or(0, |call| call.0)).text(&tool);
        let key = key.text(tool_call_id.as_deref().unwrap_or_default());
        let mut span = SpanId(key.narrow());

        let (ends, echo) = self
            .with_turn(&place, turn, |turn| {
                if turn.tools.len() >= MAX_TOOLS {
                    turn.tools.clear();
                }
                let seen = turn.tools.entry(span).or_default();
                let echo = seen.gave_up;
                seen.ends += u32::from(!echo);
                seen.gave_up |= matches!(status, ToolStatus::Timeout | ToolStatus::Cancelled);
                (seen.ends, echo)
            })
            .unwrap_or((1, false));
        if echo {
            // Given up by the main thread, finished later by its worker: one call, whose first end counts.
            return After::GoOn;
        }
        if ends > 1 {
            // Models without ids of their own give two calls the same one.
            span = SpanId(Key::new("tool again").number(span.0).number(ends).narrow());
        }
        let ended = ToolCall {
            turn,
            span,
            call,
            error_type: self.word("error_type"),
            duration_ns: self.millis("duration_ms"),
            tool_call_id,
            status,
            toolset,
            tool,
        };
        self.emit_skill_or_memory(&place, &ended);
        self.emit(Some(place.run), &Key::new("tool_call").number(span.0), ended);
        self.say(place.run, span);
        After::GoOn
    }
}
