//! Who may come in: the keys of the database, remembered for a moment.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use telemetry_core::time::UnixNanos;
use tokio::time::Instant;

use super::problem::Problem;
use super::rate::Buckets;
use crate::keys::{self, KeyRecord};
use crate::storage::Storage;

/// How long a key is taken for what it was: a revoked one opens nothing after that, in every collector.
pub const REMEMBERED: Duration = Duration::from_secs(5);

/// Attempts without a key that is known, from one address: so many at once, and so many a second. Ones that open something are not
/// counted here, so whoever is behind the same balancer as an attacker is not locked out with them.
const ATTEMPTS: (u32, u32) = (10, 100);

const MINUTE: i64 = 60_000_000_000;

/// The keys.
pub struct Keyring {
    storage: Arc<dyn Storage>,
    /// Keys that opened something, by their hash. No others: whoever tries keys must not fill memory.
    known: Mutex<HashMap<[u8; 32], Known>>,
    attempts: Buckets<IpAddr>,
    requests: Buckets<[u8; 32]>,
}

#[derive(Clone)]
struct Known {
    key: Arc<KeyRecord>,
    looked_up: Instant,
}

impl Keyring {
    /// The keys of a database, each of which lets `per_second` requests through, and twice that at once; 0 for all there are.
    pub fn new(storage: Arc<dyn Storage>, per_second: u32) -> Self {
        Keyring {
            storage,
            known: Mutex::default(),
            attempts: Buckets::new(ATTEMPTS.0, ATTEMPTS.1),
            requests: Buckets::new(per_second, per_second.saturating_mul(2)),
        }
    }

    /// The key that was sent from an address, if it opens anything now.
    ///
    /// # Errors
    /// 401 for one that does not, whyever; 429 when there are too many requests with it, or attempts without; 503 when it cannot be
    /// looked up.
    pub async fn open(&self, sent: Option<&[u8]>, peer: IpAddr) -> Result<Arc<KeyRecord>, Problem> {
        let peer = network(peer);
        let Some(sent) = sent else {
            return Err(self.refuse(peer));
        };
        let hash = keys::hash(sent);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let key = match known {
            Some(known) if known.looked_up.elapsed() < REMEMBERED => known.key,
            known => self.look_up(hash, known.is_some(), peer).await?,
        };
        // The database found it by its hash, at its own pace. That says nothing of the key, but costs nothing either.
        let same = bool::from(key.hash.ct_eq(&hash));
        let now = UnixNanos::now();
        if !same || !key.is_valid(now) {
            return Err(self.refuse(peer));
        }
        self.requests
            .take(hash)
            .map_err(|wait| Problem::too_many("this key sends more requests than it may", seconds(wait)))?;
        self.note_use(&key, now);
        Ok(key)
    }

    async fn look_up(
        &self,
        hash: [u8; 32],
        was_known: bool,
        peer: IpAddr,
    ) -> Result<Arc<KeyRecord>, Problem> {
        if !was_known {
            self.attempts.look(peer).map_err(too_many_attempts)?;
        }
        let unavailable = |_| Problem::unavailable("the database cannot be had: try again in a second");
        let found = self.storage.key(&hash).await.map_err(unavailable)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = found else {
            known.remove(&hash);
            drop(known);
            return Err(self.refuse(peer));
        };
        let key = Arc::new(key);
        known.insert(hash, Known { key: key.clone(), looked_up: Instant::now() });
        Ok(key)
    }

    /// Refuses whoever is there, and counts that.
    fn refuse(&self, peer: IpAddr) -> Problem {
        match self.attempts.take(peer) {
            Ok(()) => Problem::no_key(),
            Err(wait) => too_many_attempts(wait),
        }
    }

    /// Notes that a key was used, once a minute and without making anybody wait.
    fn note_use(&self, key: &Arc<KeyRecord>, now: UnixNanos) {
        let minute = UnixNanos(now.0 - now.0.rem_euclid(MINUTE));
        if key.used.is_some_and(|used| used >= minute) {
            return;
        }
        let used = Arc::new(KeyRecord { used: Some(minute), ..KeyRecord::clone(key) });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(&key.hash) {
            known.key = used;
        }
        drop(known);
        let (storage, hash) = (self.storage.clone(), key.hash);
        // Nothing depends on it: a database that cannot take it now is told of by whatever comes next.
        tokio::spawn(async move { storage.used_key(&hash, minute).await });
    }
}

fn too_many_attempts(wait: Duration) -> Problem {
    Problem::too_many("too many attempts without a valid key", seconds(wait))
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().max(1.0) as u64
}

/// What counts as one address: of IPv6 what a provider gives to one customer, or whoever has that had any number of tries.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        },
    }
}
