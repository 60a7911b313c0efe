//! Holds an answer against the truth: durations to the nanosecond, money to the nano-dollar, counts and words exactly.

use serde_json::Value;

/// What differs, each with its place; empty when nothing does. The truth has durations (`…_ms`) in nanoseconds and money
/// (`…usd`) in nano-dollars. An answer may say more than the truth knows, but for lists and counts by word.
pub fn differences(answer: &Value, truth: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", answer, truth, 1.0, &mut found);
    found
}

/// Fails unless `answer` says the truth.
///
/// # Panics
/// When it does not; the first differences are named.
#[track_caller]
pub fn assert_true(what: &str, answer: &Value, truth: &Value) {
    let found = differences(answer, truth);
    let shown: Vec<&String> = found.iter().take(20).collect();
    assert!(found.is_empty(), "{what}: {} differences from the truth: {shown:#?}", found.len());
}

fn compare(path: &str, answer: &Value, truth: &Value, scale: f64, found: &mut Vec<String>) {
    match (answer, truth) {
        (Value::Object(said), Value::Object(known)) => {
            for (key, value) in known {
                let scale = match key {
                    key if key.ends_with("_ms") => 1e6,
                    key if key.ends_with("usd") => 1e9,
                    key if key == "n" => 1.0,
                    _ => scale,
                };
                compare(&format!("{path}/{key}"), said.get(key).unwrap_or(&Value::Null), value, scale, found);
            }
            let by_word = path.rsplit('/').next().is_some_and(|name| name.starts_with("by_"));
            for key in said.keys().filter(|key| by_word && !known.contains_key(*key)) {
                found.push(format!("{path}/{key}: the answer makes it up"));
            }
        }
        (Value::Array(said), Value::Array(known)) => {
            if said.len() != known.len() {
                let names = |list: &[Value]| {
                    list.iter().map(|one| one["key"].to_string()).collect::<Vec<_>>().join(" ")
                };
                found.push(format!(
                    "{path}: {} entries, not {}: [{}], not [{}]",
                    said.len(),
                    known.len(),
                    names(said),
                    names(known)
                ));
                return;
            }
            for (index, (said, known)) in said.iter().zip(known).enumerate() {
                compare(&format!("{path}/{index}"), said, known, scale, found);
            }
        }
        (Value::Number(said), Value::Number(known)) if scale != 1.0 || known.is_f64() => {
            let (said, known_float) =
                (said.as_f64().unwrap_or(f64::NAN) * scale, known.as_f64().unwrap_or(f64::NAN));
            // A whole number must come out whole; a mean or a share to twelve digits.
            let same = match known.as_i64() {
                Some(known) => (said - known as f64).abs() < 0.49 && said.round() as i64 == known,
                None => (said - known_float).abs() <= 1e-12 * known_float.abs().max(1.0),
            };
            if !same {
                found.push(format!("{path}: {said}, not {known}"));
            }
        }
        _ if answer == truth => {}
        _ => found.push(format!("{path}: {answer}, not {truth}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_nanosecond_and_a_nano_dollar_are_seen() {
        let truth =
            json!({ "took_ms": { "n": 2, "max": 1_500_001, "avg": 1.5 }, "usd": 7, "by_word": { "a": 1 } });
        let says = |max: f64, usd: f64, words: Value| json!({ "took_ms": { "n": 2, "max": max, "avg": 1.5e-6 }, "usd": usd, "by_word": words, "more": 1 });
        let good = says(1.500_001, 7e-9, json!({ "a": 1 }));
        assert_eq!(differences(&good, &truth), Vec::<String>::new());
        for bad in [
            says(1.500_002, 7e-9, json!({ "a": 1 })),
            says(1.500_001, 8e-9, json!({ "a": 1 })),
            says(1.500_001, 7e-9, json!({ "a": 1, "b": 1 })),
            says(1.500_001, 7e-9, json!({})),
        ] {
            assert_eq!(differences(&bad, &truth).len(), 1, "{bad}");
        }
    }
}
