//! The settings: two files, one answer for each key.

mod budgets;
mod destination;
mod environment;
mod exports;
mod file;
mod keys;
mod layer;
mod near_miss;
mod node;
mod prices;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};

use telemetry_core::budget::Budget;

pub use destination::{Endpoint, HeaderVariable};
pub use keys::{KEYS, Key, KeySpec};
pub(crate) use value::is_identifier;
pub use value::{Kind, Value};

use telemetry_core::cost::Overrides;

use crate::planes::{Consent, ContentRedaction, Planes};
use crate::warning::Warning;
use layer::{Layer, Outcome, Written};

/// The `telemetry` settings in force.
///
/// For each key on its own: what the managed file says, else what the user's file says, else the default. A
/// value that is not understood is the key's [safe value](KeySpec::safe), in either file. An unusable user file
/// is as good as none; an unusable *managed* file also closes the keys that could let something out
/// ([`KeySpec::closes`]).
#[derive(Clone, Debug)]
pub struct Settings {
    resolved: [Resolved; KEYS.len()],
    warnings: Vec<Warning>,
}

#[derive(Clone, Debug)]
struct Resolved {
    value: Value,
    source: Source,
    understood: bool,
}

/// Who decided a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nobody.
    #[default]
    Default,
    /// The user, in this file.
    User(PathBuf),
    /// The administrator, in this file.
    Managed(PathBuf),
}

impl Source {
    /// The file that decided.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Default => None,
            Self::User(file) | Self::Managed(file) => Some(file),
        }
    }
}

/// `default`, or the file.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file() {
            None => f.write_str("default"),
            Some(file) => write!(f, "{}", file.display()),
        }
    }
}

/// One key as it is in force.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What is known about the key.
    pub spec: &'static KeySpec,
    /// The value in force.
    pub value: &'a Value,
    /// Who decided it.
    pub source: &'a Source,
    /// Whether the administrator decided it, so that the user cannot.
    pub locked: bool,
    /// Whether what stands in the file was understood. If not, this is the safe value, and a warning says why.
    pub understood: bool,
}

impl Entry<'_> {
    /// The dotted name of the key.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }
}

impl Default for Settings {
    /// Every key at its default, as on a machine without a config file.
    fn default() -> Self {
        Self::merge(None, None)
    }
}

impl Settings {
    /// Reads `<home>/config.yaml` and the managed `config.yaml`, with the environment of this process.
    ///
    /// Does not fail and does not write. Costs about a millisecond for the host's own default file, so read
    /// once and keep.
    pub fn load(home: &Path) -> Self {
        Self::load_with(home, &|name| std::env::var(name).ok())
    }

    /// As [`load`](Self::load), with an environment of the caller's: `HERMES_MANAGED_DIR`, and the variables
    /// that `${NAME}` in a value stands for.
    pub fn load_with(home: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let user = Layer::read(home.join("config.yaml"), environment);
        let managed = environment::managed_dir(environment)
            .map(|directory| Layer::read(directory.join("config.yaml"), environment));
        Self::merge(Some(user), managed)
    }

    fn merge(mut user: Option<Layer>, mut managed: Option<Layer>) -> Self {
        let resolved = std::array::from_fn(|index| {
            let spec = &KEYS[index];
            let pinned = managed.as_mut().and_then(|layer| {
                let closed = layer.unusable.is_some() && spec.closes;
                resolve(spec, layer, Source::Managed, None).or_else(|| {
                    let source = Source::Managed(layer.file.clone());
                    closed.then(|| Resolved { value: spec.safe.clone(), source, understood: false })
                })
            });
            let pinned_value = pinned.as_ref().map(|pinned| pinned.value.clone());
            let chosen = user.as_mut().and_then(|layer| resolve(spec, layer, Source::User, pinned_value));
            pinned.or(chosen).unwrap_or_else(|| Resolved {
                value: spec.default.clone(),
                source: Source::Default,
                understood: true,
            })
        });
        let mut warnings = Vec::new();
        for (layer, effect) in [(managed, closed_effect()), (user, "the defaults apply".to_owned())] {
            let Some(mut layer) = layer else { continue };
            if let Some((key, unusable)) = layer.unusable {
                let message = format!("the file {}; {effect}", unusable.reason);
                let key = key.map(str::to_owned);
                warnings.push(Warning { file: layer.file, line: unusable.line, key, message });
            }
            layer.warnings.sort_by_key(|warning| warning.line.unwrap_or(u64::MAX));
            warnings.extend(layer.warnings);
        }
        Self { resolved, warnings }
    }

