//! The checks behind [`Manifest::parse`]: the YAML as a list of fields with their lines, then one field after another.
//!
//! Deserializing straight into the struct would be shorter, and would stop at the first problem.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::words::{is_name, is_token, is_version, literal, one_line, shown, similar, type_of};
use super::{Kind, MANIFEST_VERSION, Manifest, Problem};
use crate::registry::names;

/// Keys with a meaning here.
const READ: [&str; 10] = [
    "manifest_version",
    "name",
    "version",
    "description",
    "author",
    "kind",
    "hooks",
    "provides_hooks",
    "provides_tools",
    "requires_env",
];

/// Keys hermes-agent and its bundled manifests use, and we do not: accepted whatever they hold.
const HOST_ONLY: [&str; 7] = [
    "label",
    "optional_env",
    "pip_dependencies",
    "external_dependencies",
    "platforms",
    "provides_browser_providers",
    "provides_web_providers",
];

pub(super) fn parse(path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let document: Document = match serde_saphyr::from_str(text) {
        Ok(document) => document,
        Err(error) => return Err(vec![unreadable(&error)]),
    };
    let mut check = Check { fields: document.0, problems: Vec::new(), warnings: Vec::new() };
    check.keys();
    check.manifest_version();
    let name = check.name();
    let version = check.version();
    let description = check.text("description").unwrap_or_default();
    let author = check.text("author").unwrap_or_default();
    let kind = check.kind();
    let mut hooks = check.hooks("hooks");
    for hook in check.hooks("provides_hooks") {
        if !hooks.contains(&hook) {
            hooks.push(hook);
        }
    }
    let provides_tools = check.list("provides_tools", "tool names", is_token);
    let requires_env = check.list("requires_env", "environment variable names", is_token);

    let Check { mut problems, warnings, .. } = check;
    match (name, version) {
        (Some(name), Some(version)) if problems.is_empty() => Ok(Manifest {
            path: path.to_owned(),
            name,
            version,
            description,
            author,
            hooks,
            provides_tools,
            requires_env,
            kind,
            warnings,
        }),
        _ => {
            // What is missing has no line and comes first.
            problems.sort_by_key(|problem| problem.line);
            Err(problems)
        }
    }
}

fn unreadable(error: &serde_saphyr::Error) -> Problem {
    // For people: the default speaks of the parser's own options, and a snippet repeats the file over many lines.
    let message = error.without_snippet().render_with_formatter(&serde_saphyr::UserMessageFormatter);
    Problem {
        field: String::new(),
        line: error.location().map(|location| location.line()).filter(|line| *line > 0),
        message: format!("cannot be read as YAML: {}", one_line(&message, 240)),
    }
}

/// The top-level mapping in the order written.
struct Document(Vec<Field>);

struct Field {
    key: String,
    line: Option<u64>,
    value: Value,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of manifest fields, like `name: telemetry`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<Spanned<String>, Value>()? {
                    let line = Some(key.referenced.line()).filter(|line| *line > 0);
                    fields.push(Field { key: key.value, line, value });
                }
                Ok(Document(fields))
            }

            /// An empty file: its required fields are missing.
            fn visit_unit<E>(self) -> Result<Document, E> {
                Ok(Document(Vec::new()))
            }
        }

        // Any type, so that what is not a mapping is told in the words above.
        deserializer.deserialize_any(Fields)
    }
}

