//! The list of keys: what parses, warns and shows is driven by it.

use telemetry_core::cost::Overrides;

use super::value::{Kind, Value};
use crate::otlp::{Profile, Protocol, Signals, Temporality};
use crate::planes::{Consent, ContentRedaction};

/// The section of `config.yaml` that is ours.
pub(crate) const SECTION: &str = "telemetry";

/// The default of `telemetry.retention_days`.
pub(crate) const RETENTION_DAYS: u32 = 90;

/// The default of `telemetry.trajectories.retention_days`.
pub(crate) const CONTENT_RETENTION_DAYS: u32 = 30;

/// A key of the `telemetry` section. The discriminant is its place in [`KEYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// `telemetry.local`
    Local,
    /// `telemetry.allow_aggregate`
    AllowAggregate,
    /// `telemetry.consent_state`
    ConsentState,
    /// `telemetry.install_id`
    InstallId,
    /// `telemetry.retention_days`
    RetentionDays,
    /// `telemetry.redact_secrets`
    RedactSecrets,
    /// `telemetry.content_redaction`
    ContentRedaction,
    /// `telemetry.trajectories.enabled`
    TrajectoriesEnabled,
    /// `telemetry.trajectories.retention_days`
    TrajectoriesRetentionDays,
    /// `telemetry.capture.attempts`
    CaptureAttempts,
    /// `telemetry.timezone`
    Timezone,
    /// `telemetry.budgets`
    Budgets,
    /// `telemetry.pricing.overrides`
    PricingOverrides,
    /// `telemetry.export.otlp.enabled`
    ExportOtlpEnabled,
    /// `telemetry.export.otlp.endpoint`
    ExportOtlpEndpoint,
    /// `telemetry.export.otlp.headers_env`
    ExportOtlpHeadersEnv,
    /// `telemetry.export.otlp.protocol`
    ExportOtlpProtocol,
    /// `telemetry.export.otlp.profile`
    ExportOtlpProfile,
    /// `telemetry.export.otlp.signals`
    ExportOtlpSignals,
    /// `telemetry.export.otlp.temporality`
    ExportOtlpTemporality,
    /// `telemetry.export.atof.enabled`
    ExportAtofEnabled,
    /// `telemetry.export.atof.directory`
    ExportAtofDirectory,
    /// `telemetry.export.atif.enabled`
    ExportAtifEnabled,
    /// `telemetry.export.atif.directory`
    ExportAtifDirectory,
    /// `telemetry.export.collector.enabled`
    ExportCollectorEnabled,
    /// `telemetry.export.collector.endpoint`
    ExportCollectorEndpoint,
    /// `telemetry.export.collector.api_key_env`
    ExportCollectorApiKeyEnv,
    /// `telemetry.export.collector.host`
    ExportCollectorHost,
}

impl Key {
    /// Everything that is known about this key.
    pub fn spec(self) -> &'static KeySpec {
        &KEYS[self as usize]
    }
}

/// What is known about a key.
#[derive(Debug)]
pub struct KeySpec {
    /// Which key this is.
    pub key: Key,
    /// The dotted name, as in `hermes config set telemetry.local false`.
    pub name: &'static str,
    /// What may be written.
    pub kind: Kind,
    /// The value when nobody wrote one.
    pub default: Value,
    /// The value when somebody wrote one that is not understood: the one that records, keeps and sends least,
    /// because a person who touched a privacy setting and slipped did not mean "as if I had said nothing".
    pub safe: Value,
    /// Whether an unreadable managed file closes this key to its safe value. Such a file may hold a rule, and
    /// a rule that cannot be read must not be the reason that something leaves.
    pub closes: bool,
    /// One line for people.
    pub doc: &'static str,
}

