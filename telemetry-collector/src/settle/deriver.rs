//! From a run's events to what it comes to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_store::StoreError;
use telemetry_store::index::Scratch;
use telemetry_store::insights::{RunDetail, What, facts, run_alone, run_detail, run_of};

use super::Derive;
use super::counted::count;
#[cfg(feature = "otlp")]
use super::{counted::series, reported};
#[cfg(feature = "otlp")]
use crate::otlp::reconcile::reconciled;
use crate::rollup::Cells;
use crate::storage::{Derived, StorageError, Unit};

/// Makes prices: every index has its own, which remember what they found.
type MakePrices = Box<dyn Fn() -> Prices + Send + Sync>;

/// Works it out as the index of a single machine does.
pub struct Deriver {
    prices: MakePrices,
    /// Indexes that nobody uses now.
    spare: Mutex<Vec<Scratch>>,
    failed: AtomicU64,
}

impl Default for Deriver {
    fn default() -> Self {
        Self::new(Prices::default)
    }
}

impl Deriver {
    /// One that has calls priced by what `prices` makes.
    pub fn new(prices: impl Fn() -> Prices + Send + Sync + 'static) -> Self {
        Deriver { prices: Box::new(prices), spare: Mutex::default(), failed: AtomicU64::new(0) }
    }

    /// How many times a run could not be worked out.
    pub fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    /// A run in full, with what was delegated from it, by the events of its tree; `None` when they say nothing of it.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn detail(&self, run: RunId, events: &[Event]) -> Result<Option<RunDetail>, StoreError> {
        let read = self.with(|index| {
            index.with(reconciled(events).iter(), |connection| match run_of(connection, run)? {
                Some((summary, ..)) => run_detail(connection, summary).map(Some),
                None => Ok(None),
            })
        });
        read.map_err(|(Failed::Index(error) | Failed::Run(error))| error)
    }

    /// Asks a spare index. It is not used again when that came to grief.
    fn with<T>(&self, ask: impl FnOnce(&mut Scratch) -> Result<T, StoreError>) -> Result<T, Failed> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let index = spare().pop();
        let mut index = match index {
            Some(index) => index,
            None => Scratch::new((self.prices)()).map_err(Failed::Index)?,
        };
        let answer = ask(&mut index).map_err(Failed::Run)?;
        spare().push(index);
        Ok(answer)
    }
}

impl Derive for Deriver {
    /// A run that cannot be worked out is left out too: others decide what is in it, and nobody else's numbers may have to wait for
    /// that.
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        let mut found = Vec::with_capacity(units.len());
        for unit in units {
            match catch_unwind(AssertUnwindSafe(|| self.with(|index| self.derived(index, unit)))) {
                Ok(Ok(derived)) => found.extend(derived),
                Ok(Err(Failed::Index(error))) => return Err(StorageError::Broken(error.to_string())),
                Ok(Err(Failed::Run(_))) | Err(_) => {
                    self.failed.fetch_add(1, Relaxed);
                }
            }
        }
        Ok(found)
    }
}

/// What could not be done.
enum Failed {
    /// There is no index to work with.
    Index(StoreError),
    /// This run could not be worked out.
    Run(StoreError),
}

impl Deriver {
    fn derived(&self, index: &mut Scratch, unit: &Unit) -> Result<Option<Derived>, StoreError> {
        index.with(reconciled(&unit.events).iter(), |connection| {
            let Some((summary, start, end)) = run_alone(connection, unit.run)? else { return Ok(None) };
            let (mut cells, mut provider) = (Cells::default(), None);
            #[cfg(feature = "otlp")]
            let mut run = None;
            // What is told of other runs, its parent say, is not all there is of them.
            facts(connection, |fact| {
                if fact.run != unit.run {
                    return;
                }
                match fact.what {
                    #[cfg(feature = "otlp")]
                    What::Run => run = Some(series(&unit.host, &fact)),
                    What::ModelCall { .. } if provider.is_none() => {
                        provider = fact.provider.map(str::to_owned);
                    }
                    _ => {}
                }
                count(&mut cells, &unit.host, &fact);
            })?;
            #[cfg(feature = "otlp")]
            if let Some(run) = run {
                reported::count(&mut cells, unit, &run, &self.prices);
            }
            Ok(Some(Derived {
                run: unit.run,
                host: unit.host.clone(),
                process: process(unit),
                parent: summary.parent_run_id.as_ref().and_then(|parent| parent.parse().ok()),
                start,
                end,
                provider,
                summary,
                cells,
            }))
        })
    }
}

/// What was told twice is only told so over OTLP.
#[cfg(not(feature = "otlp"))]
fn reconciled(events: &[Event]) -> &[Event] {
    events
}

/// The process that announced the run first.
fn process(unit: &Unit) -> Option<ProcessId> {
    let announced = unit.events.iter().filter(|event| event.run == Some(unit.run));
    let announced = announced.filter_map(|event| match &event.body {
        Body::RunStarted(started) => Some((event.ts, started.process)),
        _ => None,
    });
    announced.min().map(|(_, process)| process)
}
