//! Which events are shown.

use std::collections::HashMap;
use std::str::FromStr;

use telemetry_core::event::{Body, Event, RunStarted};
use telemetry_core::ids::RunId;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ProcessEnd;
use telemetry_store::log::{Follower, announced};

use crate::failure::Failure;
use crate::home::Home;

/// What an event must be to be shown. Of several values for one key any, of several keys all.
pub(super) struct Filter {
    wheres: Vec<(Key, Vec<String>)>,
    errors: bool,
    /// What only the beginning of a run tells; learned where it is asked for.
    runs: Option<HashMap<RunId, Announced>>,
}

/// Of a run, as it was announced.
struct Announced {
    session: Name,
    host: Name,
}

/// What events can be chosen by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Event,
    Run,
    Session,
    Host,
    Model,
    Provider,
    Tool,
    Error,
}

/// All of them, by their words.
const KEYS: [(&str, Key); 8] = [
    ("event", Key::Event),
    ("run", Key::Run),
    ("session", Key::Session),
    ("host", Key::Host),
    ("model", Key::Model),
    ("provider", Key::Provider),
    ("tool", Key::Tool),
    ("error", Key::Error),
];

impl FromStr for Key {
    type Err = Failure;

    fn from_str(word: &str) -> Result<Self, Failure> {
        let found = KEYS.iter().find(|(name, _)| *name == word);
        found.map(|(_, key)| *key).ok_or_else(|| {
            let all = KEYS.map(|(name, _)| name).join(", ");
            Failure::Usage(format!("events cannot be chosen by `{word}`: give one of {all}"))
        })
    }
}

impl Filter {
    /// Of `key=value` texts, and whether only errors are wanted.
    pub(super) fn of(texts: &[String], errors: bool) -> Result<Self, Failure> {
        let mut wheres: Vec<(Key, Vec<String>)> = Vec::new();
        for text in texts {
            let (word, value) = text
                .split_once('=')
                .ok_or_else(|| Failure::Usage(format!("`{text}` has no `=`: write tool=terminal")))?;
            let key: Key = word.parse()?;
            if key == Key::Event && !Body::KINDS.contains(&value) {
                let all = Body::KINDS.join(", ");
                return Err(Failure::Usage(format!("no event `{value}`: give one of {all}")));
            }
            match wheres.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value.to_owned()),
                None => wheres.push((key, vec![value.to_owned()])),
            }
        }
        let of_runs = wheres.iter().any(|(key, _)| matches!(key, Key::Session | Key::Host));
        Ok(Filter { wheres, errors, runs: of_runs.then(HashMap::new) })
    }

    /// Learns of the runs that `follower` may tell of, which were announced before.
    pub(super) fn learn(&mut self, home: &Home, follower: &Follower) -> Result<(), Failure> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let Some(day) = follower.first_day() else { return Ok(()) };
        announced(&home.layout, day, &mut |run, started| {
            runs.insert(run, Announced::of(&started));
        })?;
        Ok(())
    }

    /// Whether it is shown. To be asked of every event, in their order.
    pub(super) fn lets(&mut self, event: &Event) -> bool {
        if let (Some(runs), Some(run), Body::RunStarted(started)) = (&mut self.runs, event.run, &event.body) {
            runs.insert(run, Announced::of(started));
        }
        (!self.errors || is_error(&event.body))
            && self.wheres.iter().all(|(key, values)| values.iter().any(|value| self.is(event, *key, value)))
    }

    fn is(&self, event: &Event, key: Key, value: &str) -> bool {
        let run = || self.runs.as_ref()?.get(&event.run?);
        match key {
            Key::Event => event.body.kind() == value,
            Key::Run => event.run.is_some_and(|run| run.to_string().starts_with(value)),
            Key::Session => run().is_some_and(|run| run.session.starts_with(value)),
            Key::Host => run().map(|run| &run.host).or(host(&event.body)).is_some_and(|host| host == value),
            Key::Model => model(&event.body).is_some_and(|model| model == value),
            Key::Provider => provider(&event.body).is_some_and(|provider| provider == value),
            Key::Tool => matches!(&event.body, Body::ToolCall(call) if &*call.tool == value),
            Key::Error => error(&event.body).is_some_and(|error| error == value),
        }
    }
}

impl Announced {
    fn of(started: &RunStarted) -> Self {
        Announced { session: started.session_id.clone(), host: started.host.clone() }
    }
}

fn host(body: &Body) -> Option<&Name> {
    match body {
        Body::ProcessStarted(started) => Some(&started.host),
        _ => None,
    }
}

fn model(body: &Body) -> Option<&Name> {
    match body {
        Body::RunStarted(started) => started.model.as_ref(),
        Body::RunUpdated(updated) => updated.model.as_ref(),
        Body::TurnStarted(started) => started.model.as_ref(),
        Body::AttemptStarted(attempt) => attempt.model.as_ref(),
        Body::AttemptFailed(attempt) => attempt.model.as_ref(),
        Body::ModelCall(call) => call.model.as_ref(),
        _ => None,
    }
}

fn provider(body: &Body) -> Option<&Name> {
    match body {
        Body::AttemptStarted(attempt) => attempt.provider.as_ref(),
        Body::AttemptFailed(attempt) => attempt.provider.as_ref(),
        Body::ModelCall(call) => call.provider.as_ref(),
        _ => None,
    }
}

/// The class of an attempt's error; a failed tool call's kind of error, else its status.
fn error(body: &Body) -> Option<&str> {
    match body {
        Body::AttemptFailed(attempt) => Some(attempt.class.as_str()),
        Body::ToolCall(call) if call.status.failed() => {
            Some(call.error_type.as_deref().unwrap_or(call.status.as_str()))
        }
        _ => None,
    }
}

/// Whether something went wrong: an attempt, a tool that ran, a turn that came to no answer and was not stopped, a process
/// that is gone without a word, events that were lost.
fn is_error(body: &Body) -> bool {
    match body {
        Body::AttemptFailed(_) => true,
        Body::ToolCall(call) => call.status.failed(),
        Body::TurnEnded(ended) => !ended.completed && !ended.interrupted,
        Body::ProcessEnded(ended) => ended.end == ProcessEnd::Lost,
        Body::Stats(stats) => stats.dropped.iter().any(|dropped| dropped.events > 0),
        _ => false,
    }
}
