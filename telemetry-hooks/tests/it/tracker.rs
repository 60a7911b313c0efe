//! Hooks to events: the cases that no recording has.

use telemetry_core::emitter::Collected;
use telemetry_core::event::{Body, Event};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Entrypoint, ErrorClass, RunClose, ToolStatus};
use telemetry_hooks::payload::Value;
use telemetry_hooks::tracker::{After, Origin, Tracker};

/// A host that calls hooks one millisecond apart.
struct Host {
    tracker: Tracker,
    events: Collected,
    now: std::cell::Cell<i64>,
}

impl Host {
    fn new() -> Self {
        let origin = Origin::recorded("hermes", 1, UnixNanos(0));
        Host { tracker: Tracker::new(origin), events: Collected::default(), now: 0.into() }
    }

    fn call(&self, hook: &str, fields: &[(&str, Value<'_>)]) {
        let _ = self.after(hook, fields);
    }

    fn after(&self, hook: &str, fields: &[(&str, Value<'_>)]) -> After {
        self.now.set(self.now.get() + 1_000_000);
        self.tracker.observe(hook, &fields, UnixNanos(self.now.get()), &self.events)
    }

    fn turn(&self, session: &str, turn: &str, first: bool) {
        let ids = [("session_id", session.into()), ("turn_id", turn.into()), ("platform", "cli".into())];
        self.call("pre_llm_call", &[&ids[..], &[("is_first_turn", first.into())]].concat());
    }

    fn whole_turn(&self, session: &str, turn: &str, first: bool) {
        self.turn(session, turn, first);
        let ids = [("session_id", session.into()), ("turn_id", turn.into())];
        self.call("on_session_end", &[&ids[..], &[("completed", true.into())]].concat());
    }

    fn take(&self) -> Vec<Event> {
        self.events.take()
    }
}

/// The bodies of one kind.
macro_rules! all {
    ($events:expr, $kind:ident) => {
        $events
            .iter()
            .filter_map(|event| match &event.body {
                Body::$kind(body) => Some(body.clone()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
}

#[test]
fn a_session_that_appears_in_mid_process_continues_the_one_that_waits() {
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "t1", true);
    host.whole_turn("20260101_000500_bbbbbb", "t2", false);
    let events = host.take();
    let started = all!(events, RunStarted);
    let ended = all!(events, RunEnded);
    assert_eq!(started.len(), 2);
    assert_eq!(ended.len(), 1);
    assert_eq!((&ended[0].close, ended[0].reason.as_deref()), (&RunClose::Compressed, Some("inferred")));
    assert!(started[0].continues.is_none());
    assert_eq!(started[1].continues, events.iter().find(|e| e.body.kind() == "run_started").unwrap().run);
}

/// As hermes-agent 0.19.0 does it where the history is compressed before a turn's first request: the turn is called the
/// first of the new session, and its id was made in the old one.
#[test]
fn a_turn_that_was_named_in_another_session_continues_it() {
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "20260101_000000_aaaaaa:x:1", true);
    host.whole_turn("20260101_000500_bbbbbb", "20260101_000000_aaaaaa:x:2", true);
    let events = host.take();
    let (started, ended) = (all!(events, RunStarted), all!(events, RunEnded));
    assert_eq!(ended.len(), 1);
    assert_eq!((&ended[0].close, ended[0].reason.as_deref()), (&RunClose::Compressed, Some("inferred")));
    assert_eq!(started[1].continues, events.iter().find(|e| e.body.kind() == "run_started").unwrap().run);
}

#[test]
fn what_is_no_compression_is_not_taken_for_one() {
    let inferred =
        |host: &Host| all!(host.take(), RunEnded).iter().any(|end| end.close == RunClose::Compressed);

    // An earlier session is resumed: its id is older.
    let host = Host::new();
    host.whole_turn("20260102_000000_aaaaaa", "t1", true);
    host.whole_turn("20260101_000000_bbbbbb", "t2", false);
    assert!(!inferred(&host), "resumed");

    // The first turn of a new session.
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "t1", true);
    host.whole_turn("20260101_000001_bbbbbb", "t2", true);
    assert!(!inferred(&host), "new");

    // The first session of the process.
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "t1", false);
    assert!(!inferred(&host), "alone");

    // The other one is at work, not waiting.
    let host = Host::new();
    host.turn("20260101_000000_aaaaaa", "t1", true);
    host.whole_turn("20260101_000001_bbbbbb", "t2", false);
    assert!(!inferred(&host), "at work");

    // The other one was closed.
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "t1", true);
    host.call("on_session_finalize", &[("session_id", "20260101_000000_aaaaaa".into())]);
    host.whole_turn("20260101_000001_bbbbbb", "t2", false);
    assert!(!inferred(&host), "closed");

    // A gateway holds many conversations at a time.
    let host = Host::new();
    for (session, turn) in [("20260101_000000_aaaaaa", "t1"), ("20260101_000001_bbbbbb", "t2")] {
        let ids = [("session_id", session.into()), ("turn_id", turn.into())];
        let more = [("platform", "telegram".into()), ("is_first_turn", false.into())];
        host.call("pre_llm_call", &[&ids[..], &more].concat());
        host.call("on_session_end", &[&ids[..], &[("completed", true.into())]].concat());
    }
    assert!(!inferred(&host), "gateway");

    // A subagent is a child, not a successor.
    let host = Host::new();
    host.whole_turn("20260101_000000_aaaaaa", "t1", true);
    let child = [
        ("parent_session_id", "20260101_000000_aaaaaa".into()),
        ("child_session_id", "20260101_000001_bbbbbb".into()),
    ];
    host.call("subagent_start", &child);
    host.whole_turn("20260101_000001_bbbbbb", "t2", false);
    assert!(!inferred(&host), "child");
}

#[test]
fn a_session_compressed_in_the_middle_of_a_turn_goes_on_under_the_new_id() {
    let host = Host::new();
    host.turn("20260101_000000_aaaaaa", "t1", true);
    let moved = [("session_id", "20260101_000001_bbbbbb".into()), ("turn_id", "t1".into())];
    host.call("post_api_request", &moved);
    host.call("on_session_end", &[&moved[..], &[("completed", true.into())]].concat());
    let events = host.take();
    let ended = all!(events, RunEnded);
    assert_eq!(ended.iter().map(|end| &end.close).collect::<Vec<_>>(), [&RunClose::Compressed]);
    assert_eq!(all!(events, TurnStarted).len(), 2);
    assert!(all!(events, RunStarted)[1].continues.is_some());
}

#[test]
fn an_end_without_a_turn_ends_the_turn_in_flight_and_never_a_finished_one() {
    let host = Host::new();
    let session = ("session_id", Value::from("s"));
    host.turn("s", "t1", true);
    host.call("on_session_end", &[session, ("interrupted", true.into()), ("reason", "shutdown".into())]);
    host.call("on_session_end", &[session, ("interrupted", true.into())]);
    host.call("on_session_end", &[session, ("turn_id", "t1".into()), ("completed", true.into())]);
    let ended = all!(host.take(), TurnEnded);
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0].interrupted, ended[0].reason.as_deref()), (true, Some("shutdown")));
}

