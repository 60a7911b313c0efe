//! A body of our own wire: lines of a log, as they are or compressed.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, LazyLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::{Map, Value};
use telemetry_collector::http::Limits;
use telemetry_collector::http::body::{Bodies, Size};
use telemetry_collector::intake::lines::{Line, MOST_LINE, MOST_LINES, Wrong, read};
use telemetry_collector::intake::{Recorded, Window};
use telemetry_core::codec;
use telemetry_core::ids::EventId;
use telemetry_core::time::UnixNanos;
use tokio::runtime::{Builder, Runtime};

use crate::log_line::survives;
use crate::storable::is_storable;

/// Small ones, so that a search gets to them.
const SIZE: Size = Size { sent: 16 << 10, decoded: 48 << 10 };
/// What zstd may look back, as docs/collector.md has it: 8 MiB.
const ZSTD_WINDOW: u32 = 23;
/// Pieces of a body, at most.
const PIECES: usize = 128;
const HOST: &str = "laptop";
const WINDOW: Window = Window { from: UnixNanos(0), until: UnixNanos(i64::MAX / 2) };
const TYPE: &str = "application/x-ndjson";
/// Of more lines than this in a body, not every one is told which field it is refused for.
const EXPLAINED: usize = 100;

/// Where all bodies are read: one that kept the memory that is counted for it would have the last ones refused.
static BODIES: LazyLock<Bodies> = LazyLock::new(|| Bodies::new(Arc::new(Limits::default())));
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| match Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    });

/// A body is what it says in any encoding and any pieces, or refused, and never longer than may be. Each of its lines is taken or refused, for
/// itself alone: what is taken reads again as the same event and has room in its columns, what is refused says why. The first byte
/// says how the rest of the input is encoded, and in how large pieces it comes.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let Some((how, body)) = input.split_first() else { return };
    let pieces = 1 + usize::from(how >> 2) * 2;
    let text = match how & 3 {
        0 => decoded("identity", body, pieces, Ok(body.to_vec())),
        1 => decoded("gzip", body, pieces, unpacked(flate2::read::MultiGzDecoder::new(body))),
        2 => decoded("zstd", body, pieces, un_zstd(body)),
        _ => {
            let text = body.get(..SIZE.decoded).unwrap_or(body);
            for (coding, packed) in [("gzip", gzip(text)), ("zstd", zstd(text))] {
                if packed.len() <= SIZE.sent {
                    decoded(coding, &packed, pieces, Ok(text.to_vec()));
                }
            }
            Some(text.to_vec())
        }
    };
    if let Some(text) = text {
        holds_of_lines(&text);
    }
}

/// What is read of a body, which must be what it `is`, if that is not too long.
fn decoded(
    coding: &'static str,
    body: &[u8],
    pieces: usize,
    is: std::io::Result<Vec<u8>>,
) -> Option<Vec<u8>> {
    let whole = sent(coding, body, 1);
    assert_eq!(sent(coding, body, pieces), whole, "in {pieces} pieces it is something else");
    match (whole, is) {
        (Ok(text), Ok(is)) => {
            assert!(text == is, "{coding}: it is read as something else");
            let most = if coding == "identity" { SIZE.sent } else { SIZE.decoded };
            assert!(text.len() <= most, "{coding}: {} bytes", text.len());
            Some(text)
        }
        (Ok(text), Err(_)) => panic!("{coding}: {} bytes are read of what is broken", text.len()),
        (Err(status), is) => {
            let is_too_long = is.as_ref().is_ok_and(|is| body.len() > SIZE.sent || is.len() > SIZE.decoded);
            let allowed = match status {
                StatusCode::PAYLOAD_TOO_LARGE => is_too_long || is.is_err(),
                StatusCode::BAD_REQUEST => is.is_err(),
                _ => false,
            };
            assert!(allowed, "{coding}: {status} for {} bytes", body.len());
            None
        }
    }
}

fn sent(coding: &'static str, body: &[u8], pieces: usize) -> Result<Vec<u8>, StatusCode> {
    let length = body.len().div_ceil(pieces.min(PIECES)).max(1);
    let pieces: Vec<_> =
        body.chunks(length).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let headers = HeaderMap::from_iter([
        (axum::http::header::CONTENT_TYPE, HeaderValue::from_static(TYPE)),
        (axum::http::header::CONTENT_ENCODING, HeaderValue::from_static(coding)),
    ]);
    let content = RUNTIME.block_on(BODIES.read(&headers, body, &[TYPE], SIZE));
    content.map(|content| content.bytes).map_err(|problem| problem.into_response().status())
}

/// All that is in it, or a byte more than may be.
fn unpacked(reader: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader.take(SIZE.decoded as u64 + 1).read_to_end(&mut text).map(|_| text)
}

fn un_zstd(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    unpacked(decoder)
}

/// What is written, compressed.
///
/// # Panics
/// Never: it is written to memory.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    match encoder.write_all(text).and_then(|()| encoder.finish()) {
        Ok(packed) => packed,
        Err(error) => panic!("{error}"),
    }
}

/// What is written, compressed.
///
/// # Panics
/// Never: it is written to memory.
pub fn zstd(text: &[u8]) -> Vec<u8> {
    match zstd::stream::encode_all(text, 1) {
        Ok(packed) => packed,
        Err(error) => panic!("{error}"),
    }
}

fn holds_of_lines(body: &[u8]) {
    let own: Vec<(usize, &[u8])> = body
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let lines = match read(body, HOST, WINDOW) {
        Ok(lines) => lines,
        Err(reason) => {
            assert!(own.is_empty() || own.len() > MOST_LINES, "{reason}");
            return;
        }
    };
    assert_eq!(lines.len(), own.len(), "a line more or less");
    for (Line { number, event }, (own_number, text)) in lines.iter().zip(&own) {
        assert_eq!(number, own_number);
        let alone = match read(text, HOST, WINDOW).as_deref() {
            Ok([Line { event, .. }]) => event.clone(),
            other => panic!("alone it is {other:?}"),
        };
        if lines.len() <= EXPLAINED || event.is_ok() {
            assert_eq!(alone, *event, "alone it is something else");
        }
        match event {
            Ok(recorded) => is_kept_as_it_is(recorded, text),
            Err(wrong) => is_told(wrong, text),
        }
    }
}

fn is_kept_as_it_is(recorded: &Recorded, text: &[u8]) {
    assert_eq!(recorded.line.as_bytes(), text);
    assert!(text.len() <= MOST_LINE && recorded.host == HOST);
    match codec::decode(text) {
        Ok(event) => assert_eq!(event, recorded.event),
        Err(error) => panic!("{error}: {}", recorded.line),
    }
    survives(&recorded.event);
    assert!(WINDOW.check(recorded.event.ts).is_ok());
    assert!(recorded.event.body.kind().chars().count() <= 255);
    // What serde_json has a value for, PostgreSQL must take.
    if let Ok(value) = serde_json::from_slice::<Value>(text) {
        is_storable(&value);
    }
}

/// By a reason, by the event's id if there is one, and by a field that it has, or that is missing.
fn is_told(wrong: &Wrong, text: &[u8]) {
    assert!(!wrong.reason.is_empty(), "{wrong:?}");
    assert!(
        wrong.id.as_ref().is_none_or(|id| id.parse::<EventId>().is_ok()),
        "{wrong:?} has an id that is none"
    );
    let fields = serde_json::from_slice::<Map<String, Value>>(text);
    if let (Some(field), Ok(fields)) = (&wrong.field, fields) {
        assert_eq!(fields.contains_key(field), wrong.reason != "is missing", "{wrong:?}");
    }
}
