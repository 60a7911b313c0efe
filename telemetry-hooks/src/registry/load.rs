//! From a manifest that is switched on to callbacks that are heard, and back.

use std::sync::Arc;

use super::registration::Kept;
use super::{HookHandle, Registration, Registry, Warning, quiet};
use crate::manifest::Manifest;

/// A plugin that is loaded or about to be.
pub(super) struct Plugin {
    manifest: Arc<Manifest>,
    /// `None` while its factory runs: the name is taken, so that no second thread loads it too.
    loaded: Option<Loaded>,
}

/// Dropped in this order: no new call once the kept values go.
struct Loaded {
    _hooks: HookHandle,
    _kept: Kept,
}

impl Registry {
    /// Loads every known plugin for whose name `switch` says yes, in the order the manifests were found. What is loaded
    /// stays as it is, so this can be repeated: after another [`Registry::discover`], or when a plugin that failed may
    /// now succeed. The host decides by its configuration (its list of enabled plugins, the plugin's own key); a
    /// plugin it does not name is off.
    pub fn load(&self, switch: impl Fn(&str) -> bool) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for manifest in self.manifests().into_iter().filter(|manifest| switch(&manifest.name)) {
            self.load_one(&manifest, &mut warnings);
        }
        warnings
    }

    /// Deregisters all that the plugin registered and drops what it kept. False if it was not loaded.
    pub fn unload(&self, name: &str) -> bool {
        let unloaded = {
            let plugins = &mut self.inner.state.lock().plugins;
            let position =
                plugins.iter().position(|plugin| plugin.manifest.name == name && plugin.loaded.is_some());
            position.map(|position| plugins.remove(position))
        };
        // Foreign destructors run here, after the lock.
        unloaded.map(quiet::discard).is_some()
    }

    /// The plugins that are loaded, in the order they were.
    pub fn loaded(&self) -> Vec<Arc<Manifest>> {
        let state = self.inner.state.lock();
        let loaded = state.plugins.iter().filter(|plugin| plugin.loaded.is_some());
        loaded.map(|plugin| Arc::clone(&plugin.manifest)).collect()
    }

    fn load_one(&self, manifest: &Arc<Manifest>, warnings: &mut Vec<Warning>) {
        let (name, path) = (&manifest.name, &manifest.path);
        let factory = {
            let mut state = self.inner.state.lock();
            if state.plugins.iter().any(|plugin| plugin.manifest.name == *name) {
                return;
            }
            let Some(factory) = state.factories.get(name).cloned() else {
                let offered = state.factories.keys().cloned().collect();
                return warnings.push(Warning::NotOffered {
                    name: name.clone(),
                    path: path.clone(),
                    offered,
                });
            };
            state.plugins.push(Plugin { manifest: Arc::clone(manifest), loaded: None });
            factory
        };

        let mut registration = Registration::new(Arc::clone(manifest));
        let outcome = quiet::run(|| factory(manifest, &mut registration));
        quiet::discard(factory);
        let failure = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Warning::Failed { name: name.clone(), path: path.clone(), error }),
            Err(message) => Some(Warning::Panicked { name: name.clone(), path: path.clone(), message }),
        };
        warnings.append(&mut registration.warnings);
        let loaded = if let Some(failure) = failure {
            warnings.push(failure);
            quiet::discard(registration);
            None
        } else {
            let Registration { callbacks, kept, .. } = registration;
            Some(Loaded { _hooks: self.register(name, callbacks), _kept: kept })
        };

        let mut state = self.inner.state.lock();
        let Some(position) = state.plugins.iter().position(|plugin| plugin.manifest.name == *name) else {
            return;
        };
        match loaded {
            Some(loaded) => state.plugins[position].loaded = Some(loaded),
            None => drop(state.plugins.remove(position)),
        }
    }
}

/// The last loaded goes first, as it may lean on those before it.
impl Drop for Registry {
    fn drop(&mut self) {
        loop {
            let Some(plugin) = self.inner.state.lock().plugins.pop() else { return };
            quiet::discard(plugin);
        }
    }
}
