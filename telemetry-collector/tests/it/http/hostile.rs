//! Requests of people who mean no good, and of programs that are broken: a clear answer, and nothing of ours in it.

use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use telemetry_collector::http::Limits;
use telemetry_collector::keys::Scope;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::server::{Running, post, receive};
use super::wires::{BATCH, EVENTS, JSON, NDJSON, a_line, event, event_with, gzip};

const TRANSCRIPT: &str = "/api/v1/transcript";
const MIB: usize = 1 << 20;

/// A server and the headers that open it.
async fn open() -> (Running, String) {
    let server = Running::start().await;
    let key = server.key("ship", &[Scope::Ingest]).await;
    (server, key)
}

fn lines_headers<'a>(key: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("x-api-key", key), ("x-telemetry-host", "laptop"), NDJSON][..], more].concat()
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_its_length_and_by_its_bytes() {
    let (server, key) = open().await;
    for (path, most) in [(BATCH, 8 * MIB), (TRANSCRIPT, 16 * MIB)] {
        let headers = [("x-api-key", key.as_str()), JSON];
        let body = vec![b' '; most + 1];
        let refused = server.post(path, &headers, &body).await;
        assert_eq!(refused.problem(413), format!("the body has more than {most} bytes"));
        assert_eq!(server.post(path, &headers, &body[1..]).await.status, 400, "that much is read");
    }
    // Without a length, in pieces.
    let mut request = format!(
        "POST {BATCH} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..9 {
        request.extend_from_slice(b"100000\r\n");
        request.resize(request.len() + MIB, b' ');
        request.extend_from_slice(b"\r\n");
    }
    server.send(&request).await.problem(413);
    // A head that never ends.
    let endless = format!("GET /health HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    assert_eq!(server.send(endless).await.status, 431);
    let many: String = (0..100).map(|n| format!("x-{n}: x\r\n")).collect();
    assert_eq!(server.send(format!("GET /health HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await.status, 431);
}

#[tokio::test]
async fn bombs_are_put_out() {
    let (server, key) = open().await;
    let zeros = vec![b'\n'; 4 * MIB];
    let mut gzipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut packed = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    for _ in 0..64 {
        gzipped.write_all(&zeros).unwrap();
        packed.write_all(&zeros).unwrap();
    }
    let (gzipped, packed) = (gzipped.finish().unwrap(), packed.finish().unwrap());
    assert!(gzipped.len() < MIB && packed.len() < MIB, "they are small");
    for (coding, bomb) in [("gzip", gzipped), ("zstd", packed)] {
        let refused = server.post(EVENTS, &lines_headers(&key, &[("content-encoding", coding)]), &bomb).await;
        assert!(refused.problem(413).ends_with("when it is decompressed"), "{coding}");
    }
    // A frame that wants 1 GiB to look back on before it has said anything.
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(30).unwrap();
    wide.write_all(b"{}\n").unwrap();
    let wide = wide.finish().unwrap();
    server.post(EVENTS, &lines_headers(&key, &[("content-encoding", "zstd")]), &wide).await.problem(400);
}

#[tokio::test]
async fn what_is_torn_or_in_another_form_is_refused() {
    let (server, key) = open().await;
    let batch = json!({"events": [event()]}).to_string();
    let json_headers = [("x-api-key", key.as_str()), JSON];
    for cut in [1, 10, batch.len() / 2, batch.len() - 1] {
        server.post(BATCH, &json_headers, &batch[..cut]).await.problem(400);
    }
    let utf16: Vec<u8> = batch.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1 = [&batch.as_bytes()[..20], b"\xe4\xff", &batch.as_bytes()[20..]].concat();
    for body in [
        &b""[..],
        b"null",
        b"1",
        b"\"x\"",
        b"{}",
        b"[]",
        b"[[]]",
        b"{\"events\":{}}",
        b"{\"events\":[]}",
        b"\0",
        &utf16,
        &latin1,
    ] {
        server.post(BATCH, &json_headers, body).await.problem(400);
        server.post(TRANSCRIPT, &json_headers, body).await.problem(400);
    }
    for body in [&b""[..], b"\n\n", b"null", b"[]", b"{}", b"{\"v\":1", b"\xff\xfe", &utf16, b"\0\0\0"] {
        server.post(EVENTS, &lines_headers(&key, &[]), body).await.problem(400);
    }
    let packed = gzip(&a_line(1));
    for broken in [&packed[..packed.len() / 2], &packed[..packed.len() - 1], b"not gzip", b""] {
        for coding in ["gzip", "zstd"] {
            let headers = lines_headers(&key, &[("content-encoding", coding)]);
            server.post(EVENTS, &headers, broken).await.problem(400);
        }
    }
    // The sender hangs up in the middle.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = post(BATCH, &json_headers, batch.as_bytes());
    stream.write_all(&request[..request.len() - 10]).await.unwrap();
    stream.shutdown().await.unwrap();
    receive(&mut stream).await.problem(400);
    assert!(server.storage.reports.lock().unwrap().is_empty());
    assert!(server.storage.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn only_what_is_said_to_be_of_a_known_form_is_read() {
    let (server, key) = open().await;
    let body = json!({"events": [event()]}).to_string();
    let refused_types = [
        "text/plain",
        "application/xml",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "",
        "application/jsonx",
    ];
    for kind in refused_types {
        server.post(BATCH, &[("x-api-key", &key), ("content-type", kind)], &body).await.problem(415);
        let headers = [("x-api-key", key.as_str()), ("x-telemetry-host", "laptop"), ("content-type", kind)];
        server.post(EVENTS, &headers, a_line(1)).await.problem(415);
    }
    server.post(BATCH, &[("x-api-key", &key)], &body).await.problem(415);
    let taken = ["application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""];
    for kind in taken {
        assert_eq!(
            server.post(BATCH, &[("x-api-key", &key), ("content-type", kind)], &body).await.status,
            200
        );
    }
    for coding in ["br", "deflate", "gzip, gzip", "zstd, gzip", "\u{1}"] {
        let refused =
            server.post(EVENTS, &lines_headers(&key, &[("content-encoding", coding)]), a_line(1)).await;
        if coding != "\u{1}" {
            refused.problem(415);
            assert_eq!(refused.header("accept-encoding"), Some("gzip, zstd, identity"));
        }
        assert!((400..500).contains(&refused.status));
    }
}

#[tokio::test]
async fn no_depth_is_too_deep_for_us() {
    let (server, key) = open().await;
    let headers = [("x-api-key", key.as_str()), JSON];
    for levels in [100, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            server.post(BATCH, &headers, &nested).await.problem(400);
            server.post(TRANSCRIPT, &headers, &nested).await.problem(400);
            if levels < 10_000 {
                server.post(EVENTS, &lines_headers(&key, &[]), &nested).await.problem(400);
            }
            let within =
                event().to_string().replacen('{', &format!("{{\"extraData\":{{\"a\":{nested}}},"), 1);
            let within = within.replacen(r#""extraData":{"a":"ä","#, r#""other":{"a":"ä","#, 1);
            server.post(BATCH, &headers, format!("[{within}]")).await.problem(400);
        }
    }
}

/// What a field of one event is made of, with what becomes of the event.
#[tokio::test]
async fn texts_are_data_whatever_is_in_them() {
    let (server, key) = open().await;
    let headers = [("x-api-key", key.as_str()), JSON];
    let texts = [
        "hostId",
        "sessionId",
        "agentName",
        "hookName",
        "toolName",
        "workingDir",
        "modelName",
        "decisionReason",
    ];
    let sql = "'; DROP TABLE reports; -- $1 ? :a \\ \" %s \u{202e}\u{1f600}";
    let everything =
        texts.iter().map(|name| ((*name).to_owned(), json!(sql))).collect::<serde_json::Map<_, _>>();
    let mut everything = event_with(Value::Object(everything));
    everything["extraData"] = json!({sql: [sql]});
    let body = json!({"events": [everything]}).to_string();
    assert_eq!(server.post(BATCH, &headers, body).await.status, 200);
    let kept = server.storage.reports.lock().unwrap().values().next().unwrap().clone();
    assert_eq!((&*kept.host, kept.working_dir.as_deref()), (sql, Some(sql)));
    assert_eq!(serde_json::from_str::<Value>(kept.extra.as_deref().unwrap()).unwrap(), json!({sql: [sql]}));

    for words in ["eventType", "decision", "modelTier", "timestamp"] {
        let body = json!({"events": [event_with(json!({words: sql}))]}).to_string();
        let refused = server.post(BATCH, &headers, body).await;
        refused.problem(400);
        assert_eq!(refused.json()["errors"][0]["field"], words);
        assert!(!refused.text().contains("DROP TABLE"), "what was sent is not sent back");
    }
    // Of every field, every type that is not its own; and U+0000 in each of them that is a text.
    for (name, value) in event().as_object().unwrap() {
        let wrong = [
            json!(null),
            json!(true),
            json!(-1),
            json!(1.5),
            json!("x\u{0}"),
            json!([]),
            json!({"a": "\u{0}"}),
            json!(1e300),
        ];
        for wrong in wrong.into_iter().filter(|wrong| name != "success" || !wrong.is_boolean()) {
            let may_be_absent = ["timestamp", "decisionReason", "extraData"].contains(&name.as_str());
            if wrong.is_null() && may_be_absent {
                continue;
            }
            let mut event = event();
            event[name] = wrong.clone();
            let refused = server.post(BATCH, &headers, json!([event]).to_string()).await;
            assert_eq!(refused.status, 400, "{name} = {wrong}, which was {value}");
            assert_eq!(refused.json()["errors"][0]["field"], *name, "{wrong}");
        }
    }
    let nul = String::from_utf8(a_line(1)).unwrap().replacen('{', r#"{"new":"\u0000","#, 1);
    let answer = server.post(EVENTS, &lines_headers(&key, &[]), nul).await;
    let said = answer.text();
    assert!(said.contains("U+0000"), "{said}");
    assert!(server.storage.events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_with_a_word() {
    let (server, key) = open().await;
    for path in [BATCH, EVENTS, TRANSCRIPT] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer = server
                .send(format!("{method} {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n"))
                .await;
            answer.problem(405);
            assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    for path in [
        "/api/v1/nothing",
        "/api/v1/events/",
        "/..%2f..%2fetc/passwd",
        "/%00",
        "/api/v1/telemetry/batch/x",
        "/'%20OR%201=1",
    ] {
        server.get(path).await.problem(404);
    }
    for bytes in [
        &b"\r\n\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let answer = server.send(bytes).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
}

#[tokio::test]
async fn whoever_drips_is_told_that_it_takes_too_long() {
    let quick = Duration::from_millis(300);
    let limits = Limits { head: quick, body: quick, piece: quick, ..Limits::default() };
    let server = Running::with(limits).await;
    let key = server.key("ship", &[Scope::Ingest]).await;
    // The head, a byte at a time.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
    assert_eq!(receive(&mut stream).await.status, 408);
    // The body: nothing of it, then a byte now and then.
    let head = format!(
        "POST {BATCH} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    receive(&mut stream).await.problem(408);
    let (mut stream, mut dripping) = {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (read, write) = stream.into_split();
        (read, write)
    };
    dripping.write_all(head.as_bytes()).await.unwrap();
    let drip = tokio::spawn(async move {
        while dripping.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await
        }
    });
    let mut received = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut received);
    let _ = tokio::time::timeout(super::server::PATIENCE, read).await.expect("it never ends");
    assert!(received.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&received));
    drip.abort();
}

#[tokio::test]
async fn what_a_database_says_stays_here() {
    let (server, key) = open().await;
    server.storage.poison.lock().unwrap().insert("poison".to_owned());
    let headers = [("x-api-key", key.as_str()), JSON];
    let body = json!([event_with(json!({"sessionId": "poison"}))]).to_string();
    let broken = server.post(BATCH, &headers, &body).await;
    broken.problem(500);
    server.storage.is_down.store(true, Ordering::SeqCst);
    let unavailable = server.post(BATCH, &headers, &body).await;
    unavailable.problem(503);
    for answer in [broken, unavailable] {
        let text = answer.text();
        for word in ["INSERT", "SELECT", "syntax", "secret", "postgres", &key] {
            assert!(!text.contains(word), "{text}");
        }
    }
    assert_eq!(server.metric("telemetry_collector_database_errors_total").await, Some(2.0));
}
