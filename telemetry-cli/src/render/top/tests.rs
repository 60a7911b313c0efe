//! The screen as a person sees it, of views that are made here.

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Activity, Cost, Doing, RunSummary, Slow, Tokens};

use crate::render;
use crate::top::gather::nothing;
use crate::top::place::{Place, Wish};
use crate::top::view::{Budget, RunLine, Spent, View};

/// 2026-01-01T12:00:00Z.
const NOON: i64 = 1_767_268_800_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

fn empty() -> View {
    View { now: UnixNanos(NOON), ..nothing("~/.hermes".into(), &TimeZone::UTC) }
}

fn line(number: u32, doing: Option<Doing>, outcome: &str, seconds: i64) -> RunLine {
    RunLine {
        run: RunSummary {
            run_id: format!("{number:08x}{:024}", 0),
            session_id: Some(format!("20260101_{number:06}")),
            parent_run_id: None,
            continues_run_id: None,
            host: Some("hermes".into()),
            platform: Some("cli".into()),
            entrypoint: Some("cli".into()),
            profile: None,
            model: Some("gpt-5".into()),
            started_at: "2026-01-01T11:00:00Z".into(),
            ended_at: None,
            duration_ms: None,
            outcome: outcome.into(),
            reason: None,
            turns: 1,
            model_calls: 12,
            failed_attempts: 0,
            tool_calls: 7,
            errors: 0,
            tokens: Tokens { input: 120_000, output: 3_456, ..Tokens::default() },
            cost: Cost::unknown(),
            tree_cost: Cost::unknown(),
        },
        doing,
        since: UnixNanos(NOON - seconds * SECOND_NS),
    }
}

fn busy() -> View {
    let slow = |name: &str, took_ms| Slow {
        name: Some(name.into()),
        took_ms,
        ended_at: UnixNanos(NOON),
        run_id: format!("{:032}", 7),
    };
    View {
        activity: Activity { calls: (0..60).collect(), events: (0..60).map(|n| n % 7 * 3).collect() },
        outcomes: vec![("completed".into(), 1_290), ("errored".into(), 12), ("interrupted".into(), 3)],
        completion: Some(0.988),
        today: Spent { usd: Some(12.5), unpriced: 3, tokens: 12_345_678 },
        hour: Spent { usd: Some(0.0421), unpriced: 0, tokens: 9_000 },
        errors: vec![("rate_limit".into(), 4), ("provider_timeout".into(), 1)],
        slow_calls: vec![slow("gpt-5", 61_000.0), slow("claude-opus-4-1-20250805", 12_300.0)],
        slow_tools: vec![slow("terminal", 8_100.0)],
        budgets: vec![Budget { name: "$20.00 a day".into(), used: 0.625 }],
        runs: vec![
            line(1, Some(Doing::Model), "running", 3),
            line(2, Some(Doing::Tools(2)), "running", 75),
            line(3, Some(Doing::Approval), "running", 600),
            line(4, None, "completed", 1_200),
            line(5, None, "errored", 3_000),
        ],
        ..empty()
    }
}

/// The screen as text.
fn screen(view: &View, place: &Place, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render::top(frame, view, place, true)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let rows = buffer.content.chunks(usize::from(width));
    // A wide character takes two cells, of which the second is empty.
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n")
        .collect()
}

fn press(place: &mut Place, view: &View, keys: &str) -> Wish {
    let mut wish = Wish::Draw;
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            '\u{8}' => KeyCode::Backspace,
            c => KeyCode::Char(c),
        };
        wish = place.press(KeyEvent::new(code, KeyModifiers::NONE), view);
    }
    wish
}

#[test]
fn it_fits_screens_of_any_size() {
    let mut shown = String::new();
    for (width, height) in [(80, 24), (120, 40), (40, 10)] {
        shown += &format!("--- {width} x {height}\n{}", screen(&busy(), &Place::default(), width, height));
    }
    insta::assert_snapshot!(shown);
    for (width, height) in [(1, 1), (7, 3), (20, 4), (300, 100)] {
        let text = screen(&busy(), &Place::default(), width, height);
        assert_eq!(text.lines().count(), usize::from(height));
    }
}

#[test]
fn an_empty_home_says_so() {
    insta::assert_snapshot!(screen(&empty(), &Place::default(), 80, 24));
}