    /// Every key as it is in force, in the order of [`KEYS`].
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        KEYS.iter().map(|spec| self.entry(spec.key))
    }

    /// One key as it is in force.
    pub fn entry(&self, key: Key) -> Entry<'_> {
        let Resolved { value, source, understood } = &self.resolved[key as usize];
        let locked = matches!(source, Source::Managed(_));
        Entry { spec: key.spec(), value, source, locked, understood: *understood }
    }

    /// What a person should mend, the managed file's first, each file's by line.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether anything is recorded. When not, the plugin does not load at all.
    pub fn local(&self) -> bool {
        self.is_on(Key::Local)
    }

    /// Whether aggregate upload is allowed at all, whatever the consent.
    pub fn allow_aggregate(&self) -> bool {
        self.is_on(Key::AllowAggregate)
    }

    /// What the owner agreed to.
    pub fn consent(&self) -> Consent {
        Consent::from_word(self.text(Key::ConsentState))
    }

    /// The id that was set for this install, if one was. See [`InstallId`](crate::InstallId) for the one in use.
    pub fn configured_install_id(&self) -> Option<&str> {
        Some(self.text(Key::InstallId)).filter(|id| !id.is_empty())
    }

    /// How many days of events are kept, at least 1.
    pub fn retention_days(&self) -> u32 {
        self.days(Key::RetentionDays).unwrap_or(keys::RETENTION_DAYS)
    }

    /// How many days of content are kept, at least 1 and never longer than the events it belongs to.
    pub fn content_retention_days(&self) -> u32 {
        let content = self.days(Key::TrajectoriesRetentionDays).unwrap_or(keys::CONTENT_RETENTION_DAYS);
        content.min(self.retention_days())
    }

    /// What is taken out of content that leaves, beside secrets.
    pub fn content_redaction(&self) -> ContentRedaction {
        ContentRedaction::from_word(self.text(Key::ContentRedaction))
    }

    /// Whether the attempts of a model call are recorded one by one.
    pub fn capture_attempts(&self) -> bool {
        self.local() && self.is_on(Key::CaptureAttempts)
    }

    /// The IANA name of the zone in which days begin, or `None` for this machine's.
    pub fn timezone(&self) -> Option<&str> {
        Some(self.text(Key::Timezone)).filter(|zone| !zone.is_empty())
    }

    /// How much may be spent, in the order of the file.
    pub fn budgets(&self) -> &[Budget] {
        match self.entry(Key::Budgets).value {
            Value::Budgets(budgets) => budgets,
            _ => &[],
        }
    }

    /// Rates of the owner's own, before those of the price table.
    pub fn pricing_overrides(&self) -> Overrides {
        match self.entry(Key::PricingOverrides).value {
            Value::Prices(overrides) => overrides.clone(),
            _ => Overrides::NONE,
        }
    }

    /// Whether a switch is on; false for a key that is no switch.
    pub fn is_on(&self, key: Key) -> bool {
        *self.entry(key).value == Value::Switch(true)
    }

    /// Which planes are on.
    pub fn planes(&self) -> Planes {
        Planes {
            local: self.local(),
            aggregate: self.may_upload_aggregate(),
            trajectories: self.local() && self.is_on(Key::TrajectoriesEnabled),
        }
    }

    /// The hard gate in front of any aggregate upload: the owner consented to it, it is allowed, and telemetry
    /// is on.
    pub fn may_upload_aggregate(&self) -> bool {
        self.local() && self.allow_aggregate() && self.consent() == Consent::Aggregate
    }

    fn days(&self, key: Key) -> Option<u32> {
        match self.entry(key).value {
            Value::Days(days) => Some(*days),
            _ => None,
        }
    }

    fn text(&self, key: Key) -> &str {
        match self.entry(key).value {
            Value::Text(text) => text,
            _ => "",
        }
    }
}

/// What a layer says of a key, and a warning if that was not understood. `pinned` is the managed value that
/// applies whatever this layer says.
fn resolve(
    spec: &KeySpec,
    layer: &mut Layer,
    source: fn(PathBuf) -> Source,
    pinned: Option<Value>,
) -> Option<Resolved> {
    let Written { line, outcome } = layer.written[spec.key as usize].take()?;
    let (value, understood) = match outcome {
        Outcome::Understood(value) => (value, true),
        Outcome::Malformed(shown) => {
            let applies = match pinned {
                Some(pinned) => format!("the managed value applies ({})", in_words(&pinned)),
                None => format!("the safe value applies ({})", in_words(&spec.safe)),
            };
            let message = format!("`{}` is {shown}, but must be {}; {applies}", spec.name, spec.kind);
            layer.warn(line, spec.name, message);
            (spec.safe.clone(), false)
        }
        Outcome::Lost => (spec.safe.clone(), false),
    };
    Some(Resolved { value, source: source(layer.file.clone()), understood })
}

fn in_words(value: &Value) -> String {
    Some(value.to_string()).filter(|text| !text.is_empty()).unwrap_or_else(|| "not set".to_owned())
}

/// What an unusable managed file comes to.
fn closed_effect() -> String {
    let closed: Vec<String> = KEYS
        .iter()
        .filter(|spec| spec.closes)
        .map(|spec| format!("{} is {}", spec.name, spec.safe))
        .collect();
    format!("no managed value applies, and until it is mended {}", closed.join(", "))
}
