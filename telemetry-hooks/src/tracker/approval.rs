//! Approvals: questions and answers, which come without a session id.

use telemetry_core::event::{ApprovalAnswered, ApprovalRequested, Feedback};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::name::Name;

use super::session::Place;
use super::state::Approval;
use super::{After, Seen};

/// Questions that may wait in one turn.
const MAX_WAITING: usize = 256;
/// The surface of a policy model; every other is a person.
const POLICY_SURFACE: &str = "smart";

impl Seen<'_> {
    pub(super) fn approval_request(&mut self) -> After {
        let Some((place, turn)) = self.approval_place() else { return After::GoOn };
        let tool_call_id = self.name("tool_call_id");
        let surface = self.word("surface");
        let ordinal = self.state.next_ordinal();
        let approval = SpanId(Key::new("approval").number(turn.0).number(ordinal).narrow());
        let waiting = Approval {
            span: approval,
            tool_call_id: tool_call_id.clone(),
            surface: surface.clone(),
            asked: self.at,
        };
        self.with_turn(&place, turn, |turn| {
            if turn.approvals.len() >= MAX_WAITING {
                turn.approvals.remove(0);
            }
            turn.approvals.push(waiting);
        });
        let key = Key::new("approval_requested").number(approval.0);
        self.emit(Some(place.run), &key, ApprovalRequested { turn, approval, tool_call_id, surface });
        self.say(place.run, approval);
        After::GoOn
    }

    pub(super) fn approval_answer(&mut self) -> After {
        let Some((place, turn)) = self.approval_place() else { return After::GoOn };
        let tool_call_id = self.name("tool_call_id");
        let surface = self.word("surface");
        let choice = self.word("choice");
        let asked = self.with_turn(&place, turn, |turn| {
            let same =
                |waiting: &Approval| waiting.tool_call_id == tool_call_id && waiting.surface == surface;
            turn.approvals.iter().rposition(same).map(|at| turn.approvals.remove(at))
        });
        let (approval, wait_ns) = match asked.flatten() {
            Some(asked) => (asked.span, Some(self.at.since(asked.asked))),
            None => {
                let ordinal = self.state.next_ordinal();
                let approval = SpanId(Key::new("approval").number(turn.0).number(ordinal).narrow());
                // Said with the question otherwise.
                self.say(place.run, approval);
                (approval, None)
            }
        };
        if let Some(choice) = choice.as_deref().filter(|_| surface.as_deref() != Some(POLICY_SURFACE)) {
            let kind = Name::intern(&format!("approval_{choice}"));
            self.emit(Some(place.run), &Key::new("feedback").number(approval.0), Feedback { kind });
        }
        let key = Key::new("approval_answered").number(approval.0);
        let answered = ApprovalAnswered { turn, approval, tool_call_id, surface, choice, wait_ns };
        self.emit(Some(place.run), &key, answered);
        After::GoOn
    }

    /// The turn an approval is asked in: by its turn id in any session, else by a session key that is a session id.
    fn approval_place(&mut self) -> Option<(Place, SpanId)> {
        let by_turn = self.name("turn_id").and_then(|turn_id| self.state.session_of_turn(&turn_id));
        let by_key = || self.name("session_id").or_else(|| self.name("session_key"));
        let session_id = by_turn.or_else(|| by_key().filter(|key| self.state.knows(key)))?;
        let place = self.place_of(Some(session_id))?;
        let turn = self.turn(&place);
        Some((place, turn))
    }
}
