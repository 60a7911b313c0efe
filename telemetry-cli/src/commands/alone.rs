//! A command given on to a process of its own.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::thread;

use crate::failure::Failure;
use crate::streams::Streams;

/// Runs `command` to its end, its words where ours would go; fails as it failed.
pub(super) fn run(command: &mut Command, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::Failed(format!(
            "no process of its own could be started for this command ({error}); run it with the `telemetry` binary"
        ))
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Read beside the other, or a child that says much on one would wait for us for ever.
    let said = thread::Builder::new().spawn(move || {
        let mut said = Vec::new();
        let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        said
    });
    // Dropped when nobody reads any more: then the child ends, as it would alone.
    let copied = stdout.map(|mut stdout| io::copy(&mut stdout, streams.out)).transpose();
    let ended = child.wait().map_err(failed)?;
    let said = said.map_err(failed)?.join().unwrap_or_default();
    streams.err.write_all(&said)?;
    copied?;
    match ended.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Told(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}
