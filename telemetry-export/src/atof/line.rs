//! A line of ATOF: fields in the order of the official writer, nulls written out.

use serde::Serialize;
use serde_json::{Map, Value};
use telemetry_core::ids::Key;

use crate::trajectory::rfc3339;

/// The version of the format.
const VERSION: &str = "0.1";

/// What shape the requests and answers of a model are told in, whatever the provider's own is.
pub(super) const CHAT_COMPLETIONS: Schema = Schema { name: "openai/chat-completions", version: "1" };

/// The shape of a line's `data`.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Schema {
    name: &'static str,
    version: &'static str,
}

/// A line, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The session at the top of the tree it is of.
    pub tree: String,
    /// When it was, in microseconds since the epoch.
    pub at: i64,
    /// Among lines of one moment: what begins around others comes before them, what ends around them after.
    pub rank: Rank,
    /// The line, with its end.
    pub text: String,
}

/// The order of lines of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// An agent begins.
    AgentStart,
    /// A turn begins.
    TurnStart,
    /// A call is over.
    End,
    /// Something happens.
    Mark,
    /// A call begins.
    Start,
    /// A turn is over.
    TurnEnd,
    /// An agent is done.
    AgentEnd,
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_category: Option<&'static str>,
    pub atof_version: &'static str,
    pub category: Option<&'static str>,
    pub category_profile: &'a Value,
    pub uuid: &'a str,
    pub parent_uuid: Option<&'a str>,
    pub data: &'a Value,
    pub data_schema: Option<Schema>,
    pub timestamp: String,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<[&'static str; 0]>,
    pub metadata: &'a Map<String, Value>,
}

impl<'a> Record<'a> {
    /// A line of a scope at that microsecond, with nothing in it.
    pub fn scope(
        which: &'static str,
        category: &'static str,
        at: i64,
        metadata: &'a Map<String, Value>,
    ) -> Self {
        Record {
            kind: "scope",
            scope_category: Some(which),
            category: Some(category),
            attributes: Some([]),
            ..Self::mark(at, metadata)
        }
    }

    /// A mark at that microsecond.
    pub fn mark(at: i64, metadata: &'a Map<String, Value>) -> Self {
        Record {
            kind: "mark",
            scope_category: None,
            atof_version: VERSION,
            category: None,
            category_profile: &Value::Null,
            uuid: "",
            parent_uuid: None,
            data: &Value::Null,
            data_schema: None,
            timestamp: rfc3339(at),
            name: "",
            attributes: None,
            metadata,
        }
    }

    /// The line with its end.
    pub fn text(&self) -> String {
        // Nothing here can fail: every key is a string.
        serde_json::to_string(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// A UUID of version 7: the millisecond it begins with is that of `at`, in microseconds, and where there would be chance
/// is a hash of `key`, so whatever is written twice has the same.
pub(super) fn uuid(at: i64, key: &Key) -> String {
    let millis = (at.max(0) / 1_000) as u128 & 0xffff_ffff_ffff;
    let hash = key.wide();
    let bits = millis << 80 | 7 << 76 | (hash >> 64 & 0xfff) << 64 | 2 << 62 | hash & 0x3fff_ffff_ffff_ffff;
    let digits = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_7_and_the_same_again() {
        let id = uuid(1_767_225_606_283_863, &Key::new("a"));
        assert_eq!(id, uuid(1_767_225_606_283_999, &Key::new("a")), "of the same millisecond");
        assert_ne!(id, uuid(1_767_225_606_283_863, &Key::new("b")));
        let (time, rest) = id.split_at(13);
        assert_eq!(time.replace('-', ""), format!("{:012x}", 1_767_225_606_283_u64));
        assert_eq!(&rest[1..2], "7");
        assert!("89ab".contains(&rest[6..7]), "{id}");
    }

    #[test]
    fn fields_are_in_the_official_order_with_their_nulls() {
        let metadata = Map::new();
        let mark = Record { uuid: "u", name: "n", ..Record::mark(0, &metadata) };
        assert_eq!(
            mark.text(),
            "{\"kind\":\"mark\",\"atof_version\":\"0.1\",\"category\":null,\"category_profile\":null,\"uuid\":\"u\",\
             \"parent_uuid\":null,\"data\":null,\"data_schema\":null,\"timestamp\":\"1970-01-01T00:00:00.000000Z\",\
             \"name\":\"n\",\"metadata\":{}}\n"
        );
        let scope = Record::scope("start", "llm", 0, &metadata).text();
        assert!(
            scope.starts_with("{\"kind\":\"scope\",\"scope_category\":\"start\",\"atof_version\":"),
            "{scope}"
        );
        assert!(scope.ends_with("\"name\":\"\",\"attributes\":[],\"metadata\":{}}\n"), "{scope}");
    }
}
