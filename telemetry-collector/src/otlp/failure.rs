//! Why a call failed, in our list.

use telemetry_core::vocabulary::ErrorClass;

/// The class of a status and of the sender's own word for it.
pub(super) fn class(status: Option<u16>, word: Option<&str>) -> ErrorClass {
    let ours = word.and_then(|word| ErrorClass::KNOWN.iter().find(|class| class.as_str() == word));
    if let Some(class) = ours.filter(|class| **class != ErrorClass::Unknown) {
        return class.clone();
    }
    match status {
        Some(400 | 422) => ErrorClass::BadRequest,
        Some(401 | 403) => ErrorClass::Auth,
        Some(402) => ErrorClass::Billing,
        Some(404) => ErrorClass::ModelNotFound,
        Some(408 | 504) => ErrorClass::ProviderTimeout,
        Some(413) => ErrorClass::ContextOverflow,
        Some(429) => ErrorClass::RateLimit,
        Some(503 | 529) => ErrorClass::Overloaded,
        Some(500..=599) => ErrorClass::ProviderError,
        _ => word.map_or(ErrorClass::Unknown, of_word),
    }
}

/// The class of a sender's word, where there was no status.
fn of_word(word: &str) -> ErrorClass {
    match word {
        "authentication_error" | "permission_error" | "auth_error" => ErrorClass::Auth,
        "billing_error" | "credit_balance_low" => ErrorClass::Billing,
        "connection_error" | "ECONNREFUSED" | "ECONNRESET" | "ENOTFOUND" => ErrorClass::Network,
        "overloaded_error" | "server_overload" => ErrorClass::Overloaded,
        "prompt_too_long" | "context_length_exceeded" => ErrorClass::ContextOverflow,
        "rate_limit_error" => ErrorClass::RateLimit,
        "timeout" | "api_timeout" | "TimeoutError" => ErrorClass::ProviderTimeout,
        "server_error" | "api_error" => ErrorClass::ProviderError,
        _ => ErrorClass::Unknown,
    }
}
