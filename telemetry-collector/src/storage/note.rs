//! Notes that something has to be settled.

use telemetry_core::ids::{ProcessId, RunId};

use crate::intake::Recorded;

/// What has to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Note {
    /// A run.
    Run(RunId),
    /// All runs of a process.
    Process(ProcessId),
}

/// What has to be settled when this is new.
///
/// What is of a run and names its process too (its start) concerns no other run; what its process said before is read with the
/// run.
pub(crate) fn notes(recorded: &Recorded) -> impl Iterator<Item = Note> {
    let run = recorded.event.run;
    let process = recorded.process().filter(|_| run.is_none());
    let about = recorded.about().filter(|about| Some(*about) != run);
    run.map(Note::Run).into_iter().chain(about.map(Note::Run)).chain(process.map(Note::Process))
}
