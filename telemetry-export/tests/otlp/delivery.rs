//! What is sent when, and what is kept in between.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::otlp::{Config, Courier, Otlp, Request, Signal};
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::otlp::{Profile, Signals, Temporality};

use crate::session::{Kept, config, events, feed, prices, requests};

/// Delivers after each `nth` event, every time from the state that was kept in between.
fn in_parts(config: &Config, nth: usize) -> Vec<Request> {
    let (mut kept, mut state) = (Kept::default(), None::<String>);
    let events = events();
    let mut parts = events.chunks(nth).peekable();
    while let Some(part) = parts.next() {
        let mut exporter = exporter(config, &state, &mut kept);
        feed(&mut exporter, part);
        if parts.peek().is_none() {
            exporter.finish();
        }
        exporter.deliver(UnixNanos(0)).unwrap();
        state = Some(exporter.state().to_string());
    }
    kept.0
}

fn exporter<'k>(config: &Config, state: &Option<String>, kept: &'k mut Kept) -> Otlp<&'k mut Kept> {
    match state {
        None => Otlp::new(config.clone(), prices(), kept),
        Some(state) => {
            let state = serde_json::from_str(state).unwrap();
            Otlp::resume(config.clone(), prices(), kept, state).unwrap()
        }
    }
}

fn spans(requests: &[Request]) -> Vec<Span> {
    let of_request = |request: &Request| match request {
        Request::Traces(request) => {
            let scopes = request.resource_spans.iter().flat_map(|of_host| &of_host.scope_spans);
            scopes.flat_map(|scope| scope.spans.clone()).collect()
        }
        _ => Vec::new(),
    };
    requests.iter().flat_map(of_request).collect()
}

/// When points begin and end, and by metric and attributes what they count: how many, and their sum in millionths.
type Points = (u64, u64, BTreeMap<(String, String), (u64, i64)>);

