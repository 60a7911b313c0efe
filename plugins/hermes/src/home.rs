//! Which home an event belongs to.
//!
//! One process serves one home, except a multiplexing gateway, which serves a profile per task and keeps that profile's
//! home in a context variable of its own (`hermes_constants._HERMES_HOME_OVERRIDE`). Asking the host's
//! `get_hermes_home()` in every hook would run Python and touch the disk; reading the variable is one C call.

use std::collections::HashMap;
use std::path::{self, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use telemetry_core::lock::Mutex;
use telemetry_plugin::Telemetry;

/// The telemetry of one home; `None` when its config says `telemetry.local: false`.
pub(crate) type Opened = Option<Arc<Telemetry>>;

/// `ContextVar.get` with its arguments: a default, because a variable without a value would raise.
struct Override {
    get: Py<PyAny>,
    arguments: Py<PyTuple>,
}

/// The host's variable, kept for good: it is a global of the host and as old as the process.
static OVERRIDE: OnceLock<Override> = OnceLock::new();

struct Homes {
    /// Where events go when no context says otherwise.
    process: Opened,
    /// Homes of other profiles seen in this process.
    others: HashMap<String, Opened>,
}

/// Never held while Python runs: a thread that waits for it holds the GIL.
static HOMES: Mutex<Option<Homes>> = Mutex::new(None);

/// Sets the home of this process and forgets the others.
///
/// `TELEMETRY_HOME` is an explicit wish for this plugin alone: it wins over the host's home and over any context.
pub(crate) fn open_process_home(
    py: Python<'_>,
    host_home: &Path,
    context_variable: Option<&Bound<'_, PyAny>>,
) -> Opened {
    let wish = std::env::var_os("TELEMETRY_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    if let (None, Some(variable), None) = (&wish, context_variable, OVERRIDE.get())
        && let Some(found) = Override::of(py, variable)
    {
        // Losing a race would only mean that another thread stored the same variable.
        let _ = OVERRIDE.set(found);
    }
    let opened = open(wish.as_deref().unwrap_or(host_home));
    *HOMES.lock() = Some(Homes { process: opened.clone(), others: HashMap::new() });
    opened
}

/// The telemetry the current event belongs to.
pub(crate) fn current(py: Python<'_>) -> Opened {
    // Bound before the lock is taken, so that it is released after: dropping a Python object may run Python.
    let value = OVERRIDE.get().and_then(|variable| variable.value(py));
    let Some(home) = value.as_ref().and_then(|value| value.to_str().ok()).filter(|home| !home.is_empty())
    else {
        return HOMES.lock().as_ref()?.process.clone();
    };
    if let Some(known) = HOMES.lock().as_ref()?.others.get(home) {
        return known.clone();
    }
    let opened = open(Path::new(home));
    if let Some(homes) = HOMES.lock().as_mut() {
        homes.others.insert(home.to_owned(), opened.clone());
    }
    opened
}

/// Everything opened in this process, once each.
pub(crate) fn all() -> Vec<Arc<Telemetry>> {
    let homes = HOMES.lock();
    let opened = homes.iter().flat_map(|homes| homes.others.values().chain([&homes.process]).flatten());
    let mut all: Vec<Arc<Telemetry>> = Vec::new();
    for telemetry in opened {
        if !all.iter().any(|known| Arc::ptr_eq(known, telemetry)) {
            all.push(Arc::clone(telemetry));
        }
    }
    all
}

/// An absolute path, because the host may change its working directory later.
fn open(home: &Path) -> Opened {
    Telemetry::for_home(&path::absolute(home).unwrap_or_else(|_| home.to_owned()))
}

impl Override {
    fn of(py: Python<'_>, variable: &Bound<'_, PyAny>) -> Option<Self> {
        let get = variable.getattr("get").ok()?;
        let arguments = PyTuple::new(py, [py.None()]).ok()?;
        Some(Self { get: get.unbind(), arguments: arguments.unbind() })
    }

    /// The home of this context, if it has one: the host also stores a marker that means "none".
    fn value<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        self.get.bind(py).call1(self.arguments.bind(py)).ok()?.cast_into().ok()
    }
}
