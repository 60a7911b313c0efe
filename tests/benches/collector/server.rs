//! The collector as a process.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A collector that is gone when this is dropped.
pub struct Collector {
    pub address: SocketAddr,
    pub key: String,
    process: Child,
}

impl Collector {
    /// Starts one over SQLite in `home`, or over a database of PostgreSQL.
    pub fn start(home: &Path, database: Option<&str>) -> Self {
        let command = |words: &[&str]| {
            let mut command = Command::new(telemetry_tests::binary::telemetry());
            command.args(words).arg("--home").arg(home).env_remove("DATABASE_URL");
            if let Some(url) = database {
                command.env("DATABASE_URL", url);
            }
            command
        };
        let made =
            command(&["collector", "key", "add", "--name", "bench", "--scope", "ingest", "--scope", "read"])
                .output()
                .expect("the binary");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let key = String::from_utf8_lossy(&made.stdout)
            .split_whitespace()
            .find(|word| word.len() == 64)
            .expect("a key")
            .to_owned();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let process = command(&["collector", "serve", "--listen", &address.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary");
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "the collector does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Collector { address, key, process }
    }

    /// Resident memory in KiB.
    pub fn resident(&self) -> u64 {
        let status = std::fs::File::open(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line =
            BufReader::new(status).lines().map_while(Result::ok).find(|line| line.starts_with("VmRSS:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("a port").port()
}
