//! From a model's id, as hosts and providers spell it, to its row in the table.

use super::provider;
use super::table::{ModelRow, PROVIDERS};
use crate::time::Day;

/// A model of the table.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub model: &'static ModelRow,
    /// It stands in the provider's own list, not in that of one whose prices it takes over.
    pub own: bool,
}

/// The model that answered or, where the table does not know its name, the one that was asked for, if the answer came
/// from a snapshot of that one.
///
/// The one that answered is the one that is billed: a router picks it, an alias stands for it. But a provider may leave
/// out of an answer what makes the call cheap (`:free`, `:batch`), so an id that says more is taken first.
pub(super) fn find(provider: usize, asked: Option<&str>, answered: Option<&str>) -> Option<Found> {
    let fold = |id: &str| id.trim().to_lowercase();
    let (asked, answered) = (asked.map(fold), answered.map(fold));
    let (asked, answered) = match (&asked, &answered) {
        (Some(asked), Some(answered)) => (asked, answered),
        (Some(only), None) | (None, Some(only)) => return find_id(provider, only),
        (None, None) => return None,
    };
    let says_more = asked.strip_prefix(answered.as_str()).is_some_and(|rest| rest.starts_with(':'));
    if says_more {
        return find_id(provider, asked);
    }
    let same = || is_snapshot(answered, asked).then(|| find_id(provider, asked)).flatten();
    find_id(provider, answered).or_else(same)
}

/// Whether an id is another one with a date or a build number at its end, wherever each of them says it is made.
fn is_snapshot(id: &str, of: &str) -> bool {
    let name = |id: &'_ str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let (id, of) = (name(id), name(of));
    let Some(rest) = id.strip_prefix(&of) else { return false };
    let number = rest.strip_prefix(['-', '@', ':']);
    // A build number has three digits at least: `gpt-5-2` is no snapshot of `gpt-5`.
    let is_number = |text: &str| {
        text.bytes().take_while(u8::is_ascii_digit).count() >= 3
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    rest.is_empty() || number.is_some_and(is_number)
}

/// By the data's own clauses; then with its dates spelled with dashes; then without the provider's own name before it.
fn find_id(provider: usize, id: &str) -> Option<Found> {
    let found = find_spelling(provider, id).or_else(|| find_spelling(provider, &with_dashed_dates(id)?));
    found.or_else(|| {
        let (maker, name) = id.split_once('/')?;
        (provider::named(maker) == Some(provider)).then(|| find_id(provider, name)).flatten()
    })
}

fn find_spelling(provider: usize, id: &str) -> Option<Found> {
    let in_list = |provider: usize| PROVIDERS[provider].models().iter().find(|model| model.is(id));
    let own = in_list(provider).map(|model| Found { model, own: true });
    let others = PROVIDERS[provider].fallbacks().iter();
    own.or_else(|| {
        others
            .map(|place| in_list(usize::from(*place)))
            .find_map(|found| found)
            .map(|model| Found { model, own: false })
    })
}

/// An id with `-20251211` as `-2025-12-11`, which is how the data spells dates that some proxies write without dashes;
/// `None` when it has no such date.
fn with_dashed_dates(id: &str) -> Option<String> {
    let mut out = String::with_capacity(id.len() + 4);
    let mut rest = id;
    while let Some(dash) = rest.find('-') {
        let (before, after) = rest.split_at(dash + 1);
        out.push_str(before);
        rest = after;
        if let Some((dashed, tail)) = leading_date(after) {
            out.push_str(&dashed);
            rest = tail;
        }
    }
    out.push_str(rest);
    (out != id).then_some(out)
}

/// A date of eight digits that ends where a word does, with dashes, and what comes after it.
fn leading_date(text: &str) -> Option<(String, &str)> {
    let (digits, tail) = text.split_at_checked(8)?;
    let ends = tail.is_empty() || tail.starts_with(['-', ':']);
    if !ends || !digits.starts_with("20") || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let dashed = format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]);
    dashed.parse::<Day>().is_ok().then_some((dashed, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_dates_get_their_dashes() {
        for (id, dashed) in [
            ("gpt-5.2-20251211", Some("gpt-5.2-2025-12-11")),
            ("model-20251211:free", Some("model-2025-12-11:free")),
            ("a-20251211-20240229", Some("a-2025-12-11-2024-02-29")),
            ("model-20250230", None),
            ("model-202512110", None),
            ("model-20251211x", None),
            ("model", None),
            ("modèle-é", None),
        ] {
            assert_eq!(with_dashed_dates(id).as_deref(), dashed, "{id}");
        }
    }

    #[test]
    fn a_snapshot_has_a_date_or_a_build_number_and_nothing_else() {
        for (id, of, is) in [
            ("gpt-5-2026-04-23", "gpt-5", true),
            ("gemini-3-pro-001", "gemini-3-pro", true),
            ("openai/gpt-5-20260423", "gpt-5", true),
            ("gpt-5", "openai/gpt-5", true),
            ("gpt-5-2", "gpt-5", false),
            ("gpt-5.5", "gpt-5", false),
            ("gpt-5-mini", "gpt-5", false),
            ("gpt-5-2026-04-23-mini", "gpt-5", false),
        ] {
            assert_eq!(is_snapshot(id, of), is, "{id} of {of}");
        }
    }
}