#[test]
fn names_are_shown_and_never_obeyed() {
    let mut view = busy();
    let evil = format!("\x1b[2J\u{202e}{}", "模".repeat(5_000));
    view.home.clone_from(&evil);
    view.note = Some(evil.clone());
    view.outcomes.push((evil.clone(), 1));
    view.errors.insert(0, (evil.clone(), 1));
    view.slow_calls[0].name = Some(evil.clone());
    view.budgets[0].name.clone_from(&evil);
    view.runs[0].run.model = Some(evil.clone());
    view.runs[3].run.outcome = evil.clone();
    view.inside = Some(vec![evil.clone()]);
    let mut place = Place::default();
    let mut shown = screen(&view, &place, 80, 24);
    press(&mut place, &view, "\n");
    shown += &screen(&view, &place, 80, 24);
    press(&mut place, &view, "\u{1b}/");
    place.filter = evil;
    shown += &screen(&view, &place, 80, 24);
    assert!(!shown.contains(['\x1b', '\u{202e}']), "{shown}");
    assert!(shown.contains("\\u{1b}[2J"));
}

#[test]
fn keys_choose_find_and_look_into_runs() {
    let view = View { inside: Some((1..=40).map(|n| format!("line {n}")).collect()), ..busy() };
    let mut place = Place::default();
    let chosen = |place: &Place| {
        let text = screen(&view, place, 80, 24);
        text.lines()
            .find_map(|line| line.strip_prefix("▸ "))
            .unwrap_or("")
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(chosen(&place), "00000001");
    assert_eq!(press(&mut place, &view, "jjk"), Wish::Draw);
    assert_eq!(chosen(&place), "00000002");
    press(&mut place, &view, "G");
    assert_eq!(chosen(&place), "00000005");
    press(&mut place, &view, "jj");
    assert_eq!(chosen(&place), "00000005");
    press(&mut place, &view, "g");
    assert_eq!(chosen(&place), "00000001");

    // While a filter is typed, keys are letters.
    press(&mut place, &view, "/qerro\u{8}");
    assert!(screen(&view, &place, 80, 24).contains("/qerr▏"));
    press(&mut place, &view, "\u{1b}/Errored\n");
    assert_eq!(place.runs(&view).len(), 1);
    assert_eq!(chosen(&place), "00000005");
    press(&mut place, &view, "\u{1b}");
    assert_eq!(place.runs(&view).len(), 5);

    assert_eq!(press(&mut place, &view, "j\n"), Wish::Gather);
    assert_eq!(place.inside.as_ref().unwrap().run_id, view.runs[1].run.run_id);
    press(&mut place, &view, "jj");
    assert!(screen(&view, &place, 80, 24).lines().nth(1).unwrap().starts_with("line 3"));
    press(&mut place, &view, "G");
    assert!(screen(&view, &place, 80, 24).lines().nth(1).unwrap().starts_with("line 40"));
    press(&mut place, &view, "\u{1b}");
    assert_eq!((place.inside.clone(), chosen(&place).as_str()), (None, "00000002"));

    press(&mut place, &view, "?");
    assert!(screen(&view, &place, 80, 24).contains("as `show` draws it"));
    press(&mut place, &view, "\u{1b}");
    assert!(!screen(&view, &place, 80, 24).contains("as `show` draws it"));
    assert_eq!(press(&mut place, &view, "q"), Wish::Leave);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    place.is_typing = true;
    assert_eq!(place.press(control_c, &view), Wish::Leave);
}

/// A run stays chosen while others come and go above it.
#[test]
fn the_chosen_run_stays_so() {
    let mut view = busy();
    let mut place = Place::default();
    press(&mut place, &view, "jj");
    view.runs.insert(0, line(9, Some(Doing::Starting), "running", 0));
    let runs = place.runs(&view);
    assert_eq!(runs[place.chosen(&runs)].run.run_id, line(3, None, "", 0).run.run_id);
}

#[test]
fn the_chosen_run_is_in_sight() {
    let view = View { runs: (0..100).map(|n| line(n, None, "completed", 9)).collect(), ..busy() };
    let mut place = Place::default();
    for _ in 0..77 {
        press(&mut place, &view, "j");
    }
    assert!(screen(&view, &place, 80, 24).contains("▸ 0000004d"));
}
