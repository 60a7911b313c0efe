//! What holds for every log there can be: any part of it can be read, its order and its repetitions change nothing, and
//! every number is the sum of its lines.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use telemetry_core::event::{Body, Event};
use telemetry_core::source::Source as _;
use telemetry_store::index::Index;
use telemetry_store::insights::{Question, TimeZone, Tokens, Window, find_run, insights, run_detail, runs};
use telemetry_store::log::LogReader;

use super::dump::dump;
use super::lives::{events, lives};
use super::{Home, home};

/// An index of the log of `home` as it is now.
fn index(home: &Home) -> Index {
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    assert!(index.catch_up(None).unwrap().complete);
    index
}

/// A permutation of `items`, some of them twice, by numbers drawn for each.
fn shuffled(items: &[Event], draws: &[(u32, bool)]) -> Vec<Event> {
    let mut placed: Vec<(u32, Event)> = Vec::new();
    for (item, (place, twice)) in items.iter().zip(draws.iter().cycle()) {
        placed.push((*place, item.clone()));
        if *twice {
            placed.push((place.reverse_bits(), item.clone()));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, event)| event).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A log that was cut at any byte is the log of its whole lines.
    #[test]
    fn any_prefix_of_a_log_is_read(lives in lives(), at in any::<prop::sample::Index>()) {
        let (cut, whole) = (home(), home());
        cut.write(&events(&lives));
        for (day, path) in cut.layout.days().unwrap() {
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(at.index(bytes.len() + 1));
            fs::write(&path, &bytes).unwrap();
            let lines = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            whole.layout.create_log().unwrap();
            fs::write(whole.layout.log_of(day), &bytes[..lines]).unwrap();
        }
        prop_assert_eq!(dump(&index(&cut)), dump(&index(&whole)));
    }

    /// Any order, with repetitions, read at once or in pieces as it grows.
    #[test]
    fn order_and_repetition_change_nothing(
        lives in lives(),
        draws in vec(any::<(u32, bool)>(), 1..64),
        piece in 1..20_usize,
    ) {
        let events = events(&lives);
        let (ordered, mixed, growing) = (home(), home(), home());
        ordered.write(&events);
        let expected = dump(&index(&ordered));
        let shuffled = shuffled(&events, &draws);
        mixed.write(&shuffled);
        prop_assert_eq!(&dump(&index(&mixed)), &expected, "at once");
        let mut in_pieces = index(&growing);
        for piece in shuffled.chunks(piece) {
            growing.write(piece);
            in_pieces.catch_up(None).unwrap();
        }
        prop_assert_eq!(&dump(&in_pieces), &expected, "in pieces");
        // And all of it once more.
        growing.write(&events);
        in_pieces.catch_up(None).unwrap();
        prop_assert_eq!(&dump(&in_pieces), &expected, "again");
    }

    /// Every output's sums are the sums of the lines.
    #[test]
    fn every_number_is_the_sum_of_its_lines(lives in lives(), draws in vec(any::<(u32, bool)>(), 1..64)) {
        let home = home();
        let events = events(&lives);
        home.write(&shuffled(&events, &draws));
        let expected = Sums::of_events(&events);
        let index = index(&home);
        prop_assert_eq!(Sums::of_export(&home), expected.clone(), "the log, read back");
        prop_assert_eq!(Sums::of_insights(&index), expected.clone(), "insights");
        prop_assert_eq!(Sums::of_runs(&index), expected.clone(), "runs");
        prop_assert_eq!(Sums::of_details(&index), expected.clone(), "each run in full");
        prop_assert_eq!(Sums::of_views(&index), expected, "the views");
    }
}

/// What can be counted everywhere.
#[derive(Debug, Clone, Default, PartialEq)]
struct Sums {
    turns: u64,
    model_calls: u64,
    failed_attempts: u64,
    tool_calls: u64,
    input: i64,
    output: i64,
    cache_read: i64,
}

impl Sums {
    fn add_tokens(&mut self, tokens: Tokens) {
        self.input += tokens.input;
        self.output += tokens.output;
        self.cache_read += tokens.cache_read;
    }

