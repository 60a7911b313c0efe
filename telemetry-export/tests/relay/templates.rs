use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use proptest::prelude::*;
use telemetry_export::atif::{FilenameTemplate, TemplateError};

fn name(template: &FilenameTemplate, session: &str, metadata: &[(&str, &str)]) -> String {
    let found =
        |path: &str| metadata.iter().find(|(at, _)| *at == path).map(|(_, value)| (*value).to_owned());
    template.path(session, &found).display().to_string()
}

#[test]
fn a_template_of_the_environment_has_one_placeholder() {
    let of = |text| FilenameTemplate::of_environment(text).map(|template| name(&template, "s1", &[]));
    for (text, named) in [
        ("{session_id}", "s1"),
        ("a-{session_id}.json", "a-s1.json"),
        ("{session_id}/{session_id}.json", "s1/s1.json"),
        ("{{{session_id}}}.json", "{s1}.json"),
        ("{{x}}-{session_id}", "{x}-s1"),
        ("plain.json", "plain-s1.json"),
        ("plain", "plain-s1"),
        (".hidden", ".hidden-s1"),
        ("a.b/c", "a.b/c-s1"),
    ] {
        assert_eq!(of(text).as_deref(), Ok(named), "{text}");
    }
    for text in
        ["{}", "{session}", "{session_id!r}", "{session_id:>9}", "{metadata.a}{session_id}", "}", "a{"]
    {
        assert_eq!(of(text), Err(TemplateError::Braces), "{text}");
    }
}

#[test]
fn a_template_of_a_file_may_ask_for_metadata() {
    let metadata = [("user.name", "ada"), ("team", "a/b c"), ("empty", "")];
    let of = |text| FilenameTemplate::of_file(text).map(|template| name(&template, "s1", &metadata));
    for (text, named) in [
        ("a-{session_id}.json", "a-s1.json"),
        ("{metadata.user.name}/{session_id}.json", "ada/s1.json"),
        ("{metadata.team}/{session_id}", "a_b_c/s1"),
        ("{metadata.nobody}/{session_id}", "unknown/s1"),
        ("{metadata.nobody:-no.one}/{session_id}", "no.one/s1"),
        ("{metadata.empty:-none}/{session_id}", "none/s1"),
        ("{metadata.user.name:-x}/{session_id}", "ada/s1"),
        ("{x}-{session_id}.json", "{x}-s1.json"),
        ("}{-{session_id}", "}{-s1"),
        ("{metadata.user.name}/t.json", "ada/t-s1.json"),
    ] {
        assert_eq!(of(text).as_deref(), Ok(named), "{text}");
    }
    for (text, error) in [
        ("{metadata.a", TemplateError::Metadata),
        ("{metadata.}{session_id}", TemplateError::Metadata),
        ("{metadata.a..b}{session_id}", TemplateError::Metadata),
        ("{metadata.a b}{session_id}", TemplateError::Metadata),
        ("{metadata.a:-}{session_id}", TemplateError::Otherwise),
        ("{metadata.a:-..}{session_id}", TemplateError::Otherwise),
        ("{metadata.a:-b/c}{session_id}", TemplateError::Otherwise),
    ] {
        assert_eq!(of(text), Err(error), "{text}");
    }
}

#[test]
fn a_template_leads_to_a_file_below_its_directory() {
    for text in [
        "",
        "/",
        "/a-{session_id}",
        "../{session_id}",
        "a/../{session_id}",
        "./{session_id}",
        "a//{session_id}",
        "{session_id}/",
        "a\\{session_id}",
        "a\n{session_id}",
    ] {
        assert_eq!(FilenameTemplate::of_environment(text), Err(TemplateError::Outside), "{text}");
        assert_eq!(FilenameTemplate::of_file(text), Err(TemplateError::Outside), "{text}");
    }
    let long = "a".repeat(141) + "{session_id}";
    assert_eq!(FilenameTemplate::of_file(&long), Err(TemplateError::Long));
    assert!(FilenameTemplate::of_file(&long[1..]).is_ok());
}

/// `a` beside `bc` is not `ab` beside `c`.
#[test]
fn metadata_beside_a_session_does_not_make_two_sessions_one() {
    let template = FilenameTemplate::of_file("{metadata.user}-{session_id}.json").unwrap();
    assert_ne!(name(&template, "b-c", &[("user", "a")]), name(&template, "c", &[("user", "a-b")]));
    let template = FilenameTemplate::of_file("{session_id}{metadata.user}.json").unwrap();
    assert_ne!(name(&template, "a", &[("user", "b")]), name(&template, "ab", &[]));
}

/// Below `/base`, and a name that a file system takes, with room for the ending of a file that is being written.
fn is_safe(path: &Path) -> bool {
    let below = Path::new("/base").join(path);
    below.starts_with("/base")
        && below.components().skip(1).all(|part| matches!(part, Component::Normal(name) if name.len() <= 240))
        && path.to_str().is_some_and(|path| !path.chars().any(char::is_control))
}

/// Texts as hosts have them, and as somebody would make them up to get out of the directory.
fn any_id() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[a-c./~_-]{0,6}",
        "(\\.\\./){1,3}[a-z]{0,3}",
        Just("{session_id}".to_owned()),
        Just("{metadata.a}".to_owned()),
        "a{120,300}",
        "[a-z0-9]{8}-[a-z0-9]{4}",
    ]
}

/// A session id and two values of its metadata, often of so few letters that they come together in more than one way.
fn any_session() -> impl Strategy<Value = (String, String, String)> {
    prop_oneof![("[ab-]{1,3}", "[ab-]{1,2}", "[ab-]{1,2}").boxed(), (any_id(), any_id(), any_id()).boxed()]
}

proptest! {
    #[test]
    fn no_session_leaves_the_directory_and_no_two_share_a_file(
        sessions in proptest::collection::vec(any_session(), 1..24),
        template in prop_oneof![
            Just("{session_id}"),
            Just("{metadata.a}{session_id}"),
            Just("{session_id}{metadata.a}"),
            Just("{metadata.a}~{session_id}~{metadata.b:-~}"),
            Just("{metadata.a}/{session_id}/{metadata.b}.json"),
            Just("x"),
        ],
    ) {
        let template = FilenameTemplate::of_file(template).unwrap();
        let mut names: BTreeMap<PathBuf, String> = BTreeMap::new();
        for (session, a, b) in sessions {
            let metadata = |path: &str| Some(if path == "a" { a.clone() } else { b.clone() });
            let path = template.path(&session, &metadata);
            prop_assert!(is_safe(&path), "{session:?}: {path:?}");
            let other = names.insert(path.clone(), session.clone());
            prop_assert!(other.is_none() || other.as_deref() == Some(&session), "{other:?} and {session:?}: {path:?}");
        }
    }

    #[test]
    fn any_text_is_a_safe_template_or_none(text in any_id(), session in any_id(), value in any_id()) {
        for text in [text.clone(), format!("{text}{{session_id}}"), format!("{{metadata.{text}}}/{{session_id}}")] {
            for template in [FilenameTemplate::of_environment(&text), FilenameTemplate::of_file(&text)].into_iter().flatten() {
                let path = template.path(&session, &|_| Some(value.clone()));
                prop_assert!(is_safe(&path), "{text:?} {session:?}: {path:?}");
            }
        }
    }
}
