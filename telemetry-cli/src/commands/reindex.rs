//! `telemetry reindex`: the index made anew from the log.

use crate::answers;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;

pub(super) fn run(home: &Home, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if !home.layout.root().exists() {
        writeln!(streams.out, "nothing to index: {} has no log yet", home.path.display())?;
        return Ok(());
    }
    let progress = answers::rebuild(home, streams)?;
    writeln!(streams.out, "indexed {} events into {}", progress.read, home.layout.database().display())?;
    Ok(())
}
