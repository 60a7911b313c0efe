//! The names of fields as Python strings, made once.
//!
//! A dict is searched for by a Python string. Making one for each look, hashing it and comparing it byte by byte is most
//! of what a hook would cost: some thirty looks of 40 ns. The host's keyword names are interned by the compiler, so an
//! interned string of ours is the same object, its hash is known, and a look compares a pointer.
//!
//! Not `PyOnceLock`, and so not `pyo3::intern!` inside a hook either: where it has to make its value it lets go of the
//! GIL, and a hook holds the tracker's lock then. Another thread's hook would take the GIL and wait for that lock, for
//! ever. A slot here is set by one compare-and-swap, and who comes second throws his copy away.

use once_cell::race::OnceBox;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Several times the names that are asked for (some sixty), so that almost each has a slot to itself.
const SLOTS: usize = 1 << 9;
/// Looked at before a name is given up.
const STEPS: usize = 4;

struct Key {
    name: Box<str>,
    object: Py<PyString>,
}

static KEYS: [OnceBox<Key>; SLOTS] = [const { OnceBox::new() }; SLOTS];

/// `name` as an interned Python string. `None` where its slots are taken: then the caller makes one.
///
/// The slot comes from the address, which costs nothing and spreads well, because callers ask by literals. It is only a
/// hint: what is there is compared, and a literal that was compiled in twice takes two slots.
#[inline]
pub(crate) fn interned(py: Python<'_>, name: &str) -> Option<&'static Py<PyString>> {
    let first = (name.as_ptr().addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.ilog2());
    (0..STEPS).find_map(|step| {
        let slot = &KEYS[(first as usize + step) % SLOTS];
        let key = slot.get().unwrap_or_else(|| fill(py, slot, name));
        (*key.name == *name).then_some(&key.object)
    })
}

#[cold]
fn fill(py: Python<'_>, slot: &'static OnceBox<Key>, name: &str) -> &'static Key {
    slot.get_or_init(|| Box::new(Key { name: name.into(), object: PyString::intern(py, name).unbind() }))
}
