//! Histograms and sums of the same spans.
//!
//! What is summed is whole: nanoseconds, tokens, billionths of a dollar. It becomes a float when it is sent, so no order of
//! additions gives another sum. The points of a metric have the names of OpenTelemetry under every profile; the other
//! conventions have no metrics.

mod histogram;
mod points;
mod totals;

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::metrics::v1::Metric;
use serde::{Deserialize, Serialize};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_policy::otlp::Temporality;

use crate::spans::Span;
use totals::Totals;

/// Everything that is counted, of each host: what is kept between two deliveries.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::otlp) struct Metrics {
    hosts: Vec<(Option<Name>, Totals)>,
    /// What points begin at: the first moment that was counted, or that of the delivery before.
    since: Option<UnixNanos>,
    /// The last moment that was counted.
    until: Option<UnixNanos>,
    /// When the points of the delivery before ended.
    sent: Option<UnixNanos>,
    /// Something was counted since the last delivery.
    #[serde(skip)]
    news: bool,
}

impl Metrics {
    /// Counts a span.
    pub fn count(&mut self, span: &Span) {
        // Of the first to come, so that what was counted once is counted from the same moment ever after.
        self.since.get_or_insert(span.start);
        self.until = self.until.max(Some(span.end));
        let host = &span.run.host;
        let place = match self.hosts.iter().position(|(known, _)| known == host) {
            Some(place) => place,
            None => {
                self.hosts.push((host.clone(), Totals::default()));
                self.hosts.len() - 1
            }
        };
        self.news |= self.hosts[place].1.count(span);
    }

    /// What there is to send, by host; nothing when nothing was counted since it was sent.
    pub fn collect(&self, temporality: Temporality) -> BTreeMap<Option<Name>, Vec<Metric>> {
        if !self.news {
            return BTreeMap::new();
        }
        let time = points::Time::new(self.since, self.end(), temporality);
        self.hosts.iter().map(|(host, totals)| (host.clone(), totals.metrics(&time))).collect()
    }

    /// It was sent: with delta temporality counting begins anew.
    pub fn sent(&mut self, temporality: Temporality) {
        if !std::mem::take(&mut self.news) {
            return;
        }
        self.sent = self.end();
        if temporality == Temporality::Delta {
            *self = Metrics { since: self.sent, sent: self.sent, ..Metrics::default() };
        }
    }

    /// When points end: with the last that was counted, and always later than those before. What comes late (a tool in the
    /// background) would else be a second value for the same time, which receivers pass over.
    fn end(&self) -> Option<UnixNanos> {
        self.until.max(self.sent.map(|sent| sent.plus(1)))
    }
}
