//! The observability component, versions 1 to 4: the sections that are ours.

use std::path::{Path, PathBuf};

use super::elsewhere;
use super::file::Asked;
use super::findings::Findings;
use super::section::{Malformed, Section};
use crate::atif::{self, FilenameTemplate, Subagents};
use crate::atof::{self, Filename, Mode};

const MODES: &[(&str, Mode)] = &[("append", Mode::Append), ("overwrite", Mode::Overwrite)];

/// What is at the place of a sink since version 2, and was in the section itself before.
const FILE_KEYS: [&str; 3] = ["output_directory", "filename", "mode"];

const SINK: &str = "since version 2 it belongs to a sink, [[components.config.atof.sinks]]";

/// Each is a file that stays open.
const MAX_SINKS: usize = 16;

const ATIF_KEYS: &[&str] = &[
    "enabled",
    "agent_name",
    "agent_version",
    "model_name",
    "tool_definitions",
    "extra",
    "output_directory",
    "filename_template",
    "storage",
];

pub(super) fn read(config: &Section<'_, '_>, current_directory: &Path, findings: &mut Findings<'_>) -> Asked {
    let version = version(config, findings);
    let mut keys = vec!["version", "policy", "atof", "atif", "opentelemetry", "enable_full_payloads"];
    if version < 3 {
        keys.push("openinference");
    }
    let moved = |name: &str| (name == "openinference").then_some("version 3 has opentelemetry instead");
    config.knows(&keys, &moved, findings);
    if config.switch("enable_full_payloads", false, findings) {
        let key = "enable_full_payloads";
        let instead =
            "what of content is in a file is decided by telemetry.trajectories.enabled in config.yaml";
        findings.not_served(config.place(key), &config.key(key), instead);
    }
    elsewhere::otlp(config, version, findings);
    Asked {
        atof: config
            .section("atof", findings)
            .map(|section| atof(&section, version, current_directory, findings))
            .unwrap_or_default(),
        atif: config
            .section("atif", findings)
            .and_then(|section| atif(&section, current_directory, findings)),
    }
}

/// The component's version. Releases of the reference took one or two each, and the newest they knew where none was written;
/// so what a file without one was written for is told by its form.
fn version(config: &Section<'_, '_>, findings: &mut Findings<'_>) -> u32 {
    const MUST_BE: &str = "1, 2, 3 or 4";
    if !config.has("version") {
        let has = |key: &str| config.has_in("atof", key);
        let old = has("endpoints") || FILE_KEYS.into_iter().any(has);
        return if old { 1 } else { 4 };
    }
    let version = config.number("version", MUST_BE, findings).unwrap_or(4);
    if !(1..=4).contains(&version) {
        let (at, key) = (config.place("version"), config.key("version"));
        findings.unsupported(at, &key, MUST_BE, "it is read as version 4");
    }
    version
}

/// The files of ATOF.
fn atof(
    section: &Section<'_, '_>,
    version: u32,
    current_directory: &Path,
    findings: &mut Findings<'_>,
) -> Vec<atof::Config> {
    let mut files: Vec<atof::Config> = Vec::new();
    let mut add = |file: Option<atof::Config>, section: &Section<'_, '_>, findings: &mut Findings<'_>| {
        let Some(file) = file else { return };
        let same =
            |known: &atof::Config| known.directory == file.directory && known.filename == file.filename;
        if files.iter().any(same) {
            let message = format!("`{}` is the file of another sink; it is ignored", section.path);
            findings.warn(section.at.clone(), &section.path, message);
        } else {
            files.push(file);
        }
    };
    let enabled = section.switch("enabled", false, findings);
    if version < 2 {
        let keys = [&["enabled", "endpoints"], &FILE_KEYS[..]].concat();
        section.knows(&keys, &|name| (name == "sinks").then_some("it is read since version 2"), findings);
        add(atof_file(section, current_directory, findings), section, findings);
        for endpoint in section.sections("endpoints", findings) {
            elsewhere::stream(&endpoint, findings);
        }
    } else {
        let old = |name: &str| (FILE_KEYS.contains(&name) || name == "endpoints").then_some(SINK);
        section.knows(&["enabled", "sinks"], &old, findings);
        if enabled && section.lacks("sinks") {
            let (at, key) = (section.at.clone(), section.key("sinks"));
            findings.unsupported(at, &key, "a list of at least one sink", "no file is written");
        }
        let sinks = section.sections("sinks", findings);
        if sinks.len() > MAX_SINKS {
            let key = section.key("sinks");
            let message = format!("`{key}` has more than {MAX_SINKS} entries; the others are ignored");
            findings.warn(section.place("sinks"), &key, message);
        }
        for sink in sinks.into_iter().take(MAX_SINKS) {
            match sink.text("type", "the sink is ignored", findings) {
                Ok(Some("file")) => {
                    sink.knows(&[&["type"], &FILE_KEYS[..]].concat(), &|_| None, findings);
                    add(atof_file(&sink, current_directory, findings), &sink, findings);
                }
                Ok(Some("stream")) => elsewhere::stream(&sink, findings),
                Ok(_) => {
                    let (at, key) = (sink.place("type"), sink.key("type"));
                    findings.unsupported(at, &key, "file or stream", "the sink is ignored");
                }
                Err(Malformed) => {}
            }
        }
    }
    if enabled { files } else { Vec::new() }
}

