//! JSON and protobuf say the same; what real clients write is read; what is nothing is refused.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message as _;
use serde::Serialize;
use telemetry_collector::otlp::mark::Signal;
use telemetry_collector::otlp::read::{Encoding, Request, read};

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Said::StringValue),
        any::<bool>().prop_map(Said::BoolValue),
        any::<i64>().prop_map(Said::IntValue),
        (-1e12..1e12).prop_map(Said::DoubleValue),
        vec(any::<u8>(), 0..9).prop_map(Said::BytesValue),
    ];
    let leaf = leaf.prop_map(|value| AnyValue { value: Some(value) });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|values| Said::ArrayValue(ArrayValue { values })),
            vec(("[a-z]{1,4}", inner), 0..3).prop_map(|fields| {
                let values = fields.into_iter().map(|(key, value)| attribute(key, value)).collect();
                Said::KvlistValue(KeyValueList { values })
            }),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn attribute(key: String, value: AnyValue) -> KeyValue {
    KeyValue { key, value: Some(value), ..KeyValue::default() }
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(("[a-z.]{1,9}", value()).prop_map(|(key, value)| attribute(key, value)), 0..4)
}

fn id(bytes: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), bytes)
}

fn resource() -> impl Strategy<Value = Option<Resource>> {
    option::of(attributes().prop_map(|attributes| Resource { attributes, ..Resource::default() }))
}

fn scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    let scope = (any::<String>(), attributes(), any::<u32>());
    option::of(scope.prop_map(|(name, attributes, dropped_attributes_count)| InstrumentationScope {
        name,
        version: "1".into(),
        attributes,
        dropped_attributes_count,
    }))
}

prop_compose! {
    fn span()(
        ids in (id(16), id(8), id(8)), name in any::<String>(), kind in 0..6, times in any::<(u64, u64)>(),
        attributes in attributes(), event in attributes(), link in (id(16), id(8), attributes()), code in 0..3,
        message in any::<String>(), counts in any::<(u32, u32, u32, u32)>(),
    ) -> Span {
        Span {
            trace_id: ids.0, span_id: ids.1, parent_span_id: ids.2, trace_state: message.clone(), flags: counts.0, name, kind,
            start_time_unix_nano: times.0, end_time_unix_nano: times.1, attributes, dropped_attributes_count: counts.1,
            events: vec![Event { time_unix_nano: times.0, name: message.clone(), attributes: event, dropped_attributes_count: 1 }],
            dropped_events_count: counts.2,
            links: vec![Link { trace_id: link.0, span_id: link.1, attributes: link.2, ..Link::default() }],
            dropped_links_count: counts.3,
            status: Some(Status { message, code }),
        }
    }
}

prop_compose! {
    fn record()(
        times in any::<(u64, u64)>(), severity_number in 0..25, body in option::of(value()), attributes in attributes(),
        ids in (id(16), id(8)), texts in any::<(String, String)>(), flags in any::<u32>(),
    ) -> LogRecord {
        LogRecord {
            time_unix_nano: times.0, observed_time_unix_nano: times.1, severity_number, severity_text: texts.0, body, attributes,
            dropped_attributes_count: 3, flags, trace_id: ids.0, span_id: ids.1, event_name: texts.1,
        }
    }
}

prop_compose! {
    fn metric()(
        times in any::<(u64, u64)>(), attributes in attributes(), whole in any::<i64>(), float in -1e12..1e12, is_sum in any::<bool>(),
        aggregation_temporality in 0..3, counts in vec(any::<u64>(), 0..4), name in any::<String>(),
    ) -> Metric {
        let data = if is_sum {
            let point = |value| NumberDataPoint {
                attributes: attributes.clone(), start_time_unix_nano: times.0, time_unix_nano: times.1, exemplars: Vec::new(), flags: 1,
                value: Some(value),
            };
            let data_points = vec![point(Number::AsInt(whole)), point(Number::AsDouble(float))];
            Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic: true })
        } else {
            let point = HistogramDataPoint {
                attributes, start_time_unix_nano: times.0, time_unix_nano: times.1, count: 7, sum: Some(float), bucket_counts: counts,
                explicit_bounds: vec![float, 0.5], exemplars: Vec::new(), flags: 0, min: None, max: Some(float),
            };
            Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality })
        };
        Metric { name, description: String::new(), unit: "1".into(), metadata: Vec::new(), data: Some(data) }
    }
}

