//! The closed word lists of events. A word a newer version wrote is kept as it is, in `Other`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::name::Name;

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A word this version does not know.
            Other(Name),
        }

        impl $name {
            /// Every word this version knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)*];

            fn known(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word).unwrap_or_else(|| Self::Other(Name::intern(word)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // Not interned: a log may hold any number of words, and they would be kept for ever.
                Name::deserialize(deserializer).map(|word| Self::known(&word).unwrap_or(Self::Other(word)))
            }
        }
    };
}

vocabulary!(
    /// The surface a run came from.
    Entrypoint {
        /// A terminal command.
        Cli = "cli",
        /// A full-screen terminal program.
        Tui = "tui",
        /// A messaging gateway.
        Gateway = "gateway",
        /// An HTTP API server.
        Api = "api",
        /// A scheduled job.
        Cron = "cron",
        /// A batch over a data set.
        Batch = "batch",
        /// The Agent Client Protocol.
        Acp = "acp",
        /// An incoming web hook.
        Webhook = "webhook",
        /// Another agent's delegation.
        Subagent = "subagent",
        /// Any platform we do not know: never guessed to be `cli`.
        Unlisted = "other",
    }
);

vocabulary!(
    /// What started a process of a host: the command of the host alone, never what was given to it.
    Command {
        /// A conversation in a terminal.
        Chat = "chat",
        /// One question to `chat`.
        ChatQuery = "chat -q",
        /// One question, and nothing printed but its answer.
        OneShot = "-z",
        /// The messaging gateway.
        GatewayRun = "gateway run",
        /// One scheduled job, now.
        CronRun = "cron run",
        /// The scheduled jobs that are due.
        CronTick = "cron tick",
        /// The Agent Client Protocol.
        Acp = "acp",
        /// A batch over a data set.
        BatchRunner = "batch_runner",
        /// The agent as a script, without the host's command.
        RunAgent = "run_agent",
        /// What is behind a full-screen terminal program.
        TuiGateway = "tui_gateway",
        /// The page in a browser.
        Dashboard = "dashboard",
        /// What is behind the dashboard, without its page.
        Serve = "serve",
        /// Any other: what was given to a command must not pass for one.
        Unlisted = "other",
    }
);

vocabulary!(
    /// Which part of a span a piece of content is.
    Part {
        /// Of a turn: what it was asked.
        UserMessage = "user_message",
        /// Of a model call: the system prompt, when it is the first or has changed.
        SystemPrompt = "system_prompt",
        /// Of a model call: the tools it may call, when they are the first or have changed.
        ToolDefinitions = "tool_definitions",
        /// Of a model call: the messages of its request that the run's request before did not have.
        RequestMessages = "request_messages",
        /// Of a model call: the answer, with the tool calls it asks for.
        AssistantMessage = "assistant_message",
        /// Of a model call: its thinking, where the host tells.
        Reasoning = "reasoning",
        /// Of a failed attempt: what the provider said. Of a tool call: its error.
        ErrorMessage = "error_message",
        /// Of a tool call: its arguments.
        ToolArguments = "tool_arguments",
        /// Of a tool call: its result.
        ToolResult = "tool_result",
        /// Of an approval: what was asked to be allowed.
        ApprovalRequest = "approval_request",
        /// Of a turn: its final answer.
        FinalAnswer = "final_answer",
        /// Of a subagent's run: what it was sent to do.
        SubagentGoal = "subagent_goal",
        /// Of a subagent's run: what it came back with.
        SubagentSummary = "subagent_summary",
    }
);

vocabulary!(
    /// Why a model call failed, in one small list across hosts and providers. The host's own word stays beside it.
    ErrorClass {
        /// No answer in time.
        ProviderTimeout = "provider_timeout",
        /// Too many requests or tokens for the account.
        RateLimit = "rate_limit",
        /// The provider has no capacity.
        Overloaded = "overloaded",
        /// The key or its permission was refused.
        Auth = "auth",
        /// No credit or no plan.
        Billing = "billing",
        /// The connection failed before an answer.
        Network = "network",
        /// The request is larger than the model's context.
        ContextOverflow = "context_overflow",
        /// Refused by a content policy.
        ContentPolicy = "content_policy",
        /// The model does not exist there.
        ModelNotFound = "model_not_found",
        /// The request was malformed.
        BadRequest = "bad_request",
        /// The provider failed inside.
        ProviderError = "provider_error",
        /// The host did not say, or said it does not know.
        Unknown = "unknown",
    }
);

vocabulary!(
    /// How a tool call ended, in the host's words.
    ToolStatus {
        /// It ran and reported success.
        Ok = "ok",
        /// It ran and reported an error.
        Error = "error",
        /// It was given up after its time.
        Timeout = "timeout",
        /// A guardrail or plugin did not let it run.
        Blocked = "blocked",
        /// It was stopped by the user or by the end of the turn.
        Cancelled = "cancelled",
        /// A person did not allow it.
        Denied = "denied",
        /// The host did not say.
        Unknown = "unknown",
    }
);

impl ToolStatus {
    /// Whether the tool really ran: what failure rates are counted over.
    pub fn executed(&self) -> bool {
        matches!(self, Self::Ok | Self::Error | Self::Timeout)
    }

    /// Whether it ran and failed.
    pub fn failed(&self) -> bool {
        matches!(self, Self::Error | Self::Timeout)
    }
}

vocabulary!(
    /// How a process of a host came to its end.
    ProcessEnd {
        /// It left in order: its exit handlers ran.
        Exit = "exit",
        /// It is gone without a word: killed, crashed, or left by `_exit`.
        Lost = "lost",
    }
);

vocabulary!(
    /// What closed a run.
    RunClose {
        /// The host finalized the session.
        Finalized = "finalized",
        /// A person began a new session or switched to another.
        Reset = "reset",
        /// The session goes on under another id with a compressed history.
        Compressed = "compressed",
        /// It expired while nobody used it.
        Idle = "idle",
    }
);
