//! Content finds its span: what a hook said is kept for the turn, call, tool, approval or subagent that the hook is about.

use serde_json::value::RawValue;
use telemetry_core::content::Content;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::vocabulary::Part;

use super::request::is_news;
use super::session::Place;
use super::{After, Seen};

impl Seen<'_> {
    /// Keeps what this hook said as parts of `span`. Without the trajectories plane nothing was said.
    pub(super) fn say(&mut self, run: RunId, span: SpanId) {
        let said = self.spoken.take().map(|spoken| spoken.pieces).unwrap_or_default();
        for (part, body) in said {
            self.keep(run, span, part, 0, None, body);
        }
    }

    /// Keeps what is new in the request of an attempt of `call`.
    pub(super) fn say_request(&mut self, place: &Place, call: SpanId, attempt: u32) {
        let Some(request) = self.spoken.take().and_then(|spoken| spoken.request) else { return };
        let Some(session) = self.state.session(&place.session_id) else { return };
        let said = &mut session.said;
        let system_prompt = request.system_prompt.filter(|text| is_news(text, &mut said.system_prompt));
        let tools = request.tools.filter(|text| is_news(text, &mut said.tools));
        let messages = request.messages.and_then(|messages| messages.news(said));
        let keep = |part, from, body: Option<Box<RawValue>>| {
            if let Some(body) = body {
                self.keep(place.run, call, part, attempt, from, body);
            }
        };
        keep(Part::SystemPrompt, None, system_prompt);
        keep(Part::ToolDefinitions, None, tools);
        let (from, messages) = messages.unzip();
        keep(Part::RequestMessages, from, messages);
    }

    /// The host hands over the answer of a turn right before the turn ends.
    pub(super) fn final_answer(&mut self) -> After {
        if let Some(place) = self.place() {
            let turn = self.turn(&place);
            self.say(place.run, turn);
        }
        After::GoOn
    }

    fn keep(
        &self,
        run: RunId,
        span: SpanId,
        part: Part,
        attempt: u32,
        from: Option<u32>,
        body: Box<RawValue>,
    ) {
        if let Some(emitter) = self.emitter.content() {
            let content = Content::new(self.at, run, span, part, attempt.into(), body);
            emitter.emit(Content { from, ..content });
        }
    }
}
