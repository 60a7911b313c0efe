//! Where ATIF goes, and what is in it that was not recorded.

use std::path::PathBuf;

use super::FilenameTemplate;

/// Files of ATIF, one for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The directory they are in, an absolute path.
    pub directory: PathBuf,
    /// Their names there.
    pub filename_template: FilenameTemplate,
    /// `agent.name`.
    pub agent_name: String,
    /// `agent.version`.
    pub agent_version: String,
    /// `agent.model_name` of a session that names no model.
    pub model_name: String,
    /// Where subagents are.
    pub subagents: Subagents,
}

impl Config {
    /// The path of a session's file. `metadata` is asked for the values of [`FilenameTemplate::path`].
    pub fn path(&self, session_id: &str, metadata: &dyn Fn(&str) -> Option<String>) -> PathBuf {
        self.directory.join(self.filename_template.path(session_id, metadata))
    }
}

/// Where a subagent's session is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subagents {
    /// In the document of the session that started it, and nowhere else.
    #[default]
    Embedded,
    /// There, and in a file of its own.
    All,
}
