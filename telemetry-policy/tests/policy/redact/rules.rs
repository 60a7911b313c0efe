use telemetry_policy::redact;
use toml::{Table, Value};

use super::{Random, kinds, redactor};

const RULES: &str = include_str!("../../../rules/credentials.toml");

fn texts<'t>(rule: &'t Value, key: &str) -> Vec<&'t str> {
    rule[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn rules() -> Vec<Value> {
    RULES.parse::<Table>().unwrap()["rule"].as_array().unwrap().clone()
}

#[test]
fn every_rule_finds_its_hits_and_not_its_near_misses() {
    let mut random = Random(1);
    let mut wrong = Vec::new();
    for rule in &rules() {
        let id = rule["id"].as_str().unwrap();
        let (hits, near_misses) = (texts(rule, "hit"), texts(rule, "near_miss"));
        assert!(!hits.is_empty() && !near_misses.is_empty(), "{id} has no pair of vectors");
        for _ in 0..20 {
            for hit in &hits {
                let text = random.fill(hit);
                if !kinds(&text).contains(&id) {
                    wrong.push(format!("{id}: not found in {text}: {:?}", kinds(&text)));
                }
            }
            for near_miss in &near_misses {
                let text = random.fill(near_miss);
                if kinds(&text).contains(&id) {
                    wrong.push(format!("{id}: found in {text}"));
                }
            }
        }
    }
    assert_eq!(wrong, [] as [&str; 0]);
}

#[test]
fn every_rule_compiles_and_is_described() {
    let rules = rules();
    assert_eq!(redact::compile_all(), rules.len());
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let is_id =
        |id: &&str| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    assert!(ids.iter().all(is_id), "{ids:?}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules.len(), "an id twice");
    for rule in &rules {
        assert!(rule["description"].as_str().is_some_and(|text| text.len() >= 6), "{rule}");
    }
}

/// A rule that needs its surroundings would miss what a tool printed alone on a line.
#[test]
fn a_hit_is_gone_wherever_it_stands() {
    let mut random = Random(2);
    for rule in rules().iter().filter(|rule| rule.get("keywords").is_some()) {
        let id = rule["id"].as_str().unwrap();
        let hit = random.fill(texts(rule, "hit")[0]);
        for text in [
            hit.clone(),
            format!("it printed {hit}."),
            format!(r#"{{"text":"first\n{hit}\nlast"}}"#),
            format!("({hit}), and `{hit}`"),
            format!("https://example.org/?q={hit}&page=2"),
        ] {
            let redacted = redactor().redact_text(&text).into_owned();
            let tail = &hit[hit.len() - 12..];
            assert!(!redacted.contains(tail), "{id}: {text} became {redacted}");
        }
    }
}
