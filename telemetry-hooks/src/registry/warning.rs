//! What a host shows when a plugin is not as it should be.

use std::path::PathBuf;

use super::RegisterError;
use crate::manifest::{ManifestError, Problem};

/// Something about one plugin that did not stop the host or the other plugins. The text names the file or the plugin,
/// and the next step; a host logs it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A plugin directory or a manifest could not be read; what is in it is not known.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A manifest was refused: its author mends the fields named.
    #[error(transparent)]
    Refused(ManifestError),
    /// A manifest was accepted, with a remark.
    #[error("{}", remark.at(path))]
    Remark {
        /// The manifest.
        path: PathBuf,
        /// The remark.
        remark: Problem,
    },
    /// Two manifests have one name; the later counts.
    #[error("plugin {name:?}: {} is used and {} is not; rename or remove one", path.display(), shadowed.display())]
    Shadowed {
        /// The name they share.
        name: String,
        /// The manifest that counts.
        path: PathBuf,
        /// The manifest that does not.
        shadowed: PathBuf,
    },
    /// A plugin is enabled, but this program was not built with it.
    #[error(
        "plugin {name:?} ({}) is enabled but not part of this program, which has {}; disable it, or use a program \
         that has it",
        path.display(), list(offered)
    )]
    NotOffered {
        /// The plugin.
        name: String,
        /// Its manifest.
        path: PathBuf,
        /// The names that are offered.
        offered: Vec<String>,
    },
    /// A plugin registered a hook that its manifest does not list.
    #[error("{}: hooks: plugin {name:?} registered {hook:?}, which is not listed; add it", path.display())]
    Undeclared {
        /// The plugin.
        name: String,
        /// Its manifest.
        path: PathBuf,
        /// The hook.
        hook: String,
    },
    /// A plugin could not register; it is not loaded.
    #[error("plugin {name:?} ({}) is not loaded: {error}", path.display())]
    Failed {
        /// The plugin.
        name: String,
        /// Its manifest.
        path: PathBuf,
        /// What its factory said.
        #[source]
        error: RegisterError,
    },
    /// A plugin panicked while registering; it is not loaded. A bug to report to its author.
    #[error("plugin {name:?} ({}) is not loaded: it panicked: {message}", path.display())]
    Panicked {
        /// The plugin.
        name: String,
        /// Its manifest.
        path: PathBuf,
        /// The panic's message.
        message: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no plugins".to_owned() } else { names.join(", ") }
}