/// Of each request with metrics.
fn points(requests: &[Request]) -> Vec<Points> {
    let mut found = Vec::new();
    for request in requests {
        let Request::Metrics(request) = request else { continue };
        let (mut times, mut counted) = (Vec::new(), BTreeMap::new());
        for of_host in &request.resource_metrics {
            for metric in of_host.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
                let mut add = |attributes: &Value, start, end, count, sum: f64| {
                    times.push((start, end));
                    let key = (metric.name.clone(), attributes.to_string());
                    let before = counted.insert(key, (count, (sum * 1e6).round() as i64));
                    assert_eq!(before, None, "{} has two points for {attributes}", metric.name);
                };
                match metric.data.as_ref().unwrap() {
                    Data::Histogram(histogram) => {
                        for point in &histogram.data_points {
                            assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                            assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
                            let (start, end) = (point.start_time_unix_nano, point.time_unix_nano);
                            add(&json!(point.attributes), start, end, point.count, point.sum.unwrap());
                        }
                    }
                    Data::Sum(sum) => {
                        for point in &sum.data_points {
                            let value = match point.value.unwrap() {
                                Number::AsInt(count) => count as f64,
                                Number::AsDouble(sum) => sum,
                            };
                            let (start, end) = (point.start_time_unix_nano, point.time_unix_nano);
                            add(&json!(point.attributes), start, end, 0, value);
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        let (start, end) = times[0];
        assert!(times.iter().all(|time| *time == (start, end)) && start < end, "{times:?}");
        found.push((start, end, counted));
    }
    found
}

#[test]
fn parts_are_the_whole_wherever_it_was_broken_off() {
    let whole = spans(&requests(config(Profile::All)));
    for nth in [1, 2, 5] {
        assert_eq!(spans(&in_parts(&config(Profile::All), nth)), whole, "by {nth}");
    }
}

#[test]
fn cumulative_points_end_with_all_and_begin_with_the_first() {
    let whole = points(&requests(config(Profile::GenAi)));
    for nth in [1, 3] {
        let parts = points(&in_parts(&config(Profile::GenAi), nth));
        assert_eq!(parts.last(), whole.last(), "by {nth}");
        assert!(parts.iter().all(|part| part.0 == whole[0].0));
        assert!(parts.windows(2).all(|two| two[0].1 <= two[1].1), "time goes on");
    }
}

#[test]
fn deltas_follow_each_other_and_sum_to_all() {
    let delta = Config { temporality: Temporality::Delta, ..config(Profile::GenAi) };
    let whole = points(&requests(config(Profile::GenAi)));
    for nth in [1, 3] {
        let parts = points(&in_parts(&delta, nth));
        assert!(parts.len() > 1);
        let mut sums = BTreeMap::new();
        for (_, _, counted) in &parts {
            for (key, (count, sum)) in counted {
                let total = sums.entry(key.clone()).or_insert((0, 0));
                *total = (total.0 + count, total.1 + sum);
            }
        }
        assert_eq!(sums, whole[0].2, "by {nth}");
        assert!(
            parts.windows(2).all(|two| two[0].1 <= two[1].0),
            "by {nth}: one begins where another has ended"
        );
    }
}

#[test]
fn nothing_new_is_no_request() {
    let mut kept = Kept::default();
    let mut exporter = Otlp::new(config(Profile::GenAi), prices(), &mut kept);
    assert_eq!(exporter.deliver(UnixNanos(0)), Ok(Delivered::default()));
    feed(&mut exporter, &events());
    exporter.finish();
    let all = exporter.deliver(UnixNanos(0)).unwrap();
    assert_eq!(exporter.deliver(UnixNanos(0)), Ok(Delivered::default()));
    drop(exporter);
    assert_eq!(all.items, kept.0.iter().map(Request::items).sum::<u64>());
    assert_eq!(kept.0.len(), 3);
}

#[test]
fn a_signal_that_is_off_is_not_sent() {
    for off in Signal::ALL {
        let signals = Signals {
            traces: off != Signal::Traces,
            metrics: off != Signal::Metrics,
            logs: off != Signal::Logs,
        };
        let sent = requests(Config { signals, ..config(Profile::GenAi) });
        let sent: Vec<_> = sent.iter().map(Request::signal).collect();
        assert_eq!(sent.len(), 2, "{off:?}: {sent:?}");
        assert!(!sent.contains(&off));
    }
}

/// Takes so many requests, and refuses the next.
struct Failing {
    takes: usize,
    sent: Vec<Request>,
}

impl Courier<Request> for &mut Failing {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        if self.sent.len() == self.takes {
            return Err(Undelivered { message: "no".to_owned(), temporary: true, retry_after: None });
        }
        self.sent.push(request);
        Ok(Delivered::default())
    }
}

/// A delta that is sent twice counts twice, so it is the last to be sent: whatever fails, it was not sent before.
#[test]
fn what_fails_leaves_metrics_unsent() {
    let delta = Config { temporality: Temporality::Delta, ..config(Profile::GenAi) };
    for takes in 0..3 {
        let mut failing = Failing { takes, sent: Vec::new() };
        let mut exporter = Otlp::new(delta.clone(), prices(), &mut failing);
        feed(&mut exporter, &events());
        assert!(exporter.deliver(UnixNanos(0)).is_err());
        drop(exporter);
        assert!(failing.sent.iter().all(|request| request.signal() != Signal::Metrics), "{takes}");
    }
}

/// Models may have any name: what is kept of them does not grow for ever, and nothing is left out of the sums.
#[test]
fn points_are_bounded() {
    let call = events().into_iter().find(|event| event.body.kind() == "model_call").unwrap();
    let with_model = |number: u64| -> Event {
        let mut event = call.clone();
        let telemetry_core::event::Body::ModelCall(call) = &mut event.body else { panic!() };
        call.model = Some(format!("model-{number}").as_str().into());
        call.response_model = None;
        call.call = telemetry_core::ids::SpanId(number);
        event
    };
    let mut kept = Kept::default();
    let mut exporter = Otlp::new(config(Profile::GenAi), prices(), &mut kept);
    feed(&mut exporter, &(0..1_200).map(with_model).collect::<Vec<_>>());
    exporter.deliver(UnixNanos(0)).unwrap();
    drop(exporter);
    let points = points(&kept.0);
    let calls: Vec<_> =
        points[0].2.iter().filter(|((metric, _), _)| metric == "gen_ai.client.operation.duration").collect();
    assert_eq!(calls.len(), 1_001);
    assert_eq!(calls.iter().map(|(_, (count, _))| count).sum::<u64>(), 1_200);
    let rest = calls.iter().find(|((_, attributes), _)| attributes.contains("otel.metric.overflow"));
    assert_eq!(rest.unwrap().1.0, 200);
}
