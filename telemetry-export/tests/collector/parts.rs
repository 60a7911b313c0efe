use telemetry_export::Delivered;

use crate::server::{Reply, Server};
use crate::world::{ids, send, taken};

#[test]
fn a_request_has_so_many_events_at_most() {
    let server = Server::new(|received| taken(received, |_| None));
    assert_eq!(send(&server, 6_000).unwrap().items, 6_000);
    let received = server.received();
    assert_eq!(received.iter().map(|request| ids(request).len()).collect::<Vec<_>>(), [2_500, 2_500, 1_000]);
    assert!(received.iter().all(|request| request.connection == 0));
}

#[test]
fn what_is_too_large_is_sent_in_halves() {
    let server = Server::new(|received| match ids(received).len() {
        30.. => Reply::new(413, "application/problem+json", r#"{"title":"too large"}"#),
        _ => taken(received, |_| None),
    });
    assert_eq!(send(&server, 100).unwrap(), Delivered { items: 100, ..Delivered::default() });
    let taken: Vec<_> =
        server.received().iter().filter(|request| ids(request).len() < 30).flat_map(ids).collect();
    assert_eq!(
        taken,
        (0..100).map(|number| format!("{number:016x}")).collect::<Vec<_>>(),
        "each once, in order"
    );
}

#[test]
fn one_event_that_is_too_large_is_given_up_by_name() {
    let server = Server::new(|received| match ids(received).iter().any(|id| id.ends_with("03")) {
        true => Reply::new(413, "text/plain", ""),
        false => taken(received, |_| None),
    });
    let sent = send(&server, 8).unwrap();
    let host = server.host();
    assert_eq!((sent.items, sent.refused), (7, 1));
    assert_eq!(
        sent.notes,
        [format!("{host} refuses 1 event for good: feedback 0000000000000003 (413: too large)")]
    );
}

/// They are told of one by one, so nothing is cut and sent again.
#[test]
fn refused_events_are_counted_and_named() {
    let server =
        Server::new(|received| taken(received, |id| (id >= "000000000000005e").then_some("it is too long")));
    let sent = send(&server, 100).unwrap();
    assert_eq!((sent.items, sent.refused, server.received().len()), (94, 6, 1));
    let refused =
        ["5e", "5f", "60", "61"].map(|id| format!("00000000000000{id} (model: it is too long)")).join(", ");
    assert_eq!(sent.notes, [format!("{} refuses 6 of 100 events: {refused}, and 2 more", server.host())]);
}
