//! The rules for outcomes (D6, D7) on stories that nobody recorded, made by changing those that were.

use serde_json::{Value, json};
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

/// A recording being changed.
struct Story(Vec<Value>);

const SESSION: &str = "20260101_000000_000000";

impl Story {
    fn of(name: &str) -> Self {
        Self(Recording::named(name).lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// Where a hook is called for the nth time, from 0.
    #[track_caller]
    fn at(&self, hook: &str, nth: usize) -> usize {
        let calls =
            self.0.iter().enumerate().filter(|(_, line)| line["hook"] == hook || line["kind"] == hook);
        calls.map(|(index, _)| index).nth(nth).unwrap_or_else(|| panic!("no {hook} {nth}"))
    }

    /// Changes an argument of the nth call of a hook.
    #[track_caller]
    fn set(mut self, hook: &str, nth: usize, key: &str, value: Value) -> Self {
        let index = self.at(hook, nth);
        self.0[index]["kwargs"][key] = value;
        self
    }

    #[track_caller]
    fn without(mut self, hook: &str, nth: usize) -> Self {
        let index = self.at(hook, nth);
        self.0.remove(index);
        self
    }

    /// Ends before the nth call of a hook.
    #[track_caller]
    fn until(mut self, hook: &str, nth: usize) -> Self {
        let index = self.at(hook, nth);
        self.0.truncate(index);
        self
    }

    /// Makes another call a millisecond after the last one: a copy of the nth of that hook in a recording, changed.
    #[track_caller]
    fn then(mut self, from: &str, hook: &str, nth: usize, changes: Value) -> Self {
        let source = Story::of(from);
        let mut line = source.0[source.at(hook, nth)].clone();
        let last = self.0.last().unwrap();
        for clock in ["wall_ns", "mono_ns"] {
            line[clock] = json!(last[clock].as_i64().unwrap() + 1_000_000);
        }
        line["pid"] = last["pid"].clone();
        for (key, value) in changes.as_object().into_iter().flatten() {
            line["kwargs"][key] = value.clone();
        }
        self.0.push(line);
        self
    }

    fn home(&self) -> Home {
        let home = Home::new();
        let text: String = self.0.iter().map(|line| format!("{line}\n")).collect();
        let file = home.file("story.jsonl", text);
        home.replay([&Recording::open(&file)]);
        home
    }

    /// Replays it and compares the runs, oldest first, as [outcome, reason].
    #[track_caller]
    fn comes_to(&self, what: &str, expected: Value) -> Home {
        let home = self.home();
        let runs = home.runs();
        let shown: Value = runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| json!([run["outcome"], run["reason"]]))
            .collect();
        assert_same(what, &shown, &expected);
        home
    }
}

#[track_caller]
fn assert_turns(home: &Home, expected: Value) {
    let insights = home.insights();
    let shown = insights["turns"]["by_outcome"].as_object().cloned().unwrap_or_default();
    let seen = shown.into_iter().filter(|(_, count)| *count != json!(0)).collect();
    assert_same("turns by outcome", &Value::Object(seen), &expected);
}

#[test]
fn a_final_timeout_is_timed_out() {
    let story = Story::of("h401").set("api_request_error", 0, "reason", json!("timeout")).set(
        "api_request_error",
        0,
        "status_code",
        Value::Null,
    );
    let home = story.comes_to("timeout", json!([["timed_out", "timeout"]]));
    assert_eq!(home.insights()["errors"]["by_class"], json!({"provider_timeout": 1}));
    assert_eq!(home.insights()["runs"]["failure_rate"]["value"], 1.0);
}

#[test]
fn every_reason_of_the_host_has_its_class() {
    for (reason, class) in [
        ("auth", "auth"),
        ("auth_permanent", "auth"),
        ("billing", "billing"),
        ("rate_limit", "rate_limit"),
        ("upstream_rate_limit", "rate_limit"),
        ("overloaded", "overloaded"),
        ("server_error", "provider_error"),
        ("timeout", "provider_timeout"),
        ("ssl_cert_verification", "network"),
        ("context_overflow", "context_overflow"),
        ("model_not_found", "model_not_found"),
        ("content_policy_blocked", "content_policy"),
        ("provider_policy_blocked", "content_policy"),
        ("format_error", "bad_request"),
        ("unknown", "unknown"),
        ("a_word_of_tomorrow", "unknown"),
    ] {
        // No status code and no kind of error to guess by: the word decides.
        let story = Story::of("h401")
            .set("api_request_error", 0, "reason", json!(reason))
            .set("api_request_error", 0, "status_code", Value::Null)
            .set("api_request_error", 0, "error", json!({"type": "SomeError", "message": "m"}));
        let outcome = if reason == "timeout" { "timed_out" } else { "errored" };
        let home = story.comes_to(reason, json!([[outcome, reason]]));
        assert_eq!(home.insights()["errors"]["by_class"], json!({ class: 1 }), "{reason}");
    }
}

/// The error that ends a turn need not end the session.
#[test]
fn a_failed_turn_and_then_a_good_one() {
    let turn = format!("{SESSION}:x:00000009");
    let ids = json!({ "turn_id": turn, "api_request_id": format!("{turn}:api:1") });
    let story = Story::of("h401")
        .until("on_session_finalize", 0)
        .then("plain", "pre_llm_call", 0, ids.clone())
        .then("plain", "post_api_request", 0, ids.clone())
        .then("plain", "on_session_end", 0, ids)
        .then("plain", "on_session_finalize", 0, json!({}))
        .then("plain", "atexit", 0, json!({}));
    let home = story.comes_to("a failed turn, then a good one", json!([["completed", null]]));
    assert_turns(&home, json!({ "completed": 1, "errored": 1 }));
    assert_eq!(home.runs()["runs"][0]["errors"], 1, "the call that failed for good still did");
}

#[test]
fn the_first_end_of_a_turn_counts() {
    for turn in [json!(null), json!(format!("{SESSION}:00000000-0000-4000-8000-000000000000:00000001"))] {
        let again = json!({ "completed": false, "interrupted": true, "turn_id": turn });
        let story = Story::of("plain").until("on_session_finalize", 0).then(
            "plain",
            "on_session_end",
            0,
            again.clone(),
        );
        let home = story.comes_to("ended twice", json!([["completed", null]]));
        assert_turns(&home, json!({ "completed": 1 }));
        // Once more after the finalize, as an interactive session that is terminated does.
        let story = Story::of("plain").without("atexit", 0).then("plain", "on_session_end", 0, again);
        let home = story.comes_to("ended after the finalize", json!([["completed", null]]));
        assert_turns(&home, json!({ "completed": 1 }));
    }
}

#[test]
fn an_end_without_a_turn_ends_the_one_in_flight() {
    let end = json!({ "completed": false, "interrupted": true, "turn_id": null, "reason": "shutdown" });
    let story = Story::of("sigkill").then("plain", "on_session_end", 0, end);
    let home = story.comes_to("ended without a turn id", json!([["interrupted", "shutdown"]]));
    assert_turns(&home, json!({ "interrupted": 1 }));
}

#[test]
fn an_expired_session_is_neither_success_nor_failure() {
    let story = Story::of("plain").set("on_session_finalize", 0, "reason", json!("session_expired"));
    let home = story.comes_to("expired", json!([["timed_out", "idle_timeout"]]));
    let insights = home.insights();
    let rate = &insights["runs"]["completion_rate"];
    assert!(rate.is_null() || rate["n"] == 0, "{insights}");
    assert_eq!(insights["turns"]["completion_rate"]["value"], 1.0);
    assert_eq!(insights["turns"]["completion_rate"]["n"], 1);
}

#[test]
fn a_message_platform_resets_in_its_own_words() {
    let new = "20260101_000000_000007";
    let ids = json!({ "reason": "new_session", "old_session_id": SESSION, "new_session_id": new });
    let mut reset = ids.clone();
    reset["session_id"] = json!(new);
    let story = Story::of("plain")
        .until("on_session_finalize", 0)
        .then("plain", "on_session_finalize", 0, ids)
        .then("interactive_new", "on_session_reset", 0, reset)
        .then("plain", "atexit", 0, json!({}));
    let home = story.home();
    let runs = home.runs();
    assert_eq!([&runs["runs"][0]["outcome"], &runs["runs"][0]["reason"]], ["reset", "new_session"], "{runs}");
    if let Some(second) = runs["runs"].get(1) {
        assert_eq!(
            [&second["outcome"], &second["reason"]],
            ["unknown", "empty"],
            "nothing was said in it: {runs}"
        );
    }
}

#[test]
fn a_session_without_a_turn_is_empty() {
    let started = Story::of("plain").until("pre_llm_call", 0);
    started.comes_to("lost", json!([["unknown", "empty"]]));
    let left = Story::of("plain")
        .without("pre_llm_call", 0)
        .without("post_api_request", 0)
        .without("on_session_end", 0);
    let left =
        left.without("pre_api_request", 0).without("transform_llm_output", 0).without("post_llm_call", 0);
    left.comes_to("left in order", json!([["unknown", "empty"]]));
}

/// What a failed attempt says is final or not by itself; only a later answer takes it back.
#[test]
fn an_error_is_final_by_its_own_word() {
    let lost = |name: &str, nth| Story::of(name).until("api_request_error", nth);
    lost("h500", 1).comes_to("one of three attempts, then killed", json!([["unknown", "process_lost"]]));
    lost("h500", 2).comes_to("two of three attempts, then killed", json!([["unknown", "process_lost"]]));
    let spent = Story::of("h500").until("on_session_finalize", 0);
    spent.comes_to("all attempts, then killed", json!([["errored", "server_error"]]));
    let left = Story::of("h500").until("api_request_error", 1).then("plain", "atexit", 0, json!({}));
    left.comes_to("one of three attempts, then left in order", json!([["interrupted", "process_exit"]]));
}

/// A background child goes on talking while the interpreter is torn down: what it says still counts.
#[test]
fn what_comes_after_the_exit_still_counts() {
    let child = "20260101_000000_000001";
    let turn =
        Story::of("delegate").0[Story::of("delegate").at("pre_llm_call", 1)]["kwargs"]["turn_id"].clone();
    let ids = json!({
        "session_id": child, "platform": "subagent", "turn_id": turn,
        "api_request_id": format!("{}:api:2", turn.as_str().unwrap()),
    });
    let story = Story::of("delegate").then("plain", "post_api_request", 0, ids.clone());
    let runs = story.home().runs();
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(2), "no run is made up: {runs}");
    assert_eq!(runs["runs"][1]["model_calls"], 2, "{runs}");
    assert_eq!(
        [&runs["runs"][1]["outcome"], &runs["runs"][1]["reason"]],
        ["interrupted", "process_exit"],
        "{runs}"
    );
    // That it was cut off was our conclusion; the host's own word for its end, should it still come, is better.
    let ended = story.then("plain", "on_session_end", 0, ids);
    assert_turns(&ended.home(), json!({ "completed": 2 }));
}

