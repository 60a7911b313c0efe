//! What receivers of OTLP make of every recorded session: the numbers of the index, under every profile.
//!
//! Receivers are known by the rules by which they read spans ([`phoenix`], [`mlflow`], [`langfuse`]), which were taken from
//! their sources; what the real ones show is tested where they can be run.

mod collector;
mod langfuse;
mod metrics;
mod mlflow;
mod phoenix;
mod span;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rusqlite::Connection;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_export::otlp::{Config, Courier, Otlp, Request, Resource};
use telemetry_export::{Delivered, Exporter as _, Undelivered};
use telemetry_policy::otlp::Profile;
use telemetry_policy::{Gate, Settings};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use telemetry_tests::truth::generate;
use telemetry_tests::{Home, Recording};

use crate::truth::told;
pub(crate) use span::Span;
use span::spans;

/// Rates for what the recordings' host asked, but for the model that nobody has a rate for.
const RATES: &str = r#"[{"provider": "custom", "model": "fake-model", "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75}]"#;

const PROFILES: [Profile; 4] = [Profile::GenAi, Profile::OpenInference, Profile::Langfuse, Profile::All];

/// What there is of a trace, or of all of them: in tokens, billionths of a dollar, and things.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sums {
    /// Prompt tokens, cached ones included.
    input: i64,
    /// Completion tokens.
    output: i64,
    cache_read: i64,
    cache_write: i64,
    /// What is known of the cost.
    nanos: i64,
    agents: u32,
    calls: u32,
    tools: u32,
    sessions: BTreeSet<String>,
}

fn sums_of_the_index(home: &Home) -> Sums {
    let document = home.runs();
    let runs = document["runs"].as_array().unwrap();
    let top = runs.iter().filter(|run| run["parent_run_id"].is_null());
    let sessions = top.map(|run| run["session_id"].as_str().unwrap().to_owned()).collect();
    let index = Connection::open(home.telemetry().join("telemetry.db")).unwrap();
    let calls = "SELECT total(input_tokens) + total(cache_read_tokens) + total(cache_write_tokens), total(output_tokens),
                 total(cache_read_tokens), total(cache_write_tokens), total(cost_nanos), count(*) FROM tel_model_calls";
    let sums = index.query_row(calls, [], |row| {
        let sum = |column| row.get::<_, f64>(column).map(|sum| sum as i64);
        Ok(Sums {
            input: sum(0)?,
            output: sum(1)?,
            cache_read: sum(2)?,
            cache_write: sum(3)?,
            nanos: sum(4)?,
            agents: runs.len() as u32,
            calls: row.get(5)?,
            tools: index.query_row("SELECT count(*) FROM tel_tool_calls", [], |row| row.get(0))?,
            sessions,
        })
    });
    sums.unwrap()
}

/// A home's log, its settings, and what its index says of it.
pub(crate) struct Logged {
    name: String,
    events: Vec<Event>,
    settings: Settings,
    sums: Sums,
}

impl Logged {
    pub(crate) fn of(name: String, home: &Home) -> Self {
        let mut events = Vec::new();
        let sums = sums_of_the_index(home);
        let log = LogReader::new(Layout::of(&home.path()));
        log.read(&mut |event| {
            events.push(event);
            true
        })
        .unwrap();
        Logged { name, events, settings: Settings::load_with(&home.path(), &|_| None), sums }
    }

    fn world(seed: u64) -> Self {
        Self::of(format!("world {seed}"), &told(&generate::world(seed)))
    }

    /// The spans under a profile.
    pub(crate) fn spans(&self, profile: Profile) -> Vec<Span> {
        spans(&self.requests(profile))
    }

    fn requests(&self, profile: Profile) -> Vec<Request> {
        let prices = Prices::new(self.settings.pricing_overrides());
        let config = Config { profile, resource: Resource::default(), ..Config::default() };
        let (gate, mut kept) = (Gate::new(&self.settings), Kept::default());
        let mut exporter = Otlp::new(config, prices, &mut kept);
        self.events.iter().for_each(|event| exporter.event(gate.clear(event.clone())));
        exporter.finish();
        exporter.deliver(UnixNanos(0)).unwrap();
        kept.0
    }
}

/// Every recording, replayed once for all tests.
fn recordings() -> &'static [Logged] {
    static LOGGED: LazyLock<Vec<Logged>> = LazyLock::new(|| {
        let logged = |recording: &Recording| {
            let home = Home::new();
            let config = format!("telemetry: {{pricing: {{overrides: {RATES}}}}}");
            std::fs::write(home.path().join("config.yaml"), config).unwrap();
            home.replay([recording]);
            Logged::of(recording.name.clone(), &home)
        };
        Recording::all().iter().map(logged).collect()
    });
    &LOGGED
}

#[derive(Default)]
struct Kept(Vec<Request>);

impl Courier<Request> for &mut Kept {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        self.0.push(request);
        Ok(Delivered::default())
    }
}

/// A receiver's rules: what it would show of all spans.
type Shows = fn(&[Span]) -> Sums;

#[test]
fn every_receiver_shows_the_numbers_of_the_index() {
    let receivers: [(&str, Shows, &[Profile]); 3] = [
        ("phoenix", phoenix::shows, &[Profile::GenAi, Profile::OpenInference, Profile::All]),
        ("mlflow", mlflow::shows, &[Profile::GenAi, Profile::All]),
        ("langfuse", langfuse::shows, &[Profile::Langfuse, Profile::All]),
    ];
    for recording in recordings() {
        for (receiver, shows, profiles) in &receivers {
            for profile in *profiles {
                let (shown, name) = (shows(&recording.spans(*profile)), &recording.name);
                assert_eq!(shown, recording.sums, "{name} in {receiver}, as {}", profile.as_str());
            }
        }
    }
}

