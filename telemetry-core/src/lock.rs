//! Locks that a forked child can use.
//!
//! parking_lot, which is the faster choice elsewhere, keeps the threads that wait for any lock in one table of the process.
//! A child inherits that table with the parent's threads in it, which the child does not have: its first wait goes
//! through memory of theirs, and ends in a null pointer or never. On Linux the locks of the standard library keep all
//! they know in a word of their own, so a lock made in the child is new. One that is inherited may still have been taken.
//!
//! Nothing here is ever poisoned: a panic of ours costs what was at hand and nothing after it.

use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

/// A value for one thread at a time.
#[derive(Debug, Default)]
pub struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// A lock that nobody holds.
    pub const fn new(value: T) -> Self {
        Mutex(std::sync::Mutex::new(value))
    }

    /// Waits for the lock, and takes it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock if nobody holds it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The value, of which this is the only borrower: nobody has to wait.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What threads wait at for others to change a locked value.
#[derive(Debug, Default)]
pub struct Condvar(std::sync::Condvar);

impl Condvar {
    /// Wakes one thread that waits, if any does.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all that wait.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Lets go of the lock while `waits` says so of the value and `until` has not come; then holds it again.
    pub fn wait_while_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        until: Instant,
        waits: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        let rest = until.saturating_duration_since(Instant::now());
        self.0.wait_timeout_while(guard, rest, waits).unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_panic_under_the_lock_leaves_it_usable() {
        let lock = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _guard = lock.lock();
                panic!("under the lock");
            });
            panics.join().is_err()
        });
        assert!(panicked);
        assert_eq!(*lock.lock(), 1);
    }

    #[test]
    fn a_wait_ends_when_the_value_changes_or_its_time_is_over() {
        let (lock, changed) = (Mutex::new(false), Condvar::default());
        let over = changed.wait_while_until(lock.lock(), Instant::now(), |changed| !*changed);
        assert!(!*over);
        drop(over);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                *lock.lock() = true;
                changed.notify_all();
            });
            let until = Instant::now() + Duration::from_secs(60);
            assert!(*changed.wait_while_until(lock.lock(), until, |changed| !*changed));
        });
    }
}
