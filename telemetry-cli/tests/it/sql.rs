//! `telemetry sql`: what it answers, and what it refuses in which words.

use serde_json::Value;

use crate::home::RECORDED;

#[test]
fn a_query_is_answered_as_text_as_a_document_and_as_a_table() {
    let ask = |more: &[&str]| {
        let words =
            [&["sql", "SELECT outcome, count(*) AS n, NULL AS x FROM tel_runs GROUP BY 1 ORDER BY 1"], more]
                .concat();
        let answer = RECORDED.ask(&words);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""));
        answer.out
    };
    insta::assert_snapshot!(ask(&[]));
    let document: Value = serde_json::from_str(&ask(&["--json"])).unwrap();
    assert_eq!(document["columns"], serde_json::json!(["outcome", "n", "x"]));
    let csv = ask(&["--csv"]);
    assert!(csv.starts_with("outcome,n,x\r\ncompleted,"), "{csv}");
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows.len() + 1, csv.lines().count());
}

#[test]
fn every_view_and_column_is_listed() {
    let answer = RECORDED.ask(&["sql", "--tables", "--csv"]);
    assert_eq!(answer.code, 0);
    for row in ["main,tel_runs,run_id", "main,tel_budget_events,threshold", "main,tel_error_events,recovery"]
    {
        assert!(answer.out.lines().any(|line| line == row), "{row}");
    }
    assert!(!answer.out.contains("main,name,"), "the tables below change without notice");
}

#[test]
fn what_it_does_not_do_is_said_in_one_line() {
    let mut said = String::new();
    for query in [
        "SELECT * FROM tel_rums",
        "SELEKT",
        "SELECT 1; SELECT 2",
        "",
        "DELETE FROM run",
        "PRAGMA journal_mode = DELETE",
        "ATTACH '/tmp/x' AS x",
        "SELECT \"\u{1b}[31m\nx\" FROM tel_runs WHERE \"\u{1b}[2J\"()",
        "SELECT * FROM host.sessions",
    ] {
        let answer = RECORDED.ask(&["sql", query]);
        assert_eq!((answer.out.as_str(), answer.err.lines().count()), ("", 1), "{query}: {answer:?}");
        said += &format!("{query:?}\n{} {}", answer.code, answer.err);
    }
    insta::assert_snapshot!(said);
    assert_eq!(RECORDED.ask(&["sql"]).code, 2);
    assert_eq!(RECORDED.ask(&["sql", "--tables", "SELECT 1"]).code, 2);
}
