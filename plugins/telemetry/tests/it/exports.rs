//! What is recorded on its way to a destination, which here is a list in memory that does what it is told.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telemetry_core::content::Content;
use telemetry_core::event::{Event, Hook};
use telemetry_core::ids::{EventId, Key};
use telemetry_core::name::Name;
use telemetry_core::sink::Sink as _;
use telemetry_core::source::{Source as _, Then};
use telemetry_core::time::UnixNanos;
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_plugin::exports::{Drain, Export, State, Unmade};
use telemetry_plugin::{Telemetry, gate};
use telemetry_policy::{Cleared, Settings};
use telemetry_store::layout::Layout;
use telemetry_store::log::{LogReader, LogWriter};

use super::{eventually, telemetry, turn};

/// How a destination behaves, and what it has.
#[derive(Default)]
struct Place {
    delivered: Mutex<Vec<(UnixNanos, EventId)>>,
    said: Mutex<Vec<String>>,
    /// What it answers; all is well without.
    answer: Mutex<Option<Answer>>,
    /// Exporters that were made, and from what.
    made: Mutex<Vec<Value>>,
    deliveries: AtomicUsize,
    threads: Mutex<Vec<String>>,
}

#[derive(Clone)]
enum Answer {
    Fails(Undelivered),
    Panics,
    /// Takes what it is sent, and then dies.
    TakesAndPanics,
    /// Takes it when it is told to.
    Waits(Arc<Mutex<Receiver<()>>>),
    Refuses(u64),
}

impl Place {
    fn export(self: &Arc<Self>, name: &'static str) -> Export {
        let place = Arc::clone(self);
        let make = move |state: Value| {
            place.made.lock().unwrap().push(state.clone());
            if !(state.is_null() || state.is_u64()) {
                return Err(Unmade::State("it is no number".to_owned()));
            }
            let exporter = ToPlace {
                place: Arc::clone(&place),
                waiting: Vec::new(),
                taken: state.as_u64().unwrap_or(0),
            };
            Ok(Box::new(exporter) as Box<dyn Exporter + Send>)
        };
        Export { name: name.to_owned(), to: "memory".to_owned(), with_content: true, make: Arc::new(make) }
    }

    fn delivered(&self) -> Vec<(UnixNanos, EventId)> {
        self.delivered.lock().unwrap().clone()
    }

    fn answers(&self, answer: impl Into<Option<Answer>>) {
        *self.answer.lock().unwrap() = answer.into();
    }
}

struct ToPlace {
    place: Arc<Place>,
    waiting: Vec<(UnixNanos, EventId)>,
    taken: u64,
}

impl Exporter for ToPlace {
    fn event(&mut self, event: Cleared<Event>) {
        self.waiting.push((event.ts, event.id));
    }

    fn content(&mut self, content: Cleared<Content>) {
        self.place.said.lock().unwrap().push(content.body.get().to_owned());
    }

    fn deliver(&mut self, _now: UnixNanos) -> Result<Delivered, Undelivered> {
        self.place.deliveries.fetch_add(1, SeqCst);
        self.place.threads.lock().unwrap().push(std::thread::current().name().unwrap_or_default().to_owned());
        let answer = self.place.answer.lock().unwrap().clone();
        let mut refused = 0;
        match &answer {
            Some(Answer::Fails(undelivered)) => return Err(undelivered.clone()),
            Some(Answer::Panics) => panic!("as it was told"),
            Some(Answer::Waits(told)) => drop(told.lock().unwrap().recv()),
            Some(Answer::Refuses(items)) => refused = *items,
            Some(Answer::TakesAndPanics) | None => {}
        }
        let items = self.waiting.len() as u64 - refused;
        self.taken += self.waiting.len() as u64;
        self.place.delivered.lock().unwrap().append(&mut self.waiting);
        assert!(!matches!(answer, Some(Answer::TakesAndPanics)), "as it was told");
        let notes = (refused > 0).then(|| format!("{refused} were no good")).into_iter().collect();
        Ok(Delivered { items, refused, notes })
    }

    fn state(&self) -> Value {
        json!(self.taken)
    }
}

fn not_now(message: &str) -> Answer {
    Answer::Fails(Undelivered { message: message.to_owned(), temporary: true, retry_after: None })
}

