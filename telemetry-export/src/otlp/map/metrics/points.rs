//! Totals as OpenTelemetry's metrics.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram as HistogramData, HistogramDataPoint, Metric, NumberDataPoint, Sum,
};
use telemetry_core::cost::NanoDollars;
use telemetry_core::time::UnixNanos;
use telemetry_policy::otlp::Temporality;

use super::histogram::Histogram;
use crate::otlp::attributes::Attributes;
use crate::otlp::convention::{Conventions, Instrument};
use crate::otlp::map::model::dollars;
use crate::otlp::map::nanos;

/// From when to when points count, and from what.
pub(super) struct Time {
    start: u64,
    end: u64,
    temporality: AggregationTemporality,
}

impl Time {
    /// By the clock of what was counted, so that the same events give the same points whenever they are sent.
    pub fn new(since: Option<UnixNanos>, until: Option<UnixNanos>, temporality: Temporality) -> Self {
        let start = since.map_or(0, nanos);
        let temporality = match temporality {
            Temporality::Cumulative => AggregationTemporality::Cumulative,
            Temporality::Delta => AggregationTemporality::Delta,
        };
        // A time that is empty, as when only something late was counted, is no time to a receiver.
        Time { start, end: until.map_or(0, nanos).max(start + 1), temporality }
    }
}

/// A point of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Point {
    /// So many.
    Count(i64),
    /// So many billionths of a dollar.
    Dollars(i64),
}

impl Point {
    pub fn of(count: u64) -> Self {
        Point::Count(crate::otlp::map::count(count))
    }
}

/// The attributes of a point.
pub(super) fn labelled(put: impl FnOnce(&mut Attributes)) -> Vec<KeyValue> {
    let mut attributes = Attributes::new(Conventions::UNIVERSAL, 8);
    put(&mut attributes);
    attributes.into_list()
}

/// A histogram, if it has anything in it.
pub(super) fn histogram(
    instrument: &Instrument,
    points: Vec<(Vec<KeyValue>, &Histogram)>,
    time: &Time,
) -> Option<Metric> {
    let in_unit = |value: u64| value as f64 / instrument.per as f64;
    let point = |(attributes, counted): (Vec<KeyValue>, &Histogram)| HistogramDataPoint {
        attributes,
        start_time_unix_nano: time.start,
        time_unix_nano: time.end,
        count: counted.count,
        sum: Some(in_unit(counted.sum)),
        bucket_counts: counted.buckets.clone(),
        explicit_bounds: instrument.bounds.iter().map(|bound| in_unit(*bound)).collect(),
        min: Some(in_unit(counted.min)),
        max: Some(in_unit(counted.max)),
        ..HistogramDataPoint::default()
    };
    let data_points: Vec<_> =
        points.into_iter().filter(|(_, counted)| counted.count > 0).map(point).collect();
    let aggregation_temporality = time.temporality.into();
    let data = HistogramData { data_points, aggregation_temporality };
    (!data.data_points.is_empty()).then(|| metric(instrument, Data::Histogram(data)))
}

/// A sum, if it has anything in it. What costs nothing is something; what was never counted is not.
pub(super) fn sum(
    instrument: &Instrument,
    points: Vec<(Vec<KeyValue>, Point)>,
    time: &Time,
) -> Option<Metric> {
    let point = |(attributes, point): (Vec<KeyValue>, Point)| NumberDataPoint {
        attributes,
        start_time_unix_nano: time.start,
        time_unix_nano: time.end,
        value: Some(match point {
            Point::Count(count) => Value::AsInt(count),
            Point::Dollars(amount) => Value::AsDouble(dollars(NanoDollars(amount))),
        }),
        ..NumberDataPoint::default()
    };
    let counted = |point: &(Vec<KeyValue>, Point)| point.1 != Point::Count(0);
    let data_points: Vec<_> = points.into_iter().filter(counted).map(point).collect();
    let aggregation_temporality = time.temporality.into();
    let data = Sum { data_points, aggregation_temporality, is_monotonic: true };
    (!data.data_points.is_empty()).then(|| metric(instrument, Data::Sum(data)))
}

fn metric(instrument: &Instrument, data: Data) -> Metric {
    Metric {
        name: instrument.name.to_owned(),
        description: instrument.note.to_owned(),
        unit: instrument.unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}
