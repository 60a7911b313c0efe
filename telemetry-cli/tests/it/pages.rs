//! README, ARCHITECTURE and `docs/` say what is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use telemetry_policy::{KEYS, Settings};
use telemetry_store::index::{Index, Patience};
use telemetry_store::layout::Layout;

use crate::home::{Answer, Home, RECORDED, recording, repository, without_sizes};

/// Every page for people.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md"].map(|page| repository().join(page)).into();
    let mut folders = vec![repository().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => pages.push(path),
            }
        }
    }
    // Pictures are beside them.
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

fn page(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap()
}

/// A line of a shown output that stands for any number of lines.
const CUT: &str = "...";

/// What somebody pasted into a chat; put together here, so that no file of ours looks as if it held a credential.
const PASTED: &str = concat!(
    r#"{"role":"user","content":"deploy with GITHUB_TOKEN=ghp_"#,
    r#"k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8 and mail ada@example.org"}"#,
    "\n",
    r#"{"role":"assistant","tool_calls":[{"id":"call_9aXbQ2","function":{"name":"terminal","#,
    r#""arguments":"{\"command\":\"psql postgres://app:tr0ub4dor@db/main\"}"}}],"usage":{"total_tokens":412}}"#,
    "\n",
);

/// Every `console` block shows what its commands print. With `UPDATE_PAGES=1` the blocks are made to.
#[test]
fn examples_are_what_is_printed() {
    let mut wrong = String::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let printed = with_real_output(&text);
        if without_sizes(&printed) == without_sizes(&text) {
            continue;
        }
        if std::env::var_os("UPDATE_PAGES").is_some() {
            fs::write(&path, printed).unwrap();
        } else {
            let differ = text.lines().zip(printed.lines()).find(|(said, is)| said != is);
            wrong += &format!("{}: {differ:#?}\n", path.display());
        }
    }
    assert_eq!(wrong, "", "run with UPDATE_PAGES=1 if the new output is meant");
}

/// `text` with the output of every `$ telemetry …` in its `console` blocks as it is now, cut where it was cut.
fn with_real_output(text: &str) -> String {
    // A page that records something does so in a home of its own.
    let own = text.contains("\n$ telemetry replay").then(Home::empty);
    let home = own.as_ref().unwrap_or(&RECORDED);
    fs::copy(recording("tool"), home.beside().join("session.jsonl")).unwrap();
    fs::write(home.beside().join("pasted.jsonl"), PASTED).unwrap();
    let mut printed = String::new();
    let mut lines = text.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        printed += &format!("{line}\n");
        in_block = if in_block { line != "```" } else { line == "```console" };
        if let Some(words) = line.strip_prefix("$ telemetry").filter(|_| in_block) {
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| *line != "```" && !line.starts_with("$ ")) {
                shown.push(line);
            }
            printed += &cut_as(&shown, &output(home, words));
        }
    }
    printed
}

