//! The telemetry plugin for hermes-agent: a Python extension module under a thin package (`python/`).
//!
//! - [`hooks`]: one native callable per lifecycle hook, and what a process does when it exits;
//! - [`home`]: which home an event belongs to, when one process serves several profiles;
//! - [`payload`]: keyword arguments read where they lie; [`walk`]: all that is in a dict or a list;
//! - [`keys`]: their names, as the objects the host's own code uses;
//! - [`command`]: `hermes telemetry ...`, the whole CLI inside the host's process, or in one of its own;
//! - [`summary`]: the answer to `/telemetry` in a chat;
//! - [`quiet`]: panics end here, and are not printed.
//!
//! The host catches `Exception` around a hook and nothing else, leaves by `os._exit` a few milliseconds after the last
//! one, forks after loading us, and calls hooks from any thread, even after its `atexit` handlers ran. So, in here:
//!
//! - **Nothing gets out of a hook.** Every callback runs under `catch_unwind` and returns `None`. A panic that reached
//!   PyO3 would become a `PanicException`, which is a `BaseException` and ends the user's run.
//! - **The GIL is never released**, in hooks or elsewhere. A daemon thread that asks for it back while the interpreter
//!   finalises is ended by a forced unwind through our frames, which aborts the process. Holding it also makes our
//!   locks safe across `fork`: Python forks while holding the GIL, so no other thread can be inside them.
//! - **No Python object outlives the call** that brought it, except the host's context variable, which is immortal. (The
//!   names in [`keys`] are our own.)
//! - **No thread-locals.** Two hooks of one turn arrive on two threads.

mod command;
mod home;
mod hooks;
mod keys;
mod payload;
mod quiet;
mod summary;
mod walk;

use pyo3::prelude::*;

/// What the Python package sees.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    quiet::install_panic_hook();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(hooks::open, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::first_registration, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::remember_process, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::remember_command, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::on_exit, module)?)?;
    module.add_function(wrap_pyfunction!(quiet::panics, module)?)?;
    module.add_function(wrap_pyfunction!(command::run_cli, module)?)?;
    module.add_function(wrap_pyfunction!(command::run_alone, module)?)?;
    module.add_function(wrap_pyfunction!(summary::summary, module)?)?;
    Ok(())
}
