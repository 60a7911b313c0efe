//! Comparing documents as a whole, and saying what differs.

use serde_json::Value;

/// Fails with a line-by-line difference unless the documents are the same.
///
/// # Panics
/// When they differ.
#[track_caller]
pub fn assert_same(what: &str, actual: &Value, expected: &Value) {
    if actual != expected {
        panic!("{what}: the answer is not what it must be\n{}", difference(actual, expected));
    }
}

/// The lines that differ, with a few around them, for a message.
pub fn difference(left: &Value, right: &Value) -> String {
    let (left, right) = (pretty(left), pretty(right));
    let lines = similar::TextDiff::from_lines(&left, &right);
    lines.unified_diff().context_radius(12).header("the answer", "what it must be").to_string()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Fails unless `text` is an object whose first key is `schema`, of the form `telemetry.<name>/1`.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn assert_starts_with_schema(text: &str, what: &str) {
    let rest = text.trim_start().strip_prefix('{').map(str::trim_start);
    let rest = rest.and_then(|rest| rest.strip_prefix("\"schema\"")).map(str::trim_start);
    let rest = rest.and_then(|rest| rest.strip_prefix(':')).map(str::trim_start);
    let schema = rest.and_then(|rest| rest.strip_prefix('"')?.split('"').next());
    let name = schema.and_then(|schema| schema.strip_prefix("telemetry.")?.strip_suffix("/1"));
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.')) && !name.is_empty()
    };
    assert!(
        name.is_some_and(is_name),
        "{what}: a document starts with \"schema\": \"telemetry.<name>/1\", this one starts with {}",
        text.chars().take(120).collect::<String>()
    );
}

/// The keys of an object, sorted; empty for anything else.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str)).collect();
    keys.sort_unstable();
    keys
}

/// Every number in a document whose path contains `word`.
pub fn numbers_about(value: &Value, word: &str) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    walk(value, String::new(), &mut |path, value| {
        if let Some(number) = value.as_f64().filter(|_| path.contains(word)) {
            found.push((path.to_owned(), number));
        }
    });
    found
}

/// Every text in a document.
pub fn texts(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, String::new(), &mut |_, value| found.extend(value.as_str().map(str::to_owned)));
    found
}

fn walk(value: &Value, path: String, seen: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                walk(field, format!("{path}/{key}"), seen);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{path}/{index}"), seen);
            }
        }
        leaf => seen(&path, leaf),
    }
}

/// A moment as scripts read it (RFC 3339, UTC), in nanoseconds since 1970; nothing when it is anything else.
pub fn moment_ns(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Howard Hinnant's days_from_civil.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, shifted) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year.rem_euclid(400);
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + day - 1;
    let seconds = ((era * 146_097 + day_of_era - 719_468) * 24 + hour) * 3600 + minute * 60 + second;
    let digits = format!("{fraction:0<9}");
    Some(seconds * 1_000_000_000 + digits.get(..9)?.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_to_the_nanosecond() {
        assert_eq!(moment_ns("2026-01-01T00:00:06.283863482Z"), Some(1_767_225_606_283_863_482));
        assert_eq!(moment_ns("2026-01-01T00:00:00Z"), Some(1_767_225_600_000_000_000));
        assert_eq!(moment_ns("2024-02-29T23:59:59.5Z"), Some(1_709_251_199_500_000_000));
        assert_eq!(moment_ns("2026-01-01"), None);
    }

    #[test]
    fn a_schema_that_is_not_first_is_seen() {
        assert_starts_with_schema("{ \"schema\": \"telemetry.runs/1\" }", "runs");
        for bad in
            ["{\"runs\":[],\"schema\":\"telemetry.runs/1\"}", "[]", "", "{\"schema\":\"telemetry.runs/2\"}"]
        {
            assert!(std::panic::catch_unwind(|| assert_starts_with_schema(bad, "bad")).is_err(), "{bad}");
        }
    }
}
