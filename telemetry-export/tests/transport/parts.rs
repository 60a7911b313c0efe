use telemetry_export::{Delivered, Undelivered};

use crate::server::{Received, Reply, Server};
use crate::world::{names, points, records, spans, to};
use telemetry_export::otlp::Courier;

/// A receiver that says no with `status` to every request that `refuses`.
fn refusing(status: u16, refuses: impl Fn(&Received) -> bool + Send + 'static) -> Server {
    Server::new(move |request| match refuses(request) {
        true => Reply::new(status, "text/plain", "not that"),
        false => Reply::ok(),
    })
}

fn taken(server: &Server, is_taken: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut taken: Vec<String> =
        server.received().iter().map(names).filter(|names| is_taken(names)).flatten().collect();
    taken.sort();
    taken
}

const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

#[test]
fn what_is_too_large_is_sent_in_parts() {
    let server = refusing(413, |request| names(request).len() > 2);
    let sent = to(&server).send(spans(&NAMES)).unwrap();
    assert_eq!(sent, Delivered { items: 12, ..Delivered::default() });
    assert_eq!(taken(&server, |names| names.len() <= 2), NAMES);
}

#[test]
fn one_item_that_is_too_large_is_refused_by_name() {
    let server = refusing(413, |request| names(request).iter().any(|name| name == "c"));
    let sent = to(&server).send(spans(&["a", "b", "c", "d"])).unwrap();
    let note = format!(
        "{} refuses 1 span for good: span 0000000000000003 of trace {} (413: too large)",
        server.host(),
        "ab".repeat(16)
    );
    assert_eq!(sent, Delivered { items: 3, refused: 1, notes: vec![note] });
    // Nothing but that one, at all.
    let alone = to(&server).send(spans(&["c"])).unwrap();
    assert_eq!((alone.items, alone.refused, alone.notes.len()), (0, 1, 1));
}

#[test]
fn bad_items_are_found_and_the_good_ones_arrive_once() {
    for status in [400, 422] {
        let bad = |names: &[String]| names.iter().any(|name| name == "c" || name == "k");
        let server = refusing(status, move |request| bad(&names(request)));
        let sent = to(&server).send(spans(&NAMES)).unwrap();
        assert_eq!((sent.items, sent.refused), (10, 2));
        let trace = "ab".repeat(16);
        let [c, k] = ["0000000000000003", "000000000000000b"].map(|id| format!("span {id} of trace {trace}"));
        let note = |first: &str, second: &str| {
            format!("{} refuses 2 spans for good: {first}, {second} ({status}: not that)", server.host())
        };
        assert!(sent.notes == [note(&c, &k)] || sent.notes == [note(&k, &c)], "{:?}", sent.notes);
        let good: Vec<&str> = NAMES.into_iter().filter(|name| !["c", "k"].contains(name)).collect();
        assert_eq!(taken(&server, |names| !bad(names)), good);
    }
}

/// Bad items everywhere, or all together: a good one is found soon enough to know that it is not a setting.
#[test]
fn many_bad_items_are_told_from_a_setting_that_is_wrong() {
    let all: Vec<String> = (0..512).map(|number| number.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let number = |name: &String| name.parse::<u32>().unwrap();
    let patterns: [fn(u32) -> bool; 5] =
        [|n| n % 2 == 0, |n| n % 4 != 1, |n| n < 500, |n| n > 3, |n| (200..400).contains(&n)];
    for (which, is_bad) in patterns.into_iter().enumerate() {
        let server = refusing(400, move |request| names(request).iter().any(|name| is_bad(number(name))));
        let sent = to(&server).send(spans(&all)).unwrap_or_else(|why| panic!("{which}: {why}"));
        let bad = (0..512).filter(|n| is_bad(*n)).count() as u64;
        assert_eq!((sent.items, sent.refused), (512 - bad, bad), "{which}");
        let (named, more) = sent.notes[0].split_once(" and ").unwrap();
        assert_eq!(named.matches("span 0").count(), 8);
        assert!(more.starts_with(&format!("{} more", bad - 8)), "{more}");
    }
}

#[test]
fn where_nothing_is_taken_nothing_is_given_up() {
    let all = ["x"; 512];
    for count in [1, 2, 512] {
        let server = refusing(400, |_| true);
        let why = to(&server).send(spans(&all[..count])).unwrap_err();
        let items = if count == 1 { "1 span".to_owned() } else { format!("{count} spans") };
        let is = format!(
            "{} takes none of {items} (400: not that): see what it wants, in headers by telemetry.export.otlp.headers_env \
             for example",
            server.host()
        );
        assert_eq!(why, Undelivered::for_good(is));
        let requests = server.received().len();
        assert!(requests <= 41, "{requests}");
    }
}

/// It is asked again from the cursor, with the same ids, and takes what it had a second time.
#[test]
fn a_failure_on_the_way_is_a_failure_of_all_of_it() {
    let mut asked = 0;
    let server = Server::new(move |_| {
        asked += 1;
        match asked {
            1 => Reply::new(413, "", ""),
            2 => Reply::ok(),
            _ => Reply::new(500, "", ""),
        }
    });
    let why = to(&server).send(spans(&["a", "b"])).unwrap_err();
    assert!(why.temporary && why.message.contains("failed (500)"), "{why}");
}

#[test]
fn points_and_records_are_cut_too() {
    let large = |request: &Received| request.body.len() > 60;
    let server = refusing(413, large);
    assert_eq!(
        to(&server).send(points(9)).unwrap().items + to(&server).send(records(&["a", "b"])).unwrap().items,
        0
    );
    let note = to(&server).send(records(&["a", "b"])).unwrap().notes.remove(0);
    assert!(note.ends_with("refuses 2 log records for good: record b, record a (413: too large)"), "{note}");
    let note = to(&server).send(points(9)).unwrap().notes.remove(0);
    assert!(note.contains("refuses 9 metric points for good: a point of telemetry.turns, "), "{note}");

    let server = refusing(413, |request| request.body.len() > 250);
    assert_eq!(to(&server).send(points(40)).unwrap().items, 40);
    let server = refusing(413, |request| request.body.len() > 250);
    assert_eq!(to(&server).send(records(&["some record"; 40])).unwrap().items, 40);
}
