//! No thread to be had.

use std::process::Command;

use telemetry_core::emitter::Emitter as _;
use telemetry_core::pipeline::Options;

use crate::sink::{Mood, Moody};
use crate::{PLENTY, alone, emit, memory, numbers, told};

#[test]
fn a_thread_that_is_refused_costs_events_until_the_next_flush() {
    alone("refused::a_thread_that_is_refused_costs_events_until_the_next_flush", || {
        let sink = Moody::new(Mood::Keep);
        let pipeline = sink.pipeline(Options::default());
        // Room for what is needed here, and not for the stack of a thread.
        limit_addresses(&(memory().0 + (1 << 20)).to_string());
        (0..10).for_each(|number| emit(&pipeline, number));
        assert!(!pipeline.flush(PLENTY), "nothing is in the log");
        emit(&pipeline, 10);
        let lost = pipeline.losses();
        assert_eq!((lost.no_writer, lost.queue_full), (11, 0));
        let reason = lost.last_error.unwrap();
        assert!(reason.starts_with("the writer thread did not start: "), "{reason}");

        limit_addresses("unlimited");
        emit(&pipeline, 11);
        assert_eq!(pipeline.losses().no_writer, 12, "only a flush tries again: its caller has time");
        assert!(pipeline.flush(PLENTY));
        emit(&pipeline, 12);
        assert!(pipeline.close(PLENTY));
        let kept = sink.kept();
        assert_eq!(numbers(&kept), [12]);
        assert_eq!(told(&kept, "no_writer"), Some(12), "and the loss is recorded");
    });
}

/// Sets this process's limit of addresses, in bytes; not the hard one, so that it can be lifted again.
fn limit_addresses(bytes: &str) {
    let process = format!("--pid={}", std::process::id());
    let set = Command::new("prlimit").args([process, format!("--as={bytes}:")]).status();
    assert!(set.unwrap().success(), "prlimit is of util-linux");
}
