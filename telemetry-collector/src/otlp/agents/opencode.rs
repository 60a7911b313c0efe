//! opencode: log records of free text. They tell which session there is, that a request went out, and that one failed; nothing of
//! answers, tokens or tools, so without its spans those stay unknown.

use serde::Deserialize;
use telemetry_core::event::{AttemptFailed, AttemptStarted};
use telemetry_core::vocabulary::ErrorClass;

use super::said::{self, key};
use crate::otlp::attributes::{name, texts};
use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::items::LogItem;
use crate::otlp::mark::Mark;

pub(super) const AGENT: &str = "opencode";

/// What a record says of a request.
#[derive(Deserialize)]
struct Said {
    #[serde(rename = "session.id")]
    session: String,
    #[serde(rename = "providerID")]
    provider: String,
    #[serde(rename = "modelID")]
    model: String,
}

pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    let [what, fields] = texts(log.body)[..] else { return };
    let failed = match what {
        "stream" => false,
        "stream error" => true,
        _ => return,
    };
    // What follows the name of the error is no JSON, and content.
    let head = fields.split(",\"error\":").next().unwrap_or_default().trim_end_matches('}');
    let Ok(said) = serde_json::from_str::<Said>(&format!("{head}}}")) else { return };
    let session = Session::new(log.origin, AGENT, &said.session);
    let (turn, mark) = match log.trace_name() {
        Some(trace) => (session.span("turn", &trace), Mark::LOG),
        None => (session.run.span(), Mark::LOG.turn_unsaid()),
    };
    let call = log.span.unwrap_or_else(|| session.span("call", &log.at.0.to_string()));
    let (model, provider) = (Some(name(&said.model)), Some(name(&said.provider)));
    let key = key("otlp attempt", call).text(&log.at.0.to_string());
    if failed {
        let failed =
            AttemptFailed { model, provider, ..said::attempt_failed(turn, call, 0, ErrorClass::Unknown) };
        out.say(&session, log.at, key, mark.loose().chained(), failed);
    } else {
        out.say(&session, log.at, key, mark, AttemptStarted { turn, call, attempt: 0, model, provider });
    }
}