/// Worlds with every bucket, plan, tier and way to end, hosts of two kinds, and subagents of subagents.
#[test]
fn every_receiver_shows_the_numbers_of_made_up_worlds() {
    for seed in [21, 22] {
        let world = Logged::world(seed);
        let expected = world.sums.clone();
        assert!(expected.cache_read > 0 && expected.cache_write > 0 && expected.nanos > 0, "{expected:?}");
        for profile in PROFILES {
            let spans = world.spans(profile);
            // Phoenix has no prices for these models here, and its own are not ours to test.
            let unpriced = Sums { nanos: 0, ..expected.clone() };
            if profile != Profile::Langfuse {
                assert_eq!(phoenix::shows(&spans), unpriced, "phoenix, {seed} as {}", profile.as_str());
            }
            if matches!(profile, Profile::GenAi | Profile::All) {
                assert_eq!(mlflow::shows(&spans), expected, "mlflow, {seed} as {}", profile.as_str());
            }
            if matches!(profile, Profile::Langfuse | Profile::All) {
                assert_eq!(langfuse::shows(&spans), expected, "langfuse, {seed} as {}", profile.as_str());
            }
        }
        let requests = world.requests(Profile::GenAi);
        assert_eq!(metrics::sums(&requests), metrics::of(&spans(&requests)), "{seed}");
    }
}

/// The profile decides names and nothing else: what is left without them is the same, and so is every value of ours.
#[test]
fn profiles_have_the_same_numbers() {
    for recording in recordings() {
        let bare = |profile| {
            let mut spans = recording.spans(profile);
            for span in &mut spans {
                span.attributes.retain(|name, _| name.starts_with("telemetry.") || name == "error.type");
            }
            spans
        };
        let expected = bare(Profile::GenAi);
        assert!(!expected.is_empty());
        for profile in PROFILES {
            assert_eq!(bare(profile), expected, "{} as {}", recording.name, profile.as_str());
        }
    }
}

/// Tokens and cost are on answered calls; there is nothing about them anywhere else, whatever somebody adds up.
#[test]
fn nothing_but_an_answered_call_has_tokens_or_cost() {
    let counts = ["usage", "token_count", "cost", "usage_details"];
    let mut seen = BTreeMap::<String, usize>::new();
    for recording in recordings() {
        for profile in PROFILES {
            for span in recording.spans(profile) {
                let kind = span.text("telemetry.kind").unwrap().to_owned();
                let counted =
                    span.attributes.keys().any(|name| counts.iter().any(|word| name.contains(word)));
                let answered = kind == "model_call" && span.text("error.type").is_none();
                assert_eq!(counted, answered, "{}: {kind} {:?}", recording.name, span.attributes);
                *seen.entry(kind).or_default() += 1;
            }
        }
    }
    for kind in ["run", "turn", "model_call", "attempt", "tool_call", "approval"] {
        assert!(seen.contains_key(kind), "no {kind} in any recording: {seen:?}");
    }
}

/// `OK` is what the host said to be done, `ERROR` what failed or was lost, and all else is neither: to MLflow a root whose
/// status is unset is a success, so nothing unknown may have that which could have been one.
#[test]
fn the_status_is_what_the_outcome_says() {
    let mut seen = BTreeSet::new();
    for logged in recordings().iter().chain([&Logged::world(23)]) {
        for span in logged.spans(Profile::GenAi) {
            let Some(outcome) = span.text("telemetry.outcome") else { continue };
            let reason = span.text("telemetry.outcome.reason").unwrap_or("");
            let expected = match (outcome, reason) {
                ("completed", _) => 1,
                ("timed_out", "idle_timeout") => 0,
                ("errored" | "timed_out" | "limited", _) | ("unknown", "process_lost") => 2,
                _ => 0,
            };
            assert_eq!(span.status.0, expected, "{outcome}: {reason}");
            assert_eq!(span.text("error.type").is_some(), expected == 2, "{outcome}: {reason}");
            assert_eq!(!span.status.1.is_empty(), expected == 2, "{outcome}: {reason}");
            seen.insert(outcome.to_owned());
        }
    }
    let all =
        ["completed", "compressed", "errored", "interrupted", "limited", "reset", "timed_out", "unknown"];
    assert!(all.iter().all(|outcome| seen.contains(*outcome)), "{seen:?}");
}

/// A trace has a root, and the session of its root on every span.
#[test]
fn a_trace_is_of_one_session() {
    for recording in recordings() {
        let spans = recording.spans(Profile::All);
        let mut traces = BTreeMap::<&str, (usize, BTreeSet<Vec<&str>>)>::new();
        for span in &spans {
            let (roots, sessions) = traces.entry(&span.trace).or_default();
            *roots += usize::from(span.parent.is_none());
            let names = ["gen_ai.conversation.id", "session.id", "langfuse.session.id"];
            sessions.insert(names.iter().map(|name| span.text(name).unwrap()).collect());
            if span.parent.is_none() {
                assert_eq!(span.attributes["session.id"], span.attributes["telemetry.session.id"]);
            }
        }
        for (trace, (roots, sessions)) in traces {
            assert!(roots >= 1, "{}: {trace} has no root", recording.name);
            assert_eq!(sessions.len(), 1, "{}: {trace} is of {sessions:?}", recording.name);
        }
    }
}

#[test]
fn metrics_are_the_sums_of_the_spans() {
    for recording in recordings() {
        let requests = recording.requests(Profile::GenAi);
        let (found, expected) = (metrics::sums(&requests), metrics::of(&spans(&requests)));
        assert_eq!(found, expected, "{}", recording.name);
    }
}
