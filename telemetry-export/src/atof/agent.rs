//! Runs as `agent` scopes.

use serde_json::{Map, Value, json};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::outcome::PROCESS_LOST;

use super::line::{Rank, Record, uuid};
use super::scope::{Out, correlation, with};
use crate::spans::Run;
use crate::trajectory::RunEnd;

/// The version of an agent that does not say it.
const UNKNOWN: &str = "unknown";

/// The scope of a run, of the span it has, in the scope of `parent`.
pub(super) struct Agent<'a> {
    pub run: &'a Run,
    pub span: SpanId,
    pub parent: Option<&'a str>,
}

impl Agent<'_> {
    pub fn uuid(&self, start: i64) -> String {
        uuid(start, &Key::new("atof agent").number(self.run.id.0).number(self.span.0))
    }

    /// Writes its beginning.
    pub fn start(&self, uuid: &str, at: i64, out: &mut Out<'_>) {
        self.write("start", uuid, (at, Rank::AgentStart), &self.metadata(), out);
    }

    /// Writes its end. One whose process is gone, or that still runs when an export comes to its end, was not closed by
    /// anybody.
    pub fn end(&self, uuid: &str, at: i64, end: &RunEnd, out: &mut Out<'_>) {
        let verdict = &end.verdict;
        let unclosed = end.unclosed || verdict.reason.as_deref() == Some(PROCESS_LOST);
        let more = json!({
            "status": if unclosed { "unclosed" } else { verdict.outcome.as_str() },
            "outcome": verdict.outcome.as_str(),
            "reason": verdict.reason,
        });
        self.write("end", uuid, (at, Rank::AgentEnd), &with(self.metadata(), more), out);
    }

    fn metadata(&self) -> Map<String, Value> {
        let run = self.run;
        let more = json!({
            "version": UNKNOWN,
            "platform": run.platform,
            "entrypoint": run.entrypoint,
            "role": run.role,
            "continues_session_id": run.continues.as_ref().and_then(|before| before.session_id.as_ref()),
        });
        with(correlation(run, self.span), more)
    }

    fn write(
        &self,
        which: &'static str,
        uuid: &str,
        (at, rank): (i64, Rank),
        metadata: &Map<String, Value>,
        out: &mut Out<'_>,
    ) {
        let record = Record {
            uuid,
            parent_uuid: self.parent,
            name: self.run.host.as_deref().unwrap_or("agent"),
            ..Record::scope(which, "agent", at, metadata)
        };
        out.push(at, rank, &record);
    }
}
