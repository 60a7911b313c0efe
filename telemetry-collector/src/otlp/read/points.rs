//! Metrics of JSON. Exemplars are not read: nothing is made of them.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
};
use serde_json::Value;

use super::Malformed;
use super::fields::{Fields, float, signed, wrong};
use super::json::{attributes, request, resource, scope};

const TEMPORALITIES: [(&str, i32); 3] = [
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];

pub(super) fn metrics(value: &Value) -> Result<ExportMetricsServiceRequest, Malformed> {
    let resource_metrics = request(value)?.each("resourceMetrics", |of| {
        Ok(ResourceMetrics {
            resource: resource(of)?,
            scope_metrics: of.each("scopeMetrics", |of| {
                Ok(ScopeMetrics {
                    scope: scope(of)?,
                    metrics: of.each("metrics", metric)?,
                    schema_url: of.text("schemaUrl")?,
                })
            })?,
            schema_url: of.text("schemaUrl")?,
        })
    })?;
    Ok(ExportMetricsServiceRequest { resource_metrics })
}

fn metric(of: Fields<'_>) -> Result<Metric, Malformed> {
    let temporality = |of: Fields<'_>| of.member("aggregationTemporality", &TEMPORALITIES);
    let data = if let Some(of) = of.object("gauge")? {
        Some(Data::Gauge(Gauge { data_points: of.each("dataPoints", number)? }))
    } else if let Some(of) = of.object("sum")? {
        Some(Data::Sum(Sum {
            data_points: of.each("dataPoints", number)?,
            aggregation_temporality: temporality(of)?,
            is_monotonic: of.flag("isMonotonic")?,
        }))
    } else if let Some(of) = of.object("histogram")? {
        let data_points = of.each("dataPoints", histogram)?;
        Some(Data::Histogram(Histogram { data_points, aggregation_temporality: temporality(of)? }))
    } else if let Some(of) = of.object("exponentialHistogram")? {
        let data_points = of.each("dataPoints", exponential)?;
        Some(Data::ExponentialHistogram(ExponentialHistogram {
            data_points,
            aggregation_temporality: temporality(of)?,
        }))
    } else if let Some(of) = of.object("summary")? {
        Some(Data::Summary(Summary { data_points: of.each("dataPoints", summary)? }))
    } else {
        None
    };
    Ok(Metric {
        name: of.text("name")?,
        description: of.text("description")?,
        unit: of.text("unit")?,
        metadata: Vec::new(),
        data,
    })
}

fn number(of: Fields<'_>) -> Result<NumberDataPoint, Malformed> {
    let value = match (of.get("asInt"), of.get("asDouble")) {
        (Some(value), _) => Some(Number::AsInt(signed(value).ok_or_else(|| wrong("asInt", "a number"))?)),
        (_, Some(value)) => {
            Some(Number::AsDouble(float(value).ok_or_else(|| wrong("asDouble", "a number"))?))
        }
        (None, None) => None,
    };
    Ok(NumberDataPoint {
        attributes: attributes(of)?,
        start_time_unix_nano: of.unsigned("startTimeUnixNano")?,
        time_unix_nano: of.unsigned("timeUnixNano")?,
        exemplars: Vec::new(),
        flags: of.unsigned("flags")?,
        value,
    })
}

fn histogram(of: Fields<'_>) -> Result<HistogramDataPoint, Malformed> {
    Ok(HistogramDataPoint {
        attributes: attributes(of)?,
        start_time_unix_nano: of.unsigned("startTimeUnixNano")?,
        time_unix_nano: of.unsigned("timeUnixNano")?,
        count: of.unsigned("count")?,
        sum: of.float("sum")?,
        bucket_counts: of.counts("bucketCounts")?,
        explicit_bounds: of.floats("explicitBounds")?,
        exemplars: Vec::new(),
        flags: of.unsigned("flags")?,
        min: of.float("min")?,
        max: of.float("max")?,
    })
}

fn exponential(of: Fields<'_>) -> Result<ExponentialHistogramDataPoint, Malformed> {
    let buckets = |name| -> Result<Option<Buckets>, Malformed> {
        let Some(of) = of.object(name)? else { return Ok(None) };
        Ok(Some(Buckets { offset: of.signed("offset")?, bucket_counts: of.counts("bucketCounts")? }))
    };
    Ok(ExponentialHistogramDataPoint {
        attributes: attributes(of)?,
        start_time_unix_nano: of.unsigned("startTimeUnixNano")?,
        time_unix_nano: of.unsigned("timeUnixNano")?,
        count: of.unsigned("count")?,
        sum: of.float("sum")?,
        scale: of.signed("scale")?,
        zero_count: of.unsigned("zeroCount")?,
        positive: buckets("positive")?,
        negative: buckets("negative")?,
        flags: of.unsigned("flags")?,
        exemplars: Vec::new(),
        min: of.float("min")?,
        max: of.float("max")?,
        zero_threshold: of.float("zeroThreshold")?.unwrap_or_default(),
    })
}

fn summary(of: Fields<'_>) -> Result<SummaryDataPoint, Malformed> {
    Ok(SummaryDataPoint {
        attributes: attributes(of)?,
        start_time_unix_nano: of.unsigned("startTimeUnixNano")?,
        time_unix_nano: of.unsigned("timeUnixNano")?,
        count: of.unsigned("count")?,
        sum: of.float("sum")?.unwrap_or_default(),
        quantile_values: of.each("quantileValues", |of| {
            Ok(ValueAtQuantile {
                quantile: of.float("quantile")?.unwrap_or_default(),
                value: of.float("value")?.unwrap_or_default(),
            })
        })?,
        flags: of.unsigned("flags")?,
    })
}
