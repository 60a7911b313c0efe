//! Running foreign code so that its panics stay here.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` and gives back its answer, or the message of its panic.
///
/// `AssertUnwindSafe` holds because nothing of the registry's is borrowed mutably while foreign code runs: what a panic
/// may leave half done belongs to the plugin that panicked, and it alone sees it.
pub(super) fn run<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let message = message(&*panic);
        discard(panic);
        message
    })
}

/// Drops a value whose destructor is not ours. Also for what a panic threw: that may have a destructor that panics, and
/// its panic another one, so the second is leaked rather than asked.
pub(super) fn discard<T>(value: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(panic);
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
