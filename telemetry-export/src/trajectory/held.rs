//! What was said, until the turn it belongs to is over.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use telemetry_core::content::Content;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Part;
use telemetry_policy::Cleared;

/// Something that was said of a span.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Said {
    /// When.
    pub ts: UnixNanos,
    /// Which part of the span.
    pub part: Part,
    /// See [`Content::from`].
    pub from: Option<u32>,
    body: Box<RawValue>,
}

impl Said {
    /// A piece as the gate left it; `None` where it left nothing.
    pub fn of(content: Cleared<Content>) -> Option<Self> {
        let Content { ts, part, from, body, .. } = content.into_inner();
        (body.get() != "null").then_some(Said { ts, part, from, body })
    }

    /// Whether it is of a request, which says what is new in its run and nothing else.
    pub fn is_of_request(&self) -> bool {
        matches!(self.part, Part::SystemPrompt | Part::ToolDefinitions | Part::RequestMessages)
    }

    /// The host's value.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.body.get()).unwrap_or_default()
    }
}

/// Where a [`Gatherer`](super::Gatherer) asks what was said.
pub trait Spoken {
    /// All that was said of a span of a run, in the order in which it was said. It is not asked for again.
    fn take(&mut self, run: RunId, span: SpanId) -> Vec<Said>;

    /// What requests of a run said before that moment, but for those of `told`, in the order in which it was said. They were
    /// never answered, so of their calls nothing is told; but they said what was new, and the next request does not say it
    /// again. It is not asked for again.
    fn unanswered(&mut self, run: RunId, before: UnixNanos, told: &HashSet<SpanId>) -> Vec<Said>;

    /// What is left of a run until that moment belongs to nothing that will be told, but for what was said of the run as a
    /// whole, and by its requests.
    fn forget(&mut self, run: RunId, until: UnixNanos);

    /// The run is over.
    fn over(&mut self, run: RunId);
}

/// What was said in turns that are not over, in memory.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Held(BTreeMap<RunId, BTreeMap<SpanId, Vec<Said>>>);

impl Held {
    /// Keeps a piece.
    pub fn keep(&mut self, content: Cleared<Content>) {
        let (run, span) = (content.run, content.span);
        if let Some(said) = Said::of(content) {
            self.0.entry(run).or_default().entry(span).or_default().push(said);
        }
    }
}

impl Spoken for Held {
    fn take(&mut self, run: RunId, span: SpanId) -> Vec<Said> {
        let Some(of_run) = self.0.get_mut(&run) else { return Vec::new() };
        let said = of_run.remove(&span).unwrap_or_default();
        if of_run.is_empty() {
            self.0.remove(&run);
        }
        said
    }

    fn unanswered(&mut self, run: RunId, before: UnixNanos, told: &HashSet<SpanId>) -> Vec<Said> {
        let Some(of_run) = self.0.get_mut(&run) else { return Vec::new() };
        let is_unanswered = |span: &SpanId, said: &mut Vec<Said>| {
            !told.contains(span)
                && said.first().is_some_and(|first| first.is_of_request() && first.ts < before)
        };
        let unanswered = of_run.extract_if(.., is_unanswered).flat_map(|(_, said)| said);
        let mut unanswered: Vec<Said> = unanswered.collect();
        if of_run.is_empty() {
            self.0.remove(&run);
        }
        unanswered.sort_by_key(|said| said.ts);
        unanswered
    }

    fn forget(&mut self, run: RunId, until: UnixNanos) {
        if let Some(of_run) = self.0.get_mut(&run) {
            of_run.retain(|span, said| {
                let is_wanted = |said: &Said| said.is_of_request() || said.ts > until;
                *span == run.span() || said.last().is_some_and(is_wanted)
            });
            if of_run.is_empty() {
                self.0.remove(&run);
            }
        }
    }

    fn over(&mut self, run: RunId) {
        self.0.remove(&run);
    }
}
