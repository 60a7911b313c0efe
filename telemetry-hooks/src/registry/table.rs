//! Who listens to what. A table is never changed once readers can see it: a writer replaces it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Callback, names, quiet};
use crate::payload::Payload;

/// The bit for hooks outside [`names::KNOWN`], all together.
pub(super) const OTHERS: u64 = 1 << 63;

const _: () = assert!(names::KNOWN.len() < 63, "every known hook has a bit of its own");

#[derive(Clone, Default)]
pub(super) struct Table {
    known: [Option<Listeners>; names::KNOWN.len()],
    others: BTreeMap<String, Listeners>,
}

/// Never empty; in the order of registration.
type Listeners = Arc<[Entry]>;

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) owner: Arc<Owner>,
    pub(super) callback: Callback,
}

/// Whom panics are counted for. Outlives the callbacks, so that a plugin that was unloaded keeps its record.
#[derive(Default)]
pub(super) struct Owner {
    panics: AtomicU64,
}

impl Owner {
    pub(super) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl Entry {
    pub(super) fn call(&self, payload: &dyn Payload) {
        if quiet::run(|| (self.callback)(payload)).is_err() {
            self.owner.panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Table {
    pub(super) fn listeners(&self, hook: &str) -> Option<&Listeners> {
        match names::index(hook) {
            Some(index) => self.known.get(index)?.as_ref(),
            None => self.others.get(hook),
        }
    }

    pub(super) fn add(&mut self, hook: &str, entry: Entry) {
        let listeners = self.listeners(hook).into_iter().flat_map(|listeners| listeners.iter().cloned());
        let listeners: Listeners = listeners.chain([entry]).collect();
        match names::index(hook).and_then(|index| self.known.get_mut(index)) {
            Some(known) => *known = Some(listeners),
            None => drop(self.others.insert(hook.to_owned(), listeners)),
        }
    }

    pub(super) fn remove(&mut self, ids: &Range<u64>) {
        for known in &mut self.known {
            *known = known.take().and_then(|listeners| without(listeners, ids));
        }
        self.others = std::mem::take(&mut self.others)
            .into_iter()
            .filter_map(|(hook, listeners)| Some((hook, without(listeners, ids)?)))
            .collect();
    }

    pub(super) fn listening(&self) -> u64 {
        let known = self.known.iter().enumerate().filter(|(_, listeners)| listeners.is_some());
        let others = if self.others.is_empty() { 0 } else { OTHERS };
        known.fold(others, |bits, (index, _)| bits | 1 << index)
    }
}

fn without(listeners: Listeners, ids: &Range<u64>) -> Option<Listeners> {
    if !listeners.iter().any(|entry| ids.contains(&entry.id)) {
        return Some(listeners);
    }
    let rest: Listeners = listeners.iter().filter(|entry| !ids.contains(&entry.id)).cloned().collect();
    (!rest.is_empty()).then_some(rest)
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = names::KNOWN
            .into_iter()
            .zip(&self.known)
            .filter_map(|(hook, listeners)| Some((hook, listeners.as_ref()?)));
        let others = self.others.iter().map(|(hook, listeners)| (hook.as_str(), listeners));
        f.debug_map().entries(known.chain(others).map(|(hook, listeners)| (hook, listeners.len()))).finish()
    }
}
