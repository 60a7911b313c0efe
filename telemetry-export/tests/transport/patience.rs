use std::thread;
use std::time::Duration;

use telemetry_export::Undelivered;
use telemetry_export::http::{Interrupt, Limits};
use telemetry_export::otlp::{Courier, Transport};

use crate::server::{Reply, Server};
use crate::world::{Still, build, spans};

fn patient(server: &Server, patience: u64) -> (Transport, Still) {
    let limits = Limits { patience: Duration::from_secs(patience), ..Limits::default() };
    let clock = Still::default();
    let transport =
        build(&server.url(), "", &[], limits, Some(Box::new(clock.clone())), Interrupt::default());
    (transport.unwrap(), clock)
}

fn busy(status: u16, retry_after: &str) -> Reply {
    Reply::with(status, &[("retry-after", retry_after)], "")
}

#[test]
fn what_is_not_taken_for_now_is_sent_again() {
    for status in [429, 502, 503, 504] {
        let server = Server::script([busy(status, ""), busy(status, ""), busy(status, ""), Reply::ok()]);
        let (mut transport, clock) = patient(&server, 10);
        assert_eq!(transport.send(spans(&["a"])).unwrap().items, 1);
        let received = server.received();
        assert!(received.len() == 4 && received.iter().all(|request| request.body == received[0].body));
        for (wait, longest) in clock.waits().into_iter().zip([250, 500, 1000]) {
            let longest = Duration::from_millis(longest);
            assert!(longest / 2 <= wait && wait <= longest, "{wait:?} of {longest:?}");
        }
    }
}

#[test]
fn patience_has_an_end() {
    let server = Server::script([busy(503, "")]);
    for (patience, fewest, most) in [(0, 1, 1), (1, 2, 4), (60, 10, 20)] {
        let (mut transport, clock) = patient(&server, patience);
        let before = server.received().len();
        let why = transport.send(spans(&["a"])).unwrap_err();
        assert!(why.temporary && why.retry_after.is_none(), "{why:?}");
        let tries = server.received().len() - before;
        assert!((fewest..=most).contains(&tries), "{tries} in {patience} s");
        let waits = clock.waits();
        assert!(waits.iter().sum::<Duration>() <= Duration::from_secs(patience));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(8)), "{waits:?}");
    }
}

#[test]
fn other_failures_are_not_sent_again() {
    for status in [301, 400, 401, 403, 404, 408, 409, 415, 500, 501, 505, 511] {
        let server = Server::script([busy(status, "1")]);
        let (mut transport, clock) = patient(&server, 10);
        let why = transport.send(spans(&["a"])).unwrap_err();
        assert_eq!((server.received().len(), clock.waits().len()), (1, 0), "{status}: {why}");
    }
}

#[test]
fn a_receiver_says_when_to_come_again() {
    for (header, waits) in [("3", 3), ("Sun, 06 Nov 1994 08:49:44 GMT", 7)] {
        for status in [429, 503] {
            let server = Server::script([busy(status, header), Reply::ok()]);
            let (mut transport, clock) = patient(&server, 10);
            assert_eq!(transport.send(spans(&["a"])).unwrap().items, 1);
            assert_eq!(clock.waits(), [Duration::from_secs(waits)], "{header}");
        }
    }
}

/// Zero, or a date that is over: nobody is asked without a pause for as long as there is patience.
#[test]
fn at_once_is_not_without_a_pause() {
    for header in ["0", "Sat, 05 Nov 1994 08:49:37 GMT"] {
        let server = Server::script([busy(503, header)]);
        let (mut transport, clock) = patient(&server, 10);
        assert_eq!(transport.send(spans(&["a"])).unwrap_err().retry_after, Some(Duration::ZERO));
        assert!(server.received().len() < 12 && clock.waits()[0] >= Duration::from_millis(125), "{header}");
    }
}

/// Longer than there is patience: the caller comes again then.
#[test]
fn a_long_wait_is_handed_on() {
    for (header, after) in [("120", Some(120)), ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)), ("soon", None)]
    {
        let server = Server::script([busy(429, header)]);
        let (mut transport, clock) = patient(&server, 0);
        let why = transport.send(spans(&["a"])).unwrap_err();
        let message = format!("{} has too much to do (429): it is asked again later", server.host());
        let retry_after = after.map(Duration::from_secs);
        assert_eq!(why, Undelivered { retry_after, ..Undelivered::for_now(message) });
        assert_eq!(clock.waits(), [] as [Duration; 0]);
    }
}

/// The patience is that of the delivery, however many parts it has.
#[test]
fn parts_share_their_patience() {
    let mut asked = 0;
    let server = Server::new(move |_| {
        asked += 1;
        match asked {
            1 => Reply::new(413, "", ""),
            asked if asked % 2 == 0 => busy(503, "4"),
            _ => Reply::ok(),
        }
    });
    let (mut transport, clock) = patient(&server, 7);
    let why = transport.send(spans(&["a", "b"])).unwrap_err();
    assert_eq!(clock.waits(), [Duration::from_secs(4)]);
    assert_eq!(why.retry_after, Some(Duration::from_secs(4)));
}

#[test]
fn an_interrupt_ends_a_request_that_waits_for_its_answer() {
    for reply in
        [Reply::raw("").hanging(), Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n\n").hanging()]
    {
        let server = Server::script([reply]);
        let interrupt = Interrupt::default();
        let limits = Limits { request: Duration::from_secs(600), ..Limits::default() };
        let mut transport = build(&server.url(), "", &[], limits, None, interrupt.clone()).unwrap();
        let why = thread::scope(|scope| {
            let sends = scope.spawn(|| transport.send(spans(&["a"])));
            server.wait_for(1);
            interrupt.raise();
            sends.join().unwrap().unwrap_err()
        });
        assert_eq!(why, interrupted(&server));
    }
}

#[test]
fn an_interrupt_ends_a_pause() {
    let server = Server::script([busy(503, "600")]);
    let interrupt = Interrupt::default();
    let limits = Limits { patience: Duration::from_secs(3_600), ..Limits::default() };
    let mut transport = build(&server.url(), "", &[], limits, None, interrupt.clone()).unwrap();
    let why = thread::scope(|scope| {
        let sends = scope.spawn(|| transport.send(spans(&["a"])));
        server.wait_for(1);
        interrupt.raise();
        sends.join().unwrap().unwrap_err()
    });
    assert_eq!(why, interrupted(&server));
    // Nor is anything sent afterwards, by this way or by another one of the same interrupt.
    let mut other = build(&server.url(), "", &[], limits, None, interrupt).unwrap();
    assert_eq!(transport.send(spans(&["a"])).unwrap_err(), why);
    assert_eq!(other.send(spans(&["a"])).unwrap_err(), why);
    assert_eq!(server.received().len(), 1);
}

fn interrupted(server: &Server) -> Undelivered {
    Undelivered::for_now(format!(
        "sending to {} was interrupted: it goes on from there next time",
        server.host()
    ))
}
