use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use telemetry_export::http::{Interrupt, Limits};

use crate::server::{Reply, Server};
use crate::world::{build, points, records, spans};
use telemetry_export::otlp::Courier;

/// Bytes, and what looks like an answer here and there.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("HTTP/1.1 200 OK".to_owned()),
        (0_u32..1100).prop_map(|status| format!("HTTP/1.1 {status} X")),
        Just("HTTP/1.0 204".to_owned()),
    ];
    let header = prop_oneof![
        Just("content-type: application/x-protobuf".to_owned()),
        Just("content-type: application/json".to_owned()),
        Just("transfer-encoding: chunked".to_owned()),
        Just("content-encoding: gzip".to_owned()),
        Just("connection: keep-alive".to_owned()),
        any::<i64>().prop_map(|length| format!("content-length: {length}")),
        (0_u32..200).prop_map(|length| format!("content-length: {length}")),
        any::<u64>().prop_map(|after| format!("retry-after: {after}")),
        "[ -~]{0,30}".prop_map(|location| format!("location: {location}")),
        "[ -~]{0,40}",
    ];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        any::<Vec<u8>>().prop_map(|bytes| [&[0x0a, bytes.len().min(127) as u8], &bytes[..]].concat()),
        any::<i64>().prop_map(|n| format!("{{\"partialSuccess\":{{\"rejectedSpans\":{n}}}}}").into_bytes()),
        any::<String>().prop_map(String::into_bytes),
    ];
    let answer = (line, proptest::collection::vec(header, 0..5), body).prop_map(|(line, headers, body)| {
        [line.as_bytes(), b"\r\n", headers.join("\r\n").as_bytes(), b"\r\n\r\n", &body].concat()
    });
    prop_oneof![3 => answer, 1 => proptest::collection::vec(any::<u8>(), 0..300)]
}

/// A server, and the bytes that it answers with.
type Saying = (Server, Arc<Mutex<Vec<u8>>>);

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes back, there is a delivery whose numbers add up, or one line that names the host.
    #[test]
    fn whatever_a_server_sends_is_an_answer_or_a_clear_message(
        bytes in answer(),
        signal in 0..3,
        json in any::<bool>(),
    ) {
        static SERVER: Mutex<Option<Saying>> = Mutex::new(None);
        let mut server = SERVER.lock().unwrap();
        let (server, answers) = server.get_or_insert_with(|| {
            let answers = Arc::new(Mutex::new(Vec::new()));
            let told = Arc::clone(&answers);
            (Server::new(move |_| Reply::raw(told.lock().unwrap().clone()).closing()), answers)
        });
        *answers.lock().unwrap() = bytes;
        let request = [spans(&["a", "b"]), points(2), records(&["a", "b"])][signal as usize].clone();
        let limits = Limits { patience: Duration::ZERO, ..Limits::default() };
        let protocol = if json { "protocol: http/json" } else { "" };
        let mut transport = build(&server.url(), protocol, &[], limits, None, Interrupt::default()).unwrap();
        match transport.send(request) {
            Ok(sent) => {
                prop_assert_eq!(sent.items + sent.refused, 2);
                prop_assert!(sent.refused == 0 || !sent.notes.is_empty());
                for note in sent.notes {
                    prop_assert!(is_clear(&note, &server.host()), "{note}");
                }
            }
            Err(why) => {
                prop_assert!(is_clear(&why.message, &server.host()), "{}", why.message);
                prop_assert!(why.retry_after.is_none_or(|after| after <= Duration::from_secs(3_600)));
            }
        }
    }
}

/// One line of a bearable length, about this host, with nothing in it that a terminal obeys.
fn is_clear(message: &str, host: &str) -> bool {
    message.contains(host) && message.chars().count() < 500 && !message.chars().any(char::is_control)
}
