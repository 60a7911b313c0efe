use telemetry_export::otlp::{Courier, Request};
use telemetry_export::{Delivered, Undelivered};

use crate::server::{Reply, Server};
use crate::world::{points, records, spans, to, transport};

/// What comes of an answer, with `HOST` for the server.
fn comes_of(reply: Reply, request: Request, more: &str) -> Result<Delivered, Undelivered> {
    let server = Server::script([reply]);
    let mut transport = transport(&server.url(), more, &[("KEY", "0123456789")]).unwrap();
    let sent = transport.send(request);
    let plain = |text: String| text.replace(&server.host(), "HOST");
    sent.map(|sent| Delivered { notes: sent.notes.into_iter().map(plain).collect(), ..sent })
        .map_err(|why| Undelivered { message: plain(why.message), ..why })
}

fn said(reply: Reply, request: Request, more: &str) -> String {
    match comes_of(reply, request, more) {
        Ok(Delivered { items, refused, notes }) => {
            format!("{items} taken, {refused} refused: {}", notes.join("; "))
        }
        Err(why) => format!("{}: {}", if why.temporary { "for now" } else { "for good" }, why.message),
    }
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain";

#[test]
fn every_status_is_a_line_that_says_what_to_do() {
    for (status, is) in [
        (
            301,
            "for good: HOST sends us on to another path (301), where we do not go by ourselves: set \
             telemetry.export.otlp.endpoint to where the receiver is",
        ),
        (
            400,
            "for good: HOST takes none of 2 spans (400: so it is): see what it wants, in headers by \
             telemetry.export.otlp.headers_env for example",
        ),
        (
            401,
            "for good: HOST does not let us in (401: so it is): name the environment variable with its key in \
             telemetry.export.otlp.headers_env",
        ),
        (
            402,
            "for good: HOST does not take this (402: so it is): check telemetry.export.otlp.endpoint and what the receiver \
             wants",
        ),
        (
            404,
            "for good: HOST takes no traces there (404: so it is): correct the path of telemetry.export.otlp.endpoint, to \
             which /v1/traces is added, or what the headers name",
        ),
        (408, "for now: HOST waited too long for us (408: so it is)"),
        (
            415,
            "for good: HOST does not read application/x-protobuf (415: so it is): set telemetry.export.otlp.protocol to \
             http/json",
        ),
        (
            422,
            "for good: HOST takes none of 2 spans (422: so it is): see what it wants, in headers by \
             telemetry.export.otlp.headers_env for example",
        ),
        (429, "for now: HOST has too much to do (429: so it is): it is asked again later"),
        (500, "for now: HOST failed (500: so it is): look at the receiver's own log"),
        (502, "for now: HOST is not up (502: so it is): it is asked again later"),
        (503, "for now: HOST is not up (503: so it is): it is asked again later"),
        (504, "for now: HOST is not up (504: so it is): it is asked again later"),
        (507, "for now: HOST failed (507: so it is): look at the receiver's own log"),
    ] {
        assert_eq!(said(Reply::new(status, PLAIN, "so\r\n\tit is"), spans(&["a", "b"]), ""), is, "{status}");
    }
    // Of an answer without a reason the status is all there is to say.
    let bare = said(Reply::new(500, "", ""), spans(&["a"]), "");
    assert_eq!(bare, "for now: HOST failed (500): look at the receiver's own log");
}

#[test]
fn who_is_not_let_in_learns_which_variable_to_look_at() {
    for status in [401, 403] {
        assert_eq!(
            said(
                Reply::new(status, JSON, r#"{"message":"bad key"}"#),
                spans(&["a"]),
                "headers_env: {X-Key: KEY}"
            ),
            format!(
                "for good: HOST does not let us in ({status}: bad key): check the key in the environment variable KEY, which \
                 telemetry.export.otlp.headers_env names"
            )
        );
    }
}

#[test]
fn a_receiver_without_metrics_or_logs_takes_the_rest() {
    for (status, request, is) in [
        (
            405,
            points(3),
            "0 taken, 3 refused: HOST takes no metrics (405): leave metrics out of telemetry.export.otlp.signals, or \
             correct the path of telemetry.export.otlp.endpoint",
        ),
        (
            404,
            records(&["a"]),
            "0 taken, 1 refused: HOST takes no logs (404): leave logs out of telemetry.export.otlp.signals, or correct the \
             path of telemetry.export.otlp.endpoint",
        ),
        (
            501,
            records(&["a", "b"]),
            "0 taken, 2 refused: HOST takes no logs (501): leave logs out of telemetry.export.otlp.signals, or correct the \
             path of telemetry.export.otlp.endpoint",
        ),
    ] {
        assert_eq!(said(Reply::new(status, "", ""), request, ""), is);
    }
}

#[test]
fn json_is_refused_with_what_to_set_instead() {
    assert_eq!(
        said(Reply::new(415, PLAIN, "Unsupported"), spans(&["a"]), "protocol: http/json"),
        "for good: HOST does not read application/json (415: Unsupported): set telemetry.export.otlp.protocol to \
         http/protobuf"
    );
}

#[test]
fn part_of_it_may_be_refused() {
    let rejected = |body: &'static str| Reply::new(200, JSON, body);
    for (reply, is) in [
        (Reply::new(200, "", ""), "2 taken, 0 refused: "),
        (Reply::new(202, PROTOBUF, ""), "2 taken, 0 refused: "),
        (Reply::raw("HTTP/1.1 204 No Content\r\n\r\n"), "2 taken, 0 refused: "),
        (rejected("{}"), "2 taken, 0 refused: "),
        (rejected(r#"{"partialSuccess":null}"#), "2 taken, 0 refused: "),
        (rejected(r#"{"partialSuccess":{}}"#), "2 taken, 0 refused: "),
        (
            rejected(r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no\nname"}}"#),
            "1 taken, 1 refused: HOST refuses 1 of 2 spans: no name",
        ),
        (
            rejected(r#"{"partialSuccess":{"rejectedSpans":2}}"#),
            "0 taken, 2 refused: HOST refuses 2 of 2 spans",
        ),
        (
            rejected(r#"{"partialSuccess":{"rejectedSpans":99}}"#),
            "0 taken, 2 refused: HOST refuses 2 of 2 spans",
        ),
        (rejected(r#"{"partialSuccess":{"rejectedSpans":-1}}"#), "2 taken, 0 refused: "),
        (
            rejected(r#"{"partialSuccess":{"rejectedSpans":"0","errorMessage":"use https"}}"#),
            "2 taken, 0 refused: HOST says of traces: use https",
        ),
        (
            Reply::new(200, PROTOBUF, [0x0a, 0x02, 0x08, 0x01]),
            "1 taken, 1 refused: HOST refuses 1 of 2 spans",
        ),
    ] {
        assert_eq!(said(reply, spans(&["a", "b"]), ""), is);
    }
    let logs = r#"{"partialSuccess":{"rejectedLogRecords":"1"}}"#;
    assert_eq!(
        said(rejected(logs), records(&["a", "b"]), "protocol: http/json"),
        "1 taken, 1 refused: HOST refuses 1 of 2 log records"
    );
    let metrics = r#"{"partialSuccess":{"rejectedDataPoints":"1"}}"#;
    assert_eq!(
        said(rejected(metrics), points(1), "protocol: http/json"),
        "0 taken, 1 refused: HOST refuses 1 of 1 metric point"
    );
}

#[test]
fn what_is_no_answer_of_otlp_is_no_delivery() {
    for (kind, body, shown) in [
        ("text/html; charset=utf-8", &b"<html>Sign in</html>"[..], " with text/html"),
        ("text/html", b"", " with text/html"),
        ("text/plain", b"ok", " with text/plain"),
        (JSON, b"\"ok\"", " with application/json"),
        (JSON, b"{\"partialSuccess", " with application/json"),
        (PROTOBUF, b"<html>", " with application/x-protobuf"),
        (PROTOBUF, &[0xff; 100], " with application/x-protobuf"),
        ("image/png", b"\n\0", " with image/png"),
        ("", b"It works!", ""),
    ] {
        assert_eq!(
            said(Reply::new(200, kind, body), spans(&["a"]), ""),
            format!(
                "for good: HOST answers 200{shown} and not as OTLP does, so nobody may have taken anything: is \
                 telemetry.export.otlp.endpoint that of an OTLP receiver?"
            ),
            "{kind}"
        );
    }
    let endless = Reply::new(200, PROTOBUF, vec![b'<'; 1 << 20]);
    assert!(
        said(endless, spans(&["a"]), "")
            .contains("is telemetry.export.otlp.endpoint that of an OTLP receiver?")
    );
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let elsewhere = Server::script([Reply::ok()]);
    let location = format!("https://SECRET@{}/v1/traces?key=SECRET", elsewhere.host());
    for (location, to) in [
        (location.as_str(), format!("https://{}", elsewhere.host())),
        ("/login", "another path".to_owned()),
        ("no address", "another path".to_owned()),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let reply = Reply::with(status, &[("location", location)], "");
            let server = Server::script([reply]);
            let why = self::to(&server).send(spans(&["a"])).unwrap_err();
            let is = format!(
                "{} sends us on to {to} ({status}), where we do not go by ourselves: set telemetry.export.otlp.endpoint to \
                 where the receiver is",
                server.host()
            );
            assert_eq!(why, Undelivered::for_good(is));
            assert_eq!(server.received().len(), 1);
        }
    }
    assert_eq!(elsewhere.received().len(), 0);
}
