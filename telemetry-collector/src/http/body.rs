//! Bodies: read within a time, a size and the memory there is, and decompressed within another size.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::limits::{Limits, MOST_MEMORY};
use super::problem::Problem;

/// The unit in which memory is counted.
const KIB: usize = 1 << 10;

/// What zstd may look back, as a power of two: 8 MiB, which is what it does at any level up to 19. The memory for it is
/// taken before anything is decompressed.
const ZSTD_WINDOW: u32 = 23;

/// Reads bodies.
#[derive(Clone)]
pub struct Bodies {
    limits: Arc<Limits>,
    /// In KiB.
    memory: Arc<Semaphore>,
}

/// How large a body may be, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// As it is sent.
    pub sent: usize,
    /// Decompressed.
    pub decoded: usize,
}

/// A body, whose memory is counted until it is dropped.
pub struct Content {
    /// What was sent, decompressed.
    pub bytes: Vec<u8>,
    _memory: Option<OwnedSemaphorePermit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Zstd,
}

impl Bodies {
    /// Reads bodies within `limits`.
    pub fn new(limits: Arc<Limits>) -> Self {
        Bodies { limits, memory: Arc::new(Semaphore::new(MOST_MEMORY / KIB)) }
    }

    /// Reads a body of one of `types`.
    ///
    /// # Errors
    /// 400, 408, 413, 415 or 503.
    pub async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        types: &[&str],
        size: Size,
    ) -> Result<Content, Problem> {
        check_type(headers, types)?;
        let coding = coding(headers)?;
        let declared =
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|declared| declared > size.sent) {
            return Err(too_large(size.sent));
        }
        let mut memory = None;
        let sent = match timeout(self.limits.body, self.collect(body, size.sent, &mut memory)).await {
            Ok(sent) => sent?,
            Err(_) => return Err(Problem::too_slow()),
        };
        if coding == Coding::Identity {
            return Ok(Content { bytes: sent.into(), _memory: memory });
        }
        let limit = size.decoded;
        let room = self.memory.clone();
        let decoded = tokio::task::spawn_blocking(move || {
            decode(coding, &sent, limit, &room, &mut memory).map(|bytes| (bytes, memory))
        });
        let (bytes, memory) = decoded.await.map_err(|_| Problem::internal())??;
        Ok(Content { bytes, _memory: memory })
    }

    async fn collect(
        &self,
        mut body: Body,
        limit: usize,
        memory: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<BytesMut, Problem> {
        let mut sent = BytesMut::new();
        let mut last = Instant::now();
        loop {
            let frame = match timeout(self.limits.piece, body.frame()).await {
                Err(_) => return Err(Problem::too_slow()),
                Ok(None) => return Ok(sent),
                Ok(Some(Err(_))) => return Err(Problem::malformed("the body broke off").closing()),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(piece) = frame.into_data() {
                if sent.len() + piece.len() > limit {
                    return Err(too_large(limit));
                }
                reserve(&self.memory, memory, sent.len() + piece.len())?;
                sent.extend_from_slice(&piece);
            }
            // Whoever sends a byte at a time must not keep a whole thread busy with it.
            if last.elapsed() > std::time::Duration::from_millis(50) {
                last = Instant::now();
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Counts `bytes` in, in place of what was counted before.
fn reserve(
    all: &Arc<Semaphore>,
    own: &mut Option<OwnedSemaphorePermit>,
    bytes: usize,
) -> Result<(), Problem> {
    let counted = own.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let more = bytes.div_ceil(KIB).saturating_sub(counted);
    if more == 0 {
        return Ok(());
    }
    let full =
        || Problem::unavailable("more is coming in than there is memory for: send it again in a second");
    let more =
        all.clone().try_acquire_many_owned(u32::try_from(more).map_err(|_| full())?).map_err(|_| full())?;
    match own {
        Some(own) => own.merge(more),
        None => *own = Some(more),
    }
    Ok(())
}

fn check_type(headers: &HeaderMap, types: &[&str]) -> Result<(), Problem> {
    let sent = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mut parts = sent.unwrap_or_default().split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    match types.iter().any(|one| kind.eq_ignore_ascii_case(one)) && utf8 {
        true => Ok(()),
        false => {
            Err(Problem::unsupported(format!("`Content-Type` must be {}, in UTF-8", types.join(" or "))))
        }
    }
}

fn coding(headers: &HeaderMap) -> Result<Coding, Problem> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let coding = match codings.next().map(<[u8]>::to_ascii_lowercase).as_deref() {
        None | Some(b"" | b"identity") => Some(Coding::Identity),
        Some(b"gzip" | b"x-gzip") => Some(Coding::Gzip),
        Some(b"zstd") => Some(Coding::Zstd),
        Some(_) => None,
    };
    coding.filter(|_| codings.next().is_none()).ok_or_else(|| {
        Problem::unsupported("`Content-Encoding` must be gzip, zstd or identity, and one of them")
            .with(ACCEPT_ENCODING, HeaderValue::from_static("gzip, zstd, identity"))
    })
}

fn decode(
    coding: Coding,
    sent: &[u8],
    limit: usize,
    all: &Arc<Semaphore>,
    memory: &mut Option<OwnedSemaphorePermit>,
) -> Result<Vec<u8>, Problem> {
    let unread =
        |_| Problem::malformed("the body is not compressed as `Content-Encoding` says, or broke off");
    let mut reader: Box<dyn Read + '_> = match coding {
        Coding::Identity => Box::new(sent),
        Coding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(sent)),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(sent).map_err(unread)?;
            decoder.window_log_max(ZSTD_WINDOW).map_err(unread)?;
            Box::new(decoder)
        }
    };
    let mut decoded = Vec::new();
    let mut piece = [0; 16 * KIB];
    loop {
        let read = reader.read(&mut piece).map_err(unread)?;
        if read == 0 {
            return Ok(decoded);
        }
        // Looked at before it is kept: a bomb is put out at the first piece too many.
        if decoded.len() + read > limit {
            return Err(Problem::too_large(format!(
                "the body has more than {limit} bytes when it is decompressed"
            )));
        }
        reserve(all, memory, sent.len() + decoded.len() + read)?;
        decoded.extend_from_slice(&piece[..read]);
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::too_large(format!("the body has more than {limit} bytes"))
}
