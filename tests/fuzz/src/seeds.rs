//! Inputs to begin with, made from the recorded sessions and from files that are there for another reason, so that no
//! corpus has to be kept.

mod wires;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use serde_json::{Map, Value};
use telemetry_collector::otlp::mark::Signal;
use telemetry_collector::otlp::read::{Encoding, Request, read};
use telemetry_core::codec;

use crate::config::AND_MANAGED;
use crate::hooks::{Call, track};

pub use wires::{batches, bodies_of_lines, transcripts};

/// Texts are cut to this many characters: a fuzzer gets further with short inputs, and content is not read anyway.
const LONGEST_TEXT: usize = 48;

/// One line of every kind, and every line of every recording that is not quite like another.
pub fn log_lines() -> Vec<Vec<u8>> {
    let golden = include_str!("../../../telemetry-core/tests/golden/v1.jsonl").lines().map(str::to_owned);
    let recorded = recordings().into_iter().flat_map(|calls| track(&calls));
    let mut shapes = BTreeSet::new();
    let recorded = recorded.filter_map(|event| {
        let line = line_of(&event);
        let shape: String = line.chars().filter(|c| !c.is_ascii_hexdigit()).collect();
        shapes.insert(shape).then_some(line)
    });
    let future = [
        r#"{"v":7,"event":"future","id":"00000000000000aa","ts":17,"what":["ever",{"it":"is","cost":1.5e-7}]}"#,
        r#"{"v":1,"event":"turn_ended","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","turn":"00000000000000bb","completed":true,"interrupted":false,"new_field":{"a":[1,2,0.1]},"other":null}"#,
    ];
    golden.chain(recorded).chain(future.map(str::to_owned)).map(String::into_bytes).collect()
}

/// Every recording as a sequence of calls.
pub fn hook_calls() -> Vec<Vec<u8>> {
    let lines = |calls: Vec<Call>| calls.iter().map(|call| format!("{call}\n")).collect::<String>();
    recordings().into_iter().map(lines).map(String::into_bytes).collect()
}

/// Every recording as a log, and a log in which a line is torn.
pub fn logs() -> Vec<Vec<u8>> {
    let log = |calls: Vec<Call>| {
        let lines = track(&calls).iter().map(|event| line_of(event) + "\n").collect::<String>();
        lines.into_bytes()
    };
    let mut logs: Vec<Vec<u8>> = recordings().into_iter().map(log).collect();
    let torn = logs.first().map(|log| [&log[..log.len() / 3], &log[log.len() / 4..]].concat());
    logs.extend(torn);
    logs
}

