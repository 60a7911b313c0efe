//! `telemetry report`: the page is the answers, and is put where it may be.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;

use crate::home::{Answer, Home, RECORDED, recording};

/// The page of a home, from standard output.
fn page(home: &Home, words: &[&str]) -> String {
    let answer = home.ask(&[&["report", "--html", "-"], words].concat());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    answer.out
}

/// The exact numbers on a page: the path in the document of `insights`, and the value.
fn numbers(page: &str) -> Vec<(String, String)> {
    let read = |data: &str| {
        let (path, rest) = data.split_once("\" value=\"")?;
        Some((path.to_owned(), rest.split_once('"')?.0.to_owned()))
    };
    page.split("<data data-metric=\"").skip(1).map(|data| read(data).unwrap()).collect()
}

#[test]
fn its_numbers_are_those_of_insights() {
    for words in [&[][..], &["--until", "2026-01-01T00:00:05Z"]] {
        let page = page(&RECORDED, words);
        let insights = RECORDED.ask(&[&["insights", "--json"], words].concat()).out;
        let insights: Value = serde_json::from_str(&insights).unwrap();
        let numbers = numbers(&page);
        assert!(numbers.len() > 60, "{numbers:?}");
        for (path, shown) in numbers {
            let found = insights.pointer(&format!("/{}", path.replace('.', "/")));
            // A number that is in a whole that is not there, such as the value of a rate of nothing, is not there.
            let found = found.unwrap_or(&Value::Null);
            assert_eq!(found.as_f64(), shown.parse().ok(), "{path}: {found} and {shown}");
        }
    }
}

#[test]
fn a_home_without_runs_has_a_page_that_says_so() {
    let page = page(&Home::empty(), &[]);
    assert!(page.contains("Nothing was recorded in this window."));
    assert!(page.contains("<section id=\"missing\""));
    assert!(!page.contains("<figure"));
}

#[test]
fn nothing_of_ours_is_taken_for_a_secret_or_for_somebody_s_data() {
    let home = Home::empty();
    fs::write(home.path().join("config.yaml"), "telemetry: {timezone: UTC, content_redaction: pii}\n")
        .unwrap();
    let recordings =
        ["tool", "delegate_inline", "flaky500", "h401"].map(|name| recording(name).display().to_string());
    let mut words = vec!["replay"];
    words.extend(recordings.iter().map(String::as_str));
    assert_eq!(home.ask(&words).code, 0);
    let page = page(&home, &[]);
    assert!(page.contains("fake-model") && !page.contains("[REDACTED"), "{page}");
}

#[test]
fn names_of_others_are_shown_and_never_obeyed_and_hold_no_secret() {
    let home = Home::empty();
    let secret = concat!("ghp_", "k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8");
    let session = fs::read_to_string(recording("tool")).unwrap();
    let session = session
        .replace("fake-model", &format!("</table><script>alert(1)</script> {secret}"))
        .replace("read_file", "read\\u202e\\u001b[31m\\\" onload=\\\"alert(1)");
    let file = home.beside().join("evil.jsonl");
    fs::write(&file, session).unwrap();
    assert_eq!(home.ask(&["replay", &file.display().to_string()]).code, 0);
    let page = page(&home, &["--where", &format!("platform=<b>{secret}")]) + &page(&home, &[]);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; [REDACTED:github-pat:"));
    assert!(page.contains("platform is <bdi>&lt;b&gt;[REDACTED:github-pat:"));
    assert!(page.contains("read\\u{202e}\\u{1b}[31m&quot; onload=&quot;alert(1)"));
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains(&secret[4..]));
    assert!(!page.contains(['\u{202e}', '\u{1b}']));
}

/// Where a report is asked to go, and what is answered.
fn put(home: &Home, file: &Path) -> Answer {
    home.ask(&["report", "--html", &file.display().to_string()])
}

#[test]
fn a_file_is_for_its_owner_alone_and_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let answer = put(&RECORDED, &file);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert_eq!(answer.out, format!("a report on 25 turns is in {}\n", file.display()));
    let first = fs::read_to_string(&file).unwrap();
    assert!(first.starts_with("<!DOCTYPE html>\n") && first.ends_with("</html>\n"));
    // A copy somebody opened to others does not open the next one.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let held = fs::File::open(&file).unwrap();
    assert_eq!(put(&RECORDED, &file).code, 0);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::io::read_to_string(held).unwrap(), first);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_file_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("kept"), "kept").unwrap();
    symlink(at("kept"), at("link")).unwrap();
    let mut said = String::new();
    for name in ["folder", "link", "nowhere/report.html", "kept/report.html"] {
        let answer = put(&RECORDED, &at(name));
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{name}");
        said += &answer.err.replace(&folder.path().display().to_string(), "");
    }
    insta::assert_snapshot!(said);
    assert_eq!(fs::read_to_string(at("kept")).unwrap(), "kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
