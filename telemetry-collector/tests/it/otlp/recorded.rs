//! What the real programs' bodies come to, by whichever signals they come, in whichever order and however often.

use telemetry_collector::otlp::mark::Signal;

use super::bodies::{bodies, outlines};

const ALL: [Signal; 3] = [Signal::Span, Signal::Log, Signal::Metric];

/// What some of the signals of a scenario come to, which is the same in reverse, with everything twice, and with each body by itself last.
#[track_caller]
fn said(scenario: &str, signals: &[Signal]) -> Vec<String> {
    let mut sent = bodies(scenario);
    sent.retain(|(signal, _)| signals.contains(signal));
    let said = outlines(&sent);
    let mut reversed = sent.clone();
    reversed.reverse();
    assert_eq!(outlines(&reversed), said, "in reverse");
    let twice: Vec<_> = sent.iter().chain(&sent).cloned().collect();
    assert_eq!(outlines(&twice), said, "twice");
    for first in 0..sent.len() {
        let mut turned = sent.clone();
        turned.rotate_left(first);
        assert_eq!(outlines(&turned), said, "from {first} on");
    }
    said
}

#[test]
fn claude_code_is_the_same_by_spans_by_records_and_by_both() {
    // By hand from the bodies: req_60fa… 120 + 42 + 300 written, req_7b42… 121 + 42 + 300 read; Bash once, allowed by the config.
    let expected = "claude-code completed: turns 1, calls 2, failed 0, errors 0, tools 1, input 241, output 84, read 300, written 300, reasoning 0";
    for signals in [&[Signal::Span][..], &[Signal::Log], &[Signal::Span, Signal::Log], &ALL] {
        assert_eq!(said("claude-code/tool_bash", signals), [expected], "{signals:?}");
    }
    // Metrics alone know of no call.
    assert_eq!(
        said("claude-code/tool_bash", &[Signal::Metric]),
        [
            "claude-code running: turns 0, calls 0, failed 0, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0; \
          claude-opus-5-5 reported 120 42 0 300 0; claude-opus-5-5 reported 121 42 300 0 0"
        ]
    );
}

#[test]
fn claude_codes_three_attempts_at_one_call_are_three_by_either_signal() {
    let expected = "claude-code errored (provider_error): turns 1, calls 0, failed 3, errors 1, tools 0, input 0, output 0, read 0, written 0, reasoning 0";
    let by_span = expected.replace("(provider_error)", "(server_error)");
    assert_eq!(said("claude-code/error_500", &[Signal::Span]), [by_span.as_str()]);
    assert_eq!(said("claude-code/error_500", &[Signal::Log]), [expected]);
    assert_eq!(said("claude-code/error_500", &[Signal::Span, Signal::Log]), [by_span.as_str()]);
    assert_eq!(said("claude-code/error_500", &ALL), [by_span.as_str()]);
}

#[test]
fn codex_tells_everything_in_records() {
    // 220 and 221 of input, of which 100 were cached; 33 of output each, of which 7 were reasoning.
    assert_eq!(
        said("codex/tool_bash", &ALL),
        [
            "codex completed: turns 1, calls 2, failed 0, errors 0, tools 1, input 341, output 66, read 100, written 0, reasoning 14"
        ]
    );
    // Four requests were refused, and nothing says whether it would have tried again.
    assert_eq!(
        said("codex/error_500", &ALL),
        [
            "codex running: turns 1, calls 0, failed 4, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0"
        ]
    );
}

#[test]
fn gemini_tells_more_in_records_than_in_spans() {
    let records = "gemini-cli completed: turns 1, calls 3, failed 0, errors 0, tools 1, input 521, output 93, read 80, written 0, reasoning 18";
    for signals in [&[Signal::Log][..], &[Signal::Span, Signal::Log], &ALL] {
        assert_eq!(said("gemini-cli/tool_bash", signals), [records], "{signals:?}");
    }
    // Spans tell of neither cached tokens nor thoughts: 200 + 200 + 201 and 3 times 25.
    assert_eq!(
        said("gemini-cli/tool_bash", &[Signal::Span]),
        [
            "gemini-cli completed: turns 1, calls 3, failed 0, errors 0, tools 1, input 601, output 75, read 0, written 0, reasoning 0"
        ]
    );
    assert_eq!(
        said("gemini-cli/tool_bash", &[Signal::Metric]),
        [
            "gemini-cli running: turns 0, calls 0, failed 0, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0; \
          gemini-3.5-flash-lite reported 200 31 0 0 6; gemini-3.8-flash reported 321 62 80 0 12"
        ]
    );
}

#[test]
fn geminis_retries_are_attempts_at_one_call() {
    for signals in [&[Signal::Span][..], &[Signal::Log], &[Signal::Span, Signal::Log], &ALL] {
        assert_eq!(
            said("gemini-cli/error_500", signals),
            [
                "gemini-cli running: turns 1, calls 0, failed 4, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0"
            ],
            "{signals:?}"
        );
    }
}

#[test]
fn opencodes_records_tell_of_no_answer_and_no_token() {
    assert_eq!(
        said("opencode/tool_bash", &ALL),
        [
            "opencode running: turns 1, calls 0, failed 0, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0"
        ]
    );
    assert_eq!(
        said("opencode/error_500", &ALL),
        [
            "opencode running: turns 1, calls 0, failed 6, errors 0, tools 0, input 0, output 0, read 0, written 0, reasoning 0"
        ]
    );
}
