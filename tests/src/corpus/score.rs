//! What a redactor got right.

use std::collections::BTreeMap;

use super::Case;

/// How a case came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Secrets of which nothing is left.
    pub found: usize,
    /// Secrets that are still there, whole or in part.
    pub missed: usize,
    /// The words in placeholders that stand for a secret.
    pub right: Vec<String>,
    /// The words in placeholders that stand for something else, or for a secret and much around it.
    pub wrong: Vec<String>,
}

/// How much around a secret may go with it, in bytes: its scheme, the head and foot of a key.
const AROUND: usize = 160;
/// A piece of a secret this long tells of it.
const PIECE: usize = 10;

/// Judges `redacted`, which is what a redactor made of `case`.
pub fn judge(case: &Case, redacted: &str) -> Outcome {
    let mut outcome = Outcome::default();
    for secret in &case.secrets {
        let pieces = secret.as_bytes().windows(PIECE.min(secret.len()));
        let kept = |piece: &[u8]| redacted.as_bytes().windows(piece.len()).any(|window| window == piece);
        match pieces.into_iter().any(kept) {
            true => outcome.missed += 1,
            false => outcome.found += 1,
        }
    }
    let secrets: Vec<(usize, usize)> = case
        .secrets
        .iter()
        .flat_map(|secret| case.text.match_indices(secret.as_str()).map(|(at, text)| (at, at + text.len())))
        .collect();
    for (kind, start, end) in replaced(&case.text, redacted) {
        let inside: usize =
            secrets.iter().map(|(from, to)| to.min(&end).saturating_sub(*from.max(&start))).sum();
        let list = if inside > 0 && end - start - inside <= AROUND {
            &mut outcome.right
        } else {
            &mut outcome.wrong
        };
        list.push(kind);
    }
    outcome
}

/// The parts of `text` that became placeholders, with the words in them: what stands between the placeholders is unchanged, so it is
/// found again in order.
fn replaced(text: &str, redacted: &str) -> Vec<(String, usize, usize)> {
    let mut parts = Vec::new();
    let (mut rest, mut at) = (redacted, 0);
    while let Some((before, after)) = rest.split_once("[REDACTED:") {
        let Some((inside, after)) = after.split_once(']') else { break };
        let kind = inside.split(':').next().unwrap_or_default().to_owned();
        let start = at + before.len();
        let next = after.split("[REDACTED:").next().unwrap_or_default();
        let end = if next.is_empty() && after.is_empty() {
            text.len()
        } else {
            text.get(start..).and_then(|tail| tail.find(next)).map_or(text.len(), |found| start + found)
        };
        parts.push((kind, start, end));
        at = end;
        rest = after;
    }
    parts
}

/// Counts of a group of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Secrets that were found.
    pub found: usize,
    /// Secrets that were not.
    pub missed: usize,
    /// Placeholders that stand for a secret.
    pub right: usize,
    /// Placeholders that do not.
    pub wrong: usize,
}

impl Counts {
    /// The share of secrets that were found; nothing when there were none.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.missed)
    }

    /// The share of placeholders that stand for a secret; nothing when there were none.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.wrong)
    }

    /// Adds an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        self.found += outcome.found;
        self.missed += outcome.missed;
        self.right += outcome.right.len();
        self.wrong += outcome.wrong.len();
    }
}

fn share(good: usize, bad: usize) -> Option<f64> {
    (good + bad > 0).then(|| good as f64 / (good + bad) as f64)
}

/// Counts by what a case was labelled.
pub type Table = BTreeMap<String, Counts>;

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, secrets: &[&str]) -> Case {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        Case { label: "test", surroundings: "test", text: text.to_owned(), secrets }
    }

    #[test]
    fn right_and_wrong_are_told_apart() {
        let two = case("a=topsecretvalue b=harmless", &["topsecretvalue"]);
        let good = judge(&two, "a=[REDACTED:x:aaaa] b=harmless");
        assert_eq!((good.found, good.missed, good.right.len(), good.wrong.len()), (1, 0, 1, 0));
        let greedy = judge(&two, "a=[REDACTED:x:aaaa] b=[REDACTED:y:aaaa]");
        assert_eq!((greedy.found, greedy.right.len(), greedy.wrong), (1, 1, vec!["y".to_owned()]));
        let half = judge(&two, "a=topsecretv[REDACTED:x:aaaa] b=harmless");
        assert_eq!((half.found, half.missed), (0, 1));
        let none = judge(&two, "a=topsecretvalue b=harmless");
        assert_eq!((none.found, none.missed, none.right.len()), (0, 1, 0));
    }
}