    fn of_events(events: &[Event]) -> Self {
        let mut sums = Sums::default();
        let mut turns = HashSet::new();
        for event in events {
            let turn = match &event.body {
                Body::TurnStarted(started) => started.turn,
                Body::TurnEnded(ended) => ended.turn,
                Body::ModelCall(call) => {
                    sums.model_calls += 1;
                    let [input, output, cache_read, ..] = call.usage.unwrap_or_default().buckets();
                    sums.add_tokens(Tokens { input, output, cache_read, ..Tokens::default() });
                    call.turn
                }
                Body::AttemptFailed(failed) => {
                    sums.failed_attempts += 1;
                    failed.turn
                }
                Body::ToolCall(tool) => {
                    sums.tool_calls += 1;
                    tool.turn
                }
                _ => continue,
            };
            turns.insert(turn);
        }
        sums.turns = turns.len() as u64;
        sums
    }

    fn of_export(home: &Home) -> Self {
        let mut events = Vec::new();
        let each = &mut |event| {
            events.push(event);
            true
        };
        LogReader::new(home.layout.clone()).read(each).unwrap();
        Self::of_events(&events)
    }

    fn of_insights(index: &Index) -> Self {
        let found = insights(index.connection(), &Question::page(Window::default(), TimeZone::UTC)).unwrap();
        let by_model: u64 = found.by("model").iter().filter_map(|group| group.model_calls).sum();
        assert_eq!(by_model, found.model_calls.total);
        let mut sums = Sums {
            turns: found.turns.ended.total,
            model_calls: found.model_calls.total,
            failed_attempts: found.model_calls.failed_attempts,
            tool_calls: found.tool_calls.ends.by_status.total(),
            ..Sums::default()
        };
        sums.add_tokens(found.model_calls.tokens);
        sums
    }

    fn of_runs(index: &Index) -> Self {
        let mut sums = Sums::default();
        for run in runs(index.connection(), Window::default()).unwrap() {
            sums.turns += run.turns as u64;
            sums.model_calls += run.model_calls as u64;
            sums.failed_attempts += run.failed_attempts as u64;
            sums.tool_calls += run.tool_calls as u64;
            sums.add_tokens(run.tokens);
        }
        sums
    }

    fn of_details(index: &Index) -> Self {
        let mut sums = Sums::default();
        for run in runs(index.connection(), Window::default()).unwrap() {
            let run = find_run(index.connection(), &run.run_id).unwrap().remove(0);
            for turn in run_detail(index.connection(), run).unwrap().turns {
                sums.turns += 1;
                sums.model_calls += turn.model_calls.len() as u64;
                sums.failed_attempts += turn.failed_attempts.len() as u64;
                sums.tool_calls += turn.tool_calls.len() as u64;
                turn.model_calls
                    .iter()
                    .filter_map(|call| call.tokens)
                    .for_each(|tokens| sums.add_tokens(tokens));
            }
        }
        sums
    }

    fn of_views(index: &Index) -> Self {
        let number = |sql: &str| -> i64 { index.connection().query_row(sql, [], |row| row.get(0)).unwrap() };
        let tokens =
            |name: &str| number(&format!("SELECT coalesce(sum({name}_tokens), 0) FROM tel_model_calls"));
        let by_kind: BTreeMap<String, i64> = index
            .connection()
            .prepare("SELECT kind, count(*) FROM tel_spans GROUP BY 1")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let count = |view: &str, kind: &str| {
            let rows = number(&format!("SELECT count(*) FROM {view}"));
            assert_eq!(by_kind.get(kind).copied().unwrap_or(0), rows, "{view} and tel_spans");
            rows as u64
        };
        Sums {
            turns: count("tel_turns", "turn"),
            model_calls: count("tel_model_calls", "model_call"),
            failed_attempts: count("tel_attempts", "attempt"),
            tool_calls: count("tel_tool_calls", "tool_call"),
            input: tokens("input"),
            output: tokens("output"),
            cache_read: tokens("cache_read"),
        }
    }
}
