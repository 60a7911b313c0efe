//! `telemetry top` on a terminal: `script` (util-linux) gives it one, and a parser of terminals tells what stands on it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_tests::{Home, Recording, binary};

/// Nothing takes so long that is not stuck.
const STUCK: Duration = Duration::from_secs(90);

/// A shell on a terminal of 80 by 24, in which `top` runs.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    written: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that was written.
    all: Vec<u8>,
}

impl Terminal {
    /// Runs `top`, and says before and after how the terminal is set, and with what code it left.
    fn of(home: &Home) -> Self {
        let top = format!(
            "{} top --interval 200ms --home {}",
            binary::telemetry().display(),
            home.path().display()
        );
        let shell = format!(
            "stty rows 24 cols 80; before=$(stty -g); sh -c 'echo $$ >{}; exec {top}'; code=$?; \
             [ \"$before\" = \"$(stty -g)\" ] && echo left with $code as it was",
            home.root().join("pid").display()
        );
        // Whoever runs the tests may ignore that a terminal is gone, by nohup or as a service; people's shells do not.
        let mut command = Command::new("env");
        command
            .args(["--default-signal=HUP", "script", "-qefc", &shell, "/dev/null"])
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR");
        command.env("TZ", "UTC").env("HERMES_MANAGED_DIR", home.root().join("managed"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, written) = channel();
        let mut out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read) = out.read(&mut bytes) {
                if read == 0 || sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = child.stdin.take().unwrap();
        Terminal { child, keys, written, screen: vt100::Parser::new(24, 80, 0), all: Vec::new() }
    }

    /// Waits until the screen is as wanted, and gives it.
    #[track_caller]
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + STUCK;
        loop {
            let shown = self.screen.screen().contents();
            if wanted(&shown) {
                return shown;
            }
            match self.written.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.all.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => panic!("{what} did not come:\n{shown}"),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended before {what} came:\n{shown}"),
            }
        }
    }

    #[track_caller]
    fn until_it_shows(&mut self, text: &str) -> String {
        self.until(text, |shown| shown.contains(text))
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Insists that `top` has left with this code and the terminal is as it was.
    #[track_caller]
    fn has_left(mut self, code: u8) {
        self.until_it_shows(&format!("left with {code} as it was"));
        let wrote = |escape: &[u8]| self.all.windows(escape.len()).filter(|part| *part == escape).count();
        assert_eq!(
            (wrote(b"\x1b[?1049h"), wrote(b"\x1b[?1049l")),
            (1, 1),
            "its screen, taken and given back"
        );
        assert!(!self.screen.screen().hide_cursor());
    }
}

/// A test that failed leaves nothing behind: `top` ends with its terminal.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

/// A recording as if it had just ended.
fn just_now(home: &Home, name: &str) -> std::path::PathBuf {
    let lines: Vec<serde_json::Value> =
        Recording::named(name).lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.iter().filter_map(|line| line["wall_ns"].as_i64()).max().unwrap();
    let later = now() - last;
    let moved = lines.into_iter().map(|mut line| {
        if let Some(at) = line["wall_ns"].as_i64() {
            line["wall_ns"] = (at + later).into();
        }
        for key in ["started_at", "ended_at"] {
            if let Some(at) = line["kwargs"][key].as_f64() {
                line["kwargs"][key] = (at + later as f64 / 1e9).into();
            }
        }
        format!("{line}\n")
    });
    home.file("just-now.jsonl", moved.collect::<String>())
}

/// A run in whose turn a model was just asked, in a process nobody can look for.
fn begin_a_run(home: &Home) {
    let (at, process, run) = (now(), "0".repeat(31) + "1", "abcdef00".to_owned() + &"0".repeat(24));
    let event = |kind: &str, id: u64, rest: &str| {
        format!("{{\"v\":1,\"event\":\"{kind}\",\"id\":\"{id:016x}\",\"ts\":{at}{rest}}}\n")
    };
    let of_run = format!(",\"run\":\"{run}\"");
    let text = [
        event("process_started", 1, &format!(",\"process\":\"{process}\",\"host\":\"hermes\",\"pid\":1")),
        event(
            "run_started",
            2,
            &format!(
                "{of_run},\"process\":\"{process}\",\"session_id\":\"s\",\"host\":\"hermes\",\"entrypoint\":\"tui\",\"model\":\"gpt-5\""
            ),
        ),
        event("turn_started", 3, &format!("{of_run},\"turn\":\"{:016x}\"", 7)),
    ]
    .concat();
    let day = telemetry_core::time::UnixNanos(at).day();
    let log = home.telemetry().join("log");
    fs::create_dir_all(&log).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(log.join(format!("{day}.jsonl"))).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn it_shows_what_others_record_and_looks_into_it() {
    let home = Home::new();
    let mut terminal = Terminal::of(&home);
    terminal.until_it_shows("no runs in the last hour");
    let recording = just_now(&home, "tool");
    home.ok(["replay".as_ref(), recording.as_os_str()]);
    let shown = terminal.until_it_shows("2,600");
    assert!(shown.contains("completed") && shown.contains("read_file"), "{shown}");

    begin_a_run(&home);
    let shown = terminal.until_it_shows("abcdef00");
    let line = shown.lines().find(|line| line.contains("abcdef00")).unwrap();
    assert!(line.starts_with("▸ ") && line.contains("tui") && line.contains(" model "), "{shown}");

    terminal.press("j\r");
    let shown = terminal.until_it_shows("turn 1");
    assert!(shown.contains("read_file") && shown.contains("█"), "{shown}");
    terminal.press("\x1b");
    terminal.until("the list", |shown| shown.contains("abcdef00") && !shown.contains("turn 1"));
    terminal.press("/gpt\r");
    let over = |line: &str| line.contains("completed") && !line.starts_with("today");
    terminal.until("one run", |shown| shown.contains("only runs with") && !shown.lines().any(over));
    terminal.press("q");
    terminal.has_left(0);
}

/// Ctrl-C as a key, and signals that end a process: the terminal is given back each time.
#[test]
fn it_gives_the_terminal_back_however_it_ends() {
    let home = Home::with([&Recording::named("tool")]);
    let mut terminal = Terminal::of(&home);
    terminal.until_it_shows("telemetry top");
    terminal.press("\x03");
    terminal.has_left(0);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut terminal = Terminal::of(&home);
        terminal.until_it_shows("telemetry top");
        let pid = fs::read_to_string(home.root().join("pid")).unwrap();
        assert!(Command::new("kill").args(["-s", signal, pid.trim()]).status().unwrap().success());
        terminal.has_left(code);
    }
}

#[test]
fn it_ends_with_its_terminal() {
    let home = Home::with([&Recording::named("tool")]);
    let mut terminal = Terminal::of(&home);
    terminal.until_it_shows("telemetry top");
    let pid = fs::read_to_string(home.root().join("pid")).unwrap();
    drop(terminal);
    let until = Instant::now() + STUCK;
    let pid = pid.trim().parse().unwrap();
    while telemetry_store::process::born(pid).is_some() {
        assert!(Instant::now() < until, "it goes on without a terminal");
        std::thread::yield_now();
    }
}

#[test]
fn it_names_what_works_without_a_terminal() {
    let home = Home::with([&Recording::named("tool")]);
    let output = home.run(["top"]).assert_code(2);
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
    assert!(output.stderr.contains("`telemetry insights`"), "{output}");
}