/// A tool that timed out and answers later is one call, and it timed out.
#[test]
fn a_tool_that_answers_after_its_timeout_is_one_call() {
    let story = Story::of("tool")
        .set("post_tool_call", 0, "status", json!("timeout"))
        .set("post_tool_call", 0, "error_type", json!("tool_timeout"))
        .until("atexit", 0)
        .then("tool", "post_tool_call", 0, json!({ "duration_ms": 9000 }));
    let insights = story.home().insights();
    assert_eq!(insights["tool_calls"]["total"], 1, "{insights}");
    assert_eq!(insights["tool_calls"]["by_status"], json!({ "timeout": 1 }));
    assert_eq!(insights["tool_calls"]["failure_rate"]["value"], 1.0);
}

#[test]
fn tools_that_did_not_run_are_no_failures() {
    for status in ["blocked", "cancelled", "denied"] {
        let insights = Story::of("tool").set("post_tool_call", 0, "status", json!(status)).home().insights();
        assert_eq!(insights["tool_calls"]["by_status"], json!({ status: 1 }));
        let rate = &insights["tool_calls"]["failure_rate"];
        assert!(rate.is_null() || rate["n"] == 0, "{status}: {insights}");
    }
}

/// A session that goes on was not compressed: a gateway that came back serves old sessions in turn, without a start.
#[test]
fn a_session_that_goes_on_was_not_rotated() {
    let mut story = Story::of("gateway_api").without("on_session_start", 1).without("on_session_start", 0);
    // First turn of one session, then the other session, then the second turn of the first.
    let cut = story.at("pre_llm_call", 1);
    let other = story.at("pre_llm_call", 2);
    let end = story.at("atexit", 0);
    let again: Vec<Value> = story.0.drain(cut..other).collect();
    let position = end - again.len();
    let late = |mut line: Value| {
        for clock in ["wall_ns", "mono_ns"] {
            line[clock] = json!(line[clock].as_i64().unwrap() + 1_200_000_000);
        }
        line
    };
    story.0.splice(position..position, again.into_iter().map(late));
    let home = story.comes_to("in turn", json!([["completed", null], ["completed", null]]));
    assert_turns(&home, json!({ "completed": 3 }));
}

