use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::{Value, json};
use telemetry_export::Delivered;
use telemetry_export::http::{Interrupt, Limits};
use telemetry_export::otlp::{Courier, Request};

use crate::server::{Received, Reply, Server};
use crate::world::{build, points, records, spans, to, transport};

fn delivered(items: u64) -> Delivered {
    Delivered { items, ..Delivered::default() }
}

fn read(received: &Received) -> Request {
    let is_json = received.header("content-type") == Some("application/json");
    let body = &received.body[..];
    match (received.path.as_str(), is_json) {
        ("/v1/traces", false) => Request::Traces(ExportTraceServiceRequest::decode(body).unwrap()),
        ("/v1/traces", true) => Request::Traces(serde_json::from_slice(body).unwrap()),
        ("/v1/metrics", false) => Request::Metrics(ExportMetricsServiceRequest::decode(body).unwrap()),
        ("/v1/metrics", true) => Request::Metrics(serde_json::from_slice(body).unwrap()),
        ("/v1/logs", false) => Request::Logs(ExportLogsServiceRequest::decode(body).unwrap()),
        ("/v1/logs", true) => Request::Logs(serde_json::from_slice(body).unwrap()),
        (path, _) => panic!("{path}"),
    }
}

#[test]
fn every_signal_arrives_as_it_is_in_either_encoding() {
    let requests = [spans(&["a", "b"]), points(3), records(&["r1"])];
    for (protocol, kind) in [("http/protobuf", "application/x-protobuf"), ("http/json", "application/json")] {
        let server = Server::script([Reply::ok()]);
        let mut transport = transport(&server.url(), &format!("protocol: {protocol}"), &[]).unwrap();
        for request in &requests {
            assert_eq!(transport.send(request.clone()), Ok(delivered(request.items())), "{protocol}");
        }
        let received = server.received();
        assert_eq!(received.iter().map(read).collect::<Vec<_>>(), requests);
        for request in &received {
            assert_eq!((request.header("content-type"), request.header("accept")), (Some(kind), Some(kind)));
            let agent = request.header("user-agent").unwrap();
            assert!(agent.starts_with("telemetry/"), "{agent}");
            assert_eq!(request.header("expect"), None);
        }
    }
}

/// OTLP's JSON has ids in hexadecimal and 64-bit numbers as texts.
#[test]
fn json_is_that_of_otlp() {
    let server = Server::script([Reply::ok()]);
    let mut transport = transport(&server.url(), "protocol: http/json", &[]).unwrap();
    transport.send(spans(&["a"])).unwrap();
    let body: Value = serde_json::from_slice(&server.received()[0].body).unwrap();
    let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["traceId"], json!("ab".repeat(16)));
    assert_eq!(span["spanId"], json!("0000000000000001"));
    assert_eq!(span["links"][0]["spanId"], json!("09".repeat(8)));
    assert_eq!(span["startTimeUnixNano"], json!("1700000000000000000"));
}

#[test]
fn what_is_large_is_compressed_and_what_is_small_is_not() {
    let server = Server::script([Reply::ok()]);
    let mut transport = to(&server);
    let large = spans(&["the same name many times"; 200]);
    transport.send(large.clone()).unwrap();
    transport.send(spans(&["a"])).unwrap();
    let received = server.received();
    assert!(
        received[0].is_gzip() && received[0].length * 4 < received[0].body.len(),
        "{}",
        received[0].length
    );
    assert_eq!(read(&received[0]), large);
    assert!(!received[1].is_gzip());
}

/// Some answer 415; others 400 or worse, because they try to read what they did not decompress.
#[test]
fn a_receiver_that_reads_no_gzip_gets_none() {
    for status in [400, 415, 422, 500] {
        let server = Server::new(move |request| {
            if request.is_gzip() { Reply::new(status, "text/plain", "what is this") } else { Reply::ok() }
        });
        let mut transport = to(&server);
        let large = spans(&["the same name many times"; 200]);
        assert_eq!(transport.send(large.clone()), Ok(delivered(200)), "{status}");
        assert_eq!(transport.send(large.clone()), Ok(delivered(200)), "{status}");
        let compressed: Vec<bool> = server.received().iter().map(Received::is_gzip).collect();
        assert_eq!(compressed, [true, false, false], "{status}");
        assert_eq!(read(&server.received()[2]), large);
    }
}

