//! What is made of a request: events, and of each run they are of an announcement.

use std::collections::BTreeMap;
use std::sync::Arc;

use telemetry_core::codec;
use telemetry_core::event::{Body, Event, RunStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

use super::attributes::{Attributes, name};
use super::mark::Mark;
use crate::intake::Recorded;

/// Who sends: what of it is known before a session is.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The machine.
    pub host: Arc<str>,
    /// `service.name`.
    pub service: Option<Name>,
}

/// What a machine is called of which nobody says.
const NOWHERE: &str = "unknown";

impl Origin {
    /// By what the key or the header says of the machine (`said`), and the attributes of the resource.
    pub fn of(said: Option<&str>, resource: &Attributes<'_>) -> Self {
        let host = said.map(name).or_else(|| resource.name(&["host.name", "host.id"]));
        let host = host.as_ref().map_or(NOWHERE, |host| host.as_str());
        Origin { host: Arc::from(host), service: resource.name(&["service.name"]) }
    }
}

/// A session of an agent: a run. Nobody tells a process by itself over OTLP, so each session has one of its own, made of what names it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    host: Arc<str>,
    agent: Name,
    id: Name,
    process: ProcessId,
    /// The run.
    pub run: RunId,
}

impl Session {
    pub fn new(origin: &Origin, agent: &str, id: &str) -> Self {
        let (agent, id) = (name(agent), name(id));
        let process = ProcessId(Key::new("otlp process").text(&origin.host).text(&agent).text(&id).wide());
        Session { host: origin.host.clone(), run: RunId::of(process, &id), agent, id, process }
    }

    /// The span of something in the run that has a name.
    pub fn span(&self, what: &'static str, named: &str) -> SpanId {
        SpanId(Key::new(what).number(self.run.0).text(named).narrow())
    }

    /// The run of a delegation of it.
    pub fn child(&self, id: &str) -> Session {
        let id = name(id);
        Session { run: RunId::of(self.process, &id), id, ..self.clone() }
    }

    /// The name of its session.
    pub fn id(&self) -> &Name {
        &self.id
    }
}

/// Events of a request.
#[derive(Default)]
pub(super) struct Gathered {
    events: Vec<(Arc<str>, Event)>,
    /// Runs that were told of, and when first.
    sessions: BTreeMap<RunId, (UnixNanos, Session, Option<Name>)>,
}

impl Gathered {
    /// An event of a session. Its id is made of `key`, the run and the signal: two signals tell of the same in events of their own.
    pub fn say(&mut self, session: &Session, at: UnixNanos, key: Key, mark: Mark, body: impl Into<Body>) {
        let told = self.sessions.entry(session.run).or_insert_with(|| (at, session.clone(), None));
        told.0 = told.0.min(at);
        let key = key.number(session.run.0).number(mark.signal as u64);
        let mut event = Event::new(at, session.run, &key, body);
        mark.put(&mut event);
        self.events.push((session.host.clone(), event));
    }

    /// The model that a session began with.
    pub fn began_with(&mut self, session: &Session, at: UnixNanos, model: Option<Name>) {
        let told = self.sessions.entry(session.run).or_insert_with(|| (at, session.clone(), None));
        told.0 = told.0.min(at);
        told.2 = told.2.take().or(model);
    }

    /// An event as it is.
    pub fn keep(&mut self, host: &Arc<str>, event: Event) {
        self.events.push((host.clone(), event));
    }

    /// All of them, each run announced: a request may be the only one that comes.
    pub fn finish(mut self) -> Vec<Recorded> {
        for (run, (at, session, model)) in std::mem::take(&mut self.sessions) {
            let started = RunStarted {
                process: session.process,
                session_id: session.id,
                host: session.agent,
                platform: None,
                entrypoint: None,
                profile: None,
                model,
                parent: None,
                continues: None,
            };
            let mut event = Event::new(at, run, &Key::new("otlp run").number(run.0), started);
            Mark::LOG.put(&mut event);
            self.events.push((session.host, event));
        }
        self.events.into_iter().map(|(host, event)| recorded(&host, event)).collect()
    }
}

fn recorded(host: &str, event: Event) -> Recorded {
    let mut line = Vec::new();
    codec::encode(&event, &mut line);
    // Every text in it is one.
    let line = String::from_utf8(line).unwrap_or_default().trim_end().to_owned();
    Recorded { host: host.to_owned(), event, line }
}