/// The manifests of this repository, and one with every field.
pub fn manifests() -> Vec<Vec<u8>> {
    let whole = "\
manifest_version: 1
name: other-plugin_2
version: \"1.2.3-rc.1+build\"
description: >
  Two
  lines
author: &us [nobody]
kind: Model-Provider
hooks: [on_session_start, on_session_strat]
provides_hooks:
  - post_api_request
provides_tools: [a.b, c:d]
requires_env:
  - {name: API_KEY, prompt: yes}
platforms: *us
";
    let telemetry = include_str!("../../../plugins/telemetry/plugin.yaml");
    let recorder = include_str!("../../host/harness/recorder/plugin.yaml");
    [telemetry, recorder, whole].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Config files of people and of administrators, right and wrong.
pub fn configs() -> Vec<Vec<u8>> {
    let user = "\
model: {provider: x}
telemetry:
  local: true
  allow_aggregate: yes
  consent_state: aggregate
  install_id: \"a-1\"
  retention_days: 30
  redact_secrets: true
  content_redaction: pii
  trajectories: {enabled: \"${ON}\"}
  capture:
    attempts: on
  timezone: Europe/Berlin
  budgets: [{per: day, usd: 5.00}, {name: n, per: week, tokens: 1e6, model: m}, {per: hour}]
  export:
    otlp: {enabled: on, endpoint: 'https://a.example', profile: all, signals: [traces, logs], protocol: http/json}
    atof: {enabled: \"${ON}\", directory: /tmp}
    atif: {enabled: 1, directory: ~/x}
";
    let managed = "telemetry: {trajectories: {enabled: false}, retention_days: 7, allow_aggregate: off}\n";
    let wrong = "\
telemetry.local: false
telemetry: &t
  <<: {local: True}
  trajectories: {enabled: maybe}
  trajectories.enabled: true
  consent_state: Aggregate
  ? [a, b]
  : !!binary aGVsbG8=
  local: 1
  retention_days: 1e3
other: *t
";
    let both = |user: &str, managed: &str| [user.as_bytes(), &[AND_MANAGED], managed.as_bytes()].concat();
    vec![
        user.into(),
        managed.into(),
        wrong.into(),
        both(user, managed),
        both(wrong, user),
        both(user, "telemetry: [\n"),
        both("telemetry: false\n", "telemetry: {local: yes}\n"),
    ]
}

/// The first bodies that agents sent, with their texts cut, in both encodings.
pub fn otlp_requests() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recordings/otlp");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths
    };
    let scenarios =
        entries(&folder).into_iter().filter(|path| path.is_dir()).flat_map(|agent| entries(&agent));
    let bodies = scenarios.flat_map(|scenario| entries(&scenario).into_iter().take(6));
    bodies.flat_map(|path| requests_of(&path)).collect()
}

fn requests_of(path: &Path) -> Vec<Vec<u8>> {
    let body = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let Ok(mut value) = serde_json::from_slice(&body) else { return Vec::new() };
    shorten(&mut value);
    let json = value.to_string().into_bytes();
    let (kind, signal) = match path.to_string_lossy() {
        name if name.ends_with("traces.json") => (0, Signal::Span),
        name if name.ends_with("logs.json") => (1, Signal::Log),
        _ => (2, Signal::Metric),
    };
    let bytes = match read(signal, Encoding::Json, &json) {
        Ok(Request::Traces(request)) => request.encode_to_vec(),
        Ok(Request::Logs(request)) => request.encode_to_vec(),
        Ok(Request::Metrics(request)) => request.encode_to_vec(),
        Err(error) => panic!("{}: {error}", path.display()),
    };
    // A number whose bit of 4 is set and that leaves the same rest by 3.
    vec![[&[kind][..], &json].concat(), [&[[6, 4, 5][usize::from(kind)]][..], &bytes].concat()]
}

/// Cuts texts, but for times and ids.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.chars().take(LONGEST_TEXT).collect(),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// Texts with secrets in the syntaxes people write them in, and what agents said in the recorded sessions. The first byte says
/// where the known secret goes.
pub fn texts() -> Vec<Vec<u8>> {
    let written = [
        "export DB_PASSWORD='tr0ub4dor&3' # and more",
        r#"{"messages":[{"role":"user","content":"my key is sk-ant-api03-AAAA and \"password\": \"hunter22x\""}]}"#,
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n",
        "curl -u ada:tr0ub4dor&3 https://ada:s3cr3t-pw@example.org/?token=abcdefgh12345678&x=1",
        "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ\nCookie: sid=0123456789abcdef",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEY ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "ada@example.org called +49 30 1234567 from 203.0.113.7 about DE89370400440532013000, see /home/ada/notes",
        "password: [REDACTED:password:abcd] token_count=4096 sha 0f343b0931126a20f133d67c2b018a3b1e2d3c4f",
    ];
    let said =
        recordings().into_iter().flat_map(|calls| calls.into_iter().take(3).map(|call| call.to_string()));
    let texts = written.into_iter().map(str::to_owned).chain(said);
    texts.enumerate().map(|(number, text)| [&[(number * 37 % 256) as u8], text.as_bytes()].concat()).collect()
}

fn line_of(event: &telemetry_core::event::Event) -> String {
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

/// The hook calls of each recorded session.
fn recordings() -> Vec<Vec<Call>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recordings/hermes");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    let text =
        |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    paths.iter().map(|path| calls(&text(path))).collect()
}

fn calls(recording: &str) -> Vec<Call> {
    let lines = recording.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut before = None;
    lines
        .filter_map(|line| {
            let hook = line["hook"].as_str()?.to_owned();
            let now = line["wall_ns"].as_i64()?;
            let after_ns = now - before.replace(now).unwrap_or(now);
            let mut kwargs = line["kwargs"].clone();
            cut(&mut kwargs);
            let kwargs = kwargs.as_object().cloned().unwrap_or_else(Map::new);
            Some(Call { after_ns, hook, kwargs })
        })
        .collect()
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.chars().take(LONGEST_TEXT).collect(),
        // No rule reads inside a list, so its elements are only counted.
        Value::Array(items) => items.iter_mut().for_each(|item| *item = Value::Null),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
