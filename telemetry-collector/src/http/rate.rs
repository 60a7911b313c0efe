//! How much of something is let through: a bucket of tokens for each of whoever asks.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Buckets that are kept, before those that are full again are forgotten.
const MANY: usize = 10_000;

/// Lets `burst` through at once, and `per_second` in the long run, of each key.
#[derive(Debug)]
pub struct Buckets<K> {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Full buckets. A rate of 0 lets everything through.
    pub fn new(per_second: u32, burst: u32) -> Self {
        Buckets { per_second: per_second.into(), burst: burst.max(1).into(), buckets: Mutex::default() }
    }

    /// Takes a token out of the bucket of `key`.
    ///
    /// # Errors
    /// When it is empty: how long until there is one.
    pub fn take(&self, key: K) -> Result<(), Duration> {
        self.withdraw(key, 1.0)
    }

    /// Whether there is a token in the bucket of `key`, which stays there.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn look(&self, key: K) -> Result<(), Duration> {
        self.withdraw(key, 0.0)
    }

    fn withdraw(&self, key: K, tokens: f64) -> Result<(), Duration> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| self.level(*bucket, now) < self.burst);
            // All of them are in use: whoever comes next begins with a full one, as if it were the first time.
            if buckets.len() >= MANY {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: self.burst, at: now });
        let level = self.level(*bucket, now);
        if level < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - level) / self.per_second));
        }
        *bucket = Bucket { tokens: level - tokens, at: now };
        Ok(())
    }

    fn level(&self, bucket: Bucket, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_second;
        (bucket.tokens + gained).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_the_rate() {
        let buckets = Buckets::new(2, 3);
        let taken = |n: usize| (0..n).filter(|_| buckets.take("a").is_ok()).count();
        assert_eq!(taken(10), 3, "the burst");
        assert_eq!(buckets.take("a"), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take("b"), Ok(()), "another has its own");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(taken(10), 2, "a second's worth");
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(taken(10), 3, "and never more than a burst");
    }

    #[tokio::test(start_paused = true)]
    async fn looking_takes_nothing() {
        let buckets = Buckets::new(1, 1);
        assert_eq!((buckets.look("a"), buckets.look("a")), (Ok(()), Ok(())));
        assert_eq!(buckets.take("a"), Ok(()));
        assert_eq!(buckets.look("a"), Err(Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_few_are_remembered() {
        let buckets = Buckets::new(1, 1);
        for peer in 0..3 * MANY {
            assert_eq!(buckets.take(peer), Ok(()));
        }
        assert!(buckets.buckets.lock().unwrap().len() <= MANY);
    }
}