#[test]
fn a_host_without_any_ids_of_turns_and_calls_is_still_told_apart() {
    let host = Host::new();
    let session = [("session_id", Value::from("s"))];
    for _ in 0..2 {
        host.call("pre_llm_call", &session);
        host.call("api_request_error", &session);
        host.call("post_api_request", &session);
        host.call("post_api_request", &session);
        host.call("on_session_end", &[session[0], ("completed", true.into())]);
    }
    let events = host.take();
    let turns: Vec<_> = all!(events, TurnStarted).iter().map(|turn| turn.turn).collect();
    let calls: Vec<_> =
        all!(events, ModelCall).iter().map(|call| (call.turn, call.call, call.retries)).collect();
    let failed = all!(events, AttemptFailed);
    assert_eq!((turns.len(), calls.len(), failed.len()), (2, 4, 2));
    assert_ne!(turns[0], turns[1]);
    assert_eq!((failed[0].call, failed[0].class.clone()), (calls[0].1, ErrorClass::Unknown));
    assert_eq!(calls.iter().map(|call| call.2).collect::<Vec<_>>(), [1, 0, 1, 0]);
    assert_eq!(calls.iter().map(|call| call.1).collect::<std::collections::HashSet<_>>().len(), 4);
}

#[test]
fn a_tool_given_up_and_finished_later_is_one_call_and_equal_ids_are_two() {
    let host = Host::new();
    host.turn("s", "t1", true);
    let tool = |id: &'static str, status: &'static str| {
        let ids = [("session_id", "s".into()), ("turn_id", "t1".into()), ("tool_name", "terminal".into())];
        host.call(
            "post_tool_call",
            &[&ids[..], &[("tool_call_id", id.into()), ("status", status.into())]].concat(),
        );
    };
    tool("slow", "timeout");
    tool("slow", "ok");
    tool("call_0", "ok");
    tool("call_0", "error");
    tool("new", "teleported");
    let events = host.take();
    let tools = all!(events, ToolCall);
    let statuses: Vec<&str> = tools.iter().map(|tool| tool.status.as_str()).collect();
    assert_eq!(statuses, ["timeout", "ok", "error", "teleported"]);
    assert_ne!(tools[1].span, tools[2].span);
    assert!(!ToolStatus::from("teleported").executed());
}