fn atof_file(
    section: &Section<'_, '_>,
    current_directory: &Path,
    findings: &mut Findings<'_>,
) -> Option<atof::Config> {
    const STAMPED: &str = "the name is made of the time";
    let mode = section.word("mode", MODES, Mode::Append, findings);
    let filename = match section.text("filename", STAMPED, findings) {
        Ok(Some(name)) => Filename::fixed(name).unwrap_or_else(|| {
            let must_be = "the name of a file below the directory";
            findings.unsupported(section.place("filename"), &section.key("filename"), must_be, STAMPED);
            Filename::STAMPED
        }),
        Ok(None) | Err(Malformed) => Filename::STAMPED,
    };
    let directory = directory(section, current_directory, findings).ok()?;
    Some(atof::Config { directory, filename, mode })
}

/// The files of ATIF.
fn atif(
    section: &Section<'_, '_>,
    current_directory: &Path,
    findings: &mut Findings<'_>,
) -> Option<atif::Config> {
    section.knows(ATIF_KEYS, &|_| None, findings);
    let enabled = section.switch("enabled", false, findings);
    for (name, instead) in
        [("tool_definitions", "they are taken from what was sent to the model"), ("extra", "it is left out")]
    {
        if enabled && section.has(name) {
            findings.not_served(section.place(name), &section.key(name), instead);
        }
    }
    let stored = elsewhere::storage(section, findings);
    let mut text = |name, default: &str| {
        let text = section.text(name, "the default applies", findings);
        text.ok().flatten().unwrap_or(default).to_owned()
    };
    let agent_name = text("agent_name", "NeMo Relay");
    let agent_version = text("agent_version", env!("CARGO_PKG_VERSION"));
    let model_name = text("model_name", "unknown");
    let filename_template = template(section, findings);
    let directory = directory(section, current_directory, findings).ok()?;
    if !enabled {
        return None;
    }
    // The reference writes nothing to the disk then. Whoever wanted only an upload did not ask for files here.
    if stored && !section.has("output_directory") {
        let (at, key) = (section.at.clone(), section.key("output_directory"));
        let message = format!("`{key}` is not there and storage is not served; no file is written");
        findings.warn(at, &key, message);
        return None;
    }
    Some(atif::Config {
        directory,
        filename_template: filename_template?,
        agent_name,
        agent_version,
        model_name,
        subagents: Subagents::Embedded,
    })
}

/// The names of the files of ATIF. There is always one: the default's.
fn template(section: &Section<'_, '_>, findings: &mut Findings<'_>) -> Option<FilenameTemplate> {
    const NAME: &str = "filename_template";
    const DEFAULT: &str = "nemo-relay-atif-{session_id}.json";
    const INSTEAD: &str = "names are made by the default";
    let (at, key) = (section.place(NAME), section.key(NAME));
    let written = section.text(NAME, INSTEAD, findings).ok().flatten();
    match FilenameTemplate::of_file(written.unwrap_or(DEFAULT)) {
        Ok(template) if template.session_added() => {
            let must_be = "with {session_id} in it, or all sessions are one file";
            findings.unsupported(at, &key, must_be, "-{session_id} is put before its ending");
            Some(template)
        }
        Ok(template) => Some(template),
        Err(error) => {
            findings.unsupported(at, &key, &format!("a template ({error})"), INSTEAD);
            FilenameTemplate::of_file(DEFAULT).ok()
        }
    }
}

/// Where files are: below the current directory, unless the path is absolute.
fn directory(
    section: &Section<'_, '_>,
    current_directory: &Path,
    findings: &mut Findings<'_>,
) -> Result<PathBuf, Malformed> {
    const NAME: &str = "output_directory";
    const INSTEAD: &str = "no file is written there";
    match section.text(NAME, INSTEAD, findings)? {
        None | Some("") => Ok(current_directory.to_owned()),
        Some(path) if path.contains('\0') => {
            findings.unsupported(section.place(NAME), &section.key(NAME), "a path", INSTEAD);
            Err(Malformed)
        }
        Some(path) => Ok(current_directory.join(path)),
    }
}
