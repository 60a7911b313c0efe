//! Clients that send as fast as they get answers, or at a fixed pace.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::load::Load;

/// What clients saw.
#[derive(Default)]
pub struct Seen {
    pub events: u64,
    pub took: Duration,
    /// Of each request, from the moment it should have gone out to its answer.
    pub latencies: Vec<Duration>,
}

impl Seen {
    pub fn per_second(&self) -> u64 {
        (self.events as f64 / self.took.as_secs_f64()) as u64
    }

    /// In milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(rank).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}

/// Sends for `time` over `connections`, together `pace` events a second where one is given. `first` is the number of the first
/// request.
pub fn send(
    address: SocketAddr,
    key: &str,
    load: &Load,
    connections: u32,
    pace: Option<u64>,
    time: Duration,
    first: &AtomicU64,
) -> Seen {
    let began = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let (load, key) = (load.clone(), key.to_owned());
            let every = pace.map(|pace| {
                Duration::from_secs_f64(load.events as f64 * f64::from(connections) / pace as f64)
            });
            let number = std::sync::Arc::new(AtomicU64::new(first.fetch_add(1 << 32, Relaxed)));
            std::thread::spawn(move || one(address, &key, &load, every, began, time, &number))
        })
        .collect();
    let mut seen = Seen::default();
    for thread in threads {
        let one = thread.join().expect("a client");
        seen.events += one.events;
        seen.latencies.extend(one.latencies);
    }
    seen.took = began.elapsed();
    seen
}

fn one(
    address: SocketAddr,
    key: &str,
    load: &Load,
    every: Option<Duration>,
    began: Instant,
    time: Duration,
    number: &AtomicU64,
) -> Seen {
    let stream = TcpStream::connect(address).expect("the collector listens");
    stream.set_nodelay(true).expect("a socket");
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone().expect("a socket")), stream);
    let (mut seen, mut body, mut request) = (Seen::default(), Vec::new(), Vec::new());
    let mut due = began;
    while began.elapsed() < time {
        if let Some(every) = every {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            due += every;
        }
        let from = every.map_or_else(Instant::now, |every| due - every);
        load.body(number.fetch_add(1, Relaxed), &mut body);
        request.clear();
        write!(
            request,
            "POST {} HTTP/1.1\r\nHost: {address}\r\nX-API-Key: {key}\r\nX-Telemetry-Host: bench\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            load.path, load.content_type, body.len()
        )
        .expect("memory");
        request.extend_from_slice(&body);
        writer.write_all(&request).expect("the collector reads");
        assert_eq!(status(&mut reader), 2, "not taken: see the collector's own output");
        seen.events += load.events as u64;
        seen.latencies.push(from.elapsed());
    }
    seen
}

/// Reads an answer; its status in hundreds.
fn status(reader: &mut impl BufRead) -> u16 {
    let (mut line, mut status, mut length) = (String::new(), 0, 0);
    loop {
        line.clear();
        reader.read_line(&mut line).expect("an answer");
        let text = line.trim_end().to_ascii_lowercase();
        if text.starts_with("http/1.1 ") {
            status = text[9..12].parse::<u16>().expect("a status");
        } else if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        } else if text.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the whole answer");
    if status / 100 != 2 {
        eprintln!("{status}: {}", String::from_utf8_lossy(&body));
    }
    status / 100
}
