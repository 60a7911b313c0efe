use proptest::prelude::*;
use serde_json::json;
use telemetry_hooks::payload::{Fields, Payload, Value};

const HUGE: f64 = 9_223_372_036_854_775_808.0; // 2^63, the first float above every i64

fn one<R>(value: Value<'_>, read: impl FnOnce(&dyn Payload) -> R) -> R {
    read(&[("key", value)])
}

fn text(value: Value<'_>) -> Option<String> {
    one(value, |payload| payload.text("key", str::to_owned))
}

#[test]
fn text_is_not_empty_and_integers_are_rendered() {
    assert_eq!(text("s-1".into()).as_deref(), Some("s-1"));
    assert_eq!(text(Value::Int(-42)).as_deref(), Some("-42"));
    assert_eq!(text(Value::Int(i64::MIN)).as_deref(), Some("-9223372036854775808"));
    for unusable in
        ["".into(), Value::Null, true.into(), 1.5.into(), Value::List(&[Value::Null]), Value::Other]
    {
        assert_eq!(text(unusable), None, "{unusable:?}");
    }
}

#[test]
fn integers_are_whole_and_fit() {
    let cases = [
        (Value::Int(i64::MAX), Some(i64::MAX)),
        (Value::Int(-1), Some(-1)),
        (Value::Float(429.0), Some(429)),
        (Value::Float(-0.0), Some(0)),
        (Value::Float(-HUGE), Some(i64::MIN)),
        (Value::Float(HUGE), None),
        (Value::Float(1e300), None),
        (Value::Float(0.5), None),
        (Value::Float(f64::NAN), None),
        (Value::Float(f64::INFINITY), None),
        (Value::Str(" 7 "), Some(7)),
        (Value::Str("-7"), Some(-7)),
        (Value::Str("7.0"), Some(7)),
        (Value::Str("7.5"), None),
        (Value::Str("9223372036854775807"), Some(i64::MAX)),
        (Value::Str("9223372036854775808"), None),
        (Value::Str("seven"), None),
        (Value::Str(""), None),
        (Value::Str("inf"), None),
        (Value::Bool(true), None),
        (Value::Null, None),
        (Value::List(&[Value::Null; 3]), None),
        (Value::from(u64::MAX), None),
    ];
    for (value, expected) in cases {
        assert_eq!(one(value, |payload| payload.integer("key")), expected, "{value:?}");
    }
    let digits = "1".repeat(1_000_000);
    assert_eq!(one(Value::Str(&digits), |payload| payload.integer("key")), None);
}

#[test]
fn numbers_are_finite() {
    let cases = [
        (Value::Int(3), Some(3.0)),
        (Value::Float(0.25), Some(0.25)),
        (Value::Str("1e3"), Some(1000.0)),
        (Value::from(u64::MAX), Some(u64::MAX as f64)),
        (Value::Float(f64::NAN), None),
        (Value::Float(f64::NEG_INFINITY), None),
        (Value::Str("NaN"), None),
        (Value::Str("infinity"), None),
        (Value::Str("1e999"), None),
        (Value::Bool(false), None),
        (Value::Other, None),
    ];
    for (value, expected) in cases {
        assert_eq!(one(value, |payload| payload.number("key")), expected, "{value:?}");
    }
}

#[test]
fn flags_come_in_three_spellings() {
    let cases = [
        (Value::Bool(false), Some(false)),
        (Value::Str("True"), Some(true)),
        (Value::Str("false"), Some(false)),
        (Value::Str("1"), Some(true)),
        (Value::Int(0), Some(false)),
        (Value::Float(1.0), Some(true)),
        (Value::Int(2), None),
        (Value::Str("yes"), None),
        (Value::Null, None),
    ];
    for (value, expected) in cases {
        assert_eq!(one(value, |payload| payload.flag("key")), expected, "{value:?}");
    }
}

