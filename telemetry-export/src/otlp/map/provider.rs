//! Who answers, in the conventions' words.

use crate::otlp::convention::Provider;
use crate::otlp::names::PROVIDERS;

/// What is sent when nobody said who answers, since the convention wants a word.
const UNKNOWN: &str = "_OTHER";

/// Who answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answers<'a> {
    /// `gen_ai.provider.name`.
    pub name: &'a str,
    /// `llm.provider`.
    pub openinference: &'a str,
    /// The host's word, when it is another.
    pub host: Option<&'a str>,
}

/// Who answers at the endpoint with that `address`, in the host's `word`. The endpoint decides where it is well known, as it
/// does for prices: hosts say `openai` of whoever speaks that protocol.
pub(super) fn answers<'a>(word: Option<&'a str>, address: Option<&str>) -> Answers<'a> {
    let word = word.filter(|word| !word.is_empty());
    let known = address.and_then(at).or_else(|| word.and_then(named));
    let (name, openinference) = match (known, word) {
        (Some(known), _) => (known.name, known.openinference),
        (None, Some(word)) => (word, word),
        (None, None) => (UNKNOWN, UNKNOWN),
    };
    Answers { name, openinference, host: word.filter(|word| *word != name) }
}

fn at(address: &str) -> Option<&'static Provider> {
    let is_at = |end: &&str| {
        let rest = address.len().checked_sub(end.len());
        // `api.openai.com` is not where `my-api.openai.com` ends, but `.amazonaws.com` and `-aiplatform...` mean any beginning.
        rest.is_some_and(|rest| {
            address.is_char_boundary(rest)
                && address[rest..].eq_ignore_ascii_case(end)
                && (rest == 0 || end.starts_with(['.', '-']))
        })
    };
    PROVIDERS.iter().find(|provider| provider.endpoints.iter().any(&is_at))
}

fn named(word: &str) -> Option<&'static Provider> {
    let is = |known: &&str| word.eq_ignore_ascii_case(known);
    PROVIDERS.iter().find(|provider| is(&provider.name) || provider.words.iter().any(&is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_decides_then_the_word_and_the_hosts_own_stands_beside() {
        for (word, address, expected) in [
            (Some("anthropic"), None, ("anthropic", "anthropic", None)),
            (Some("gemini"), None, ("gcp.gemini", "google", Some("gemini"))),
            (Some("Bedrock"), None, ("aws.bedrock", "aws", Some("Bedrock"))),
            (Some("custom"), Some("api.deepseek.com"), ("deepseek", "deepseek", Some("custom"))),
            (Some("openai"), Some("API.DeepSeek.com"), ("deepseek", "deepseek", Some("openai"))),
            (Some("custom"), Some("my-api.openai.com"), ("custom", "custom", None)),
            (
                Some("bedrock"),
                Some("bedrock-runtime.eu-west-1.amazonaws.com"),
                ("aws.bedrock", "aws", Some("bedrock")),
            ),
            (
                Some("x"),
                Some("us-central1-aiplatform.googleapis.com"),
                ("gcp.vertex_ai", "google", Some("x")),
            ),
            (Some("openrouter"), Some("openrouter.ai"), ("openrouter", "openrouter", None)),
            (None, Some("api.x.ai"), ("x_ai", "xai", None)),
            (None, Some("\u{e9}.example"), ("_OTHER", "_OTHER", None)),
            (None, None, ("_OTHER", "_OTHER", None)),
            (Some(""), None, ("_OTHER", "_OTHER", None)),
        ] {
            let found = answers(word, address);
            assert_eq!((found.name, found.openinference, found.host), expected, "{word:?} at {address:?}");
        }
    }
}
