//! A server on loopback that hands each request to a function: what receivers of tests are made of.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use flate2::read::GzDecoder;

/// A request.
pub struct Request {
    /// Where to.
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it was before it was compressed.
    pub body: Vec<u8>,
}

/// What comes of a request.
pub enum Reply {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its media type.
        kind: &'static str,
        /// Its body.
        body: Vec<u8>,
    },
    /// The beginning of an answer that says all is well, and nothing more.
    Half,
    /// Nothing: the connection is closed.
    HangUp,
}

/// A server; gone when dropped.
pub struct Server {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Server {
    /// One that answers as `answers` says, on many connections at the same time.
    ///
    /// # Panics
    /// When there is no port to listen at.
    pub fn start(answers: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("loopback: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("loopback: {error}"));
        let over = Arc::new(AtomicBool::new(false));
        let (listening, answers) = (Arc::clone(&over), Arc::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if listening.load(SeqCst) {
                    return;
                }
                let (over, answers) = (Arc::clone(&listening), Arc::clone(&answers));
                std::thread::spawn(move || serve(&*answers, &over, &stream));
            }
        });
        Server { address, over }
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, SeqCst);
        // Wakes the thread that listens.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

/// Serves a connection until it ends, or something comes that is no request.
fn serve(answers: &(impl Fn(&Request) -> Reply + ?Sized), over: &AtomicBool, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = read(&mut reader) {
        if over.load(SeqCst) {
            return;
        }
        let (reply, goes_on) = match answers(&request) {
            Reply::HangUp => return,
            Reply::Half => (b"HTTP/1.1 200 Said\r\ncontent-length: 99\r\n\r\n{\"sch".to_vec(), false),
            Reply::Answer { status, kind, body } => {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
                );
                ([head.as_bytes(), &body].concat(), true)
            }
        };
        let mut out = stream;
        if out.write_all(&reply).is_err() || !goes_on {
            return;
        }
    }
}

/// The next request; `None` at the end of the connection.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    reader.read_exact(&mut body)?;
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
        body = plain;
    }
    Ok(Some(Request { path, headers, body }))
}
