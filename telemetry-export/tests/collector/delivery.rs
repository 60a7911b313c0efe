use telemetry_core::content::Content;
use telemetry_core::time::UnixNanos;
use telemetry_export::collector::{Collector, Setup};
use telemetry_export::{Delivered, Exporter};
use telemetry_policy::{Gate, Settings};

use crate::server::Server;
use crate::world::{KEY, event, ids, send, settings, taken, transport};

#[test]
fn events_arrive_as_lines_with_the_key_and_the_machine() {
    let server = Server::new(|received| taken(received, |_| None));
    let sent = send(&server, 100).unwrap();
    assert_eq!(sent, Delivered { items: 100, ..Delivered::default() });
    let received = server.received();
    assert_eq!(received.len(), 1);
    let request = &received[0];
    let header = |name| request.header(name).unwrap_or_default();
    assert_eq!((request.path.as_str(), header("x-api-key")), ("/api/v1/events", KEY));
    assert_eq!((header("x-telemetry-host"), header("accept")), ("build-7", "application/json"));
    assert_eq!((header("content-type"), request.is_gzip()), ("application/x-ndjson", true));
    assert_eq!(ids(request), (0..100).map(|number| format!("{number:016x}")).collect::<Vec<_>>());
    assert!(request.length * 4 < request.body.len(), "{} of {}", request.length, request.body.len());
}

#[test]
fn an_endpoint_is_the_base_or_the_whole_address() {
    let server = Server::new(|received| taken(received, |_| None));
    for path in ["", "/", "/api/v1/events", "/team/", "/team/api/v1/events/"] {
        let way = transport(&format!("{}{path}", server.url()), "api_key_env: KEY").unwrap();
        let mut exporter = Collector::new(way);
        exporter.event(event(1, ""));
        assert_eq!(exporter.deliver(UnixNanos(0)).unwrap().items, 1);
    }
    let paths: Vec<_> = server.received().into_iter().map(|request| request.path).collect();
    let team = "/team/api/v1/events";
    assert_eq!(paths, ["/api/v1/events", "/api/v1/events", "/api/v1/events", team, team]);
}

/// The gate may let it through; it is not for a team to read.
#[test]
fn what_was_said_stays_where_it_is() {
    let server = Server::new(|received| taken(received, |_| None));
    let mut exporter = Collector::new(transport(&server.url(), "api_key_env: KEY").unwrap());
    let line = br#"{"v":1,"content":"user_message","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","span":"00000000000000bb","body":"hunter2"}"#;
    exporter.content(Gate::new(&Settings::default()).clear(Content::decode(line).unwrap()));
    assert_eq!(exporter.deliver(UnixNanos(0)).unwrap(), Delivered::default());
    assert_eq!(server.received().len(), 0, "nothing to send is not sent");
    assert!(exporter.state().is_null());
}

#[test]
fn a_machine_has_its_own_name_unless_the_settings_have_another() {
    let none = |_: &str| None;
    let named = |more: &str| {
        let settings = settings(&format!("endpoint: 'http://h.example', api_key_env: KEY{more}"));
        Setup::of(&settings, &none).unwrap().machine
    };
    assert_eq!(named(", host: anybody"), "anybody");
    let own = named("");
    assert!(!own.is_empty() && own == named(", host: ''"), "{own}");
}