/// The keys, in the order in which they are shown.
pub static KEYS: [KeySpec; 28] = [
    KeySpec {
        key: Key::Local,
        name: "telemetry.local",
        kind: Kind::Switch,
        default: Value::Switch(true),
        safe: Value::Switch(false),
        closes: false,
        doc: "record structural events on this machine; false turns everything off",
    },
    KeySpec {
        key: Key::AllowAggregate,
        name: "telemetry.allow_aggregate",
        kind: Kind::Switch,
        default: Value::Switch(true),
        safe: Value::Switch(false),
        closes: true,
        doc: "the hard gate: false forbids any aggregate upload, whatever the consent",
    },
    KeySpec {
        key: Key::ConsentState,
        name: "telemetry.consent_state",
        kind: Kind::Choice(Consent::WORDS),
        default: Value::word("unknown"),
        safe: Value::word("unknown"),
        closes: false,
        doc: "what the owner agreed to; nothing is uploaded unless it is aggregate",
    },
    KeySpec {
        key: Key::InstallId,
        name: "telemetry.install_id",
        kind: Kind::Identifier,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "the id of this install; empty means a random one, minted once",
    },
    KeySpec {
        key: Key::RetentionDays,
        name: "telemetry.retention_days",
        kind: Kind::Days,
        default: Value::Days(RETENTION_DAYS),
        safe: Value::Days(RETENTION_DAYS),
        closes: false,
        doc: "how many days of events are kept",
    },
    KeySpec {
        key: Key::RedactSecrets,
        name: "telemetry.redact_secrets",
        kind: Kind::AlwaysOn,
        default: Value::Switch(true),
        safe: Value::Switch(true),
        closes: false,
        doc: "secrets are taken out of everything that leaves; cannot be turned off",
    },
    KeySpec {
        key: Key::ContentRedaction,
        name: "telemetry.content_redaction",
        kind: Kind::Choice(ContentRedaction::WORDS),
        default: Value::word("none"),
        safe: Value::word("pii"),
        closes: true,
        doc: "what else is taken out of content that leaves: none, or pii",
    },
    KeySpec {
        key: Key::TrajectoriesEnabled,
        name: "telemetry.trajectories.enabled",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: true,
        doc: "record content too (prompts, answers, tool arguments and results)",
    },
    KeySpec {
        key: Key::TrajectoriesRetentionDays,
        name: "telemetry.trajectories.retention_days",
        kind: Kind::Days,
        default: Value::Days(CONTENT_RETENTION_DAYS),
        safe: Value::Days(CONTENT_RETENTION_DAYS),
        closes: false,
        doc: "how many days of content are kept, never longer than the events it belongs to",
    },
    KeySpec {
        key: Key::CaptureAttempts,
        name: "telemetry.capture.attempts",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: false,
        doc: "time each attempt of a model call; costs the host 0.7 to 5 ms a call",
    },
    KeySpec {
        key: Key::Timezone,
        name: "telemetry.timezone",
        kind: Kind::Zone,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "the zone in which days begin, such as Europe/Berlin; empty means this machine's",
    },
    KeySpec {
        key: Key::Budgets,
        name: "telemetry.budgets",
        kind: Kind::Budgets,
        default: Value::Budgets(Vec::new()),
        safe: Value::Budgets(Vec::new()),
        closes: false,
        doc: "how much may be spent in a day, a week or a month; nothing is stopped",
    },
    KeySpec {
        key: Key::PricingOverrides,
        name: "telemetry.pricing.overrides",
        kind: Kind::Prices,
        default: Value::Prices(Overrides::NONE),
        safe: Value::Prices(Overrides::NONE),
        closes: false,
        doc: "rates of your own, before those of the price table; docs/prices.md",
    },
    KeySpec {
        key: Key::ExportOtlpEnabled,
        name: "telemetry.export.otlp.enabled",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: true,
        doc: "send what is recorded to the endpoint over OTLP",
    },
    KeySpec {
        key: Key::ExportOtlpEndpoint,
        name: "telemetry.export.otlp.endpoint",
        kind: Kind::Endpoint,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "where OTLP goes; of the URL its host alone is ever shown",
    },
    KeySpec {
        key: Key::ExportOtlpHeadersEnv,
        name: "telemetry.export.otlp.headers_env",
        kind: Kind::Headers,
        default: Value::Headers(Vec::new()),
        safe: Value::Headers(Vec::new()),
        closes: false,
        doc: "environment variables that hold the headers of OTLP; never the headers themselves",
    },
    KeySpec {
        key: Key::ExportOtlpProtocol,
        name: "telemetry.export.otlp.protocol",
        kind: Kind::Choice(Protocol::WORDS),
        default: Value::word("http/protobuf"),
        safe: Value::word("http/protobuf"),
        closes: false,
        doc: "how OTLP is encoded",
    },
    KeySpec {
        key: Key::ExportOtlpProfile,
        name: "telemetry.export.otlp.profile",
        kind: Kind::Choice(Profile::WORDS),
        default: Value::word("genai"),
        safe: Value::word("genai"),
        closes: false,
        doc: "whose names attributes over OTLP have; the numbers are the same",
    },
    KeySpec {
        key: Key::ExportOtlpSignals,
        name: "telemetry.export.otlp.signals",
        kind: Kind::Signals,
        default: Value::Signals(Signals::ALL),
        safe: Value::Signals(Signals::NONE),
        closes: false,
        doc: "what is sent over OTLP",
    },
    KeySpec {
        key: Key::ExportOtlpTemporality,
        name: "telemetry.export.otlp.temporality",
        kind: Kind::Choice(Temporality::WORDS),
        default: Value::word("cumulative"),
        safe: Value::word("cumulative"),
        closes: false,
        doc: "what a metric over OTLP counts from: the beginning, or the last time",
    },
    KeySpec {
        key: Key::ExportAtofEnabled,
        name: "telemetry.export.atof.enabled",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: true,
        doc: "write what is recorded to files of ATOF as it happens",
    },
    KeySpec {
        key: Key::ExportAtofDirectory,
        name: "telemetry.export.atof.directory",
        kind: Kind::Directory,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "where files of ATOF are; empty means `telemetry/export/atof` in the home",
    },
    KeySpec {
        key: Key::ExportAtifEnabled,
        name: "telemetry.export.atif.enabled",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: true,
        doc: "write what is recorded to files of ATIF as turns end",
    },
    KeySpec {
        key: Key::ExportAtifDirectory,
        name: "telemetry.export.atif.directory",
        kind: Kind::Directory,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "where files of ATIF are; empty means `telemetry/export/atif` in the home",
    },
    KeySpec {
        key: Key::ExportCollectorEnabled,
        name: "telemetry.export.collector.enabled",
        kind: Kind::Switch,
        default: Value::Switch(false),
        safe: Value::Switch(false),
        closes: true,
        doc: "send what is recorded to a team's collector",
    },
    KeySpec {
        key: Key::ExportCollectorEndpoint,
        name: "telemetry.export.collector.endpoint",
        kind: Kind::Endpoint,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "where the collector is; of the URL its host alone is ever shown",
    },
    KeySpec {
        key: Key::ExportCollectorApiKeyEnv,
        name: "telemetry.export.collector.api_key_env",
        kind: Kind::Variable,
        default: Value::word(""),
        safe: Value::word(""),
        closes: false,
        doc: "the environment variable that holds the key to the collector; never the key itself",
    },
    KeySpec {
        key: Key::ExportCollectorHost,
        name: "telemetry.export.collector.host",
        kind: Kind::Identifier,
        default: Value::word(""),
        // Who wrote one may have wished that the machine's own is not told.
        safe: Value::word("unknown"),
        closes: false,
        doc: "what this machine is called at the collector; empty means its own name",
    },
];

/// Names under our section that belong to the host (its Relay shared metrics). Not ours to judge.
pub(crate) const HOST_OWNED: &[&str] = &["telemetry.shared_metrics"];

/// Every name a person may write, for looking up a near miss.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|spec| spec.name)
}

/// Where a dotted path stands in the list.
pub(crate) enum Place {
    /// A key with a value.
    Key(&'static KeySpec),
    /// A mapping that holds keys (`telemetry.trajectories`).
    Group,
    /// Somebody else reads it.
    Elsewhere,
    /// Nobody does.
    Unknown,
}

pub(crate) fn place(path: &str) -> Place {
    if let Some(spec) = KEYS.iter().find(|spec| spec.name == path) {
        return Place::Key(spec);
    }
    if HOST_OWNED.contains(&path) {
        return Place::Elsewhere;
    }
    if names().any(|name| is_under(name, path)) { Place::Group } else { Place::Unknown }
}

/// Whether `name` is inside the mapping `group`.
pub(crate) fn is_under(name: &str, group: &str) -> bool {
    name.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'))
}
