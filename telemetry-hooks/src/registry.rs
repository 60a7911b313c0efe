//! The plugin registry of a Rust host: who wants to hear of which hook, and how they came to.
//!
//! A plugin has two halves that meet by name. The *manifest* (`plugin.yaml`, bundled or found in a directory) says what
//! it is; the *factory*, offered by the program that was built with it, registers its callbacks. Nothing is loaded
//! unless the host's configuration switches it on.
//!
//! ```
//! use std::sync::Arc;
//! use telemetry_hooks::payload::Payload;
//! use telemetry_hooks::registry::Registry;
//!
//! let registry = Registry::new();
//! registry.offer("greeter", |_manifest, registration| {
//!     registration.hook("on_session_start", Arc::new(|_payload: &dyn Payload| { /* note the time */ }));
//!     Ok(())
//! });
//! let manifest = "{name: greeter, version: 1.0.0, hooks: [on_session_start]}";
//! let mut warnings = registry.bundle("greeter/plugin.yaml", manifest);
//! warnings.extend(registry.load(|name| name == "greeter")); // the host's configuration decides
//! assert!(warnings.is_empty());
//!
//! // The host asks first, and so does not build a payload nobody reads.
//! if registry.has_hook("on_session_start") {
//!     registry.invoke("on_session_start", &[("session_id", "s-1".into())]);
//! }
//! ```
//!
//! What goes wrong in a plugin stays there: a bad manifest, a factory that fails or panics and a callback that panics
//! are warnings or counts, and never reach the host or another plugin.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use telemetry_core::lock::Mutex;

pub use self::registration::{RegisterError, Registration};
use self::table::{Entry, Owner, Table};
pub use self::warning::Warning;
use crate::manifest::Manifest;
use crate::payload::Payload;

mod discover;
mod load;
pub(crate) mod names;
mod quiet;
mod registration;
mod table;
mod warning;

/// What a hook calls. It runs on the host's thread, often in the middle of a request: it owes the host to return in
/// microseconds, and to change nothing the host does.
pub type Callback = Arc<dyn Fn(&dyn Payload) + Send + Sync>;

/// What registers a plugin's callbacks, offered under the name its manifest has.
pub type Factory = Arc<dyn Fn(&Manifest, &mut Registration) -> Result<(), RegisterError> + Send + Sync>;

/// Hooks and their listeners. All methods take `&self` and may be called from any thread, also from inside a callback,
/// a factory or a destructor: no lock is held while foreign code runs, and [`Registry::invoke`] and
/// [`Registry::has_hook`] take none at all.
///
/// A callback that keeps the registry should keep a [`Weak`], or the two keep each other alive.
#[derive(Default)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// One bit for each known hook somebody listens to, [`table::OTHERS`] for all the others together. It follows
    /// `table`, which alone is the truth.
    listening: AtomicU64,
    table: ArcSwap<Table>,
    /// Held to replace `table`; readers never wait for it.
    writing: Mutex<()>,
    next_id: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    factories: BTreeMap<String, Factory>,
    /// In the order first seen, which is the order plugins load in.
    manifests: Vec<Arc<Manifest>>,
    /// In the order loaded.
    plugins: Vec<load::Plugin>,
    owners: BTreeMap<String, Arc<Owner>>,
}

impl Registry {
    /// A registry in which nobody listens.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a built-in plugin to be loaded by its manifest's name. The list of these calls is the list of plugins a
    /// program is built with. A second factory of the same name replaces the first, for the next load.
    pub fn offer<F>(&self, name: &str, factory: F)
    where
        F: Fn(&Manifest, &mut Registration) -> Result<(), RegisterError> + Send + Sync + 'static,
    {
        let replaced = self.inner.state.lock().factories.insert(name.to_owned(), Arc::new(factory));
        quiet::discard(replaced);
    }

    /// Adds a manifest compiled into the program (`include_str!`). `label` names it in messages, like a path.
    pub fn bundle(&self, label: impl AsRef<Path>, text: &str) -> Vec<Warning> {
        let mut warnings = Vec::new();
        self.admit(Manifest::parse(label, text), &mut warnings);
        warnings
    }

    /// Adds the manifests in `<dir>/*/plugin.yaml` or `plugin.yml`, in the order of the directories and then of the
    /// names in them. A directory that does not exist holds no plugins. A manifest that cannot be used is a warning
    /// and the others are added; of two with one name the later counts.
    pub fn discover(&self, dirs: &[impl AsRef<Path>]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for path in
            dirs.iter().flat_map(|dir| discover::manifests(dir.as_ref(), &mut warnings)).collect::<Vec<_>>()
        {
            match discover::read(&path) {
                Ok(text) => self.admit(Manifest::parse(&path, &text), &mut warnings),
                Err(reason) => warnings.push(Warning::Unreadable { path, reason }),
            }
        }
        warnings
    }

    /// The manifests known, whether enabled or not, in the order they load in.
    pub fn manifests(&self) -> Vec<Arc<Manifest>> {
        self.inner.state.lock().manifests.clone()
    }

