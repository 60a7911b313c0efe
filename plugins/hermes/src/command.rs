//! `hermes telemetry ...`: the whole CLI, inside the host's process.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::Command;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use telemetry_cli::{Process, Streams};

use crate::quiet;

/// The name in usage lines: what the user has to type.
const PROGRAM: &str = "hermes telemetry";

/// Bytes gathered before Python is asked to write them.
const CHUNK: usize = 64 * 1024;

/// Runs the CLI inside the host and gives its exit code. Output goes through `sys.stdout` and `sys.stderr`, so that
/// whoever replaced them (a test, a console in the host) gets it. `alone` is the program, and its first arguments, that
/// runs the same command in a process of its own.
#[pyfunction]
#[pyo3(signature = (arguments, alone=None))]
pub(crate) fn run_cli(
    py: Python<'_>,
    arguments: Vec<OsString>,
    alone: Option<Vec<OsString>>,
) -> PyResult<u8> {
    let alone = alone.unwrap_or_default();
    let alone = alone.split_first().map(|(program, first)| {
        let mut command = Command::new(program);
        command.args(first);
        command
    });
    to_python(py, arguments, Process::Host { alone })
}

/// The same in a process that is no host's.
#[pyfunction]
pub(crate) fn run_alone(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    to_python(py, arguments, Process::Alone)
}

fn to_python(py: Python<'_>, arguments: Vec<OsString>, process: Process) -> PyResult<u8> {
    let sys = py.import("sys")?;
    let mut out = Stream::new(sys.getattr("stdout")?)?;
    let mut err = Stream { by_line: true, ..Stream::new(sys.getattr("stderr")?)? };
    let code = run(process, arguments, &mut out, &mut err);
    // Nobody is left to tell when even stderr cannot be written.
    let _ = err.flush();
    // A reader that went away (`| head`) wanted no more: that is not a failure.
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(code),
    }
}

/// Runs the CLI with its output in memory, for answers that go elsewhere.
pub(crate) fn capture<const N: usize>(arguments: [&str; N]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(Process::HOST, arguments.map(OsString::from), &mut out, &mut err);
    (code, lossy(&out), lossy(&err))
}

fn run(
    process: Process,
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let arguments = [OsString::from(PROGRAM)].into_iter().chain(arguments);
    if let Some(code) = quiet::catch(|| {
        let mut streams = Streams::new(out, err).with_reader(interrupted);
        telemetry_cli::run_in(process, arguments, &mut streams)
    }) {
        return code;
    }
    // Its place and not its words, which may quote what it was about.
    let (_, last) = quiet::panics();
    let place = last.as_deref().and_then(|last| last.split(": ").next()).unwrap_or_default();
    let _ = writeln!(err, "telemetry: this is a bug in telemetry, please report it: {place}");
    1
}

/// Whether somebody pressed Ctrl-C, which Python only notes while we run: a query that takes long ends, and so does a
/// command that waits.
fn interrupted() -> bool {
    Python::attach(|py| py.check_signals().is_err())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A text stream of Python as a writer of bytes.
struct Stream<'py> {
    text: Bound<'py, PyAny>,
    /// The bytes below the text: JSON is UTF-8 whatever the locale says. A replaced stream may have no such layer.
    binary: Option<Bound<'py, PyAny>>,
    /// Somebody is watching: every line is handed over at once.
    by_line: bool,
    pending: Vec<u8>,
}

impl<'py> Stream<'py> {
    fn new(text: Bound<'py, PyAny>) -> PyResult<Self> {
        let binary = text.getattr_opt("buffer")?;
        let by_line = text.call_method0("isatty").and_then(|answer| answer.is_truthy()).unwrap_or(false);
        Ok(Self { text, binary, by_line, pending: Vec::new() })
    }

    fn hand_over(&mut self) -> PyResult<()> {
        let py = self.text.py();
        if let Some(binary) = &self.binary {
            // What Python itself has printed comes first.
            self.text.call_method0(intern!(py, "flush"))?;
            binary.call_method1(
                intern!(py, "write"),
                (PyBytes::new(py, &std::mem::take(&mut self.pending)),),
            )?;
        } else {
            let rest = self.pending.split_off(whole_characters(&self.pending));
            let whole = std::mem::replace(&mut self.pending, rest);
            self.text.call_method1(intern!(py, "write"), (String::from_utf8_lossy(&whole),))?;
        }
        self.text.call_method0(intern!(py, "flush"))?;
        Ok(())
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= CHUNK || (self.by_line && bytes.contains(&b'\n')) {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() { Ok(()) } else { Ok(self.hand_over()?) }
    }
}

/// How many of these bytes do not end within a character.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}