/// Both encodings of a message are read as that message.
fn both<M: prost::Message + Serialize>(
    signal: Signal,
    message: M,
    request: impl Fn(M) -> Request,
) -> Result<(), TestCaseError> {
    let json = serde_json::to_vec(&message).unwrap();
    let bytes = message.encode_to_vec();
    let request = request(message);
    prop_assert_eq!(read(signal, Encoding::Protobuf, &bytes).unwrap(), request.clone());
    prop_assert_eq!(read(signal, Encoding::Json, &json).unwrap(), request);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_are_the_same_in_both_encodings(resource in resource(), scope in scope(), spans in vec(span(), 0..3)) {
        let schema_url = "s".to_owned();
        let scope_spans = vec![ScopeSpans { scope, spans, schema_url: schema_url.clone() }];
        let message = ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url }] };
        both(Signal::Span, message, Request::Traces)?;
    }

    #[test]
    fn records_are_the_same_in_both_encodings(resource in resource(), scope in scope(), log_records in vec(record(), 0..3)) {
        let scope_logs = vec![ScopeLogs { scope, log_records, ..ScopeLogs::default() }];
        let message = ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }] };
        both(Signal::Log, message, Request::Logs)?;
    }

    #[test]
    fn metrics_are_the_same_in_both_encodings(resource in resource(), scope in scope(), metrics in vec(metric(), 0..3)) {
        let scope_metrics = vec![ScopeMetrics { scope, metrics, ..ScopeMetrics::default() }];
        let message = ExportMetricsServiceRequest { resource_metrics: vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }] };
        both(Signal::Metric, message, Request::Metrics)?;
    }
}

#[test]
fn what_real_clients_write_is_read() {
    let written = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"n","value":{}},{"key":"nothing"}]},"newField":1,"scopeLogs":[{"scope":null,
        "logRecords":[{"timeUnixNano":17,"observedTimeUnixNano":"18","traceId":"","spanId":null,"body":null,"attributes":[
        {"key":"a","value":{"intValue":5}},{"key":"b","value":{"intValue":"6"}},{"key":"c","value":null},{"key":"d","value":{"doubleValue":"NaN"}},
        {"key":"e","value":{"arrayValue":{}}}]}]}]}]}"#;
    let Request::Logs(request) = read(Signal::Log, Encoding::Json, written.as_bytes()).unwrap() else {
        panic!()
    };
    let record = &request.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!((record.time_unix_nano, record.observed_time_unix_nano), (17, 18));
    assert_eq!((record.trace_id.len(), record.body.clone()), (0, None));
    let said: Vec<_> = record
        .attributes
        .iter()
        .map(|attribute| attribute.value.clone().and_then(|value| value.value))
        .collect();
    assert_eq!(said[..3], [Some(Said::IntValue(5)), Some(Said::IntValue(6)), None]);
    assert!(matches!(said[3], Some(Said::DoubleValue(number)) if number.is_nan()));
    assert_eq!(said[4], Some(Said::ArrayValue(ArrayValue::default())));
}

#[test]
fn what_is_no_request_is_refused_without_a_piece_of_it() {
    let deep = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{}{}}}]}}]}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(1_000),
        "]}}".repeat(1_000)
    );
    let bodies = [
        "",
        "null",
        "[]",
        "{\"resourceLogs\":{}}",
        "{\"resourceLogs\":[1]}",
        "secret",
        "{\"resourceLogs\":[{\"scopeLogs\":\"secret\"}]}",
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":-1}]}]}]}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"secret"}]}]}]}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":"secret"}}]}]}]}"#,
        &deep,
    ];
    for body in bodies {
        let refused = read(Signal::Log, Encoding::Json, body.as_bytes()).unwrap_err().to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }
    let mut value = AnyValue { value: Some(Said::StringValue("secret".into())) };
    for _ in 0..200 {
        value = AnyValue { value: Some(Said::ArrayValue(ArrayValue { values: vec![value] })) };
    }
    let log_records = vec![LogRecord { body: Some(value), ..LogRecord::default() }];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let nested = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }],
    };
    for body in
        [&nested.encode_to_vec()[..], b"secret", b"\xff\xff\xff\xff", &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]]
    {
        let refused = read(Signal::Log, Encoding::Protobuf, body).unwrap_err().to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }
}
