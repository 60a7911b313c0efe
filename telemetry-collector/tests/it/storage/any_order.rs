//! Whatever comes when: the rollups are the sums of what the runs come to.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy as _, any};
use proptest::test_runner::{Config, TestRunner};
use telemetry_collector::intake::Recorded;
use tokio::runtime::Handle;

use super::databases::Databases;
use super::settling::sessions;
use super::state::{settle_all, state, state_of};
use super::tally::Tally;

/// What is done with a database.
#[derive(Debug, Clone)]
enum Step {
    /// Some of the events come, some of them not for the first time.
    Keep(Vec<usize>),
    Settle(usize),
    /// Another collector starts, and does what follows.
    Change,
}

pub async fn whatever_comes_when_the_rollups_are_the_sums_of_the_runs(databases: impl Databases) {
    let databases = Arc::new(databases);
    let runtime = Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        let events = sessions();
        let step = proptest::prop_oneof![
            4 => vec(any::<proptest::sample::Index>(), 1..20).prop_map({
                let many = events.len();
                move |chosen| Step::Keep(chosen.into_iter().map(|index| index.index(many)).collect())
            }),
            3 => (1..4_usize).prop_map(Step::Settle),
            1 => proptest::strategy::Just(Step::Change),
        ];
        // No file of failures: a case that fails is printed, and small.
        let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&vec(step, 1..12), |steps| {
            runtime.block_on(run(&*databases, &events, &steps));
            Ok(())
        })
    });
    checked.await.unwrap().unwrap();
}

async fn run(databases: &impl Databases, events: &[Recorded], steps: &[Step]) {
    let database = databases.fresh().await;
    let mut storage = database.open().await;
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    for step in steps {
        match step {
            Step::Keep(chosen) => {
                let batch: Vec<_> = chosen.iter().map(|at| events[*at].clone()).collect();
                let expected: Vec<_> = chosen.iter().map(|at| kept.insert(*at)).collect();
                assert_eq!(storage.keep_events(&batch).await.unwrap(), expected);
            }
            Step::Settle(most) => {
                storage.settle(*most, Arc::new(Tally)).await.unwrap();
            }
            Step::Change => storage = database.open().await,
        }
    }
    settle_all(&storage).await;
    let kept: Vec<_> = kept.iter().map(|at| events[*at].clone()).collect();
    assert_eq!(state(&storage).await, state_of(&kept));
}
