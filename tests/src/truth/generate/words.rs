//! What the made-up sessions are made of.

use crate::truth::story::Failure;

/// A surface: the host's word, ours, how the process was started and the word of that, and the kind its runs are of.
pub struct Surface {
    pub platform: Option<&'static str>,
    pub entrypoint: Option<&'static str>,
    pub arguments: Option<&'static [&'static str]>,
    pub command: Option<&'static str>,
    pub kind: Option<&'static str>,
    /// Whether one process holds many conversations at once.
    pub many: bool,
}

macro_rules! surfaces {
    ($($platform:expr, $entrypoint:expr, $arguments:expr, $command:expr, $kind:expr, $many:literal;)*) => {
        &[$(Surface {
            platform: $platform, entrypoint: $entrypoint, arguments: $arguments, command: $command, kind: $kind,
            many: $many,
        },)*]
    };
}

#[rustfmt::skip]
pub const SURFACES: &[Surface] = surfaces! {
    Some("cli"), Some("cli"), Some(&["chat"]), Some("chat"), Some("interactive"), false;
    Some("cli"), Some("cli"), Some(&["chat", "-q", "What is it?", "-Q"]), Some("chat -q"), Some("one-shot"), false;
    Some("cli"), Some("cli"), Some(&["-z", "What is it?"]), Some("-z"), Some("one-shot"), false;
    Some("cli"), Some("cli"), None, None, None, false;
    Some("tui"), Some("tui"), None, None, Some("interactive"), false;
    Some("telegram"), Some("gateway"), Some(&["gateway", "run"]), Some("gateway run"), Some("gateway"), true;
    Some("discord"), Some("gateway"), Some(&["gateway", "run"]), Some("gateway run"), Some("gateway"), true;
    Some("api_server"), Some("api"), Some(&["gateway", "run"]), Some("gateway run"), Some("gateway"), true;
    Some("webhook"), Some("webhook"), Some(&["gateway", "run"]), Some("gateway run"), Some("gateway"), true;
    Some("cron"), Some("cron"), Some(&["cron", "run", "5bea854b22a0"]), Some("cron run"), Some("cron"), false;
    Some(""), Some("batch"), None, None, Some("batch"), true;
    Some("acp"), Some("acp"), Some(&["acp"]), Some("acp"), Some("interactive"), false;
    Some("carrier-pigeon"), Some("other"), None, None, None, false;
    None, None, None, None, None, false;
};

/// Failures by what the host says, and the class the documentation gives them.
#[rustfmt::skip]
pub const FAILURES: &[Failure] = &[
    Failure { reason: Some("rate_limit"), status: Some(429), error_type: "RateLimitError", class: "rate_limit" },
    Failure { reason: Some("overloaded"), status: Some(529), error_type: "OverloadedError", class: "overloaded" },
    Failure { reason: Some("server_error"), status: Some(500), error_type: "InternalServerError", class: "provider_error" },
    Failure { reason: Some("timeout"), status: None, error_type: "ReadTimeout", class: "provider_timeout" },
    Failure { reason: None, status: None, error_type: "APITimeoutError", class: "provider_timeout" },
    Failure { reason: Some("auth"), status: Some(401), error_type: "AuthenticationError", class: "auth" },
    Failure { reason: Some("billing"), status: Some(402), error_type: "APIStatusError", class: "billing" },
    Failure { reason: None, status: Some(404), error_type: "NotFoundError", class: "model_not_found" },
    Failure { reason: None, status: None, error_type: "ConnectError", class: "network" },
    Failure { reason: Some("context_overflow"), status: Some(400), error_type: "BadRequestError", class: "context_overflow" },
    Failure { reason: Some("content_policy_blocked"), status: Some(400), error_type: "BadRequestError", class: "content_policy" },
    Failure { reason: Some("format_error"), status: Some(400), error_type: "BadRequestError", class: "bad_request" },
    Failure { reason: Some("brand_new_word"), status: None, error_type: "NewError", class: "unknown" },
];

/// A tool, and the set it belongs to.
pub const TOOLS: &[(&str, Option<&str>)] = &[
    ("house_read", Some("files")),
    ("house_write", Some("files")),
    ("house_search", Some("web")),
    ("house_shell", Some("shell")),
    ("house_paint", None),
];

/// What delegates.
pub const DELEGATE: (&str, Option<&str>) = ("house_delegate", Some("agents"));

/// Statuses of tool calls with a kind of error.
pub const STATUSES: &[(&str, Option<&str>)] = &[
    ("ok", None),
    ("ok", None),
    ("ok", None),
    ("ok", None),
    ("error", Some("FileNotFoundError")),
    ("error", None),
    ("timeout", Some("tool_timeout")),
    ("timeout", None),
    ("blocked", None),
    ("cancelled", Some("keyboard_interrupt")),
];

/// Answers to questions for approval.
pub const CHOICES: &[&str] = &["once", "session", "always", "deny", "timeout"];
