//! The host's own model calls, from its books, for who may read them.

use std::io;

use telemetry_store::conversations::{AuxiliaryError, HostDatabase};
use telemetry_store::index::Index;
use telemetry_store::insights::{Auxiliary, Window};

use crate::failure::Failure;
use crate::home::Home;
use crate::process::Process;
use crate::streams::Streams;

/// The host's own calls in `window`; `None` inside a host's process, where its database must not be opened, and where the
/// host keeps no books. Books that cannot be read are named, and the rest is told.
pub(crate) fn of(
    home: &Home,
    process: &Process,
    index: &Index,
    window: Window,
    streams: &mut Streams<'_>,
) -> Result<Option<Auxiliary>, Failure> {
    if !matches!(process, Process::Alone) {
        return Ok(None);
    }
    let mut unreadable = |said: String| -> io::Result<Option<Auxiliary>> {
        writeln!(streams.err, "telemetry: {said}; the host's own calls are left out")?;
        Ok(None)
    };
    let host = match HostDatabase::open(&home.path) {
        Ok(Some(host)) => host,
        Ok(None) => return Ok(None),
        Err(error) => return Ok(unreadable(error.to_string())?),
    };
    match host.auxiliary(index.connection(), window, &mut home.prices()) {
        Ok(found) => Ok(found),
        Err(AuxiliaryError::Host(error)) => Ok(unreadable(error.to_string())?),
        Err(AuxiliaryError::Index(error)) => Err(error.into()),
    }
}