/// A home with `events` in its log, one a millisecond.
struct Recorded {
    folder: tempfile::TempDir,
    layout: Layout,
}

impl Recorded {
    fn with(events: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Recorded { layout: Layout::of(folder.path()), folder };
        home.record(0..events);
        home
    }

    fn record(&self, numbers: std::ops::Range<u64>) {
        let event = |number: u64| {
            let hook = Hook { hook: Name::new("made_up"), session_id: None };
            Event::new(UnixNanos(number as i64 * 1_000_000), None, &Key::new("e").number(number), hook)
        };
        LogWriter::new(self.layout.clone()).write(&numbers.map(event).collect::<Vec<_>>()).unwrap();
    }

    fn drain(&self, place: &Arc<Place>) -> Drain {
        let gate = gate(self.folder.path(), &Settings::default());
        Drain::new(self.layout.clone(), gate, place.export("place"))
    }

    fn state(&self) -> State {
        State::read(&self.layout, "place").unwrap().unwrap()
    }
}

/// Every event of the log, as it is there.
fn logged(home: &Path) -> Vec<(UnixNanos, EventId)> {
    let mut logged = Vec::new();
    LogReader::new(Layout::of(home))
        .read(&mut |event| {
            logged.push((event.ts, event.id));
            true
        })
        .unwrap();
    logged
}

fn drained(drain: &mut Drain) -> Result<Then, Undelivered> {
    drain.hold().unwrap().unwrap().to_the_end(&mut |_, _| ())
}