#[test]
fn buckets_are_summed_as_they_are() {
    let usage = json!({
        "input_tokens": 3_000_000_000_u64, "output_tokens": 7, "cache_read_tokens": 11, "cache_write_tokens": 13,
        "reasoning_tokens": 5, "prompt_tokens": 3_000_000_024_u64, "total_tokens": 3_000_000_031_u64,
    });
    let home = Story::of("plain").set("post_api_request", 0, "usage", usage).home();
    let expected = json!({ "input": 3_000_000_000_u64, "output": 7, "cache_read": 11, "cache_write": 13, "reasoning": 5 });
    assert_same("run", &home.runs()["runs"][0]["tokens"], &expected);
    assert_same("insights", &home.insights()["model_calls"]["tokens"], &expected);
}

/// Usage that is there and says nothing is no usage; none at all is shown as a gap, not as zero.
#[test]
fn calls_without_usage_are_a_gap() {
    for usage in [json!({}), Value::Null, json!("many"), json!([])] {
        let insights = Story::of("tool").set("post_api_request", 0, "usage", usage.clone()).home().insights();
        assert_eq!(insights["quality"]["usage_coverage"], 0.5, "{usage}");
        assert_eq!(insights["model_calls"]["total"], 2);
    }
}

/// Ids are the host's, and opaque.
#[test]
fn ids_of_any_form_are_kept_as_they_are() {
    for session in ["s", "π/🦀 '; DROP TABLE tel_runs; --", "a b\tc\"d\\e", &"long ".repeat(400)] {
        let spelled = serde_json::to_string(session).unwrap();
        let text = Recording::named("delegate_inline").lines.join("\n");
        let text = text.replace("20260101_000000_000000", &spelled[1..spelled.len() - 1]);
        let home = Home::new();
        home.replay([&Recording::open(&home.file("ids.jsonl", text))]);
        let runs = home.runs();
        assert_eq!(runs["runs"][0]["session_id"], session);
        assert_eq!(runs["runs"][1]["parent_run_id"], runs["runs"][0]["run_id"]);
        assert_eq!(runs["runs"][0]["outcome"], "completed");
    }
}