#[test]
fn one_connection_carries_many_requests_and_a_closed_one_is_made_again() {
    let closing = Reply::with(200, &[("connection", "close")], "").closing();
    let server = Server::script([Reply::ok(), Reply::ok(), closing, Reply::ok()]);
    let mut transport = to(&server);
    for _ in 0..4 {
        assert_eq!(transport.send(spans(&["a"])), Ok(delivered(1)));
    }
    let connections: Vec<usize> = server.received().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0, 1]);
}

/// Nor does one stay open that nobody will use again.
#[test]
fn a_transport_that_is_gone_leaves_no_connection() {
    let server = Server::script([Reply::ok()]);
    let interrupt = Interrupt::default();
    let mut transport = build(&server.url(), "", &[], Limits::default(), None, interrupt.clone()).unwrap();
    transport.send(spans(&["a"])).unwrap();
    drop(transport);
    server.wait_until_left(1);
    assert!(!interrupt.is_raised());
}

#[test]
fn answers_come_in_all_forms_that_http_has() {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "one is bad".to_owned() };
    let partial = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let chunks: Vec<u8> =
        partial.iter().flat_map(|byte| [b"1\r\n", &[*byte, b'\r', b'\n'][..]].concat()).collect();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n";
    let raw = |parts: &[&[u8]]| Reply::raw(parts.concat());
    for reply in [
        Reply::new(200, "application/x-protobuf", &partial),
        Reply::new(200, "", &partial),
        Reply::new(202, "application/octet-stream", &partial),
        raw(&[head.as_bytes(), b"transfer-encoding: chunked\r\n\r\n", &chunks, b"0\r\n\r\n"]),
        raw(&[b"HTTP/1.1 100 Continue\r\n\r\n", head.as_bytes(), b"content-length: 16\r\n\r\n", &partial]),
        raw(&[head.as_bytes(), b"\r\n", &partial]).closing(),
        raw(&[b"HTTP/1.0 200 OK\r\n\r\n", &partial]).closing(),
        raw(&[b"HTTP/1.1 200 \r\nX-Nothing:\r\nx: \xff\xfe\r\nContent-LENGTH:16\r\n\r\n", &partial]),
        Reply::new(200, "application/x-protobuf", &partial).dripping(false),
    ] {
        assert_eq!(partial.len(), 16);
        let server = Server::script([reply.clone()]);
        let note = format!("{} refuses 1 of 2 spans: one is bad", server.host());
        let is = Delivered { items: 1, refused: 1, notes: vec![note] };
        assert_eq!(to(&server).send(spans(&["a", "b"])), Ok(is), "{reply:?}");
    }
}

#[test]
fn a_request_has_its_headers_and_its_address() {
    let server = Server::script([Reply::ok()]);
    let url = format!("http://ada:open%20sesame@{}/otel/v1/traces?tenant=7", server.host());
    let headers = "headers_env: {X-Api-Key: KEY_VARIABLE}";
    let mut transport = transport(&url, headers, &[("KEY_VARIABLE", "k-1")]).unwrap();
    transport.send(records(&["r"])).unwrap();
    let request = &server.received()[0];
    assert_eq!(request.path, "/otel/v1/logs?tenant=7");
    assert_eq!(request.header("x-api-key"), Some("k-1"));
    assert_eq!(request.header("authorization"), Some("Basic YWRhOm9wZW4gc2VzYW1l"));
    assert_eq!(request.header("host"), Some(server.host().as_str()));
}

#[test]
fn a_request_without_items_is_not_sent() {
    let server = Server::script([Reply::ok()]);
    assert_eq!(to(&server).send(spans(&[])), Ok(delivered(0)));
    assert_eq!(server.received().len(), 0);
}