#[test]
fn an_approval_without_a_session_lands_in_the_session_of_its_turn() {
    let host = Host::new();
    host.turn("one", "t1", true);
    host.turn("two", "t2", true);
    let ids =
        [("turn_id", Value::from("t2")), ("tool_call_id", "c".into()), ("session_key", "agent:x".into())];
    let ask = |hook: &str, surface: &'static str, choice: Option<&'static str>| {
        host.call(hook, &[&ids[..], &[("surface", surface.into()), ("choice", choice.into())]].concat());
    };
    ask("pre_approval_request", "smart", None);
    ask("pre_approval_request", "cli", None);
    ask("post_approval_response", "cli", Some("deny"));
    // Nobody knows this turn, and its key is no session.
    host.call("pre_approval_request", &[("turn_id", "t9".into()), ("session_key", "agent:x".into())]);
    let events = host.take();
    let two = events.iter().filter(|e| e.body.kind() == "run_started").nth(1).unwrap().run;
    let asked = all!(events, ApprovalRequested);
    let answered = all!(events, ApprovalAnswered);
    assert_eq!((asked.len(), answered.len()), (2, 1));
    assert_eq!((answered[0].approval, answered[0].wait_ns), (asked[1].approval, Some(1_000_000)));
    assert!(events.iter().filter(|e| e.body.kind().starts_with("approval")).all(|e| e.run == two));
    assert_eq!(all!(events, Feedback)[0].kind, "approval_deny");
}

#[test]
fn the_platform_is_learned_when_the_first_hook_did_not_tell() {
    let host = Host::new();
    host.call("post_tool_call", &[("session_id", "s".into()), ("tool_name", "x".into())]);
    host.turn("s", "t1", false);
    host.call("on_session_finalize", &[("session_id", "s".into()), ("platform", "gateway".into())]);
    let events = host.take();
    assert_eq!(all!(events, RunStarted)[0].entrypoint, None);
    let updated = all!(events, RunUpdated);
    assert_eq!(updated.len(), 1);
    assert_eq!(
        (updated[0].platform.as_deref(), updated[0].entrypoint.clone()),
        (Some("cli"), Some(Entrypoint::Cli))
    );
}

