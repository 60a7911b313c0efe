use telemetry_export::{Delivered, Undelivered};

use crate::server::{Reply, Server};
use crate::world::{KEY, answer, send, settings, taken, transport};
use telemetry_export::collector::Setup;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// What comes of an answer to two events, with `HOST` for the server.
fn said(reply: Reply) -> String {
    let server = Server::script([reply]);
    let plain = |text: String| text.replace(&server.host(), "HOST");
    match send(&server, 2) {
        Ok(Delivered { items, refused, notes }) => {
            plain(format!("{items} taken, {refused} refused: {}", notes.join("; ")))
        }
        Err(why) => plain(format!("{}: {}", if why.temporary { "for now" } else { "for good" }, why.message)),
    }
}

#[test]
fn every_status_is_a_line_that_says_what_to_do() {
    for (status, is) in [
        (
            301,
            "for good: HOST sends us on to another path (301), where we do not go by ourselves: set \
             telemetry.export.collector.endpoint to where the receiver is",
        ),
        (
            400,
            "for good: HOST takes none of 2 events (400: so it is): look at the collector's own log, and whether it is older \
             than this program",
        ),
        (
            401,
            "for good: HOST does not let us in (401: so it is): check the key in the environment variable KEY, which \
             telemetry.export.collector.api_key_env names",
        ),
        (
            403,
            "for good: HOST does not let us in (403: so it is): check the key in the environment variable KEY, which \
             telemetry.export.collector.api_key_env names",
        ),
        (
            404,
            "for good: HOST is no collector there (404: so it is): correct the path of telemetry.export.collector.endpoint, \
             to which /api/v1/events is added",
        ),
        (408, "for now: HOST waited too long for us (408: so it is)"),
        (
            415,
            "for good: HOST does not read application/x-ndjson (415: so it is): is telemetry.export.collector.endpoint that \
             of a collector?",
        ),
        (429, "for now: HOST has too much to do (429: so it is): it is asked again later"),
        (500, "for now: HOST failed (500: so it is): look at the receiver's own log"),
        (503, "for now: HOST is not up (503: so it is): it is asked again later"),
    ] {
        let problem = r#"{"type":"about:blank","title":"Bad","status":0,"detail":"so it is"}"#;
        assert_eq!(said(Reply::new(status, PROBLEM, problem)), is, "{status}");
    }
}

#[test]
fn what_was_there_already_is_there() {
    assert_eq!(said(answer(0, 2, 0, "")), "2 taken, 0 refused: ");
    assert_eq!(said(answer(1, 1, 0, "")), "2 taken, 0 refused: ");
    // Counted without being told of.
    assert_eq!(said(answer(1, 0, 1, "")), "1 taken, 1 refused: HOST refuses 1 of 2 events");
    let without = r#"{"line":2,"status":"rejected","reason":"no JSON"}"#;
    assert_eq!(
        said(answer(1, 0, 1, without)),
        "1 taken, 1 refused: HOST refuses 1 of 2 events: one without an id (no JSON)"
    );
}

#[test]
fn an_answer_that_does_not_speak_of_every_line_is_none() {
    let none = |with: &str| {
        format!(
            "for good: HOST answers 200{with} and not as a collector does, so nobody may have taken anything: is \
             telemetry.export.collector.endpoint that of one?"
        )
    };
    for reply in [
        answer(1, 0, 0, ""),
        answer(3, 0, 0, ""),
        answer(usize::MAX, 3, 0, ""),
        Reply::new(200, JSON, ""),
        Reply::new(200, JSON, "{}"),
        Reply::new(
            200,
            JSON,
            r#"{"schema":"telemetry.intake/2","accepted":2,"duplicate":0,"rejected":0,"results":[]}"#,
        ),
        Reply::new(
            200,
            JSON,
            r#"{"schema":"telemetry.intake/1","accepted":2,"duplicate":0,"rejected":0,"resu"#,
        ),
        Reply::new(200, JSON, b"\xff\xfe"),
    ] {
        assert_eq!(said(reply.clone()), none(" with application/json"), "{reply:?}");
    }
    assert_eq!(said(Reply::new(200, "text/html", "<title>Sign in</title>")), none(" with text/html"));
    assert_eq!(said(Reply::raw("HTTP/1.1 204 No Content\r\n\r\n")), none("").replace("200", "204"));
}

/// It has them, and nobody knows: they come again, with the same ids.
#[test]
fn a_lost_answer_is_no_delivery() {
    let server = Server::script([Reply::raw("").closing(), answer(0, 2, 0, "")]);
    let why = send(&server, 2).unwrap_err();
    assert!(why.temporary, "{why}");
    assert_eq!(send(&server, 2).unwrap().items, 2);
    let bodies: Vec<_> = server.received().into_iter().map(|request| request.body).collect();
    assert!(bodies.len() >= 2 && bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn it_is_asked_again_as_late_as_it_says() {
    let server = Server::script([Reply::with(429, &[("retry-after", "77")], "")]);
    let why = send(&server, 2).unwrap_err();
    assert_eq!((why.temporary, why.retry_after.map(|after| after.as_secs())), (true, Some(77)));
}

/// A collector that repeats what it was sent, or a proxy, does not make a key known.
#[test]
fn the_key_is_in_no_message() {
    let secret = format!(r#"{{"detail":"the key {KEY} opens nothing here, and {KEY} never did"}}"#);
    for status in [400, 401, 403, 404, 413, 415, 429, 500, 503] {
        let message = said(Reply::new(status, PROBLEM, &secret));
        assert!(!message.contains(KEY) && (status == 413 || message.contains("(secret)")), "{message}");
    }
    let rejected = format!(r#"{{"line":1,"id":"{KEY}","status":"rejected","reason":"{KEY}"}}"#);
    let message = said(answer(1, 0, 1, &rejected));
    assert!(message.contains("(secret)") && !message.contains(KEY), "{message}");
}

#[test]
fn what_is_wrong_with_the_settings_is_said_before_anything_is_sent() {
    let server = Server::new(|received| taken(received, |_| None));
    let wrong = |collector: &str| -> Undelivered {
        let none = |_: &str| None;
        let settings = settings(collector);
        match Setup::of(&settings, &none) {
            Err(why) => why,
            Ok(setup) => telemetry_export::collector::Transport::new(&setup).unwrap_err(),
        }
    };
    let url = server.url();
    for (collector, key) in [
        (String::new(), "telemetry.export.collector.endpoint"),
        (format!("endpoint: '{url}'"), "telemetry.export.collector.api_key_env"),
        (format!("endpoint: '{url}', api_key_env: MISSING"), "the environment variable MISSING"),
        (
            "endpoint: 'http://h.example:0', api_key_env: MISSING".to_owned(),
            "telemetry.export.collector.endpoint",
        ),
    ] {
        let why = wrong(&collector);
        assert!(why.message.contains(key) && !why.temporary, "{collector}: {why}");
    }
    let why = transport("http://user:k3Jd82@h.example:99999", "api_key_env: KEY").unwrap_err();
    assert!(!why.message.contains("k3Jd82"), "{why}");
    assert!(server.received().is_empty());
}
