//! What a factory fills in.

use std::any::Any;
use std::error::Error;
use std::sync::Arc;

use super::{Callback, Warning, quiet};
use crate::manifest::Manifest;

/// A plugin in the making. Nothing in it takes effect before its factory has returned `Ok`: then all callbacks become
/// audible at once, and until then there is nothing to roll back but what is kept here.
pub struct Registration {
    manifest: Arc<Manifest>,
    pub(super) callbacks: Vec<(String, Callback)>,
    pub(super) kept: Kept,
    pub(super) warnings: Vec<Warning>,
}

impl Registration {
    pub(super) fn new(manifest: Arc<Manifest>) -> Self {
        Self { manifest, callbacks: Vec::new(), kept: Kept::default(), warnings: Vec::new() }
    }

    /// Calls `callback` whenever the host invokes `hook`, for as long as the plugin is loaded. A hook the manifest does
    /// not list is registered all the same, with a warning: people decide by the manifest what to switch on.
    pub fn hook(&mut self, hook: &str, callback: Callback) -> &mut Self {
        if !self.manifest.declares(hook) {
            self.warnings.push(Warning::Undeclared {
                name: self.manifest.name.clone(),
                path: self.manifest.path.clone(),
                hook: hook.to_owned(),
            });
        }
        self.callbacks.push((hook.to_owned(), callback));
        self
    }

    /// Keeps a value, such as a guard that flushes, until the plugin is unloaded. Values are dropped after the plugin's
    /// callbacks were deregistered, the last kept first. A callback may still be running on another thread then.
    pub fn keep(&mut self, value: impl Send + 'static) -> &mut Self {
        self.kept.0.push(Box::new(value));
        self
    }
}

/// Why a plugin could not register. The host carries on without it, and [`super::Registry::load`] tries again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The configuration cannot be followed: its owner has to change `key`.
    #[error("{key}: {problem}")]
    Misconfigured {
        /// The configuration key, in full.
        key: String,
        /// The value, what is wrong with it, and what is allowed.
        problem: String,
    },
    /// Something the plugin needs is not there now: worth another try later.
    #[error("not available: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl RegisterError {
    /// Something the plugin needs is not there: an error, or a sentence about it.
    pub fn unavailable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(reason.into())
    }
}

/// Dropped back to front, and each even if another's destructor panics.
#[derive(Default)]
pub(super) struct Kept(Vec<Box<dyn Any + Send>>);

impl Drop for Kept {
    fn drop(&mut self) {
        while let Some(value) = self.0.pop() {
            quiet::discard(value);
        }
    }
}