/// What a command prints to a terminal, in a folder beside `home`.
fn output(home: &Home, words: &str) -> String {
    let place = |word: &str| match [".jsonl", ".ndjson", "/"].iter().any(|ending| word.ends_with(ending)) {
        true => home.beside().join(word).display().to_string(),
        false => word.to_owned(),
    };
    let words: Vec<String> = split(words).iter().map(|word| place(word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_last() {
        Some((&"--help", command)) => crate::help::text(command),
        _ => {
            let Answer { out, err, .. } = home.ask(&words);
            out + &err
        }
    }
}

/// The words of a line; those in double quotes are one.
fn split(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}

/// `output`, cut at the same place as `shown`.
fn cut_as(shown: &[&str], output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let kept = match shown.iter().position(|line| *line == CUT) {
        Some(head) if shown.len() - 1 <= lines.len() => {
            let tail = shown.len() - head - 1;
            [&lines[..head], &[CUT], &lines[lines.len() - tail..]].concat()
        }
        _ => lines,
    };
    kept.into_iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_command_has_a_page_and_every_flag_is_on_it() {
    let mut pages: BTreeSet<PathBuf> = fs::read_dir(repository().join("docs/commands"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    // Of commands that a feature brings.
    if cfg!(not(feature = "collector")) {
        pages.retain(|page| !page.ends_with("serve.md"));
    }
    for command in telemetry_cli::command().get_subcommands() {
        let name = format!("docs/commands/{}.md", command.get_name());
        let text = page(&name);
        assert!(pages.remove(&repository().join(&name)), "{name}");
        for argument in command.get_arguments() {
            let flag = argument.get_long().map_or_else(
                || argument.get_value_names().unwrap_or_default()[0].to_string(),
                |long| format!("--{long}"),
            );
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
            assert!(words.any(|word| word == flag), "{name} does not tell of {flag}");
        }
        for heading in ["## Exit codes", "```console\n"] {
            assert!(text.contains(heading), "{name} has no {heading}");
        }
    }
    assert_eq!(pages, BTreeSet::new(), "pages of no command");
}

/// The keys of a document, without those that are names themselves.
fn keys(document: &serde_json::Value, found: &mut BTreeSet<String>) {
    match document {
        serde_json::Value::Object(parts) => {
            for (key, part) in parts {
                found.insert(key.clone());
                match (key.as_str(), part) {
                    ("by", serde_json::Value::Object(breakdowns)) => {
                        breakdowns.values().for_each(|groups| keys(groups, found));
                    }
                    (key, _) if key.starts_with("by_") => {}
                    (_, part) => keys(part, found),
                }
            }
        }
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| keys(part, found)),
        _ => {}
    }
}

#[test]
fn the_page_on_insights_has_every_key() {
    let words = ["insights", "--json", "--by", "model,outcome", "--since", "2026-01-01", "--compare"];
    let mut found = BTreeSet::new();
    keys(&serde_json::from_str(&RECORDED.ask(&words).out).unwrap(), &mut found);
    assert!(found.len() > 60, "{found:?}");
    // The runs it names are described where they are listed.
    let text = page("docs/commands/insights.md") + &page("docs/commands/runs.md");
    let told: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    found.retain(|key| !told.contains(key.as_str()));
    assert_eq!(found, BTreeSet::new());
}

/// The rows of the tables of a page, as cells.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn the_page_on_configuration_has_every_key() {
    let text = page("docs/configuration.md");
    let mut told: Vec<Vec<&str>> = rows(&text);
    told.retain(|row| row[0].starts_with("`telemetry."));
    let value = |value: &telemetry_policy::Value| match value.to_string() {
        empty if empty.is_empty() => "empty".to_owned(),
        word => format!("`{word}`"),
    };
    for spec in &KEYS {
        let row = told.iter().position(|row| row[0] == format!("`{}`", spec.name));
        let row = told.remove(row.unwrap_or_else(|| panic!("docs/configuration.md has no {}", spec.name)));
        let closes = if spec.closes { "yes" } else { "no" };
        let expected = [spec.kind.to_string(), value(&spec.default), value(&spec.safe), closes.to_owned()];
        assert_eq!(row[1..5], expected, "{}", spec.name);
        assert!(text.contains(spec.doc), "docs/configuration.md: {}: {}", spec.name, spec.doc);
    }
    // What else is named there is accepted without a word, as long as it turns nothing on.
    for row in told {
        let key = row[0].trim_matches('`');
        let home = Home::empty();
        let (mut config, mut indent) = (String::new(), String::new());
        for part in key.split('.') {
            config += &format!("\n{indent}{part}:");
            indent += "  ";
        }
        fs::write(home.path().join("config.yaml"), config + " 0\n").unwrap();
        let settings = Settings::load_with(&home.path(), &|_| Some("/nowhere".to_owned()));
        assert_eq!(settings.warnings(), [], "{key}");
    }
}

#[test]
fn the_page_on_the_schema_has_every_view_and_column() {
    let text = page("docs/schema.md");
    let index = Index::open(Layout::of(&RECORDED.path()), Patience::Person).unwrap();
    let ask = |sql: &str| -> Vec<String> {
        let mut statement = index.connection().prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let views = ask("SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE 'tel\\_%' ESCAPE '\\'");
    assert!(views.len() >= 10, "{views:?}");
    let sections: Vec<(&str, &str)> =
        text.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    for view in &views {
        let section = sections.iter().find(|(title, _)| title.trim_matches('`') == view);
        let (_, section) = section.unwrap_or_else(|| panic!("docs/schema.md has no {view}"));
        let told: Vec<String> = rows(section)
            .iter()
            .filter(|row| row[0].starts_with('`'))
            .flat_map(|row| row[0].split(", ").map(|column| column.trim_matches('`').to_owned()))
            .collect();
        assert_eq!(told, ask(&format!("SELECT name FROM pragma_table_info('{view}')")), "{view}");
    }
    for (title, _) in sections {
        let title = title.trim_matches('`');
        assert!(!title.starts_with("tel_") || views.iter().any(|view| view == title), "no view {title}");
    }
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let Some((link, _)) = rest.split_once(')') else { continue };
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let folder = path.parent().unwrap();
            let to = if file.is_empty() { path.clone() } else { folder.join(file) };
            if !to.exists() || (!anchor.is_empty() && !has_heading(&to, anchor)) {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert_eq!(broken, [] as [&str; 0]);
}

/// Whether a page has a heading with this anchor, as code forges make them.
fn has_heading(path: &Path, anchor: &str) -> bool {
    let anchor_of = |heading: &str| -> String {
        let kept = heading.trim_start_matches(['#', ' ']).to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter(|line| line.starts_with('#')).any(|heading| anchor_of(heading) == anchor)
}

/// Words with `crate::module`, file names and tests in the pages name what is there.
#[test]
fn files_that_are_named_exist() {
    let mut missing = Vec::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for word in text.split(['`', ' ', '\n', '(', ')', ',']) {
            let is_file = word.contains('/') && [".rs", ".sql", ".py"].iter().any(|end| word.ends_with(end));
            let word = word.trim_start_matches("../");
            if is_file && !word.contains(['*', '<', '{', ':', '$']) && !repository().join(word).exists() {
                missing.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert_eq!(missing, [] as [&str; 0]);
}
