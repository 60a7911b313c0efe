//! The short ways of reading and writing mean what serde_json means.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const GOLDEN: &str = include_str!("../../tests/golden/v1.jsonl");

/// What is read differently by those who are careless.
const AWKWARD: &[&str] = &[
    "0",
    "-0",
    "-1",
    "00",
    "01",
    "1.0",
    "1e3",
    "+1",
    " 1",
    "1 ",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "true",
    "false",
    "null",
    "{}",
    "[]",
    "",
    "\"\"",
    "\"\\u0041\"",
    "\"\u{7f}\"",
    "\"\t\"",
    "{\"input_tokens\":1}",
    "{\"input_tokens\":1,}",
    "{\"input_tokens\":1,\"new\":2}",
    "1,\"new\":2",
    "1,\"ts\":2",
    "true,\"run\":\"x\"",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        any::<i64>().prop_map(|number| number.to_string()),
        "\"([0-9a-f]{16}|[0-9a-f]{32})\"",
        select(AWKWARD).prop_map(str::to_owned),
    ]
}

/// Where the texts, numbers and switches of a golden line are; nothing in it is escaped.
fn values(line: &str) -> Vec<Range<usize>> {
    let starts = line.match_indices("\":").map(|(at, found)| at + found.len());
    starts
        .filter(|start| !line[*start..].starts_with(['{', '[']))
        .map(|start| {
            let rest = &line[start..];
            let length = match rest.strip_prefix('"') {
                Some(text) => text.find('"').unwrap() + 2,
                None => rest.find([',', '}']).unwrap(),
            };
            start..start + length
        })
        .collect()
}

/// A line this version wrote, or nearly so.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let golden = select(GOLDEN.lines().collect::<Vec<_>>());
    let swaps = prop::collection::vec((any::<Index>(), value()), 0..3);
    let slip = prop_oneof![any::<u8>(), select(b"\"\\{}[]:, 0-1.\n".as_slice())];
    (golden, swaps, prop::option::weighted(0.2, (any::<Index>(), slip))).prop_map(|(golden, swaps, slip)| {
        let values = values(golden);
        let swaps: BTreeMap<usize, String> =
            swaps.into_iter().map(|(which, value)| (which.index(values.len()), value)).collect();
        let mut line = golden.to_owned();
        // From the back, so that the places of the others stay.
        for (which, value) in swaps.iter().rev() {
            line.replace_range(values[*which].clone(), value);
        }
        let mut line = line.into_bytes();
        if let Some((at, byte)) = slip {
            let at = at.index(line.len());
            line[at] = byte;
        }
        line
    })
}

fn encode_by_serde(event: &Event) -> Vec<u8> {
    let mut head = Map::new();
    if let Some(run) = event.run {
        head.insert("run".into(), run.to_string().into());
    }
    let version = if let Body::Unknown(unknown) = &event.body { unknown.version } else { SCHEMA_VERSION };
    let kind = serde_json::to_string(event.body.kind()).unwrap();
    let mut line = format!(r#"{{"v":{version},"event":{kind},"id":"{}","ts":{}"#, event.id, event.ts.0);
    let body = dispatch_body!(&event.body, body => serde_json::to_string(body), unknown => serde_json::to_string(&unknown.fields));
    let extra = event.extra.fields().map(|fields| serde_json::to_string(fields).unwrap());
    for object in [serde_json::to_string(&head).unwrap(), body.unwrap()].into_iter().chain(extra) {
        let fields = &object[1..object.len() - 1];
        if !fields.is_empty() {
            line.push(',');
            line.push_str(fields);
        }
    }
    line.push_str("}\n");
    line.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn what_is_read_the_short_way_is_what_serde_json_reads(line in line()) {
        if let Ok(ours) = decode_ours(&line) {
            prop_assert_eq!(ours, decode_any(&line).map_err(|error| TestCaseError::fail(error.to_string()))?);
        }
    }

    #[test]
    fn what_is_written_is_what_serde_json_writes(line in line()) {
        if let Ok(event) = decode_any(&line) {
            let mut ours = Vec::new();
            encode(&event, &mut ours);
            prop_assert_eq!(String::from_utf8(ours), String::from_utf8(encode_by_serde(&event)));
        }
    }
}

#[test]
fn our_own_lines_are_read_the_short_way() {
    for line in GOLDEN.lines().filter(|line| !line.contains('[')) {
        assert!(decode_ours(line.as_bytes()).is_ok(), "{line}");
    }
}
