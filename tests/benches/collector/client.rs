//! Clients that send as fast as they get answers, or at a fixed pace.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::load::Load;
use crate::target::Target;

/// How long a client rests that was told to come again later.
const REST: Duration = Duration::from_millis(100);

/// What clients saw.
#[derive(Default)]
pub struct Seen {
    /// Of requests that were taken.
    pub events: u64,
    pub took: Duration,
    /// Of each request that was taken, from the moment it should have gone out to that answer.
    pub latencies: Vec<Duration>,
    /// How often a client was told to come again later.
    pub refused: u64,
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
/// request. What is refused for now is sent again until it is taken.
pub fn send(
    target: &Target,
    load: &Load,
    connections: u32,
    pace: Option<u64>,
    time: Duration,
    first: &AtomicU64,
) -> Seen {
    let began = Instant::now();
    let every =
        pace.map(|pace| Duration::from_secs_f64(load.events as f64 * f64::from(connections) / pace as f64));
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| {
                let number = first.fetch_add(1 << 32, Relaxed);
                scope.spawn(move || Client::new(target, load).send(every, began, time, number))
            })
            .collect();
        for thread in threads {
            let one = thread.join().expect("a client");
            seen.events += one.events;
            seen.latencies.extend(one.latencies);
            seen.refused += one.refused;
        }
    });
    seen.took = began.elapsed();
    seen
}

/// One connection.
struct Client<'a> {
    load: &'a Load,
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    /// What is the same of every request.
    head: String,
}

impl<'a> Client<'a> {
    fn new(target: &Target, load: &'a Load) -> Self {
        let Target { address, key, .. } = target;
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        let (path, content_type) = (load.path, load.content_type);
        let gzip = if load.gzip { "Content-Encoding: gzip\r\n" } else { "" };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nX-API-Key: {key}\r\nX-Telemetry-Host: bench\r\nContent-Type: {content_type}\r\n{gzip}"
        );
        Client { load, reader: BufReader::new(stream.try_clone().expect("a socket")), writer: stream, head }
    }

    fn send(mut self, every: Option<Duration>, began: Instant, time: Duration, first: u64) -> Seen {
        let (mut seen, mut body, mut request) = (Seen::default(), Vec::new(), Vec::new());
        let mut due = began;
        for number in first.. {
            if began.elapsed() >= time {
                break;
            }
            if let Some(every) = every {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                due += every;
            }
            let from = every.map_or_else(Instant::now, |every| due - every);
            self.load.body(number, &mut body);
            request.clear();
            write!(request, "{}Content-Length: {}\r\n\r\n", self.head, body.len()).expect("memory");
            request.extend_from_slice(&body);
            while !self.taken(&request) {
                seen.refused += 1;
                if began.elapsed() >= time {
                    return seen;
                }
                std::thread::sleep(REST);
            }
            seen.events += self.load.events as u64;
            seen.latencies.push(from.elapsed());
        }
        seen
    }

    /// Sends a request; whether it was taken, or is to be sent again.
    fn taken(&mut self, request: &[u8]) -> bool {
        self.writer.write_all(request).expect("the server reads");
        match answer(&mut self.reader) {
            (200..300, _) => true,
            (429 | 503, _) => false,
            (status, body) => panic!("{status}: {}", String::from_utf8_lossy(&body)),
        }
    }
}

/// Reads an answer: its status and body.
fn answer(reader: &mut impl BufRead) -> (u16, Vec<u8>) {
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
    (status, body)
}
