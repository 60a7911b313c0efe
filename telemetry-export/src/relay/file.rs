//! From a `plugins.toml` to the components in it.

use std::path::Path;

use telemetry_policy::config_file;
use toml::de::DeTable;

use super::component;
use super::elsewhere;
use super::findings::{Behavior, Findings, Policy, Warning};
use super::section::Section;
use crate::{atif, atof};

/// The version of the file itself; each component has another of its own.
const VERSION: u32 = 1;

/// What a file that can be used asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) atof: Vec<atof::Config>,
    pub(super) atif: Option<atif::Config>,
}

/// Reads a file; `None` when it cannot be used, or says nothing at all, which to the reference is the same.
pub(super) fn read(path: &Path, current_directory: &Path) -> (Option<Asked>, Vec<Warning>) {
    let unusable = |line: Option<u64>, reason: &str| {
        let message = format!("the file {reason}; the other variables of HERMES_NEMO_RELAY_* apply");
        (None, vec![Warning { file: Some(path.to_owned()), line, key: String::new(), message }])
    };
    let text = match config_file::read(path) {
        Ok(Some(text)) => text,
        Ok(None) => return unusable(None, "is not there"),
        Err(error) => return unusable(error.line, &error.reason),
    };
    match DeTable::parse(&text) {
        Ok(table) => {
            let whole = Section::whole(table.get_ref());
            if whole.is_empty() {
                return (None, Vec::new());
            }
            let mut findings = Findings::new(path, &text);
            let asked = components(&whole, current_directory, &mut findings);
            let (warnings, usable) = findings.into_parts();
            (usable.then_some(asked), warnings)
        }
        Err(error) => {
            let before = error.span().and_then(|span| text.as_bytes().get(..span.start));
            let line = before.map(|before| before.iter().filter(|byte| **byte == b'\n').count() + 1);
            // The parser's words, without the piece of the file it would show.
            let reason = format!("is not valid TOML ({})", error.message().replace('\n', ", "));
            unusable(line.and_then(|line| u64::try_from(line).ok()), &reason)
        }
    }
}

fn components(whole: &Section<'_, '_>, current_directory: &Path, findings: &mut Findings<'_>) -> Asked {
    let global = policy(whole, Policy::default(), findings);
    whole.knows(&["version", "components", "policy", "dynamic_plugins", "plugins"], &|_| None, findings);
    let version = whole.number("version", "1", findings).unwrap_or(VERSION);
    if version != VERSION {
        findings.unsupported(whole.place("version"), "version", "1", "the file is read as version 1");
    }
    for name in ["dynamic_plugins", "plugins"] {
        if whole.has(name) {
            findings.not_served(whole.place(name), name, "no plugin is loaded from it");
        }
    }
    let mut asked: Option<Asked> = None;
    for component in whole.sections("components", findings) {
        component.knows(&["kind", "enabled", "config"], &|_| None, findings);
        let key = component.key("kind");
        let kind = component.text("kind", "the component is ignored", findings);
        let enabled = component.switch("enabled", true, findings);
        match kind {
            Err(_) => {}
            Ok(None) => {
                findings.unsupported(component.at.clone(), &key, "there", "the component is ignored");
            }
            Ok(Some(_)) if !enabled => {}
            Ok(Some("observability")) if asked.is_some() => findings.warn(
                component.at.clone(),
                &component.path,
                format!("`{}` is a second component of observability; it is ignored", component.path),
            ),
            Ok(Some("observability")) => {
                let config = component.section("config", findings);
                asked = Some(config.map_or_else(Asked::default, |config| {
                    policy(&config, global, findings);
                    component::read(&config, current_directory, findings)
                }));
                findings.policy = global;
            }
            Ok(Some(kind)) => match elsewhere::component(kind) {
                Some(instead) => findings.not_served(component.place("kind"), &component.path, instead),
                None => findings.unknown_component(component.place("kind"), &key),
            },
        }
    }
    asked.unwrap_or_default()
}

/// Puts in force what a section's `policy` says, under what is in force around it, and gives it.
fn policy(section: &Section<'_, '_>, around: Policy, findings: &mut Findings<'_>) -> Policy {
    let section = section.section("policy", findings);
    let mut own = Policy::default();
    if let Some(section) = &section {
        let mut word = |name, default| section.word(name, Behavior::WORDS, default, findings);
        own = Policy {
            unknown_component: word("unknown_component", own.unknown_component),
            unknown_field: word("unknown_field", own.unknown_field),
            unsupported_value: word("unsupported_value", own.unsupported_value),
        };
    }
    findings.policy = merged(around, own);
    if let Some(section) = section {
        section.knows(&["unknown_component", "unknown_field", "unsupported_value"], &|_| None, findings);
    }
    findings.policy
}

/// The file's word where it is not the default, else the component's: the reference's rule.
fn merged(file: Policy, component: Policy) -> Policy {
    let default = Policy::default();
    let either = |file, component, default| if file == default { component } else { file };
    let Policy { unknown_component, unknown_field, unsupported_value } = component;
    Policy {
        unknown_component: either(file.unknown_component, unknown_component, default.unknown_component),
        unknown_field: either(file.unknown_field, unknown_field, default.unknown_field),
        unsupported_value: either(file.unsupported_value, unsupported_value, default.unsupported_value),
    }
}