    /// Registers one callback of the host's own, or of a plugin that listens for a while. `owner` is the name its
    /// panics are counted under. Callbacks of one hook run in the order of registration.
    pub fn listen(&self, owner: &str, hook: &str, callback: Callback) -> HookHandle {
        self.register(owner, vec![(hook.to_owned(), callback)])
    }

    /// Whether anybody listens to `hook`. Costs one atomic load when nobody listens to anything, and nanoseconds
    /// otherwise, so a host asks before it builds a payload.
    pub fn has_hook(&self, hook: &str) -> bool {
        let listening = self.inner.listening.load(Ordering::Acquire);
        listening != 0
            && match names::index(hook) {
                Some(index) => listening & (1 << index) != 0,
                None => listening & table::OTHERS != 0 && self.inner.table.load().listeners(hook).is_some(),
            }
    }

    /// Calls whoever listens to `hook`, in the order of registration, on this thread. Never panics: a callback that
    /// does is counted ([`Registry::panics`]) and the next one runs. (The process's panic hook still runs; it is the
    /// host's.)
    ///
    /// Who is called is settled when the call begins: a callback registered meanwhile waits for the next, and one
    /// deregistered meanwhile may still be called, or be running on another thread.
    pub fn invoke(&self, hook: &str, payload: &dyn Payload) {
        if self.inner.listening.load(Ordering::Acquire) == 0 {
            return;
        }
        // The guard must not be held while callbacks run: it would keep a replaced table alive.
        let Some(listeners) = self.inner.table.load().listeners(hook).cloned() else { return };
        for listener in listeners.iter() {
            listener.call(payload);
        }
        quiet::discard(listeners);
    }

    /// How many calls of `owner`'s callbacks panicked, since the registry was made; `owner` is a plugin's name or what
    /// [`Registry::listen`] was given. The messages are not kept: they may quote the payload.
    pub fn panics(&self, owner: &str) -> u64 {
        self.inner.state.lock().owners.get(owner).map_or(0, |owner| owner.panics())
    }

    fn admit(&self, manifest: Result<Manifest, crate::manifest::ManifestError>, warnings: &mut Vec<Warning>) {
        let manifest = match manifest {
            Ok(manifest) => Arc::new(manifest),
            Err(error) => return warnings.push(Warning::Refused(error)),
        };
        warnings.extend(
            manifest
                .warnings
                .iter()
                .map(|remark| Warning::Remark { path: manifest.path.clone(), remark: remark.clone() }),
        );
        let mut state = self.inner.state.lock();
        let Some(known) = state.manifests.iter_mut().find(|known| known.name == manifest.name) else {
            return state.manifests.push(manifest);
        };
        if known.path != manifest.path {
            warnings.push(Warning::Shadowed {
                name: manifest.name.clone(),
                path: manifest.path.clone(),
                shadowed: known.path.clone(),
            });
        }
        *known = manifest;
    }

    /// Makes all callbacks audible at once, so that no hook is heard of a plugin that is half there.
    fn register(&self, owner: &str, callbacks: Vec<(String, Callback)>) -> HookHandle {
        let owner = Arc::clone(self.inner.state.lock().owners.entry(owner.to_owned()).or_default());
        let count = callbacks.len() as u64;
        let first = self.inner.next_id.fetch_add(count, Ordering::Relaxed);
        let ids = first..first + count;
        self.inner.replace_table(|table| {
            for (id, (hook, callback)) in ids.clone().zip(callbacks) {
                table.add(&hook, Entry { id, owner: Arc::clone(&owner), callback });
            }
        });
        HookHandle { inner: Arc::downgrade(&self.inner), ids }
    }
}

impl Inner {
    fn replace_table(&self, change: impl FnOnce(&mut Table)) {
        let replaced = {
            let _writing = self.writing.lock();
            let mut table = Table::clone(&self.table.load());
            change(&mut table);
            let listening = table.listening();
            let replaced = self.table.swap(Arc::new(table));
            self.listening.store(listening, Ordering::Release);
            replaced
        };
        // May be the last to hold a callback, whose destructor is foreign code: after the lock.
        quiet::discard(replaced);
    }
}

/// What [`Registry`]'s own drop left: callbacks with a handle, and the factories. Their destructors are foreign too.
impl Drop for Inner {
    fn drop(&mut self) {
        quiet::discard(self.table.swap(Arc::default()));
        quiet::discard(std::mem::take(&mut self.state.get_mut().factories));
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("table", &*self.inner.table.load()).finish_non_exhaustive()
    }
}

/// Keeps a callback registered; dropping it deregisters. It may be dropped on any thread, inside the callback itself,
/// and after the registry.
#[must_use = "dropping the handle deregisters the callback at once"]
pub struct HookHandle {
    inner: Weak<Inner>,
    ids: Range<u64>,
}

impl Drop for HookHandle {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade()
            && !self.ids.is_empty()
        {
            inner.replace_table(|table| table.remove(&self.ids));
        }
    }
}

impl fmt::Debug for HookHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookHandle").field("ids", &self.ids).finish_non_exhaustive()
    }
}
