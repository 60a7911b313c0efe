use std::net::TcpListener;
use std::time::Duration;

use telemetry_export::Undelivered;
use telemetry_export::http::{Interrupt, Limits};
use telemetry_export::otlp::transport::Setup;
use telemetry_export::otlp::{Courier, Request};
use telemetry_policy::Settings;

use crate::server::{Reply, Server};
use crate::world::{build, settings, spans, to, transport};

fn a_span() -> Request {
    spans(&["a"])
}

/// What comes of sending to a server that does this, with `HOST` for it.
fn comes_of(reply: Reply) -> Undelivered {
    let server = Server::script([reply]);
    let why = to(&server).send(a_span()).unwrap_err();
    Undelivered { message: why.message.replace(&server.host(), "HOST"), ..why }
}

#[test]
fn without_an_endpoint_there_is_no_receiver() {
    let settings = settings("enabled: false");
    let why = Setup::of(&settings, &|_| None).err().unwrap();
    let is = "there is no receiver: set telemetry.export.otlp.endpoint in config.yaml to its address, such as \
              http://localhost:4318";
    assert_eq!(why, Undelivered::for_good(is));
}

#[test]
fn an_endpoint_that_is_none_is_not_taken_for_no_endpoint() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.yaml");
    std::fs::write(&file, "telemetry: {export: {otlp: {endpoint: 'localhost:4318'}}}").unwrap();
    let settings = Settings::load_with(home.path(), &|_| None);
    let is = format!(
        "telemetry.export.otlp.endpoint in {} is no http or https URL: write it like http://localhost:4318",
        file.display()
    );
    assert_eq!(Setup::of(&settings, &|_| None).err().unwrap(), Undelivered::for_good(is));
}

#[test]
fn a_variable_that_is_missing_is_named_before_anything_is_sent() {
    let server = Server::script([Reply::ok()]);
    let why = transport(&server.url(), "headers_env: OTLP_KEYS", &[]).unwrap_err();
    let is = "the environment variable OTLP_KEYS, which telemetry.export.otlp.headers_env names, is not set: set it to \
              name=value,name=value, or take it out of there";
    assert_eq!(why, Undelivered::for_good(is));
}

#[test]
fn nobody_is_there() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let why = transport(&format!("http://{address}"), "", &[]).unwrap().send(a_span()).unwrap_err();
    let is = format!(
        "{address} refuses connections: start the receiver there, or correct telemetry.export.otlp.endpoint"
    );
    assert_eq!(why, Undelivered::for_now(is));
}

#[test]
fn a_name_that_nobody_knows() {
    let why = transport("http://nobody.invalid:4318", "", &[]).unwrap().send(a_span()).unwrap_err();
    let is = "nobody.invalid:4318 is a name that is not known here: check the network, or correct \
              telemetry.export.otlp.endpoint";
    // A machine whose resolver does not answer either is told so within the time to connect.
    let late = "nobody.invalid:4318 cannot be reached: no connection within 5s; check the network and \
                telemetry.export.otlp.endpoint";
    assert!(why == Undelivered::for_now(is) || why == Undelivered::for_now(late), "{why}");
}

#[test]
fn a_receiver_that_hangs_up() {
    let is = Undelivered::for_now("HOST closed the connection before it had answered: check the receiver");
    for reply in [
        Reply::raw("").closing(),
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Le").closing(),
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 9\r\n\r\n\n")
            .closing(),
        Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nab").closing(),
        Reply::raw("HTTP/1.1 100 Continue\r\n\r\n").closing(),
    ] {
        assert_eq!(comes_of(reply.clone()), is, "{reply:?}");
    }
}

/// Half of an answer that says no is an answer.
#[test]
fn half_a_refusal_is_a_refusal() {
    let reply = Reply::raw("HTTP/1.1 500 Oh\r\ncontent-length: 900\r\n\r\nout of mem").closing();
    assert_eq!(
        comes_of(reply),
        Undelivered::for_now("HOST failed (500: out of mem): look at the receiver's own log")
    );
}

#[test]
fn something_that_does_not_speak_http() {
    let is = Undelivered::for_good(
        "HOST does not answer in HTTP: telemetry.export.otlp.endpoint must be that of OTLP over HTTP (port 4318 as a rule; \
         4317 is gRPC's)",
    );
    for bytes in [
        // The first frame of HTTP/2, as a gRPC port sends it.
        &b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80"[..],
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
        &[b"HTTP/1.1 200 OK\r\nx: ", &[b'x'; 1 << 20][..]].concat(),
    ] {
        let why = comes_of(Reply::raw(bytes).closing());
        assert_eq!(why, is, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
    }
}

#[test]
fn a_receiver_that_takes_for_ever() {
    let limits =
        Limits { request: Duration::from_millis(200), patience: Duration::ZERO, ..Limits::default() };
    for reply in [
        Reply::raw("").hanging(),
        Reply::raw("HTTP/1.1 200 OK\r\nx: ").hanging(),
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\n").hanging(),
        Reply::raw("HTTP/1.1 100 Continue\r\n\r\n").dripping(true),
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n12").dripping(true),
    ] {
        let server = Server::script([reply.clone()]);
        let mut transport = build(&server.url(), "", &[], limits, None, Interrupt::default()).unwrap();
        let why = transport.send(a_span()).unwrap_err();
        let is = format!("{} did not answer within 200ms: check the receiver", server.host());
        assert_eq!(why, Undelivered::for_now(is), "{reply:?}");
    }
}

/// A connection that the receiver gave up while it was idle is not worth a word: there is another try for it.
#[test]
fn a_kept_connection_that_is_dead_costs_one_try() {
    let server = Server::script([Reply::ok(), Reply::raw("").closing(), Reply::ok()]);
    let limits = Limits::default();
    let clock = crate::world::Still::default();
    let mut transport =
        build(&server.url(), "", &[], limits, Some(Box::new(clock.clone())), Interrupt::default()).unwrap();
    assert_eq!(transport.send(a_span()).unwrap().items, 1);
    assert_eq!(transport.send(a_span()).unwrap().items, 1);
    assert_eq!((server.received().len(), clock.waits().len()), (3, 1));
}
