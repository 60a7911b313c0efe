//! The process's vocabulary: each word once, for ever.
//!
//! A table of fixed size with open addressing, whose slots are set once by a compare-and-swap. So looking up and adding
//! take no lock: a hook never waits for another thread, and a child that was forked off in the middle of an addition
//! finds a table that is whole.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arcstr::ArcStr;
use once_cell::race::OnceRef;
use xxhash_rust::xxh3::xxh3_64;

/// Words are never freed, so there is an end to them: a host that makes up names without bound gets texts of their own
/// after this many, not a leak.
const MAX_WORDS: usize = 16_384;
/// A longer text is no vocabulary.
const MAX_WORD_BYTES: usize = 256;
/// Twice the words, so that a search ends after a step or two. Pages nobody touched take no memory.
const SLOTS: usize = 2 * MAX_WORDS;

static WORDS: [OnceRef<'static, Word>; SLOTS] = [const { OnceRef::new() }; SLOTS];
static ADDED: AtomicUsize = AtomicUsize::new(0);

struct Word {
    hash: u64,
    /// Leaked, so that a clone counts nothing.
    text: ArcStr,
}

/// The word `text`; a text of its own where it cannot be one.
pub(super) fn intern(text: &str) -> ArcStr {
    if text.len() > MAX_WORD_BYTES {
        return ArcStr::from(text);
    }
    let hash = xxh3_64(text.as_bytes());
    let mut at = hash as usize % SLOTS;
    loop {
        match WORDS[at].get() {
            Some(word) if word.hash == hash && word.text == text => return word.text.clone(),
            Some(_) => at = (at + 1) % SLOTS,
            None if ADDED.load(Relaxed) >= MAX_WORDS => return ArcStr::from(text),
            None => add(at, hash, text),
        }
    }
}

/// Puts a word into a vacant slot. Another thread may be first, then this copy is lost, once, and the caller looks
/// again.
#[cold]
fn add(at: usize, hash: u64, text: &str) {
    let text = ArcStr::from(text);
    text.leak();
    if WORDS[at].set(Box::leak(Box::new(Word { hash, text }))).is_ok() {
        ADDED.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_stored_once_whoever_adds_it() {
        let texts: Vec<String> = (0..500).map(|n| format!("word {n}")).collect();
        let add_all = || texts.iter().map(|text| intern(text)).collect::<Vec<_>>();
        let by_thread: Vec<Vec<ArcStr>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(add_all)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for words in &by_thread {
            assert!(words.iter().zip(&texts).all(|(word, text)| word == text && ArcStr::is_static(word)));
            assert!(words.iter().zip(&by_thread[0]).all(|(one, other)| ArcStr::ptr_eq(one, other)));
        }
    }

    #[test]
    fn what_is_no_vocabulary_is_not_kept_for_ever() {
        assert!(!ArcStr::is_static(&intern(&"m".repeat(MAX_WORD_BYTES + 1))));
    }
}
