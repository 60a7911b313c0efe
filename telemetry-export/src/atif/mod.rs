//! ATIF 1.7, the Agent Trajectory Interchange Format: one JSON document for a session.
//!
//! A session is a list of steps: what the system said, what the user asked, and what each model call answered, with the
//! tool calls it asked for and what they gave back. Subagents are documents inside of it. `docs/trajectories.md` has the
//! table.

#[cfg(feature = "atif")]
mod bulk;
mod config;
#[cfg(feature = "atif")]
mod document;
#[cfg(feature = "atif")]
mod draft;
#[cfg(feature = "atif")]
mod edit;
#[cfg(feature = "atif")]
mod live;
#[cfg(feature = "atif")]
mod model;
#[cfg(feature = "atif")]
mod steps;
mod template;
#[cfg(feature = "atif")]
mod totals;

#[cfg(feature = "atif")]
pub use bulk::Bulk;
pub use config::{Config, Subagents};
#[cfg(feature = "atif")]
pub use live::Atif;
pub use template::{FilenameTemplate, TemplateError};
