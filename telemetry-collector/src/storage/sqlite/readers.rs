//! Connections that read, beside the one that writes and without waiting for it.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::{Mutex, Semaphore};

use super::file::File;
use crate::storage::StorageError;

/// How many read at once: a few, as they share the processors with who writes.
const AT_ONCE: usize = 4;

/// Who reads.
pub(super) struct Readers {
    file: File,
    turns: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub fn of(file: File) -> Self {
        Readers { file, turns: Semaphore::new(AT_ONCE), idle: Arc::default() }
    }

    /// Does `work`, all of it on what was committed when it began, on a thread that may wait for a disk.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let gone = |_| StorageError::Broken("its readers are gone".into());
        let _turn = self.turns.acquire().await.map_err(gone)?;
        let (idle, file) = (self.idle.clone(), self.file.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let connection = idle.blocking_lock().pop();
            let connection = connection.map_or_else(|| file.connect_to_read(), Ok)?;
            let snapshot = connection.unchecked_transaction()?;
            let done = work(&snapshot)?;
            drop(snapshot);
            idle.blocking_lock().push(connection);
            Ok(done)
        });
        reading.await.unwrap_or_else(|error| {
            Err(StorageError::Broken(format!("a bug of ours: reading failed ({error})")))
        })
    }
}
