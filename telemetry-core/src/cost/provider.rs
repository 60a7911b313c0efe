//! Who is paid for a call: from a host's word for a provider and an endpoint to a provider of the table.

use super::table::PROVIDERS;

/// Other words for a provider: those of hermes-agent 0.19.0 (`hermes_cli/auth.py`), and the values of
/// `gen_ai.provider.name` in OpenTelemetry's semantic conventions. The table's own ids need no mention.
///
/// The data has clauses of its own for such words, which ask what a word contains. They would price a proxy that is
/// called `my-openai-gateway`, so only words that are known to mean the provider count.
const WORDS: &[(&str, &str)] = &[
    ("openai-api", "openai"),
    ("azure-foundry", "azure"),
    ("azure-openai", "azure"),
    ("azure.ai.openai", "azure"),
    ("azure.ai.inference", "azure"),
    ("bedrock", "aws"),
    ("aws-bedrock", "aws"),
    ("amazon-bedrock", "aws"),
    ("aws.bedrock", "aws"),
    ("gemini", "google"),
    ("vertex", "google"),
    ("google-vertex", "google"),
    ("gcp.gemini", "google"),
    ("gcp.vertex_ai", "google"),
    ("gcp.gen_ai", "google"),
    ("copilot", "github-copilot"),
    ("copilot-acp", "github-copilot"),
    ("fireworks-ai", "fireworks"),
    ("minimax-cn", "minimax"),
    ("mistral_ai", "mistral"),
    ("mistralai", "mistral"),
    ("moonshot", "moonshotai"),
    ("moonshot_ai", "moonshotai"),
    ("together-ai", "together"),
    ("together_ai", "together"),
    ("xai", "x-ai"),
    ("x_ai", "x-ai"),
];

/// Words for a plan somebody pays by the month, and who sells the same models by the token.
const PLANS: &[(&str, Option<&str>)] = &[
    ("openai-codex", Some("openai")),
    ("xai-oauth", Some("x-ai")),
    ("minimax-oauth", Some("minimax")),
    ("qwen-oauth", None),
    ("alibaba-coding-plan", None),
];

/// Endpoints of such plans, for hosts whose word for the provider is the same as without one.
const PLAN_ENDPOINTS: &[(&str, Option<&str>)] = &[
    ("https://chatgpt.com/backend-api/codex", Some("openai")),
    ("https://api.z.ai/api/coding", Some("zai")),
    ("https://open.bigmodel.cn/api/coding", Some("zhipuai")),
    ("https://api.kimi.com/coding", Some("moonshotai")),
    ("https://coding-intl.dashscope.aliyuncs.com", None),
];

/// Where a call goes and who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// To a provider, as its place in [`PROVIDERS`], which charges for it.
    Charged(usize),
    /// A plan pays for it; beside it who would charge for it without.
    Plan(Option<usize>),
    /// To this machine or network.
    Local,
    /// To nobody the table knows.
    Unknown,
}

/// The route of a call. The endpoint decides before the word, since it is the endpoint that is paid: `openai` at
/// `openrouter.ai` is OpenRouter. A word alone decides where the endpoint says nothing: a proxy in front of a provider.
pub(super) fn route(word: Option<&str>, endpoint: Option<&str>) -> Route {
    let word = word.map(|word| word.trim().to_lowercase()).unwrap_or_default();
    let endpoint = endpoint.map(|endpoint| endpoint.trim().to_lowercase()).unwrap_or_default();
    if is_local(&endpoint) {
        return Route::Local;
    }
    let plan_of = |of: Option<&str>| Route::Plan(of.and_then(place));
    if let Some((_, of)) = PLANS.iter().find(|(plan, _)| *plan == word) {
        return plan_of(*of);
    }
    if let Some((_, of)) = PLAN_ENDPOINTS.iter().find(|(start, _)| begins(&endpoint, start)) {
        return plan_of(*of);
    }
    at(&endpoint).or_else(|| named(&word)).map_or(Route::Unknown, Route::Charged)
}

/// The provider a word means.
pub(super) fn named(word: &str) -> Option<usize> {
    let known = WORDS.iter().find(|(other, _)| *other == word);
    place(known.map_or(word, |(_, id)| id))
}

fn place(id: &str) -> Option<usize> {
    PROVIDERS.iter().position(|provider| provider.id() == id)
}

/// The provider at an endpoint, by the data's patterns.
fn at(endpoint: &str) -> Option<usize> {
    if endpoint.is_empty() {
        return None;
    }
    // A pattern may end in the middle of a name: `https://api.openai.com` is also how `https://api.openai.com.example`
    // begins. One that ends with a dot means any ending.
    let whole = |end: usize| {
        let (matched, rest) = endpoint.split_at(end);
        matched.ends_with(['.', '/']) || rest.is_empty() || rest.starts_with(['/', ':', '?', '#'])
    };
    PROVIDERS.iter().position(|provider| provider.url().match_end(endpoint).is_some_and(whole))
}

