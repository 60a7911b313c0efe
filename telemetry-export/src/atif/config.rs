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
    /// `agent.name`; the host's when empty.
    pub agent_name: String,
    /// `agent.version`; `unknown` when empty.
    pub agent_version: String,
    /// `agent.model_name` of a session that names no model; that of its first call when empty.
    pub model_name: String,
    /// Where subagents are.
    pub subagents: Subagents,
}

impl Config {
    /// Files called after their session in `directory`, with nothing in them that was not recorded.
    pub fn plain(directory: PathBuf, subagents: Subagents) -> Self {
        Config {
            directory,
            filename_template: FilenameTemplate::plain(),
            agent_name: String::new(),
            agent_version: String::new(),
            model_name: String::new(),
            subagents,
        }
    }

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