#[test]
fn presence_is_anything_but_null() {
    for present in ["".into(), false.into(), Value::List(&[]), Value::Other] {
        assert!(one(present, |payload| payload.is_present("key")), "{present:?}");
    }
    assert!(!one(Value::Null, |payload| payload.is_present("key")));
    assert!(!one(Value::Int(1), |payload| payload.is_present("other key")));
    assert!(!one(None::<&str>.into(), |payload| payload.is_present("key")));
}

#[test]
fn json_is_read_where_it_lies() {
    let json = json!({
        "usage": {"input_tokens": 12, "nested": {"deep": "down"}},
        "history": [1, 2, 3],
        "id": 12_345_678_901_234_567_890_u64,
        "nothing": null,
    });
    let payload: &dyn Payload = &json;
    let deep = payload.map("usage", |usage| usage.map("nested", |nested| nested.text("deep", str::to_owned)));
    assert_eq!(deep, Some(Some(Some("down".to_owned()))));
    assert_eq!(payload.map("usage", |usage| usage.integer("input_tokens")), Some(Some(12)));
    assert_eq!(payload.map("history", |_| ()), None);
    assert_eq!(payload.list("history", |list| list.len()), Some(3));
    assert!(!payload.is_present("nothing"));
    // Too large for an i64: exact as an identifier, a number still, but no integer.
    assert_eq!(payload.text("id", str::to_owned).as_deref(), Some("12345678901234567890"));
    assert_eq!(payload.integer("id"), None);
    assert_eq!(payload.number("id"), Some(12_345_678_901_234_567_890.0));

    let not_an_object: &dyn Payload = &json!(["usage"]);
    assert!(!not_an_object.is_present("usage"));
}

#[test]
fn rust_hosts_give_fields_without_allocating() {
    let error = [("type", "APIError".into()), ("type", "second".into())];
    let fields = [("error", Value::Map(&error)), ("retryable", true.into())];
    for payload in [&fields as &dyn Payload, &Fields(&fields), &&fields] {
        assert_eq!(
            payload.map("error", |error| error.text("type", str::to_owned)),
            Some(Some("APIError".to_owned()))
        );
        assert_eq!(payload.flag("retryable"), Some(true));
    }
}

#[test]
fn debug_output_holds_no_text() {
    let inner = [("token", "hunter2".into())];
    let fields = [("prompt", "hunter2".into()), ("inner", Value::Map(&inner))];
    assert_eq!(format!("{:?}", Fields(&fields)), r#"Fields([("prompt", Str(7 bytes)), ("inner", Map(..))])"#);
}

/// A host that calls back twice, against the contract.
struct Stutter;

impl Payload for Stutter {
    fn visit(&self, _key: &str, f: &mut dyn FnMut(Value<'_>)) {
        f(Value::Int(1));
        f(Value::Int(2));
    }
}

#[test]
fn the_first_answer_counts() {
    let payload: &dyn Payload = &Stutter;
    assert_eq!(payload.integer("key"), Some(1));
}

proptest! {
    #[test]
    fn what_was_written_as_text_reads_as_the_same_number(number: i64) {
        let written = number.to_string();
        prop_assert_eq!(one(Value::Str(&written), |payload| payload.integer("key")), Some(number));
    }

    #[test]
    fn any_float_is_read_or_refused(number: f64) {
        let integer = one(Value::Float(number), |payload| payload.integer("key"));
        prop_assert_eq!(integer.map(|integer| integer as f64), (number.fract() == 0.0 && number.abs() < HUGE).then_some(number));
        prop_assert_eq!(one(Value::Float(number), |payload| payload.number("key")), number.is_finite().then_some(number));
    }

    #[test]
    fn any_text_is_read_without_panic(text: String) {
        one(Value::Str(&text), |payload| {
            (payload.integer("key"), payload.number("key"), payload.flag("key"), payload.list("key", |list| list.len()))
        });
    }
}
