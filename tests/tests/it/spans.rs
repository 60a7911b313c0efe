//! The spans that exports are made of are those of the index: the same ids, times, ends and costs, whoever puts them together.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::Event;
use telemetry_core::source::Source as _;
use telemetry_export::spans::{Assembler, Fact, Open, Piece, Span};
use telemetry_policy::{Gate, Settings};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use telemetry_tests::{Home, Recording};

/// A span as `tel_spans` has it: trace and id, then run, kind, start and end, and how it ended.
type Spans = BTreeMap<(String, String), (String, String, i64, i64, String)>;

fn events(home: &Home) -> Vec<Event> {
    let mut events = Vec::new();
    let log = LogReader::new(Layout::of(&home.path()));
    log.read(&mut |event| {
        events.push(event);
        true
    })
    .unwrap();
    events
}

/// The pieces of `events`, the assembler made anew from what it remembers after each `nth` of them.
fn pieces(events: &[Event], nth: usize) -> Vec<Piece> {
    let gate = Gate::new(&Settings::default());
    let prices = || Prices::new(Overrides::default());
    let mut assembler = Assembler::new(prices());
    let mut pieces = Vec::new();
    for chunk in events.chunks(nth) {
        let open = serde_json::to_string(assembler.open()).unwrap();
        let again: Open = serde_json::from_str(&open).unwrap();
        assert_eq!(&again, assembler.open());
        assembler = Assembler::resume(prices(), again);
        for event in chunk {
            assembler.take(gate.clear(event.clone()), &mut |piece| pieces.push(piece));
        }
    }
    assembler.finish(&mut |piece| pieces.push(piece));
    pieces
}

fn spans(pieces: &[Piece]) -> impl Iterator<Item = &Span> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Span(span) => Some(span),
        Piece::Moment(_) => None,
    })
}

/// What only exports have: calls that never were answered, attempts that were, times that the index does not know.
fn comparable(pieces: &[Piece]) -> Spans {
    spans(pieces)
        .filter_map(|span| {
            let (kind, status) = match &span.fact {
                Fact::Run(run) => ("run", run.verdict.outcome.as_str()),
                Fact::Turn(turn) => ("turn", turn.verdict.outcome.as_str()),
                Fact::Call(_) => ("model_call", "ok"),
                Fact::Attempt(attempt) if attempt.failed.is_some() => ("attempt", "error"),
                Fact::Tool(call) => ("tool_call", call.status.as_str()),
                Fact::Approval(approval) => ("approval", approval.choice.as_deref().unwrap_or("open")),
                Fact::FailedCall(_) | Fact::Attempt(_) => return None,
            };
            let start = if kind == "attempt" { 0 } else { span.start.0 };
            let place = (span.run.trace.to_string(), span.id.to_string());
            Some((place, (span.run.id.to_string(), kind.to_owned(), start, span.end.0, status.to_owned())))
        })
        .collect()
}

fn of_index(home: &Home) -> Spans {
    home.runs();
    let index = Connection::open(home.telemetry().join("telemetry.db")).unwrap();
    let query = "SELECT trace_id, span_id, run_id, kind, iif(kind = 'attempt', 0, start_ns), coalesce(end_ns, 0), status
                 FROM tel_spans";
    let mut statement = index.prepare(query).unwrap();
    let spans = statement.query_map([], |row| {
        let place = (row.get(0)?, row.get(1)?);
        Ok((place, (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?)))
    });
    spans.unwrap().map(Result::unwrap).collect()
}

#[test]
fn they_are_those_of_the_index_for_every_recorded_session() {
    let home = Home::with(&Recording::all());
    let mut expected = of_index(&home);
    let found = pieces(&events(&home), usize::MAX);
    let mut exported = comparable(&found);
    // An approval nobody answered and a run that goes on have no end in the index.
    for (place, span) in &mut expected {
        if span.3 == 0
            && let Some(exported) = exported.get_mut(place)
        {
            exported.3 = 0;
        }
    }
    assert!(expected.len() > 200, "{}", expected.len());
    assert_eq!(exported, expected);
    let ids: Vec<_> = spans(&found).map(|span| (span.run.trace, span.id)).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn they_are_the_same_wherever_it_was_broken_off() {
    let events = events(&Home::with(&Recording::all()));
    let whole = pieces(&events, usize::MAX);
    for nth in [1, 2, 7] {
        assert_eq!(pieces(&events, nth), whole, "by {nth}");
    }
}

/// Each span is in one that was handed on later, and within the trace; a subagent in the call that delegated to it.
#[test]
fn they_are_one_tree_and_children_come_first() {
    let found = pieces(&events(&Home::with(&Recording::all())), usize::MAX);
    let found: Vec<&Span> = spans(&found).collect();
    let at: BTreeMap<_, usize> =
        found.iter().enumerate().map(|(at, span)| ((span.run.trace, span.id), at)).collect();
    for (own, span) in found.iter().enumerate() {
        assert!(span.start <= span.end);
        let Some(parent) = span.parent else {
            assert!(matches!(span.fact, Fact::Run(_)), "{span:?}");
            continue;
        };
        let above = at.get(&(span.run.trace, parent)).unwrap_or_else(|| panic!("no parent of {span:?}"));
        match (&span.fact, &found[*above].fact) {
            (Fact::Run(_), Fact::Tool(tool)) => assert_eq!(&*tool.tool, "delegate_task"),
            (Fact::Turn(_), Fact::Run(_))
            | (Fact::Attempt(_), Fact::Call(_) | Fact::FailedCall(_))
            | (Fact::Approval(_), Fact::Tool(_))
            | (Fact::Call(_) | Fact::FailedCall(_) | Fact::Tool(_), Fact::Turn(_)) => {}
            other => panic!("{other:?}"),
        }
        // A child in the background may go on when the call that began it is over.
        assert!(own < *above || matches!(span.fact, Fact::Run(_)), "{span:?}");
    }
}
