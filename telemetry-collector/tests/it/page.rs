//! The files of the page, as they are served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use telemetry_collector::page;
use tower::ServiceExt as _;

async fn get(place: &str, tag: Option<&str>) -> Response<Body> {
    let request = Request::get(place).header(IF_NONE_MATCH, tag.unwrap_or("\"another\""));
    page::routes().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/assets")
}

/// The files in the folder, by their path from there.
fn files(folder: &Path, inside: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{inside}{}", entry.file_name().to_str().unwrap());
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path(), &format!("{name}/"))),
            false => _ = found.insert(name),
        }
    }
    found
}

#[tokio::test]
async fn every_file_is_served_as_what_it_is_and_once() {
    let all = files(&folder(), "");
    assert!(all.len() > 25, "{all:?}");
    for name in &all {
        let (place, kind) = match name.rsplit_once('.').unwrap().1 {
            "html" => ("/".to_owned(), "text/html; charset=utf-8"),
            "css" => (format!("/assets/{name}"), "text/css; charset=utf-8"),
            _ => (format!("/assets/{name}"), "text/javascript; charset=utf-8"),
        };
        let found = get(&place, None).await;
        assert_eq!(
            (found.status(), &found.headers()[CONTENT_TYPE]),
            (StatusCode::OK, &kind.parse().unwrap()),
            "{name}"
        );
        assert_eq!(found.headers()[CACHE_CONTROL], "no-cache");
        let tag = found.headers()[ETAG].to_str().unwrap().to_owned();
        let body = found.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, std::fs::read(folder().join(name)).unwrap(), "{name}");
        // Who has it is told so.
        for known in [tag.clone(), format!("\"x\", W/{tag}")] {
            let again = get(&place, Some(&known)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{name}");
            assert!(again.into_body().collect().await.unwrap().to_bytes().is_empty());
        }
    }
}

#[tokio::test]
async fn nothing_but_its_own_files_is_let_in() {
    let found = get("/", None).await;
    let policy = found.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'none'"
    );
    for name in files(&folder(), "") {
        let text = std::fs::read_to_string(folder().join(&name)).unwrap();
        // The name of a vocabulary is no address.
        let text = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("://"), "{name} names an address");
        for way_in in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "style=\"",
            "javascript:",
        ] {
            assert!(!text.contains(way_in), "{name}: {way_in}");
        }
    }
}

/// Every import names a file, and every file is imported by one.
#[test]
fn modules_find_each_other() {
    let mut imported = BTreeSet::from(["main.js".to_owned()]);
    for name in files(&folder(), "").iter().filter(|name| name.ends_with(".js")) {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let place = line.split('"').nth(1).unwrap();
            let from = Path::new(name).parent().unwrap().join(place);
            let mut parts: Vec<&str> = Vec::new();
            for part in from.to_str().unwrap().split('/') {
                match part {
                    "." => {}
                    ".." => _ = parts.pop(),
                    part => parts.push(part),
                }
            }
            imported.insert(parts.join("/"));
        }
    }
    let scripts: BTreeSet<String> =
        files(&folder(), "").into_iter().filter(|name| name.ends_with(".js")).collect();
    assert_eq!(imported, scripts);
}
