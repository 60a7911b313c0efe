//! A server of one test: it reads requests and answers as a function says.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Which connection it came by, from 0.
    pub connection: usize,
    pub path: String,
    headers: Vec<(String, String)>,
    /// As it was before it was compressed.
    pub body: Vec<u8>,
    /// How many bytes came.
    pub length: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_gzip(&self) -> bool {
        self.header("content-encoding") == Some("gzip")
    }
}

/// What to do about a request.
#[derive(Debug, Clone)]
pub struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    /// Read the next request.
    GoOn,
    /// Hang up.
    Close,
    /// Say nothing more until the test is over.
    Hang,
    /// Send the bytes one at a time, for ever again if asked to.
    Drip { forever: bool },
}

impl Reply {
    /// These bytes, and the next request.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Reply { bytes: bytes.into(), then: Then::GoOn }
    }

    /// An answer with its length.
    pub fn new(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Self {
        Self::with(status, &[("content-type", kind)], body)
    }

    pub fn with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let headers: String = headers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\n\r\n", body.len());
        Self::raw([head.as_bytes(), body].concat())
    }

    pub fn ok() -> Self {
        Self::new(200, "application/x-protobuf", "")
    }

    fn then(self, then: Then) -> Self {
        Reply { then, ..self }
    }

    pub fn closing(self) -> Self {
        self.then(Then::Close)
    }

    pub fn hanging(self) -> Self {
        self.then(Then::Hang)
    }

    pub fn dripping(self, forever: bool) -> Self {
        self.then(Then::Drip { forever })
    }
}

type Answering = dyn FnMut(&Received) -> Reply + Send;

/// Listens on a port of its own until it is dropped.
pub struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    answering: Mutex<Box<Answering>>,
    received: Mutex<Vec<Received>>,
    left: AtomicUsize,
    changed: Condvar,
    over: AtomicBool,
    tls: Option<Arc<ServerConfig>>,
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Server {
    /// A server that answers as `answering` says.
    pub fn new(answering: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        Self::start(Box::new(answering), None)
    }

    /// One that gives these answers in turn, and the last one ever after.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
        let mut last = Reply::ok();
        Self::new(move |_| {
            last = replies.next().unwrap_or_else(|| last.clone());
            last.clone()
        })
    }

    /// One that speaks TLS.
    pub fn encrypted(tls: ServerConfig) -> Self {
        Self::start(Box::new(|_| Reply::ok()), Some(Arc::new(tls)))
    }

    fn start(answering: Box<Answering>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            answering: Mutex::new(answering),
            received: Mutex::default(),
            left: AtomicUsize::new(0),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
            tls,
        });
        let listening = Arc::clone(&inner);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if listening.over.load(Ordering::SeqCst) {
                    return;
                }
                let (inner, stream) = (Arc::clone(&listening), stream.unwrap());
                // The client may leave whenever it likes.
                thread::spawn(move || {
                    drop(inner.serve(number, stream));
                    let _received = inner.received.lock().unwrap();
                    inner.left.fetch_add(1, Ordering::SeqCst);
                    inner.changed.notify_all();
                });
            }
        });
        Server { address, inner }
    }

    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap().clone()
    }

    /// Waits until there have been so many requests.
    pub fn wait_for(&self, requests: usize) {
        self.wait_until(|all| all.len() >= requests);
    }

    /// Waits until so many connections are closed.
    pub fn wait_until_left(&self, connections: usize) {
        self.wait_until(|_| self.inner.left.load(Ordering::SeqCst) >= connections);
    }

    fn wait_until(&self, is_so: impl Fn(&[Received]) -> bool) {
        let received = self.inner.received.lock().unwrap();
        let deadline = Duration::from_secs(60);
        let waited = self.inner.changed.wait_timeout_while(received, deadline, |all| !is_so(all));
        assert!(!waited.unwrap().1.timed_out(), "it does not come");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::SeqCst);
        self.inner.changed.notify_all();
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

impl Inner {
    fn serve(&self, connection: usize, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(tls)).unwrap(), stream)),
            None => Box::new(stream),
        };
        let mut stream = BufReader::new(stream);
        while let Some(received) = read(&mut stream, connection)? {
            let reply = (self.answering.lock().unwrap())(&received);
            self.received.lock().unwrap().push(received);
            self.changed.notify_all();
            let stream = stream.get_mut();
            match reply.then {
                Then::Drip { forever } => self.drip(stream, &reply.bytes, forever)?,
                _ => stream.write_all(&reply.bytes)?,
            }
            stream.flush()?;
            match reply.then {
                Then::Close => return Ok(()),
                Then::Hang => self.pause(Duration::from_secs(600)),
                Then::GoOn | Then::Drip { .. } => {}
            }
        }
        Ok(())
    }

    fn drip(&self, stream: &mut dyn Write, bytes: &[u8], forever: bool) -> io::Result<()> {
        while !self.over.load(Ordering::SeqCst) {
            for byte in bytes {
                stream.write_all(&[*byte])?;
                stream.flush()?;
                self.pause(Duration::from_millis(1));
            }
            if !forever {
                break;
            }
        }
        Ok(())
    }

    /// Lets so much time pass, or until the test is over.
    fn pause(&self, time: Duration) {
        let received = self.received.lock().unwrap();
        let goes_on = |_: &mut Vec<Received>| !self.over.load(Ordering::SeqCst);
        drop(self.changed.wait_timeout_while(received, time, goes_on).unwrap());
    }
}

/// The next request; `None` when there is none.
fn read(stream: &mut impl BufRead, connection: usize) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut received = Received { connection, path, headers, body: Vec::new(), length: 0 };
    let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    received.length = length;
    received.body = match received.is_gzip() {
        true => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            plain
        }
        false => body,
    };
    Ok(Some(received))
}
