//! A server that is measured: a process of its own that clients send to.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a program needs to come up, at most: some read half of Python first.
const PATIENCE: Duration = Duration::from_secs(240);

/// A process that listens, and is gone when this is dropped.
pub struct Target {
    pub address: SocketAddr,
    /// What clients send as `X-API-Key`.
    pub key: String,
    process: Child,
}

impl Target {
    /// Starts `command`, which is to listen on `address` then.
    pub fn start(mut command: Command, address: SocketAddr, key: String) -> Self {
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program");
        let mut target = Target { address, key, process };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = target.process.try_wait().expect("a process");
            assert!(ended.is_none(), "{command:?} ended: {ended:?}");
            assert!(began.elapsed() < PATIENCE, "{command:?} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        target
    }

    /// Resident memory in MB.
    pub fn resident(&self) -> u64 {
        let status = std::fs::File::open(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line =
            BufReader::new(status).lines().map_while(Result::ok).find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1_024
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address on the loopback that nobody listens on.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("a port")
}
