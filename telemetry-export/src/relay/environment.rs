//! The variables of the reference plugin (hermes-agent 0.19).

use std::path::Path;

use super::file::Asked;
use super::findings::Warning;
use super::{Environment, PLUGINS_TOML};
use crate::atif::{self, FilenameTemplate, Subagents};
use crate::atof::{self, Filename, Mode};

const ATOF_ENABLED: &str = "HERMES_NEMO_RELAY_ATOF_ENABLED";
const ATOF_OUTPUT_DIRECTORY: &str = "HERMES_NEMO_RELAY_ATOF_OUTPUT_DIRECTORY";
const ATOF_FILENAME: &str = "HERMES_NEMO_RELAY_ATOF_FILENAME";
const ATOF_MODE: &str = "HERMES_NEMO_RELAY_ATOF_MODE";
const ATIF_ENABLED: &str = "HERMES_NEMO_RELAY_ATIF_ENABLED";
const ATIF_OUTPUT_DIRECTORY: &str = "HERMES_NEMO_RELAY_ATIF_OUTPUT_DIRECTORY";
const ATIF_FILENAME_TEMPLATE: &str = "HERMES_NEMO_RELAY_ATIF_FILENAME_TEMPLATE";
const ATIF_AGENT_NAME: &str = "HERMES_NEMO_RELAY_ATIF_AGENT_NAME";
const ATIF_AGENT_VERSION: &str = "HERMES_NEMO_RELAY_ATIF_AGENT_VERSION";
const ATIF_MODEL_NAME: &str = "HERMES_NEMO_RELAY_ATIF_MODEL_NAME";
const ATIF_SUBAGENT_EXPORT_MODE: &str = "HERMES_NEMO_RELAY_ATIF_SUBAGENT_EXPORT_MODE";

const DEFAULT_FILENAME: &str = "hermes-atof.jsonl";
const DEFAULT_TEMPLATE: &str = "hermes-atif-{session_id}.json";

/// What the variables come to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) atof: Option<atof::Config>,
    pub(super) atif: Option<atif::Config>,
    pub(super) warnings: Vec<Warning>,
}

/// Reads the variables. `file` is what the `plugins.toml` asks for, if there is one that can be used.
pub(super) fn read(environment: Environment<'_>, current_directory: &Path, file: &Option<Asked>) -> Found {
    let mut variables = Variables { environment, warnings: Vec::new() };
    let (mut atof, mut atif) = (None, None);
    if variables.switch(ATOF_ENABLED) {
        match file {
            Some(_) => variables.stood_in_for(ATOF_ENABLED),
            None => atof = variables.atof(current_directory),
        }
    }
    if variables.switch(ATIF_ENABLED) {
        match file {
            Some(Asked { atif: Some(_), .. }) => variables.stood_in_for(ATIF_ENABLED),
            _ => atif = variables.atif(current_directory),
        }
    }
    Found { atof, atif, warnings: variables.warnings }
}

struct Variables<'a> {
    environment: Environment<'a>,
    warnings: Vec<Warning>,
}

impl Variables<'_> {
    /// A variable that is set, and to more than blanks.
    fn text(&self, name: &str) -> Option<String> {
        let text = (self.environment)(name)?.trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    fn text_or(&self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or_else(|| default.to_owned())
    }

    fn switch(&mut self, name: &str) -> bool {
        let words = [
            ("1", true),
            ("true", true),
            ("yes", true),
            ("on", true),
            ("0", false),
            ("false", false),
            ("no", false),
            ("off", false),
        ];
        self.word(name, &words, false, "1, true, yes or on", "it is taken for off")
    }

    fn word<T: Copy>(
        &mut self,
        name: &str,
        words: &[(&str, T)],
        default: T,
        must_be: &str,
        instead: &str,
    ) -> T {
        let Some(text) = self.text(name) else { return default };
        let text = text.to_ascii_lowercase();
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meant)) => *meant,
            None => {
                self.warn(name, &format!("must be {must_be}; {instead}"));
                default
            }
        }
    }

    fn atof(&mut self, current_directory: &Path) -> Option<atof::Config> {
        let modes = [("append", Mode::Append), ("overwrite", Mode::Overwrite)];
        let mode = self.word(ATOF_MODE, &modes, Mode::Append, "append or overwrite", "lines are appended");
        let written = self.text_or(ATOF_FILENAME, DEFAULT_FILENAME);
        let filename = Filename::fixed(&written).or_else(|| {
            let instead = format!("must be the name of a file below the directory; it is {DEFAULT_FILENAME}");
            self.warn(ATOF_FILENAME, &instead);
            Filename::fixed(DEFAULT_FILENAME)
        })?;
        let directory = current_directory.join(self.text_or(ATOF_OUTPUT_DIRECTORY, ""));
        Some(atof::Config { directory, filename, mode })
    }

    fn atif(&mut self, current_directory: &Path) -> Option<atif::Config> {
        let Some(directory) = self.text(ATIF_OUTPUT_DIRECTORY) else {
            let message = format!("is on, but {ATIF_OUTPUT_DIRECTORY} is not set, so no file is written");
            self.warn(ATIF_ENABLED, &message);
            return None;
        };
        let modes = [("embedded", Subagents::Embedded), ("all", Subagents::All)];
        let (must_be, instead) = ("embedded or all", "subagents are embedded");
        Some(atif::Config {
            directory: current_directory.join(directory),
            filename_template: self.template()?,
            agent_name: self.text_or(ATIF_AGENT_NAME, "Hermes Agent"),
            agent_version: self.text_or(ATIF_AGENT_VERSION, "unknown"),
            model_name: self.text_or(ATIF_MODEL_NAME, "unknown"),
            subagents: self.word(ATIF_SUBAGENT_EXPORT_MODE, &modes, Subagents::Embedded, must_be, instead),
        })
    }

    /// The names of the files of ATIF. There is always one: the default's.
    fn template(&mut self) -> Option<FilenameTemplate> {
        let written = self.text_or(ATIF_FILENAME_TEMPLATE, DEFAULT_TEMPLATE);
        match FilenameTemplate::of_environment(&written) {
            Ok(template) => {
                if template.session_added() {
                    let message = "has no {session_id}, and all sessions would be one file; -{session_id} is put before its ending";
                    self.warn(ATIF_FILENAME_TEMPLATE, message);
                }
                Some(template)
            }
            Err(error) => {
                let message = format!("must be a template ({error}); it is {DEFAULT_TEMPLATE}");
                self.warn(ATIF_FILENAME_TEMPLATE, &message);
                FilenameTemplate::of_environment(DEFAULT_TEMPLATE).ok()
            }
        }
    }

    fn stood_in_for(&mut self, name: &str) {
        self.warn(name, &format!("has no effect: the file that {PLUGINS_TOML} names decides"));
    }

    fn warn(&mut self, name: &str, message: &str) {
        let message = format!("`{name}` {message}");
        self.warnings.push(Warning { file: None, line: None, key: name.to_owned(), message });
    }
}