fn begins(endpoint: &str, start: &str) -> bool {
    endpoint.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Whether an endpoint is on this machine or in a network of its own, where nobody is paid by a price list: a server of
/// one's own, or a proxy whose terms nobody here knows.
fn is_local(endpoint: &str) -> bool {
    let rest = match endpoint.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        // No network at all: a program that is started and talked to, `acp://copilot`.
        Some(_) => return false,
        None if endpoint.is_empty() => return false,
        None => endpoint,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    if let Some(address) = authority.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        return address.parse::<core::net::Ipv6Addr>().is_ok_and(|ip| {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        });
    }
    let host = authority.split(':').next().unwrap_or_default();
    match host.parse::<core::net::Ipv4Addr>() {
        Ok(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_private() || ip.is_link_local(),
        // `ollama` in a network of containers has no dot either.
        Err(_) => {
            !host.contains('.')
                || [".local", ".localhost", ".internal", ".lan"].iter().any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(word: &str, endpoint: &str) -> String {
        let id = |place: usize| PROVIDERS[place].id();
        match route(Some(word), Some(endpoint)) {
            Route::Charged(place) => id(place).to_owned(),
            Route::Plan(of) => format!("plan: {}", of.map_or("-", id)),
            Route::Local => "local".to_owned(),
            Route::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn every_word_means_a_provider_of_the_table() {
        let ids = WORDS.iter().map(|(_, id)| *id);
        let plans = PLANS.iter().chain(PLAN_ENDPOINTS).filter_map(|(_, of)| *of);
        for id in ids.chain(plans) {
            assert!(place(id).is_some(), "{id}");
        }
    }

    #[test]
    fn the_endpoint_decides_then_the_word() {
        for (word, endpoint, route) in [
            ("anthropic", "", "anthropic"),
            (" Anthropic ", "", "anthropic"),
            ("anthropic", "https://proxy.example.com/v1", "anthropic"),
            ("anthropic", "https://api.minimax.io/anthropic", "minimax"),
            ("openai", "https://openrouter.ai/api/v1", "openrouter"),
            ("openai-api", "https://api.openai.com/v1", "openai"),
            ("custom", "https://api.deepseek.com/v1", "deepseek"),
            ("custom", "https://API.DeepSeek.com/v1", "deepseek"),
            ("custom", "https://bedrock-runtime.eu-west-1.amazonaws.com", "aws"),
            ("custom", "https://team.openai.azure.com/openai/v1", "azure"),
            ("custom", "https://us-central1-aiplatform.googleapis.com/v1", "google"),
            ("kimi-coding-cn", "https://api.moonshot.cn/v1", "moonshotai"),
            ("custom", "https://api.openai.com:443/v1", "openai"),
            ("bedrock", "", "aws"),
            ("gcp.vertex_ai", "", "google"),
            ("openai-codex", "https://chatgpt.com/backend-api/codex", "plan: openai"),
            ("custom", "https://chatgpt.com/backend-api/codex", "plan: openai"),
            ("xai-oauth", "https://api.x.ai/v1", "plan: x-ai"),
            ("zai", "https://api.z.ai/api/coding/paas/v4", "plan: zai"),
            ("zai", "https://api.z.ai/api/paas/v4", "zai"),
            ("qwen-oauth", "https://portal.qwen.ai/v1", "plan: -"),
            ("copilot-acp", "acp://copilot", "github-copilot"),
        ] {
            assert_eq!(shown(word, endpoint), route, "{word} at {endpoint}");
        }
    }

    #[test]
    fn nobody_is_taken_for_a_neighbour() {
        for (word, endpoint, route) in [
            ("custom", "https://api.openai.com.example.org/v1", "unknown"),
            ("custom", "https://llm.example.com/https://api.openai.com", "unknown"),
            ("my-openai-gateway", "", "unknown"),
            ("nous", "https://inference-api.nousresearch.com/v1", "unknown"),
            ("", "", "unknown"),
            ("custom", "http://localhost:8080/v1", "local"),
            ("openai", "http://127.0.0.1:1234/v1", "local"),
            ("anthropic", "http://10.1.2.3:4000", "local"),
            ("openai", "http://[::1]:8080/v1", "local"),
            ("openai", "http://[fd00::5]/v1", "local"),
            ("openai", "localhost:8080", "local"),
            ("openai", "http://ollama:11434/v1", "local"),
            ("openai", "http://gpu-box.local/v1", "local"),
            ("openai", "http://user@localhost:80/", "local"),
            ("openai-codex", "http://localhost:8080/v1", "local"),
        ] {
            assert_eq!(shown(word, endpoint), route, "{word} at {endpoint}");
        }
    }
}
