//! Spans.

use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{Span as Message, Status};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::name::Name;

use super::role::Role;
use super::{agent, model, nanos, tool};
use crate::otlp::attributes::Attributes;
use crate::otlp::convention::Conventions;
use crate::otlp::names;
use crate::spans::{Fact, Run, Span};

/// About as many attributes as a span has. Room for more is memory that waits with it until it is sent.
fn room(fact: &Fact) -> usize {
    match fact {
        Fact::Call(_) | Fact::Run(_) => 32,
        _ => 16,
    }
}

/// What of a span depends on what it was.
pub(super) struct Shape {
    role: Role,
    name: String,
    status: Status,
    events: Vec<Event>,
}

impl Shape {
    pub fn of(role: Role, name: String, status: Status) -> Self {
        Shape { role, name, status, events: Vec::new() }
    }

    /// The same, with something that happened in it.
    pub fn with(self, event: Event) -> Self {
        Shape { events: vec![event], ..self }
    }

    /// Who asks a provider is a client. An attempt does too, but whoever counts what a service asks of others would count its
    /// call twice.
    fn kind(&self) -> SpanKind {
        match self.role {
            Role::ModelCall => SpanKind::Client,
            Role::Run | Role::Turn | Role::Attempt | Role::ToolCall | Role::Approval => SpanKind::Internal,
        }
    }
}

/// A span under the names of some conventions, in an environment (`deployment.environment.name`) where that is known.
pub(in crate::otlp) fn span(span: &Span, by: Conventions, environment: Option<&str>) -> Message {
    let run = &*span.run;
    let mut attributes = Attributes::new(by, room(&span.fact));
    attributes.put_known(names::SESSION, session(run));
    attributes.put_known(names::OWN_SESSION, run.session_id.as_deref());
    attributes.put(names::RUN, &*run.id.to_string());
    attributes.put_known(names::ENVIRONMENT, environment);
    let shape = match &span.fact {
        Fact::Run(over) => agent::run(run, over, &mut attributes),
        Fact::Turn(over) => agent::turn(over, &mut attributes),
        Fact::Call(over) => model::call(span, over, &mut attributes),
        Fact::FailedCall(over) => model::failed_call(over, &mut attributes),
        Fact::Attempt(over) => model::attempt(span, over, &mut attributes),
        Fact::Tool(call) => tool::tool(call, &mut attributes),
        Fact::Approval(over) => tool::approval(over, &mut attributes),
    };
    shape.role.put(&mut attributes);
    Message {
        trace_id: trace_id(run.trace),
        span_id: span_id(span.id),
        parent_span_id: span.parent.map(span_id).unwrap_or_default(),
        kind: shape.kind().into(),
        name: shape.name,
        start_time_unix_nano: nanos(span.start),
        end_time_unix_nano: nanos(span.end),
        links: links(span, by),
        attributes: attributes.into_list(),
        events: shape.events,
        status: Some(shape.status),
        ..Message::default()
    }
}

/// What a run goes on with: another that it continues, or itself, before it was closed and taken up again.
fn links(span: &Span, by: Conventions) -> Vec<Link> {
    let (Fact::Run(over), run) = (&span.fact, &*span.run) else { return Vec::new() };
    let mut links = Vec::new();
    if over.reopened > 0 {
        links.push(link(run.trace, run.id, run.session_id.as_ref(), "reopened", by));
    } else if let Some(other) = &run.continues {
        links.push(link(other.trace, other.run, other.session_id.as_ref(), "continues", by));
    }
    links
}

fn link(trace: RunId, run: RunId, session: Option<&Name>, word: &str, by: Conventions) -> Link {
    let mut attributes = Attributes::new(by, 4);
    attributes.put(names::LINK, word);
    attributes.put(names::RUN, &*run.to_string());
    attributes.put_known(names::SESSION, session.map(Name::as_str));
    Link {
        trace_id: trace_id(trace),
        span_id: span_id(run.span()),
        attributes: attributes.into_list(),
        ..Link::default()
    }
}

/// The session of a run's trace. Receivers give a trace the session of the span that they see first, which is often a
/// subagent's.
pub(super) fn session(run: &Run) -> Option<&str> {
    run.trace_session_id.as_ref().or(run.session_id.as_ref()).map(Name::as_str)
}

/// The id of the run at the top, whose bytes are a trace's.
pub(super) fn trace_id(trace: RunId) -> Vec<u8> {
    let RunId(id) = trace;
    id.to_be_bytes().to_vec()
}

pub(super) fn span_id(span: SpanId) -> Vec<u8> {
    let SpanId(id) = span;
    id.to_be_bytes().to_vec()
}