/// A wall clock that is set back in mid run costs a duration, never a sign.
#[test]
fn a_clock_set_back_gives_no_negative_duration() {
    let mut story = Story::of("tool");
    let half = story.at("post_tool_call", 0);
    for line in &mut story.0[half..] {
        line["wall_ns"] = json!(line["wall_ns"].as_i64().unwrap() - 3_600_000_000_000);
    }
    let home = story.comes_to("set back", json!([["completed", null]]));
    let run = &home.runs()["runs"][0];
    assert!(run["duration_ms"].as_f64().is_some_and(|ms| (0.0..60_000.0).contains(&ms)), "{run}");
    for (path, number) in telemetry_tests::json::numbers_about(&home.insights(), "_ms") {
        assert!(number >= 0.0, "{path} is {number}");
    }
}

/// What the same host's next version says is read when it is there and not needed when it is not.
#[test]
fn words_of_the_next_version_do_no_harm() {
    let story = Story::of("plain")
        .set("on_session_end", 0, "failed", json!(false))
        .set("on_session_end", 0, "turn_exit_reason", json!("final_response"))
        .set("post_api_request", 0, "ttft_ms", json!(12.5))
        .set("on_session_start", 0, "source", json!("cli"));
    let home = story.home();
    assert_eq!(home.runs()["runs"][0]["outcome"], "completed");
}
