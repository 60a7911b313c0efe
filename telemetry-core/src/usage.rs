//! Token counts in exclusive buckets.

use serde::{Deserialize, Serialize};

/// Tokens of one model call. Buckets exclude each other, so a total is their sum and nothing is counted twice;
/// two are parts of others, shown beside them: reasoning of `output`, and `cache_write_1h` of `cache_write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Prompt tokens that were neither read from nor written to a cache.
    #[serde(rename = "input_tokens")]
    pub input: u64,
    /// Completion tokens, reasoning included.
    #[serde(rename = "output_tokens")]
    pub output: u64,
    /// Prompt tokens read from a cache.
    #[serde(rename = "cache_read_tokens", skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Prompt tokens written to a cache, for whatever time to live.
    #[serde(rename = "cache_write_tokens", skip_serializing_if = "is_zero")]
    pub cache_write: u64,
    /// The part of `cache_write` that is kept for an hour, which costs more; the rest is kept for the usual time.
    #[serde(rename = "cache_write_1h_tokens", skip_serializing_if = "is_zero")]
    pub cache_write_1h: u64,
    /// The part of `output` spent on reasoning.
    #[serde(rename = "reasoning_tokens", skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// More tokens than any model will ever take: a larger count is noise, and sums of these cannot overflow.
pub const MAX_TOKENS: u64 = 1_000_000_000_000;

impl Usage {
    /// The buckets as signed numbers, each at most [`MAX_TOKENS`]: input, output, cache read, cache write, reasoning.
    pub fn buckets(&self) -> [i64; 5] {
        [self.input, self.output, self.cache_read, self.cache_write, self.reasoning]
            .map(|tokens| tokens.min(MAX_TOKENS) as i64)
    }

    /// All tokens: input, caches and output.
    pub fn total(&self) -> u64 {
        [self.output, self.cache_read, self.cache_write]
            .iter()
            .fold(self.input, |sum, n| sum.saturating_add(*n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_not_counted_again_and_a_bucket_without_tokens_is_not_written() {
        let usage = Usage { input: 1, output: 2, cache_write: 30, cache_write_1h: 10, ..Usage::default() };
        assert_eq!(usage.total(), 33);
        assert_eq!(usage.buckets(), [1, 2, 0, 30, 0]);
        let line =
            r#"{"input_tokens":1,"output_tokens":2,"cache_write_tokens":30,"cache_write_1h_tokens":10}"#;
        assert_eq!(serde_json::to_string(&usage).unwrap(), line);
        assert_eq!(serde_json::from_str::<Usage>(line).unwrap(), usage);
        let older = r#"{"input_tokens":1,"output_tokens":2,"cache_write_tokens":30}"#;
        let usage = Usage { cache_write_1h: 0, ..usage };
        assert_eq!(serde_json::from_str::<Usage>(older).unwrap(), usage);
        assert_eq!(serde_json::to_string(&usage).unwrap(), older);
    }
}