struct Check {
    fields: Vec<Field>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Check {
    fn keys(&mut self) {
        let known = || READ.into_iter().chain(HOST_ONLY);
        for field in &self.fields {
            if known().any(|key| key == field.key) {
                continue;
            }
            let message = match similar(&field.key, known()) {
                Some(key) => format!("unknown key; did you mean {key:?}?"),
                None => format!("unknown key; a manifest has {}", READ.join(", ")),
            };
            self.problems.push(Problem { field: shown(&field.key), line: field.line, message });
        }
    }

    /// The value under `key`; null is the same as nothing.
    fn value(&self, key: &str) -> Option<(Value, Option<u64>)> {
        let field = self.fields.iter().find(|field| field.key == key)?;
        (!field.value.is_null()).then(|| (field.value.clone(), field.line))
    }

    fn problem(&mut self, field: impl Into<String>, line: Option<u64>, message: String) {
        self.problems.push(Problem { field: field.into(), line, message });
    }

    fn manifest_version(&mut self) {
        let Some((value, line)) = self.value("manifest_version") else { return };
        match value.as_i64() {
            Some(0..=MANIFEST_VERSION) => {}
            Some(newer) if newer > MANIFEST_VERSION => self.problem(
                "manifest_version",
                line,
                format!("{newer} is newer than {MANIFEST_VERSION}, the newest this version reads; update it"),
            ),
            _ => self.problem(
                "manifest_version",
                line,
                format!(
                    "{} is not a manifest version; leave it out or write {MANIFEST_VERSION}",
                    literal(&value)
                ),
            ),
        }
    }

    fn name(&mut self) -> Option<String> {
        const ALLOWED: &str = "use a-z, 0-9, `_` and `-`, starting with a letter or digit, at most 64 characters, like \"telemetry\"";
        if self.value("name").is_none() {
            self.problem("name", None, format!("missing; {ALLOWED}"));
            return None;
        }
        self.checked_text("name", ALLOWED, is_name)
    }

    fn version(&mut self) -> Option<String> {
        const ALLOWED: &str = "use MAJOR.MINOR.PATCH, like \"1.0.0\"";
        match self.value("version") {
            None => self.problem("version", None, format!("missing; {ALLOWED}")),
            // YAML reads 1.10 as the number 1.1: the file has to say what it means.
            Some((Value::Number(number), line)) => {
                self.problem(
                    "version",
                    line,
                    format!("{number} is a number to YAML; put it in quotes and {ALLOWED}"),
                );
            }
            Some(_) => return self.checked_text("version", ALLOWED, is_version),
        }
        None
    }

    fn kind(&mut self) -> Kind {
        let Some((value, line)) = self.value("kind") else { return Kind::default() };
        let word = value.as_str().unwrap_or_default().trim().to_ascii_lowercase();
        if let Some((kind, _)) = Kind::ALL.into_iter().find(|(_, name)| *name == word) {
            return kind;
        }
        let allowed = Kind::ALL.map(|(_, name)| name);
        let message = match similar(&word, allowed) {
            Some(kind) => format!("{} is not a kind; did you mean {kind:?}?", literal(&value)),
            None => format!("{} is not a kind; use one of {}", literal(&value), allowed.join(", ")),
        };
        self.problem("kind", line, message);
        Kind::default()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let (value, line) = self.value(key)?;
        match value {
            Value::String(text) => Some(text),
            other => {
                self.problem(key, line, format!("{} is {}; expected text", literal(&other), type_of(&other)));
                None
            }
        }
    }

    fn checked_text(&mut self, key: &str, allowed: &str, is_allowed: fn(&str) -> bool) -> Option<String> {
        let text = self.text(key)?;
        if is_allowed(&text) {
            return Some(text);
        }
        let line = self.value(key).and_then(|(_, line)| line);
        self.problem(key, line, format!("{} is not allowed; {allowed}", shown(&format!("{text:?}"))));
        None
    }

    fn hooks(&mut self, key: &str) -> Vec<String> {
        let hooks = self.list(key, "hook names", is_token);
        let line = self.value(key).and_then(|(_, line)| line);
        for hook in hooks.iter().filter(|hook| names::index(hook).is_none()) {
            let message = match similar(hook, names::KNOWN) {
                Some(known) => format!("unknown hook {hook:?}; did you mean {known:?}?"),
                None => {
                    format!("unknown hook {hook:?}; it is called only if the host invokes it by this name")
                }
            };
            self.warnings.push(Problem { field: key.to_owned(), line, message });
        }
        hooks
    }

    /// A list of names without repetitions. An element may also be a mapping with a `name`, as hermes-agent's
    /// platform plugins write `requires_env`.
    fn list(&mut self, key: &str, what: &str, is_allowed: fn(&str) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let Some((value, line)) = self.value(key) else { return names };
        let Value::Array(items) = value else {
            let message = format!("{} is {}; expected a list of {what}", literal(&value), type_of(&value));
            self.problem(key, line, message);
            return names;
        };
        for (index, item) in items.iter().enumerate() {
            match item.as_str().or_else(|| item.get("name")?.as_str()) {
                Some(name) if is_allowed(name) => {
                    if !names.iter().any(|known| known == name) {
                        names.push(name.to_owned());
                    }
                }
                _ => {
                    let message = format!(
                        "{} is not one of the {what}; expected text of letters, digits and `_ - . : /`, at most 64",
                        literal(item)
                    );
                    self.problem(format!("{key}[{index}]"), line, message);
                }
            }
        }
        names
    }
}
