//! How many there are of each word.

use serde::ser::{Serialize, Serializer};
use telemetry_core::name::Name;

/// How many there are of each of a few words, in the order of the words; as a document, a map. A breakdown may have one of
/// these for nearly every fact, so it is as small as can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByWord(Box<[(Name, u64)]>);

impl ByWord {
    /// How many there are of a word; `None` when there are none.
    pub fn get(&self, word: &str) -> Option<u64> {
        let place = self.0.binary_search_by(|(of, _)| of.as_str().cmp(word)).ok()?;
        Some(self.0[place].1)
    }

    /// The words in their order, and how many there are of each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.0.iter().map(|(word, count)| (word.as_str(), *count))
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are of all words.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

/// Counts of the same word are added up.
impl FromIterator<(Name, u64)> for ByWord {
    fn from_iter<I: IntoIterator<Item = (Name, u64)>>(counts: I) -> Self {
        let mut counts: Vec<(Name, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by(|(word, _), (other, _)| word.cmp(other));
        counts.dedup_by(|(word, count), (kept, sum)| {
            let same = word == kept;
            *sum += if same { *count } else { 0 };
            same
        });
        ByWord(counts.into_boxed_slice())
    }
}

impl Serialize for ByWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order_and_each_is_there_once() {
        let counted: ByWord = [("ok", 2), ("error", 1), ("ok", 3)]
            .map(|(word, count)| (Name::new(word), count))
            .into_iter()
            .collect();
        assert_eq!(counted.iter().collect::<Vec<_>>(), [("error", 1), ("ok", 5)]);
        assert_eq!((counted.get("ok"), counted.get("timeout"), counted.total()), (Some(5), None, 6));
        assert_eq!(serde_json::to_string(&counted).unwrap(), r#"{"error":1,"ok":5}"#);
        assert!(ByWord::default().is_empty());
    }
}
