//! Panics of ours: kept, counted, and never printed into somebody's conversation.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use pyo3::prelude::*;
use telemetry_core::lock::Mutex;

struct Panics {
    count: u64,
    last: Option<String>,
}

static PANICS: Mutex<Panics> = Mutex::new(Panics { count: 0, last: None });

/// The standard hook writes to stderr, which is the user's terminal. This changes nothing for the host or for other
/// extensions: the standard library, and with it the hook, is linked into each of them.
pub(crate) fn install_panic_hook() {
    panic::set_hook(Box::new(remember));
}

/// How many panics there were in this process, and the last one's place and message.
#[pyfunction]
pub(crate) fn panics() -> (u64, Option<String>) {
    let panics = PANICS.lock();
    (panics.count, panics.last.clone())
}

/// Runs `work`; whatever happens inside ends here.
pub(crate) fn catch<R>(work: impl FnOnce() -> R) -> Option<R> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            // Dropping a panic's payload may panic again, outside the guard.
            std::mem::forget(payload);
            None
        }
    }
}

fn remember(info: &PanicHookInfo<'_>) {
    let message = message(info.payload());
    let Some(mut panics) = PANICS.try_lock() else { return };
    panics.count += 1;
    panics.last = Some(match info.location() {
        Some(place) => format!("{place}: {message}"),
        None => message.to_owned(),
    });
}

fn message(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}
