//! The callables the host calls, and what a process does around them.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};
use telemetry_core::lock::Mutex;

use crate::home;
use crate::payload::{Fields, Objects};
use crate::quiet::catch;

/// The hooks of which something is inside an object of the host: a message that came in, and an answer.
const WITH_OBJECTS: [&str; 2] = ["pre_gateway_dispatch", "post_api_request"];

/// What the host's exit may wait for us. Its own watchdog ends a process that takes too long to leave.
const EXIT_BUDGET: Duration = Duration::from_millis(50);

type Callables<'py> = Vec<(&'static str, Bound<'py, PyCFunction>)>;

/// Opens the telemetry of this process, and gives the hooks to register with a callable for each; `None` when
/// `telemetry.local` is false, which means the plugin is not there at all.
#[pyfunction]
#[pyo3(signature = (home, context_variable=None))]
pub(crate) fn open<'py>(
    py: Python<'py>,
    home: PathBuf,
    context_variable: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Callables<'py>>> {
    let opened = catch(|| home::open_process_home(py, &home, context_variable.as_ref())).flatten();
    let Some(telemetry) = opened else { return Ok(None) };
    telemetry
        .hook_names()
        .iter()
        .map(|hook| Ok((*hook, callable(py, hook)?)))
        .collect::<PyResult<_>>()
        .map(Some)
}

/// True once per process. The host registers plugins again whenever it re-reads its config, and may import the package
/// anew for it, so only native state knows what was done before.
#[pyfunction]
pub(crate) fn first_registration() -> bool {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    !REGISTERED.swap(true, Ordering::Relaxed)
}

/// For `os.register_at_fork`, in the child, and once in the process that registers it.
#[pyfunction]
pub(crate) fn remember_process() {
    telemetry_plugin::remember_process();
}

/// Takes the process's `sys.argv`, and keeps a word of a fixed list and nothing else of it: questions stand in there.
/// What is no text, or none that UTF-8 has, stands for itself as an empty word.
#[pyfunction]
pub(crate) fn remember_command(command_line: &Bound<'_, PyAny>) {
    catch(|| {
        let Ok(words) = command_line.try_iter() else { return };
        let text = |word: PyResult<Bound<'_, PyAny>>| word.and_then(|word| word.extract::<String>());
        let words: Vec<String> = words.map(|word| text(word).unwrap_or_default()).collect();
        telemetry_plugin::remember_command(words.iter().map(String::as_str));
    });
}

/// For `atexit`. Not the end: background subagents of the host still call hooks afterwards.
#[pyfunction]
pub(crate) fn on_exit() {
    let started = Instant::now();
    catch(|| {
        for telemetry in home::all() {
            if started.elapsed() < EXIT_BUDGET {
                telemetry.on_exit();
            }
        }
    });
}

/// A builtin function: it is given the keyword arguments as the dict they arrived in, with nothing copied.
fn callable<'py>(py: Python<'py>, hook: &'static str) -> PyResult<Bound<'py, PyCFunction>> {
    let objects = if WITH_OBJECTS.contains(&hook) { Objects::Open } else { Objects::Opaque };
    let observe = move |arguments: &Bound<'_, PyTuple>, fields: Option<&Bound<'_, PyDict>>| -> Py<PyAny> {
        let py = arguments.py();
        catch(|| {
            if let Some(fields) = fields
                && let Some(telemetry) = home::current(py)
            {
                telemetry.on_hook(hook, &Fields::new(fields, objects));
            }
        });
        // Always: what other values mean differs from hook to hook, and some change what the host does.
        py.None()
    };
    let doc = c"Records this lifecycle event. Always returns None.";
    PyCFunction::new_closure(py, Some(c_name(hook)), Some(doc), observe)
}

/// Python keeps the name by address, for ever; so each is made once, however often the host registers us.
fn c_name(hook: &'static str) -> &'static CStr {
    static NAMES: Mutex<Option<HashMap<&'static str, &'static CStr>>> = Mutex::new(None);
    let mut names = NAMES.lock();
    names.get_or_insert_default().entry(hook).or_insert_with(|| {
        CString::new(hook).map_or(c"telemetry_hook", |name| Box::leak(name.into_boxed_c_str()))
    })
}