#[test]
fn everything_is_delivered_once_and_noted() {
    let (home, place) = (Recorded::with(5_000), Arc::new(Place::default()));
    assert_eq!(drained(&mut home.drain(&place)), Ok(Then::End));
    let log = logged(home.folder.path());
    assert_eq!((log.len(), place.delivered()), (5_000, log));
    let state = home.state();
    assert_eq!((state.sent, state.refused, state.exporter, state.failures), (5_000, 0, json!(5_000), 0));
    assert!(state.last_success.is_some() && state.last_error.is_none());
    let text = fs::read_to_string(home.layout.export_state("place")).unwrap();
    assert!(text.starts_with(r#"{"schema":"telemetry.export-state/1","to":"memory","position":"#), "{text}");
    for file in fs::read_dir(home.layout.exports()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }

    // Another process: what is new, from where the exporter was.
    home.record(5_000..5_003);
    let deliveries = place.deliveries.load(SeqCst);
    assert_eq!(drained(&mut home.drain(&place)), Ok(Then::End));
    assert_eq!(drained(&mut home.drain(&place)), Ok(Then::End));
    assert_eq!(place.delivered(), logged(home.folder.path()));
    assert_eq!(place.deliveries.load(SeqCst), deliveries + 1, "nothing new is nothing to deliver");
    assert_eq!(place.made.lock().unwrap()[..2], [Value::Null, json!(5_000)]);
}

#[test]
fn a_destination_that_is_down_costs_nothing_but_time() {
    let (home, place) = (Recorded::with(5_000), Arc::new(Place::default()));
    let mut drain = home.drain(&place);
    place.answers(not_now("the receiver is down"));
    for failures in 1..4 {
        assert_eq!(drained(&mut drain).unwrap_err().message, "the receiver is down");
        let state = home.state();
        assert_eq!((state.sent, state.failures, state.position.clone()), (0, failures, Default::default()));
        assert_eq!(state.last_error.unwrap().message, "the receiver is down");
        assert!(drain.hold().unwrap().unwrap().waits(UnixNanos::now()));
    }
    assert_eq!(place.delivered(), []);
    place.answers(None);
    assert_eq!(drained(&mut drain), Ok(Then::End));
    assert_eq!(place.delivered(), logged(home.folder.path()));
    let state = home.state();
    assert_eq!((state.failures, state.not_before), (0, None));
    assert!(state.last_error.is_some(), "what it was is kept");
}

#[test]
fn what_was_delivered_when_a_process_died_comes_again_with_the_same_ids() {
    let (home, place) = (Recorded::with(3_000), Arc::new(Place::default()));
    for answer in [Answer::Panics, Answer::TakesAndPanics] {
        place.answers(answer);
        let error = drained(&mut home.drain(&place)).unwrap_err();
        assert!(error.message.contains("panicked") && !error.message.contains("as it was told"), "{error}");
    }
    let before = place.delivered();
    place.answers(None);
    assert_eq!(drained(&mut home.drain(&place)), Ok(Then::End));
    let log = logged(home.folder.path());
    assert!(!before.is_empty() && before.len() < log.len() && log.starts_with(&before));
    assert_eq!(place.delivered(), [before, log].concat());
}

#[test]
fn what_a_destination_will_not_have_is_counted_and_told() {
    let (home, place) = (Recorded::with(10), Arc::new(Place::default()));
    place.answers(Answer::Refuses(3));
    drained(&mut home.drain(&place)).unwrap();
    let state = home.state();
    assert_eq!((state.sent, state.refused, state.notes), (7, 3, vec!["3 were no good".to_owned()]));
}

#[test]
fn one_process_at_a_time_is_at_a_destination() {
    let (home, place) = (Recorded::with(10), Arc::new(Place::default()));
    let (mut first, mut second) = (home.drain(&place), home.drain(&place));
    let mut held = first.hold().unwrap().unwrap();
    assert!(second.hold().unwrap().is_none());
    held.to_the_end(&mut |_, _| ()).unwrap();
    drop(held);
    home.record(10..20);
    drained(&mut second).unwrap();
    home.record(20..30);
    // It goes on from what the other noted.
    drained(&mut first).unwrap();
    assert_eq!(place.delivered(), logged(home.folder.path()));
}

#[test]
fn a_note_that_is_damaged_is_begun_anew_and_one_of_a_newer_version_is_left_alone() {
    let (home, place) = (Recorded::with(10), Arc::new(Place::default()));
    drained(&mut home.drain(&place)).unwrap();
    let path = home.layout.export_state("place");
    let of_another = fs::read_to_string(&path).unwrap().replace(r#""exporter":10"#, r#""exporter":"other""#);
    for damaged in ["", "{", r#"{"schema":"telemetry.export-state/1","position":7}"#, &of_another] {
        let before = place.delivered();
        fs::write(&path, damaged).unwrap();
        drained(&mut home.drain(&place)).unwrap();
        assert_eq!(place.delivered(), [before, logged(home.folder.path())].concat(), "{damaged}");
        let notes = home.state().notes;
        assert!(notes[0].contains("place.json cannot be ") && notes.len() == 1, "{notes:?}");
    }
    let newer = r#"{"schema":"telemetry.export-state/2","everything":"else"}"#;
    fs::write(&path, newer).unwrap();
    let error = home.drain(&place).hold().err().unwrap();
    assert!(error.message.contains("newer version") && !error.temporary, "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
}

#[test]
fn another_place_under_the_same_name_gets_everything() {
    let (home, one, other) = (Recorded::with(10), Arc::<Place>::default(), Arc::<Place>::default());
    let drain = |place: &Arc<Place>, to: &str| {
        let export = Export { to: to.to_owned(), ..place.export("place") };
        let settings = Settings::load(home.folder.path());
        Drain::new(home.layout.clone(), gate(home.folder.path(), &settings), export)
    };
    drained(&mut drain(&one, "one")).unwrap();
    drained(&mut drain(&other, "other")).unwrap();
    let log = logged(home.folder.path());
    assert_eq!((one.delivered(), other.delivered()), (log.clone(), log.clone()));
    let notes = home.state().notes;
    assert!(notes[0].starts_with("before, this went to one: all that is kept"), "{notes:?}");
    drained(&mut drain(&other, "other")).unwrap();
    assert_eq!(other.delivered(), log, "and once");
}

#[test]
fn nothing_is_delivered_that_could_not_be_noted() {
    let (home, place) = (Recorded::with(5_000), Arc::new(Place::default()));
    fs::write(home.layout.exports(), "a file in the place of the folder").unwrap();
    let error = home.drain(&place).hold().err().unwrap();
    assert!(error.message.contains("cannot be written"), "{error}");
    fs::remove_file(home.layout.exports()).unwrap();

    let mut drain = home.drain(&place);
    let mut held = drain.hold().unwrap().unwrap();
    let in_the_way = home.layout.exports().join("place.json.new");
    fs::create_dir(&in_the_way).unwrap();
    for _ in 0..3 {
        let error = held.step().unwrap_err();
        assert!(error.message.contains("place.json cannot be written") && error.temporary, "{error}");
    }
    assert_eq!(place.deliveries.load(SeqCst), 1, "and then waits until it can be noted");
    fs::remove_dir(in_the_way).unwrap();
    held.to_the_end(&mut |_, _| ()).unwrap();
    assert_eq!(place.delivered(), logged(home.folder.path()), "once");
    assert_eq!(home.state().sent, 5_000);
}

#[test]
fn what_is_before_a_moment_can_be_passed_over() {
    let (home, place) = (Recorded::with(10), Arc::new(Place::default()));
    drained(&mut home.drain(&place).since(Some(UnixNanos(7_000_000)))).unwrap();
    assert_eq!(place.delivered(), logged(home.folder.path())[7..]);
    drained(&mut home.drain(&place)).unwrap();
    assert_eq!(place.delivered().len(), 3, "for good");
}

fn exporting(home: &Path, exports: impl IntoIterator<Item = Export>) -> Telemetry {
    telemetry(home).with_exports(exports)
}

#[test]
fn a_host_hands_on_what_it_records_from_a_thread_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), "telemetry: {trajectories: {enabled: true}}\n").unwrap();
    let place = Arc::new(Place::default());
    let host = exporting(home.path(), [place.export("place")]);
    let all = || place.delivered() == logged(home.path());
    for n in 0..3 {
        let (turn_id, said) = (format!("t{n}"), format!("hello {n}"));
        let ids = [("session_id", "s".into()), ("turn_id", turn_id.as_str().into())];
        let spoken = ("user_message", said.as_str().into());
        host.on_hook("pre_llm_call", &&[&ids[..], &[spoken]].concat()[..]);
        turn(&host, "s", &turn_id);
        assert!(host.flush(Duration::from_secs(30)));
        eventually("all is delivered", all);
    }
    let said = place.said.lock().unwrap();
    assert_eq!(*said, [0, 1, 2].map(|n| format!("\"hello {n}\"")), "with what was said, once");
    assert!(place.threads.lock().unwrap().iter().all(|name| name == "telemetry-export"));
    assert_eq!(place.made.lock().unwrap().len(), 1, "it keeps its exporter");
}

#[test]
fn without_a_destination_there_is_nothing_of_it() {
    let home = tempfile::tempdir().unwrap();
    let host = exporting(home.path(), []);
    turn(&host, "s", "t");
    host.on_exit();
    assert!(host.flush(Duration::from_secs(30)));
    assert!(!Layout::of(home.path()).exports().exists());
}

#[test]
fn a_destination_that_hangs_panics_or_is_down_is_nobody_elses_concern() {
    let home = tempfile::tempdir().unwrap();
    let [fine, hangs, panics, down] = std::array::from_fn(|_| Arc::new(Place::default()));
    let (go_on, told): (Sender<()>, _) = channel();
    hangs.answers(Answer::Waits(Arc::new(Mutex::new(told))));
    panics.answers(Answer::Panics);
    down.answers(not_now("down"));
    let exports = [("fine", &fine), ("hangs", &hangs), ("panics", &panics), ("down", &down)];
    let host = exporting(home.path(), exports.map(|(name, place)| place.export(name)));
    for n in 0..3 {
        turn(&host, "s", &format!("t{n}"));
        assert!(host.flush(Duration::from_secs(30)), "the log does not wait for them");
        eventually("one that is fine has all", || fine.delivered() == logged(home.path()));
    }
    let state = |name| State::read(&Layout::of(home.path()), name).unwrap();
    eventually("one is being waited for", || hangs.deliveries.load(SeqCst) == 1);
    eventually("one is down", || state("down").is_some_and(|state| state.failures > 0));
    eventually("one panicked", || state("panics").is_some_and(|state| state.last_error.is_some()));
    assert!(!state("panics").unwrap().last_error.unwrap().temporary, "and is tried again rarely");
    let began = Instant::now();
    host.on_exit();
    assert!(began.elapsed() < Duration::from_secs(10), "an exit does not wait for one that hangs");

    // What is back gets all of it, once.
    down.answers(None);
    eventually("one that is back has all", || down.delivered() == logged(home.path()));
    drop(go_on);
    hangs.answers(None);
    eventually("so does the one that hung", || hangs.delivered() == logged(home.path()));
}
