//! Settling makes way for what comes in. By a clock that stands still while anybody has something to do.

use std::sync::Arc;
use std::time::Duration;

use telemetry_collector::http::background::{Background, REST};
use telemetry_collector::intake::Intake;
use telemetry_collector::settle::Deriver;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::fake::Fake;
use super::queue::{reports, waiting};

/// What a step of settling takes.
const STEP: Duration = Duration::from_millis(100);

/// A database of which settling has no end, and what settles it as long as this is there.
struct Settling {
    storage: Arc<Fake>,
    intake: Intake,
    begun: UnboundedReceiver<Instant>,
    tasks: JoinSet<()>,
}

impl Settling {
    fn new() -> Self {
        let storage = Arc::new(Fake::default());
        let begun = storage.settle_without_end(STEP);
        let (intake, committing) = Intake::start(storage.clone(), 1);
        let mut tasks = JoinSet::new();
        tasks.spawn(committing.finish());
        Settling { storage, intake, begun, tasks }
    }

    fn start(&mut self) {
        let background = Background {
            storage: self.storage.clone(),
            intake: self.intake.clone(),
            metrics: Arc::default(),
            log: Arc::new(|_| {}),
        };
        self.tasks.spawn(background.settle(Arc::new(Deriver::default())));
    }

    /// From the beginning of a step to that of the next, so many times.
    async fn between(&mut self, steps: usize) -> Vec<Duration> {
        let mut last = self.begun.recv().await.unwrap();
        let mut between = Vec::new();
        for _ in 0..steps {
            let next = self.begun.recv().await.unwrap();
            between.push(next - last);
            last = next;
        }
        between
    }
}

#[tokio::test(start_paused = true)]
async fn while_nothing_comes_in_settling_does_not_rest() {
    let mut settling = Settling::new();
    settling.start();
    assert_eq!(settling.between(5).await, [STEP; 5]);
}

#[tokio::test(start_paused = true)]
async fn while_something_waits_settling_rests_and_never_starves() {
    let mut settling = Settling::new();
    let _held = settling.storage.turns.clone().acquire_owned().await.unwrap();
    let intake = settling.intake.clone();
    settling.tasks.spawn(async move { drop(intake.reports(reports("s", [1])).await) });
    waiting(&settling.intake, 1).await;
    settling.start();
    assert_eq!(settling.between(20).await, [STEP * (1 + REST); 20]);
}

#[tokio::test(start_paused = true)]
async fn once_nothing_waits_any_more_settling_goes_on() {
    let mut settling = Settling::new();
    let held = settling.storage.turns.clone().acquire_owned().await.unwrap();
    let intake = settling.intake.clone();
    let kept = tokio::spawn(async move { intake.reports(reports("s", [1])).await });
    waiting(&settling.intake, 1).await;
    settling.start();
    let first = settling.begun.recv().await.unwrap();
    // In the middle of its rest.
    sleep(STEP * 2).await;
    drop(held);
    kept.await.unwrap().unwrap();
    let second = settling.begun.recv().await.unwrap();
    assert!(second - first < STEP * (1 + REST), "{:?}", second - first);
    assert_eq!(settling.between(5).await, [STEP; 5]);
}