#[test]
fn a_run_that_goes_on_past_midnight_is_announced_on_each_day() {
    const DAY: i64 = 86_400_000_000_000;
    let host = Host::new();
    host.whole_turn("s", "t1", true);
    host.now.set(DAY);
    host.whole_turn("s", "t2", false);
    host.whole_turn("s", "t3", false);
    let events = host.take();
    let days = |kind: &str| -> Vec<i32> {
        events.iter().filter(|e| e.body.kind() == kind).map(|e| e.ts.day().0).collect()
    };
    assert_eq!((days("process_started"), days("run_started")), (vec![0, 1], vec![0, 1]));
    let started = all!(events, RunStarted);
    assert_eq!(started[0], started[1]);
    let ids: Vec<_> = events.iter().filter(|e| e.body.kind() == "run_started").map(|e| e.id).collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_new_session_resets_the_old_one_the_host_names() {
    let host = Host::new();
    host.whole_turn("old", "t1", true);
    let reset =
        [("session_id", "new".into()), ("old_session_id", "old".into()), ("reason", "new_session".into())];
    host.call("on_session_reset", &reset);
    host.call("on_session_finalize", &[("session_id", "old".into()), ("reason", "shutdown".into())]);
    let events = host.take();
    let ended = all!(events, RunEnded);
    assert_eq!(ended.len(), 1, "the first close counts");
    assert_eq!((&ended[0].close, ended[0].reason.as_deref()), (&RunClose::Reset, Some("new_session")));
    assert_eq!(all!(events, RunStarted).len(), 2);
}

#[test]
fn hooks_after_which_a_host_may_vanish_ask_for_a_flush() {
    let host = Host::new();
    let session = [("session_id", Value::from("s")), ("turn_id", "t".into())];
    let with = |more: &[(&'static str, Value<'static>)]| [&session[..], more].concat();
    assert_eq!(host.after("pre_llm_call", &session), After::GoOn);
    assert_eq!(host.after("api_request_error", &with(&[("retryable", true.into())])), After::GoOn);
    assert_eq!(host.after("api_request_error", &with(&[("retryable", false.into())])), After::Flush);
    let used_up = [("retryable", true.into()), ("retry_count", 2.into()), ("max_retries", 3.into())];
    assert_eq!(host.after("api_request_error", &with(&used_up)), After::Flush);
    assert_eq!(host.after("on_session_end", &session), After::Flush);
    assert_eq!(host.after("on_session_finalize", &session), After::Flush);
    assert_eq!(host.after("on_session_finalize", &[("session_id", Value::Null)]), After::Flush);
}

#[test]
fn usage_is_split_into_buckets_that_exclude_each_other() {
    let host = Host::new();
    let call = |usage: &[(&str, Value<'_>)]| {
        host.call("post_api_request", &[("session_id", "s".into()), ("usage", Value::Map(&usage))]);
    };
    call(&[("prompt_tokens", 100.into()), ("cache_read_tokens", 30.into()), ("output_tokens", 7.into())]);
    call(&[("input_tokens", (-5).into()), ("output_tokens", "12".into())]);
    call(&[("request_count", 1.into())]);
    let usages: Vec<_> = all!(host.take(), ModelCall).iter().map(|call| call.usage).collect();
    let [Some(split), Some(odd), None] = usages[..] else { panic!("{usages:?}") };
    assert_eq!((split.input, split.cache_read, split.output), (70, 30, 7));
    assert_eq!((odd.input, odd.output), (0, 12));
}

#[test]
fn a_thousand_sessions_are_bounded_and_a_forgotten_one_keeps_its_run() {
    let host = Host::new();
    host.turn("first", "t", true);
    for n in 0..2_000 {
        host.turn(&format!("s{n}"), &format!("t{n}"), true);
    }
    host.call("post_api_request", &[("session_id", "first".into()), ("turn_id", "t".into())]);
    let events = host.take();
    let of_first: std::collections::HashSet<_> =
        [events.first(), events.last()].into_iter().flatten().filter_map(|event| event.run).collect();
    let first_run = events.iter().find(|event| event.run.is_some()).unwrap().run.unwrap();
    assert_eq!(of_first, [first_run].into());
}

#[test]
fn no_hook_and_no_value_makes_it_panic_or_leak_content() {
    let host = Host::new();
    let odd = [
        Value::Null,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Float(f64::NAN),
        Value::Float(1e308),
        Value::Str(""),
        Value::Str("\u{0}\u{202e}"),
        Value::List(&[Value::Null]),
        Value::Other,
    ];
    let keys = [
        "session_id",
        "turn_id",
        "api_request_id",
        "tool_call_id",
        "platform",
        "usage",
        "error",
        "api_duration",
        "started_at",
        "ended_at",
        "status_code",
        "retry_count",
        "max_retries",
        "retryable",
        "duration_ms",
        "status",
        "completed",
        "interrupted",
        "parent_session_id",
        "child_session_id",
        "event",
        "surface",
        "choice",
        "model",
        "message_count",
        "api_call_count",
        "base_url",
        "is_first_turn",
        "old_session_id",
        "reason",
        "args",
    ];
    for hook in telemetry_hooks::hook::Hook::ALL {
        for value in odd {
            let all: Vec<_> = keys.iter().map(|key| (*key, value)).collect();
            host.call(hook.as_str(), &all);
            for key in keys {
                host.call(hook.as_str(), &[("session_id", "s".into()), (key, value)]);
            }
        }
    }
    assert!(!host.take().is_empty());
}
