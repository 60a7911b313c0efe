//! ATIF, the Agent Trajectory Interchange Format: one JSON document for a session.

mod config;
mod template;

pub use config::{Config, Subagents};
pub use template::{FilenameTemplate, TemplateError};
