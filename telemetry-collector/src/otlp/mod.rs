//! OTLP, taken in: spans, log records and metrics of agents, as events of our own.
//!
//! ```text
//! bytes ──read──> messages ──agents, metrics──> events, kept as they came ──reconcile──> each call once ──> the index
//! ```
//!
//! - [`read`] makes messages of protobuf and of JSON as real clients write it.
//! - `agents` knows what each agent means. A session is a run, a prompt or a trace is a turn; spans and log records become the same events,
//!   each with a [`mark`] of what it was told by.
//! - Events are kept as they came, from whichever signal. That two of them tell of one call is seen where all events of a run are at
//!   hand ([`reconcile::reconciled`]), so that it does not matter which came first.
//! - What only metrics tell is in [`reported`].

mod agents;
pub mod answer;
mod attributes;
mod failure;
mod gathered;
mod items;
pub mod mark;
mod metrics;
pub mod read;
pub mod reconcile;
pub mod reported;
mod usage;

use telemetry_core::time::UnixNanos;

use crate::intake::Recorded;
use agents::Sessions;
use answer::Rejected;
use attributes::Attributes;
use gathered::{Gathered, Origin};
use items::{LogItem, SpanItem};
use read::Request;

/// What is made of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// Events to keep.
    pub events: Vec<Recorded>,
    /// What cannot be kept: it has no time or no id, or one that is not `accept`ed. What says nothing to us is no such thing.
    pub rejected: Rejected,
}

/// Makes events of a request. `host` is the machine that the key or the header says; without it the resource does. `accept` says whether
/// something of a moment is taken in, and why not, as in "is before 2026".
pub fn take(
    request: &Request,
    host: Option<&str>,
    accept: &dyn Fn(UnixNanos) -> Result<(), String>,
) -> Taken {
    let (mut out, mut rejected) = (Gathered::default(), Rejected::default());
    match request {
        Request::Traces(request) => {
            let mut spans = Vec::new();
            let mut origins = Vec::new();
            for resource in &request.resource_spans {
                let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
                origins.push(Origin::of(host, &Attributes::of(attributes)));
            }
            let mut sessions = Sessions::new();
            for (resource, origin) in request.resource_spans.iter().zip(&origins) {
                for scope in &resource.scope_spans {
                    let name = scope.scope.as_ref().map_or("", |scope| scope.name.as_str());
                    for span in &scope.spans {
                        match SpanItem::of(origin, name, span) {
                            Ok(span) => match accept(span.end) {
                                Ok(()) => {
                                    agents::note_session(&span, &mut sessions);
                                    spans.push(span);
                                }
                                Err(reason) => rejected.add(&format!("a span whose end {reason}")),
                            },
                            Err(reason) => rejected.add(reason),
                        }
                    }
                }
            }
            spans.iter().for_each(|span| agents::span(span, &sessions, &mut out));
        }
        Request::Logs(request) => {
            for resource in &request.resource_logs {
                let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
                let origin = Origin::of(host, &Attributes::of(attributes));
                for scope in &resource.scope_logs {
                    let name = scope.scope.as_ref().map_or("", |scope| scope.name.as_str());
                    for record in &scope.log_records {
                        match LogItem::of(&origin, name, record) {
                            Ok(log) => match accept(log.at) {
                                Ok(()) => agents::log(&log, &mut out),
                                Err(reason) => rejected.add(&format!("a log record whose time {reason}")),
                            },
                            Err(reason) => rejected.add(reason),
                        }
                    }
                }
            }
        }
        Request::Metrics(request) => {
            for resource in &request.resource_metrics {
                let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
                let attributes = Attributes::of(attributes);
                let origin = Origin::of(host, &attributes);
                for scope in &resource.scope_metrics {
                    let name = scope.scope.as_ref().map_or("", |scope| scope.name.as_str());
                    for metric in &scope.metrics {
                        metrics::take(&origin, &attributes, name, metric, &mut out, accept, &mut |reason| {
                            rejected.add(reason)
                        });
                    }
                }
            }
        }
    }
    Taken { events: out.finish(), rejected }
}
