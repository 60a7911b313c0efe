//! What receivers of OTLP make of every recorded session: the numbers of the index, under every profile.
//!
//! Receivers are known by the rules by which they read spans ([`phoenix`], [`mlflow`], [`langfuse`]), which were taken from
//! their sources; what the real ones show is tested where they can be run.

mod langfuse;
mod metrics;
mod mlflow;
mod phoenix;
mod span;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_export::otlp::{Config, Courier, Otlp, Request, Resource};
use telemetry_export::{Delivered, Exporter as _, Undelivered};
use telemetry_policy::otlp::Profile;
use telemetry_policy::{Gate, Settings};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use telemetry_tests::{Home, Recording};

use span::{Span, spans};

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
    agents: usize,
    calls: usize,
    tools: usize,
    sessions: BTreeSet<String>,
}

/// Whether all tokens of reasoning are part of it is not everybody's to show.
fn sums_of_the_index(home: &Home) -> Sums {
    let document = home.runs();
    let runs = document["runs"].as_array().unwrap();
    let mut sums = Sums::default();
    for run in runs {
        let tokens = |bucket: &str| run["tokens"][bucket].as_i64().unwrap();
        sums.input += tokens("input") + tokens("cache_read") + tokens("cache_write");
        sums.output += tokens("output");
        sums.cache_read += tokens("cache_read");
        sums.cache_write += tokens("cache_write");
        let cost = &run["cost"];
        let dollars = cost["usd"].as_f64().or(cost["priced_part_usd"].as_f64()).unwrap_or(0.0);
        sums.nanos += (dollars * 1e9).round() as i64;
        sums.calls += run["model_calls"].as_u64().unwrap() as usize;
        sums.tools += run["tool_calls"].as_u64().unwrap() as usize;
        if run["parent_run_id"].is_null() {
            sums.sessions.insert(run["session_id"].as_str().unwrap().to_owned());
        }
    }
    sums.agents = runs.len();
    sums
}

/// A home with a recording in it, priced.
fn home(recording: &Recording) -> Home {
    let home = Home::new();
    std::fs::write(
        home.path().join("config.yaml"),
        format!("telemetry: {{pricing: {{overrides: {RATES}}}}}"),
    )
    .unwrap();
    home.replay([recording]);
    home
}

#[derive(Default)]
struct Kept(Vec<Request>);

impl Courier for &mut Kept {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        self.0.push(request);
        Ok(Delivered::default())
    }
}

fn requests(home: &Home, profile: Profile) -> Vec<Request> {
    let rates: Value = serde_json::from_str(RATES).unwrap();
    let prices = Prices::new(Overrides::read(&rates).unwrap());
    let config = Config { profile, resource: Resource::default(), ..Config::default() };
    let (gate, mut kept) = (Gate::new(&Settings::default()), Kept::default());
    let mut exporter = Otlp::new(config, prices, &mut kept);
    let log = LogReader::new(Layout::of(&home.path()));
    log.read(&mut |event| {
        exporter.event(gate.clear(event));
        true
    })
    .unwrap();
    exporter.finish();
    exporter.deliver(UnixNanos(0)).unwrap();
    kept.0
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
    for recording in Recording::all() {
        let home = home(&recording);
        let expected = sums_of_the_index(&home);
        for (receiver, shows, profiles) in &receivers {
            for profile in *profiles {
                let shown = shows(&spans(&requests(&home, *profile)));
                let name = &recording.name;
                assert_eq!(shown, expected, "{name} in {receiver}, as {}", profile.as_str());
            }
        }
    }
}

/// The profile decides names and nothing else: what is left without them is the same, and so is every value of ours.
#[test]
fn profiles_have_the_same_numbers() {
    for recording in Recording::all() {
        let home = home(&recording);
        let bare = |profile| {
            let mut spans = spans(&requests(&home, profile));
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
    for recording in Recording::all() {
        let home = home(&recording);
        for profile in PROFILES {
            for span in spans(&requests(&home, profile)) {
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

/// A trace has a root, and the session of its root on every span.
#[test]
fn a_trace_is_of_one_session() {
    for recording in Recording::all() {
        let home = home(&recording);
        let spans = spans(&requests(&home, Profile::All));
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
    for recording in Recording::all() {
        let home = home(&recording);
        let requests = requests(&home, Profile::GenAi);
        let (found, expected) = (metrics::sums(&requests), metrics::of(&spans(&requests)));
        assert_eq!(found, expected, "{}", recording.name);
    }
}
