//! A transcript of the batch wire.

use serde_json::{Map, Value, json};
use telemetry_collector::intake::transcript::{MOST_MESSAGES, ROLES, read};
use telemetry_collector::intake::{MOST_HOST, Transcript};
use telemetry_core::time::UnixNanos;

/// When every transcript comes.
const NOW: UnixNanos = UnixNanos(1_795_000_000_000_000_000);

/// Any bytes are a transcript or are refused with a reason; what is taken has room in its columns, says of each message what was sent and
/// nothing else, and as it would be sent again it is the same.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let transcript = match read(input, NOW) {
        Ok(transcript) => transcript,
        Err(reason) => return assert!(!reason.is_empty()),
    };
    fits(&transcript);
    let Ok(Value::Array(messages)) = serde_json::from_str(&transcript.body) else {
        panic!("no list: {}", transcript.body)
    };
    assert!(messages.len() <= MOST_MESSAGES);
    messages.iter().for_each(is_message);
    // Fields that nobody knows may have what serde_json has no value for.
    if let Ok(sent) = serde_json::from_slice::<Map<String, Value>>(input) {
        let known = |name: &str| sent.get(name).and_then(Value::as_str);
        assert_eq!(known("sessionId"), Some(&*transcript.session));
        assert_eq!(known("hostId"), Some(&*transcript.host));
        let told = sent.get("transcript").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        assert_eq!(told.len(), messages.len(), "a message more or less");
        told.iter().zip(&messages).for_each(|(told, kept)| is_same(told, kept));
    }
    let again = json!({"sessionId": transcript.session, "hostId": transcript.host, "transcript": messages});
    assert_eq!(read(again.to_string().as_bytes(), NOW), Ok(transcript), "sent again it is something else");
}

/// Whether it has room in the columns of the databases.
fn fits(transcript: &Transcript) {
    for (name, most) in [(&transcript.session, 255), (&transcript.host, MOST_HOST)] {
        assert!((1..=most).contains(&name.chars().count()) && !name.contains('\0'), "{name:?}");
    }
}

fn is_message(message: &Value) {
    let fields = message.as_object().map_or(0, Map::len);
    assert_eq!(fields, 3, "{message}");
    assert!(message["role"].as_str().is_some_and(|role| ROLES.contains(&role)), "{message}");
    assert!(message["content"].as_str().is_some_and(|text| !text.contains('\0')), "{message}");
    assert!(message["index"].as_i64().is_some_and(|index| index >= 0), "{message}");
}

/// Whether what is kept of a message is what was told. It may have said `1.0`.
fn is_same(told: &Value, kept: &Value) {
    assert_eq!((&told["role"], &told["content"]), (&kept["role"], &kept["content"]));
    assert!(told["index"] == kept["index"] || told["index"].as_f64() == kept["index"].as_f64(), "{told}");
}
