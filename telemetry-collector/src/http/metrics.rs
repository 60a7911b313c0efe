//! What the collector does, for Prometheus: <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;
use telemetry_core::time::UnixNanos;

/// The media type of what [`Metrics::text`] writes.
pub const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The upper ends of the histogram's buckets, in microseconds.
const BUCKETS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// Where an event came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wire {
    /// The batch wire.
    Batch,
    /// Our own.
    Events,
    /// OTLP.
    Otlp,
}

impl Wire {
    /// Its word.
    fn as_str(self) -> &'static str {
        match self {
            Wire::Batch => "batch",
            Wire::Events => "events",
            Wire::Otlp => "otlp",
        }
    }
}

/// What became of the events of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// New, and kept.
    pub accepted: u64,
    /// Kept before.
    pub duplicate: u64,
    /// Refused.
    pub rejected: u64,
}

/// Counters, from the start of the process on.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, &'static str, u16), u64>>,
    latencies: Mutex<BTreeMap<String, Histogram>>,
    events: Mutex<BTreeMap<Wire, Taken>>,
    panics: AtomicU64,
    connections: AtomicU64,
    database_errors: AtomicU64,
    settled_runs: AtomicU64,
    counted_reports: AtomicU64,
    /// Since when something waits to be settled, in nanoseconds since the epoch; 0 when nothing does.
    unsettled_since: AtomicU64,
    pruned_days: AtomicU64,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum_us: u64,
}

impl Metrics {
    /// Counts an answer. `route` is one of ours, or `other`: whoever makes paths up must not fill memory.
    pub fn answered(&self, route: &str, method: &Method, status: u16, took: Duration) {
        let key = (route.to_owned(), method_word(method), status);
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = latencies.entry(route.to_owned()).or_default();
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        histogram.count += 1;
        histogram.sum_us = histogram.sum_us.saturating_add(us);
        if let Some(bucket) = BUCKETS.iter().position(|end| us <= *end) {
            histogram.buckets[bucket] += 1;
        }
    }

    /// Counts events.
    pub fn taken(&self, wire: Wire, taken: Taken) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = events.entry(wire).or_default();
        sum.accepted += taken.accepted;
        sum.duplicate += taken.duplicate;
        sum.rejected += taken.rejected;
    }

    /// Counts a request that made us panic.
    pub fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts something that the database could not do.
    pub fn database_failed(&self) {
        self.database_errors.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that came.
    pub fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts runs that were worked out, and notes whether all are.
    pub fn settled(&self, runs: u64, complete: bool, now: UnixNanos) {
        self.settled_runs.fetch_add(runs, Ordering::Relaxed);
        let now = u64::try_from(now.0).unwrap_or_default();
        match complete {
            true => self.unsettled_since.store(0, Ordering::Relaxed),
            false => {
                let _ = self.unsettled_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    /// Counts reports that were added to the rollups.
    pub fn counted(&self, reports: u64) {
        self.counted_reports.fetch_add(reports, Ordering::Relaxed);
    }

    /// Counts days that were removed.
    pub fn pruned(&self, days: u64) {
        self.pruned_days.fetch_add(days, Ordering::Relaxed);
    }

    /// All of it, with how many events wait and how many commits there were.
    pub fn text(&self, waiting: usize, commits: u64, now: UnixNanos) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        family("telemetry_collector_requests_total", "counter", "Answers by route, method and status.");
        for ((route, method, status), n) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(
                text,
                "telemetry_collector_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {n}"
            );
        }
        self.write_latencies(&mut text);
        self.write_events(&mut text);
        let since = self.unsettled_since.load(Ordering::Relaxed);
        let lag = match since {
            0 => 0.0,
            since => now.since(UnixNanos(i64::try_from(since).unwrap_or_default())) as f64 / 1e9,
        };
        let counters = [
            ("panics_total", "Requests that made the collector panic.", &self.panics),
            ("connections_total", "Connections that came.", &self.connections),
            (
                "database_errors_total",
                "Times the database could not do what it was asked.",
                &self.database_errors,
            ),
            ("settled_runs_total", "Runs that were worked out.", &self.settled_runs),
            ("counted_reports_total", "Reports that were added to the rollups.", &self.counted_reports),
            ("pruned_days_total", "Days of events that were removed.", &self.pruned_days),
        ];
        for (name, help, counter) in counters {
            single(&mut text, name, "counter", help, counter.load(Ordering::Relaxed) as f64);
        }
        single(&mut text, "commits_total", "counter", "Transactions that kept events.", commits as f64);
        single(&mut text, "queue_events", "gauge", "Events that wait to be kept.", waiting as f64);
        single(
            &mut text,
            "settle_lag_seconds",
            "gauge",
            "For how long something has waited to be settled.",
            lag,
        );
        text
    }

    fn write_latencies(&self, text: &mut String) {
        let name = "telemetry_collector_request_duration_seconds";
        let _ = writeln!(
            text,
            "# HELP {name} From the head of a request to its answer.\n# TYPE {name} histogram"
        );
        for (route, histogram) in &*self.latencies.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut below = 0;
            for (end, n) in BUCKETS.iter().zip(histogram.buckets) {
                below += n;
                let end = *end as f64 / 1e6;
                let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"{end}\"}} {below}");
            }
            let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {}", histogram.count);
            let _ = writeln!(text, "{name}_sum{{route=\"{route}\"}} {}", histogram.sum_us as f64 / 1e6);
            let _ = writeln!(text, "{name}_count{{route=\"{route}\"}} {}", histogram.count);
        }
    }

    fn write_events(&self, text: &mut String) {
        let name = "telemetry_collector_events_total";
        let _ =
            writeln!(text, "# HELP {name} Events by wire and what became of them.\n# TYPE {name} counter");
        for (wire, taken) in &*self.events.lock().unwrap_or_else(PoisonError::into_inner) {
            let results =
                [("accepted", taken.accepted), ("duplicate", taken.duplicate), ("rejected", taken.rejected)];
            for (result, n) in results {
                let _ = writeln!(text, "{name}{{wire=\"{}\",result=\"{result}\"}} {n}", wire.as_str());
            }
        }
    }
}

fn single(text: &mut String, name: &str, kind: &str, help: &str, value: f64) {
    let name = format!("telemetry_collector_{name}");
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

/// A method of HTTP, of which there are few; anything may be sent as one.
fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
