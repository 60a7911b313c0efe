//! What the routes of reading ask, and what they answer.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::tz::TimeZone;
use serde_json::Value;
use telemetry_collector::answers::{AnswerError, Answers, By, Page, Question};
use telemetry_collector::http::reading;
use telemetry_collector::storage::{CellFilter, Names, RunsAsked, StorageError};
use telemetry_core::ids::RunId;
use telemetry_core::outcome::Outcome;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Cost, RunDetail, RunSummary, Tokens};
use tower::ServiceExt as _;

/// Remembers what it is asked; has runs, and no numbers.
#[derive(Default)]
struct Remembers {
    questions: Mutex<Vec<Question>>,
    runs: Mutex<Vec<RunsAsked>>,
}

const RUNS: u128 = 5;

fn run(number: u128) -> RunSummary {
    RunSummary {
        run_id: RunId(number).to_string(),
        session_id: None,
        parent_run_id: None,
        continues_run_id: None,
        host: None,
        platform: None,
        entrypoint: None,
        profile: None,
        model: None,
        started_at: UnixNanos(number as i64 * 1_000_000_007).to_string(),
        ended_at: None,
        duration_ms: None,
        outcome: "running".to_owned(),
        reason: None,
        turns: 0,
        model_calls: 0,
        failed_attempts: 0,
        tool_calls: 0,
        errors: 0,
        tokens: Tokens::default(),
        cost: Cost::unknown(),
        tree_cost: Cost::unknown(),
    }
}

#[async_trait]
impl Answers for Remembers {
    async fn insights(&self, question: &Question) -> Result<Page, AnswerError> {
        self.questions.lock().unwrap().push(question.clone());
        Err(StorageError::Unavailable("secret of the database".to_owned()).into())
    }

    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, AnswerError> {
        self.runs.lock().unwrap().push(asked.clone());
        let before = asked.after.map_or(RUNS + 1, |(_, run)| run.0);
        Ok((1..before).rev().take(asked.most).map(run).collect())
    }

    async fn run(&self, wanted: &str) -> Result<RunDetail, AnswerError> {
        match wanted {
            "0" => Err(AnswerError::ManyRuns {
                wanted: "0".to_owned(),
                runs: vec!["01".to_owned(), "02".to_owned()],
            }),
            wanted => Err(AnswerError::NoRun(wanted.to_owned())),
        }
    }

    async fn names(&self) -> Result<Names, AnswerError> {
        Ok(Names { hosts: vec!["a".to_owned()], ..Names::default() })
    }
}

async fn get(answers: &Arc<Remembers>, place: &str) -> (StatusCode, String, Value) {
    let (status, kind, body) = text(answers, place).await;
    (status, kind, serde_json::from_str(&body).unwrap())
}

/// The status, the type and the body.
async fn text(answers: &Arc<Remembers>, place: &str) -> (StatusCode, String, String) {
    let router = Router::from(reading::router(answers.clone()));
    let request = Request::get(format!("/api/v1/{place}")).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let (status, kind) = (response.status(), response.headers()["content-type"].to_str().unwrap().to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, kind, String::from_utf8(body.into()).unwrap())
}

