//! What the process environment adds to the files.

use std::path::{Path, PathBuf};

use super::node::Node;

/// Looks up an environment variable. A function, so that a test or a host with a context of its own can answer.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where an administrator puts a managed scope when `HERMES_MANAGED_DIR` does not say otherwise
/// (the host's `managed_scope.py`).
const MANAGED_DIR: &str = "/etc/hermes";

/// The managed directory. As in the host, a `HERMES_MANAGED_DIR` that names no directory means that there is no
/// managed scope, and does not fall back to `/etc/hermes`.
pub(crate) fn managed_dir(environment: Environment<'_>) -> Option<PathBuf> {
    let named = environment("HERMES_MANAGED_DIR").unwrap_or_default();
    let directory = match named.trim() {
        "" => Path::new(MANAGED_DIR),
        named => Path::new(named),
    };
    // A directory that is there but closed to us counts: reading the file in it will say why.
    match std::fs::metadata(directory) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
    .then(|| directory.to_owned())
}

/// Replaces `${NAME}` in a text by the variable, as the host does with its whole config (`_expand_env_vars`); a
/// variable that is not set stays as it is written. `None` when there is nothing to replace.
pub(crate) fn expanded(node: &Node, environment: Environment<'_>) -> Option<Node> {
    let Node::Text(text) = node else { return None };
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("${") {
        let (before, reference) = rest.split_at(start);
        // The host's pattern is `\${([^}]+)}`: an empty name is not a reference.
        let Some(end) = reference.find('}').filter(|end| *end > 2) else {
            let (dollar, after) = rest.split_at(start + 2);
            expanded.push_str(dollar);
            rest = after;
            continue;
        };
        expanded.push_str(before);
        match environment(&reference[2..end]) {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&reference[..=end]),
        }
        rest = &reference[end + 1..];
    }
    expanded.push_str(rest);
    (expanded != *text).then_some(Node::Text(expanded))
}

/// Replaces the `~` that a path begins with by the user's home, as a shell does. `None` when there is nothing to replace,
/// or nothing to replace it by.
pub(crate) fn from_tilde(node: &Node, environment: Environment<'_>) -> Option<Node> {
    let Node::Text(text) = node else { return None };
    let rest = text.trim().strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    let home = environment("HOME").filter(|home| !home.is_empty())?;
    Some(Node::Text(home + rest))
}
