//! What a person may have meant by a name nobody knows.

use std::collections::BTreeSet;

use super::keys::{SECTION, names};

/// The name, or the mapping around some, that a person may have meant by `path`.
pub(crate) fn near_miss(path: &str) -> Option<&'static str> {
    let typed = path.strip_prefix(SECTION)?.strip_prefix('.')?;
    // The word most other tools use for it, and the one switch nobody should miss.
    if ["enabled", "enable", "disabled"].contains(&typed) {
        return Some("telemetry.local");
    }
    let known = with_mappings();
    let same_end = known.iter().filter(|name| **name == path || name.ends_with(&format!(".{typed}")));
    let same_start = known.iter().filter(|name| typed.len() >= 4 && name.starts_with(path));
    let alike = || {
        let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&name[SECTION.len() + 1..], typed);
        let scored = known.iter().map(|name| (likeness(name), *name)).filter(|(score, _)| *score >= 0.6);
        scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
    };
    only(same_end).or_else(alike).or_else(|| only(same_start))
}

/// Every name, and every mapping around one: `telemetry.export.otlp` beside `telemetry.export.otlp.endpoint`.
fn with_mappings() -> BTreeSet<&'static str> {
    let prefixes = |name: &'static str| {
        let dots = name.match_indices('.').map(|(dot, _)| dot).skip(1);
        dots.chain([name.len()]).map(move |end| &name[..end])
    };
    names().flat_map(prefixes).collect()
}

/// The one, if there is just one.
fn only<'a>(mut candidates: impl Iterator<Item = &'a &'static str>) -> Option<&'static str> {
    candidates.next().copied().filter(|_| candidates.next().is_none())
}

/// A key as a person wrote it, fit for one line of a terminal. A part of it that is too long or too full of
/// digits to be a name may be a secret on the wrong side of its colon, and is only described.
pub(crate) fn tidy(path: &str) -> String {
    let parts = path.split('.').map(|part| {
        let length = part.chars().count();
        if length > 40 || part.bytes().filter(u8::is_ascii_digit).count() > 6 {
            format!("({length} characters)")
        } else {
            part.escape_debug().to_string()
        }
    });
    parts.collect::<Vec<_>>().join(".")
}
