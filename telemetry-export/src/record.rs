//! Sessions and messages as JSON. Events have a codec of their own.

use serde::Serialize;
use telemetry_core::event::SCHEMA_VERSION;
use telemetry_policy::Cleared;

/// Appends a record as one line without its end, its version and its kind first.
pub(crate) fn encode<T: Serialize>(kind: &'static str, record: &Cleared<T>, out: &mut Vec<u8>) {
    #[derive(Serialize)]
    struct Line<'a, T> {
        v: u32,
        record: &'static str,
        #[serde(flatten)]
        fields: &'a T,
    }
    // Cannot fail: every key is a text and a vector does not run out.
    let _ = serde_json::to_writer(out, &Line { v: SCHEMA_VERSION, record: kind, fields: &**record });
}
