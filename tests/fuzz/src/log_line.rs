//! A line of the log.

use telemetry_core::codec;
use telemetry_core::event::Event;

/// Read the short way or by serde_json it is the same event or none; written and read again it is the same event; what is
/// written is one line, and the same each time.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let event = codec::decode(input).ok();
    // A blank in front means nothing to JSON and is too much for the short way, so this is what serde_json reads.
    assert_eq!(event, codec::decode(&[b" ", input].concat()).ok(), "the short way reads something else");
    if let Some(event) = event {
        let line = survives(&event);
        assert_eq!(
            codec::decode(&[b" ", &line[..]].concat()).ok(),
            Some(event),
            "serde_json reads something else"
        );
    }
}

/// The event as a line, which must be one line that reads as the same event.
///
/// # Panics
/// When it is not.
pub fn survives(event: &Event) -> Vec<u8> {
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    let text = String::from_utf8_lossy(&line);
    assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "not one line: {text}");
    match codec::decode(&line) {
        Ok(again) => assert_eq!(again, *event, "not the same event: {text}"),
        Err(error) => panic!("{error}: {text}"),
    }
    line
}
