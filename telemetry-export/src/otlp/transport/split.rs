//! Requests in halves.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

use crate::otlp::Request;

/// The first half of the items, and the other; each with the resource and the scope that its items had.
pub(super) fn halves(request: Request) -> (Request, Request) {
    let mut keep = (request.items() / 2) as usize;
    match request {
        Request::Traces(request) => {
            let (left, right) = cut(request.resource_spans, &mut keep);
            let whole = |resource_spans| Request::Traces(ExportTraceServiceRequest { resource_spans });
            (whole(left), whole(right))
        }
        Request::Metrics(request) => {
            let (left, right) = cut(request.resource_metrics, &mut keep);
            let whole = |resource_metrics| Request::Metrics(ExportMetricsServiceRequest { resource_metrics });
            (whole(left), whole(right))
        }
        Request::Logs(request) => {
            let (left, right) = cut(request.resource_logs, &mut keep);
            let whole = |resource_logs| Request::Logs(ExportLogsServiceRequest { resource_logs });
            (whole(left), whole(right))
        }
    }
}

/// Something with items in it.
trait Group: Sized {
    fn items(&self) -> usize;

    /// The same without its first `keep` items, which stay here; `keep` is less than there are, and 0 afterwards.
    fn split_off(&mut self, keep: &mut usize) -> Self;
}

/// The first `keep` items of `groups`, and the rest; `keep` is what is missing.
fn cut<G: Group>(groups: Vec<G>, keep: &mut usize) -> (Vec<G>, Vec<G>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for mut group in groups {
        let items = group.items();
        if *keep == 0 {
            right.push(group);
        } else if items <= *keep {
            *keep -= items;
            left.push(group);
        } else {
            right.push(group.split_off(keep));
            left.push(group);
        }
    }
    (left, right)
}

/// A list of groups that is cut in two, in place.
fn cut_here<G: Group>(groups: &mut Vec<G>, keep: &mut usize) -> Vec<G> {
    let (left, right) = cut(std::mem::take(groups), keep);
    *groups = left;
    right
}

fn cut_items<T>(items: &mut Vec<T>, keep: &mut usize) -> Vec<T> {
    items.split_off(std::mem::take(keep))
}

impl Group for ResourceSpans {
    fn items(&self) -> usize {
        self.scope_spans.iter().map(Group::items).sum()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let scope_spans = cut_here(&mut self.scope_spans, keep);
        ResourceSpans { resource: self.resource.clone(), scope_spans, schema_url: self.schema_url.clone() }
    }
}

impl Group for ScopeSpans {
    fn items(&self) -> usize {
        self.spans.len()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let spans = cut_items(&mut self.spans, keep);
        ScopeSpans { scope: self.scope.clone(), spans, schema_url: self.schema_url.clone() }
    }
}

impl Group for ResourceLogs {
    fn items(&self) -> usize {
        self.scope_logs.iter().map(Group::items).sum()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let scope_logs = cut_here(&mut self.scope_logs, keep);
        ResourceLogs { resource: self.resource.clone(), scope_logs, schema_url: self.schema_url.clone() }
    }
}

impl Group for ScopeLogs {
    fn items(&self) -> usize {
        self.log_records.len()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let log_records = cut_items(&mut self.log_records, keep);
        ScopeLogs { scope: self.scope.clone(), log_records, schema_url: self.schema_url.clone() }
    }
}

impl Group for ResourceMetrics {
    fn items(&self) -> usize {
        self.scope_metrics.iter().map(Group::items).sum()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let scope_metrics = cut_here(&mut self.scope_metrics, keep);
        ResourceMetrics {
            resource: self.resource.clone(),
            scope_metrics,
            schema_url: self.schema_url.clone(),
        }
    }
}

impl Group for ScopeMetrics {
    fn items(&self) -> usize {
        self.metrics.iter().map(Group::items).sum()
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let metrics = cut_here(&mut self.metrics, keep);
        ScopeMetrics { scope: self.scope.clone(), metrics, schema_url: self.schema_url.clone() }
    }
}

impl Group for Metric {
    fn items(&self) -> usize {
        crate::otlp::signal::points(self)
    }

    fn split_off(&mut self, keep: &mut usize) -> Self {
        let mut rest = self.clone();
        match (&mut self.data, &mut rest.data) {
            (Some(Data::Gauge(kept)), Some(Data::Gauge(rest))) => {
                rest.data_points = cut_items(&mut kept.data_points, keep);
            }
            (Some(Data::Sum(kept)), Some(Data::Sum(rest))) => {
                rest.data_points = cut_items(&mut kept.data_points, keep);
            }
            (Some(Data::Histogram(kept)), Some(Data::Histogram(rest))) => {
                rest.data_points = cut_items(&mut kept.data_points, keep);
            }
            (Some(Data::ExponentialHistogram(kept)), Some(Data::ExponentialHistogram(rest))) => {
                rest.data_points = cut_items(&mut kept.data_points, keep);
            }
            (Some(Data::Summary(kept)), Some(Data::Summary(rest))) => {
                rest.data_points = cut_items(&mut kept.data_points, keep);
            }
            // Without points there is nothing to cut, and nobody asks for it.
            _ => {}
        }
        rest
    }
}
