//! From a host's own words to our word lists. The host's word is always kept beside ours.

use telemetry_core::name::Name;
use telemetry_core::vocabulary::{Entrypoint, ErrorClass, RunClose};

/// Messaging adapters of the host's gateway (hermes-agent 0.19.0, `gateway/platforms` and `plugins/platforms`).
const GATEWAY_PLATFORMS: [&str; 28] = [
    "bluebubbles",
    "dingtalk",
    "discord",
    "email",
    "feishu",
    "gateway",
    "google_chat",
    "homeassistant",
    "irc",
    "line",
    "matrix",
    "mattermost",
    "msgraph_webhook",
    "ntfy",
    "photon",
    "qqbot",
    "raft",
    "relay",
    "signal",
    "simplex",
    "slack",
    "sms",
    "teams",
    "telegram",
    "wecom",
    "weixin",
    "whatsapp",
    "yuanbao",
];

/// The surface of a platform. A platform that is not listed is `other`, never guessed.
pub fn entrypoint(platform: &str) -> Entrypoint {
    match platform {
        "cli" => Entrypoint::Cli,
        "tui" => Entrypoint::Tui,
        "api_server" => Entrypoint::Api,
        "cron" => Entrypoint::Cron,
        // The batch runner builds its agents without a platform: the word is there, and empty.
        "" | "batch" => Entrypoint::Batch,
        "acp" => Entrypoint::Acp,
        "webhook" => Entrypoint::Webhook,
        "subagent" => Entrypoint::Subagent,
        "wecom_callback" | "whatsapp_cloud" => Entrypoint::Gateway,
        other if GATEWAY_PLATFORMS.contains(&other) => Entrypoint::Gateway,
        _ => Entrypoint::Unlisted,
    }
}

/// Whether a process with this surface holds one conversation at a time, so that another session's turn means the
/// first one is over.
pub fn one_conversation(entrypoint: &Entrypoint) -> bool {
    matches!(entrypoint, Entrypoint::Cli | Entrypoint::Tui)
}

/// What closed a session, by the host's reason (`on_session_finalize`, and `sessions.end_reason`).
pub fn run_close(reason: Option<&str>) -> RunClose {
    match reason {
        Some(
            "session_boundary" | "new_session" | "session_reset" | "reset" | "daily" | "session_switch"
            | "resumed_other" | "branched",
        ) => RunClose::Reset,
        Some("compression" | "compressed") => RunClose::Compressed,
        Some("session_expired" | "idle" | "idle_timeout") => RunClose::Idle,
        _ => RunClose::Finalized,
    }
}

/// The class of a failed request: by the host's reason (`agent/error_classifier.py`, `FailoverReason`) where it says
/// something, else by the HTTP status, else by the type of the error.
pub fn error_class(reason: Option<&str>, status: Option<u16>, error_type: Option<&str>) -> ErrorClass {
    by_reason(reason.unwrap_or_default())
        .or_else(|| status.and_then(by_status))
        .or_else(|| error_type.and_then(by_error_type))
        .unwrap_or(ErrorClass::Unknown)
}

fn by_reason(reason: &str) -> Option<ErrorClass> {
    Some(match reason {
        "auth" | "auth_permanent" | "oauth_long_context_beta_forbidden" => ErrorClass::Auth,
        "billing" | "long_context_tier" => ErrorClass::Billing,
        "rate_limit" | "upstream_rate_limit" => ErrorClass::RateLimit,
        "overloaded" => ErrorClass::Overloaded,
        "server_error" | "invalid_response" => ErrorClass::ProviderError,
        "timeout" => ErrorClass::ProviderTimeout,
        "ssl_cert_verification" => ErrorClass::Network,
        "context_overflow" | "payload_too_large" => ErrorClass::ContextOverflow,
        "model_not_found" => ErrorClass::ModelNotFound,
        "provider_policy_blocked" | "content_policy_blocked" => ErrorClass::ContentPolicy,
        "format_error"
        | "image_too_large"
        | "invalid_encrypted_content"
        | "multimodal_tool_content_unsupported"
        | "thinking_signature"
        | "llama_cpp_grammar_pattern" => ErrorClass::BadRequest,
        _ => return None,
    })
}

fn by_status(status: u16) -> Option<ErrorClass> {
    Some(match status {
        401 | 403 => ErrorClass::Auth,
        402 => ErrorClass::Billing,
        404 => ErrorClass::ModelNotFound,
        408 | 504 => ErrorClass::ProviderTimeout,
        413 => ErrorClass::ContextOverflow,
        429 => ErrorClass::RateLimit,
        503 | 529 => ErrorClass::Overloaded,
        400..=499 => ErrorClass::BadRequest,
        500..=599 => ErrorClass::ProviderError,
        _ => return None,
    })
}

fn by_error_type(error_type: &str) -> Option<ErrorClass> {
    let says = |word: &str| error_type.contains(word);
    Some(match () {
        () if says("Timeout") => ErrorClass::ProviderTimeout,
        () if says("Connect") || says("SSL") || says("Network") => ErrorClass::Network,
        () if says("EmptyStream") || says("InvalidAPIResponse") => ErrorClass::ProviderError,
        () => return None,
    })
}

/// An endpoint without what may be secret in it: credentials before the host, and everything from the query on.
pub fn endpoint(url: &str) -> Name {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        // Not a URL we understand: `user:secret@host` would be one.
        return Name::intern(url.rsplit('@').next().unwrap_or_default());
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    match rest[..authority_end].rfind('@') {
        Some(at) => Name::intern(&format!("{scheme}://{}", &rest[at + 1..])),
        None => Name::intern(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_platform_is_other_and_never_cli() {
        assert_eq!(entrypoint("cli"), Entrypoint::Cli);
        assert_eq!(entrypoint(""), Entrypoint::Batch);
        assert_eq!(entrypoint("telegram"), Entrypoint::Gateway);
        assert_eq!(entrypoint("curator"), Entrypoint::Unlisted);
        assert_eq!(entrypoint("CLI"), Entrypoint::Unlisted);
    }

    #[test]
    fn the_reason_of_the_host_weighs_more_than_the_status() {
        assert_eq!(error_class(Some("context_overflow"), Some(400), None), ErrorClass::ContextOverflow);
        assert_eq!(error_class(Some("unknown"), Some(429), None), ErrorClass::RateLimit);
        assert_eq!(error_class(Some("unknown"), None, Some("EmptyStreamError")), ErrorClass::ProviderError);
        assert_eq!(error_class(Some("new_word"), None, Some("ReadTimeout")), ErrorClass::ProviderTimeout);
        assert_eq!(error_class(None, None, None), ErrorClass::Unknown);
        assert_eq!(error_class(None, Some(418), None), ErrorClass::BadRequest);
    }

    #[test]
    fn endpoints_keep_no_secret() {
        for (url, kept) in [
            ("https://api.example.com/v1", "https://api.example.com/v1"),
            ("https://user:pa@ss@api.example.com/v1?key=sk-1#x", "https://api.example.com/v1"),
            ("http://host/v1/@scope", "http://host/v1/@scope"),
            ("user:secret@host/v1", "host/v1"),
            ("?key=1", ""),
        ] {
            assert_eq!(endpoint(url), kept, "{url}");
        }
    }
}
