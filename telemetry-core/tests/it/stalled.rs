//! A million events while a disk does nothing.

use telemetry_core::emitter::Emitter as _;
use telemetry_core::pipeline::Options;

use crate::sink::{Mood, Moody};
use crate::{PLENTY, alone, emit, memory, numbers, told};

const EVENTS: i64 = 1_000_000;
const THREADS: i64 = 4;
/// What the queue may take of its host. The 131,072 events it keeps are 32 MiB, the allocator's margins about 8 with four
/// threads; the million would be 244.
const MEMORY_CAP: usize = 64 << 20;

#[test]
fn the_newest_of_a_million_survive_in_bounded_memory() {
    alone("stalled::the_newest_of_a_million_survive_in_bounded_memory", || {
        let disk = Moody::new(Mood::Hang);
        let options = Options::default();
        let capacity = options.capacity;
        let pipeline = disk.pipeline(options);
        // The writer stands before the disk with this one in its hand.
        emit(&pipeline, -1);
        disk.await_write();

        let (_, before) = memory();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let pipeline = &pipeline;
                scope.spawn(move || {
                    (thread..EVENTS).step_by(THREADS as usize).for_each(|n| emit(pipeline, n))
                });
            }
        });
        let (_, after) = memory();
        assert!(after - before < MEMORY_CAP, "{} KiB", (after - before) >> 10);
        let lost = pipeline.losses().queue_full;

        disk.turn(Mood::Keep);
        assert!(pipeline.flush(PLENTY));
        let kept = disk.kept();
        assert_eq!(told(&kept, "queue_full"), Some(lost), "the loss is recorded with what was kept");
        assert_eq!(pipeline.losses().queue_full, lost);
        let numbers = numbers(&kept);
        assert_eq!(numbers.len() as u64 + lost, EVENTS as u64 + 1, "every event is kept or counted");
        assert_eq!(numbers[0], -1);
        // A thread that the system stops in the middle of a call may be one off.
        let survived = numbers.len() - 1;
        assert!(survived.abs_diff(capacity) <= THREADS as usize, "{survived} of {capacity}");
        let newest: usize = (0..THREADS).map(|thread| newest_in_a_row(&numbers, thread)).sum();
        assert!(survived - newest <= THREADS as usize, "{newest} of {survived} are the newest");
    });
}

/// How many of the last events of a thread are there, up to the first that is not.
fn newest_in_a_row(numbers: &[i64], thread: i64) -> usize {
    let of_thread = numbers.iter().rev().filter(|number| *number % THREADS == thread);
    let all = (1..).map(|back| EVENTS - back * THREADS + thread);
    of_thread.zip(all).take_while(|(kept, emitted)| *kept == emitted).count()
}
