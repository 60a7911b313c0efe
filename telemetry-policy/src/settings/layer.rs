//! One file as a layer: what it says of each key, and what in it nobody understands.

use std::path::PathBuf;

use super::budgets;
use super::environment::{Environment, expanded, from_tilde};
use super::file::{self, Contents};
use super::keys::{KEYS, Key, KeySpec, Place, SECTION, is_under, names, place};
use super::near_miss::{near_miss, tidy};
use super::node::{Field, Fields, Node};
use super::value::{Kind, Value};
use crate::config_file::Unusable;
use crate::warning::Warning;

/// More than this many unknown keys is one mistake, not many.
const MAX_UNKNOWN: usize = 20;

/// What a file says.
pub(crate) struct Layer {
    pub(crate) file: PathBuf,
    /// What it says of each key, in the order of [`KEYS`].
    pub(crate) written: [Option<Written>; KEYS.len()],
    /// Why the whole file, or the whole section, says nothing.
    pub(crate) unusable: Option<(Option<&'static str>, Unusable)>,
    /// What in it nobody understands.
    pub(crate) warnings: Vec<Warning>,
    unknown: usize,
}

/// What a file says of one key.
pub(crate) struct Written {
    pub(crate) line: Option<u64>,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    Understood(Value),
    /// As a warning may show it.
    Malformed(String),
    /// The mapping around the key is malformed, which was said already.
    Lost,
}

impl Layer {
    pub(crate) fn read(file: PathBuf, environment: Environment<'_>) -> Self {
        let contents = file::read(&file);
        let mut layer =
            Self { file, written: Default::default(), unusable: None, warnings: Vec::new(), unknown: 0 };
        match contents {
            Err(unusable) => layer.unusable = Some((None, unusable)),
            Ok(contents) => layer.take(contents, environment),
        }
        layer
    }

    fn take(&mut self, contents: Contents, environment: Environment<'_>) {
        for (name, line) in contents.flat.into_iter().take(MAX_UNKNOWN) {
            let name = tidy(&name);
            let hint = "write it nested, as `telemetry:` with the rest of the name under it";
            self.warn(line, &name, format!("`{name}` at the top level is ignored; {hint}"));
        }
        let Some(Field { line, node }) = contents.section else { return };
        match node {
            Node::Null => {}
            Node::Map(fields) => self.walk(SECTION, fields, environment),
            // Nobody writes `telemetry: false` to mean anything else.
            Node::Bool(false) => {
                self.set(Key::Local, line, Outcome::Understood(Value::Switch(false)));
                let meant = "read as `telemetry.local: false`; write that instead";
                self.warn(line, SECTION, format!("`{SECTION}` is false where a mapping must be; {meant}"));
            }
            other => {
                let reason = format!("has {} under `{SECTION}` where a mapping must be", other.type_name());
                self.unusable = Some((Some(SECTION), Unusable { line, reason }));
            }
        }
        if self.unknown > MAX_UNKNOWN {
            let more = self.unknown - MAX_UNKNOWN;
            self.warn(None, SECTION, format!("{more} more unknown keys under `{SECTION}` are ignored"));
        }
    }

    fn walk(&mut self, prefix: &str, fields: Fields, environment: Environment<'_>) {
        for (name, Field { line, node }) in fields {
            let path = format!("{prefix}.{name}");
            if name.contains('.') {
                self.unknown(line, &path, &node);
                continue;
            }
            match (place(&path), node) {
                (Place::Elsewhere, _) | (Place::Key(_) | Place::Group, Node::Null) => {}
                (Place::Key(spec), node) if spec.kind == Kind::Budgets => {
                    self.budgets(spec, line, &node, environment);
                }
                (Place::Key(spec), node) => {
                    let mut value = expanded(&node, environment);
                    if spec.kind == Kind::Directory {
                        value = from_tilde(value.as_ref().unwrap_or(&node), environment).or(value);
                    }
                    let outcome = match spec.kind.read(value.as_ref().unwrap_or(&node)) {
                        Some(value) => Outcome::Understood(value),
                        // As written, so that a variable's value is not told.
                        None => Outcome::Malformed(spec.kind.shown(&node)),
                    };
                    self.set(spec.key, line, outcome);
                }
                (Place::Group, Node::Map(fields)) => self.walk(&path, fields, environment),
                (Place::Group, other) => self.lost(line, &path, &other),
                (Place::Unknown, node) => self.unknown(line, &path, &node),
            }
        }
    }

    /// A list of which every entry holds that has no mistake in it.
    fn budgets(&mut self, spec: &KeySpec, line: Option<u64>, node: &Node, environment: Environment<'_>) {
        let Some((budgets, mistakes)) = budgets::read(node, environment) else {
            return self.set(spec.key, line, Outcome::Malformed(spec.kind.shown(node)));
        };
        for mistake in mistakes {
            let key = format!("{}{}", spec.name, mistake.place);
            self.warn(mistake.line.or(line), &key, format!("`{key}` {}", mistake.message));
        }
        self.set(spec.key, line, Outcome::Understood(Value::Budgets(budgets)));
    }

    fn set(&mut self, key: Key, line: Option<u64>, outcome: Outcome) {
        self.written[key as usize] = Some(Written { line, outcome });
    }

    /// A mapping that is none takes the keys in it along.
    fn lost(&mut self, line: Option<u64>, path: &str, node: &Node) {
        let mut held = Vec::new();
        for spec in KEYS.iter().filter(|spec| is_under(spec.name, path)) {
            self.set(spec.key, line, Outcome::Lost);
            held.push(format!("`{}: {}`", spec.name, spec.safe));
        }
        let instead =
            if held.is_empty() { "it is ignored".to_owned() } else { format!("read as {}", held.join(", ")) };
        let example = names().find(|name| is_under(name, path)).unwrap_or(path);
        let found = node.shown();
        let message = format!("`{path}` is {found} where a mapping must be (as for `{example}`); {instead}");
        self.warn(line, path, message);
    }

    fn unknown(&mut self, line: Option<u64>, path: &str, node: &Node) {
        self.unknown += 1;
        if self.unknown > MAX_UNKNOWN {
            return;
        }
        let shown = tidy(path);
        let mut message = format!("unknown key `{shown}` ({}) is ignored", node.type_name());
        if let Some(name) = near_miss(path) {
            // A dotted name in one key reads the same as the nested one, so say what differs.
            message += &if name == path {
                "; write it nested, one level for each dot".to_owned()
            } else {
                format!("; did you mean `{name}`?")
            };
        }
        self.warn(line, &shown, message);
    }

    pub(crate) fn warn(&mut self, line: Option<u64>, key: &str, message: String) {
        self.warnings.push(Warning { file: self.file.clone(), line, key: Some(key.to_owned()), message });
    }
}
