//! Tokens of a call in buckets that exclude each other, of counts by the sender's convention.

use telemetry_core::usage::Usage;

use super::attributes::Attributes;

/// Tokens as a sender counts them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub input: Option<u64>,
    pub output: Option<u64>,
    pub cache_read: u64,
    pub cache_write: u64,
    pub cache_write_1h: u64,
    pub reasoning: u64,
}

impl Counts {
    /// Input and output exclude what is cached and include reasoning, as Anthropic counts.
    pub fn exclusive(self) -> Option<Usage> {
        self.said().then(|| Usage {
            input: self.input.unwrap_or(0),
            output: self.output.unwrap_or(0),
            cache_read: self.cache_read,
            cache_write: self.cache_write,
            cache_write_1h: self.cache_write_1h.min(self.cache_write),
            reasoning: self.reasoning,
        })
    }

    /// Input includes what is cached, as OpenTelemetry and OpenAI count. Where more is cached than there is of input it cannot, so the
    /// sender counts as Anthropic does.
    pub fn cached_in_input(self) -> Option<Usage> {
        let cached = self.cache_read.saturating_add(self.cache_write);
        let input = self.input.map(|input| input.checked_sub(cached).unwrap_or(input));
        Counts { input, ..self }.exclusive()
    }

    /// As [`cached_in_input`](Self::cached_in_input), and output excludes reasoning, as Google counts.
    pub fn reasoning_beside_output(self) -> Option<Usage> {
        let output = self.output.map(|output| output.saturating_add(self.reasoning));
        Counts { output, ..self }.cached_in_input()
    }

    /// Neither is nothing: a call whose tokens nobody tells has unknown ones.
    fn said(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    /// By the conventions of OpenTelemetry, in its names of today and before, and of OpenInference.
    pub fn of_conventions(of: &Attributes<'_>) -> Self {
        Counts {
            input: of.count(&[
                "gen_ai.usage.input_tokens",
                "gen_ai.usage.prompt_tokens",
                "llm.token_count.prompt",
                "llm.usage.prompt_tokens",
                "ai.usage.inputTokens",
                "ai.usage.promptTokens",
            ]),
            output: of.count(&[
                "gen_ai.usage.output_tokens",
                "gen_ai.usage.completion_tokens",
                "llm.token_count.completion",
                "llm.usage.completion_tokens",
                "ai.usage.outputTokens",
                "ai.usage.completionTokens",
            ]),
            cache_read: of
                .count(&[
                    "gen_ai.usage.cache_read.input_tokens",
                    "gen_ai.usage.cache_read_input_tokens",
                    "llm.token_count.prompt_details.cache_read",
                    "ai.usage.inputTokenDetails.cacheReadTokens",
                    "ai.usage.cachedInputTokens",
                ])
                .unwrap_or(0),
            cache_write: of
                .count(&[
                    "gen_ai.usage.cache_creation.input_tokens",
                    "gen_ai.usage.cache_write.input_tokens",
                    "gen_ai.usage.cache_creation_input_tokens",
                    "llm.token_count.prompt_details.cache_write",
                    "ai.usage.inputTokenDetails.cacheWriteTokens",
                ])
                .unwrap_or(0),
            cache_write_1h: of.count(&["telemetry.usage.cache_write_1h_tokens"]).unwrap_or(0),
            reasoning: of
                .count(&[
                    "gen_ai.usage.reasoning.output_tokens",
                    "llm.token_count.completion_details.reasoning",
                    "ai.usage.outputTokenDetails.reasoningTokens",
                    "ai.usage.reasoningTokens",
                ])
                .unwrap_or(0),
        }
    }
}
