use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry_policy::redact::{Options, Redactor, Shape};

use super::{Random, options};

/// Pieces that meet in ways nobody thought of: beginnings and ends of tokens, quotes, escapes, operators, placeholders.
const PIECES: &[&str] = &[
    "password",
    "token",
    "api_key",
    "secret",
    "key",
    "Authorization",
    "Bearer ",
    "Basic ",
    "Cookie: ",
    "=",
    ":",
    "\"",
    "'",
    "`",
    "\\",
    "\\\"",
    "\\n",
    "\n",
    " ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "/",
    "@",
    "://",
    "&",
    ";",
    "?",
    "$",
    "%",
    "ghp_",
    "sk-",
    "sk-ant-api03-",
    "AKIA",
    "eyJ",
    ".",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "[REDACTED:",
    "[REDACTED:password:abcd]",
    ":abcd]",
    "value",
    "name",
    "is ",
    "hunter22",
    "tr0ub4dor&3",
    "4096",
    "12345678",
    "ä",
    "…",
    "+49 30 1234567",
    "ada@example.org",
    "203.0.113.7",
    "/home/ada/",
    "curl -u ",
    "mysql -p",
    "openssl pass:",
    "\\\\",
    "a",
    "Z9",
    "_",
    "-",
];

fn any_text() -> impl Strategy<Value = String> {
    let random =
        (any::<u64>(), prop::sample::select(vec!["alnum", "hex", "b64", "b64url", "digit"]), 1_usize..50);
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        2 => random.prop_map(|(seed, class, length)| Random(seed).characters(class, length)),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = prop::sample::select(vec![
            "password",
            "api_key",
            "content",
            "id",
            "role",
            "arguments",
            "name",
            "value",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.prop_map(str::to_owned), inner.clone(), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            // JSON in a string.
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

fn both() -> [Redactor; 2] {
    [false, true].map(|pii| Redactor::new(Options { pii, ..options() }))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn redacting_twice_is_redacting_once(text in any_text()) {
        for redactor in both() {
            let once = redactor.redact_text(&text).into_owned();
            prop_assert_eq!(redactor.redact_text(&once), once.as_str());
        }
    }

    #[test]
    fn json_stays_json(document in any_json()) {
        let text = json!([document]).to_string();
        for redactor in both() {
            let redacted = redactor.redact_text(&text);
            let parsed: Result<Value, _> = serde_json::from_str(&redacted);
            prop_assert!(parsed.is_ok(), "{} became {}", text, redacted);
        }
    }

    #[test]
    fn a_document_is_redacted_once(mut document in any_json()) {
        for redactor in both() {
            redactor.redact_json(&mut document, Shape::Any);
            let once = document.clone();
            redactor.redact_json(&mut document, Shape::Any);
            prop_assert_eq!(&document, &once);
        }
    }

    #[test]
    fn a_cut_is_a_beginning(text in any_text(), length in 0_usize..200) {
        for redactor in both() {
            let whole = redactor.redact_text(&text).into_owned();
            let cut = redactor.redact_and_truncate(&text, length);
            prop_assert!(cut.len() <= length && whole.starts_with(&cut));
        }
    }
}