#[tokio::test]
async fn what_is_written_is_what_is_asked() {
    let answers = Arc::<Remembers>::default();
    let place = "insights?since=2026-01-31&until=2026-01-31T08:00:00Z&tz=Europe/Berlin&by=model&by=day,outcome&host=a%20b&model=m&outcome=errored&limit=7";
    let (status, kind, problem) = get(&answers, place).await;
    // What the database said is nobody's business.
    assert_eq!((status, kind.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json"));
    assert!(!problem.to_string().contains("secret"), "{problem}");
    let asked = answers.questions.lock().unwrap().remove(0);
    let moment =
        |text: &str| Some(UnixNanos(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64));
    assert_eq!((asked.since, asked.until), (moment("2026-01-30T23:00:00Z"), moment("2026-01-31T08:00:00Z")));
    assert_eq!(asked.zone, TimeZone::get("Europe/Berlin").unwrap());
    assert_eq!(asked.by, [(By::Model, None), (By::Day, Some(By::Outcome))]);
    let filter = CellFilter {
        host: Some("a b".to_owned()),
        model: Some("m".to_owned()),
        outcome: Some("errored".to_owned()),
        ..CellFilter::default()
    };
    assert_eq!((asked.filter, asked.top), (filter, 7));
    let _ = get(&answers, "insights").await;
    let asked = answers.questions.lock().unwrap().remove(0);
    assert_eq!((asked.since, asked.until, asked.zone, asked.top), (None, None, TimeZone::UTC, 5));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_what_can() {
    let answers = Arc::<Remembers>::default();
    for (place, told) in [
        ("insights?since=soon", "`since`: no moment in `soon`: give a span like 7d"),
        ("insights?until=2026-13-01", "`until`: no moment in `2026-13-01`"),
        ("insights?since=1d&until=2d", "`until`: the window is empty"),
        ("insights?tz=Mars", "`tz`: no time zone `Mars`: give one like Europe/Berlin"),
        ("insights?by=mood", "`by`: no dimension `mood`: give one of host, agent"),
        ("insights?by=model,model", "`by`: `model,model` names one dimension twice"),
        ("insights?by=model,tool,day", "`by`: no dimension `tool,day`"),
        ("insights?outcome=fine", "`outcome`: no outcome `fine`: give one of completed"),
        ("insights?limit=0", "`limit`: no number in `0`: give one from 1 to 100"),
        ("runs?limit=1001", "`limit`: no number in `1001`: give one from 1 to 1000"),
        ("runs?after=5", "`after`: is no place in the list"),
        ("runs?model=", "`model`: is empty"),
        ("runs?model=a&model=b", "`model`: is given twice"),
        ("runs?colour=red", "no parameter `colour`: give since, until"),
        ("names?x=1", "no parameter `x`: none is taken"),
        ("runs/0", "`0` may mean any of 01, 02: give more of the id"),
    ] {
        let (status, kind, problem) = get(&answers, place).await;
        assert_eq!((status, kind.as_str()), (StatusCode::BAD_REQUEST, "application/problem+json"), "{place}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{place}: {problem}");
    }
    let (status, _, problem) = get(&answers, "runs/%3Cscript%3E").await;
    assert_eq!((status, &problem["detail"]), (StatusCode::NOT_FOUND, &Value::from("no run `<script>`")));
    let many = "by=model&".repeat(17);
    assert_eq!(get(&answers, &format!("insights?{many}")).await.0, StatusCode::BAD_REQUEST);
    assert!(answers.questions.lock().unwrap().is_empty() && answers.runs.lock().unwrap().is_empty());
}

#[tokio::test]
async fn pages_of_runs_follow_each_other() {
    let answers = Arc::<Remembers>::default();
    let mut found = Vec::new();
    let mut place = "runs?limit=2".to_owned();
    loop {
        let (status, _, page) = get(&answers, &place).await;
        assert_eq!((status, &page["schema"]), (StatusCode::OK, &Value::from("telemetry.runs/1")));
        let runs = page["runs"].as_array().unwrap();
        found.push(runs.len());
        let Some(next) = page["next"].as_str() else { break };
        place = format!("runs?limit=2&after={next}");
    }
    assert_eq!(found, [2, 2, 1]);
    let asked = answers.runs.lock().unwrap();
    let after: Vec<_> = asked.iter().map(|asked| asked.after).collect();
    let place = |number: u128| Some((UnixNanos(number as i64 * 1_000_000_007), RunId(number)));
    assert_eq!(after, [None, place(4), place(2)]);
    assert!(asked.iter().all(|asked| asked.most == 3));
}

#[tokio::test]
async fn a_document_begins_with_its_schema() {
    let (status, kind, names) = text(&Arc::default(), "names").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
    let expected = r#"{"schema":"telemetry.names/1","hosts":["a"],"agents":[],"models":[],"providers":[]}"#;
    assert_eq!(names, expected);
}

#[test]
fn the_document_has_every_outcome() {
    let (_, document) = reading::router(Arc::new(Remembers::default())).split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    let words = Outcome::ALL.map(Outcome::as_str).join("|");
    for path in ["/api/v1/insights", "/api/v1/runs"] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let outcome = parameters.iter().find(|parameter| parameter["name"] == "outcome").unwrap();
        assert_eq!(outcome["schema"]["pattern"], format!("^({words})$"), "{path}");
    }
}
