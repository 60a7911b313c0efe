//! The names that are sent over OTLP are those of the one pinned list, `otlp/names.toml`.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    conventions: BTreeMap<String, Convention>,
    profiles: BTreeMap<String, Vec<String>>,
    #[serde(rename = "attribute")]
    attributes: Vec<Attribute>,
    #[serde(rename = "metric")]
    metrics: Vec<Metric>,
    #[serde(rename = "provider")]
    providers: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Convention {
    title: String,
    pinned: String,
    source: String,
    prefixes: Vec<String>,
}

#[derive(Deserialize)]
struct Attribute {
    constant: String,
    #[serde(rename = "type")]
    value: String,
    note: String,
    /// By convention.
    #[serde(flatten)]
    names: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric {
    constant: String,
    name: String,
    unit: String,
    note: String,
    bounds: Option<Bounds>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    first: f64,
    factor: u64,
    count: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    openinference: Option<String>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    endpoints: Vec<String>,
}

impl Metric {
    /// What is counted for one of the unit.
    fn per(&self) -> u64 {
        if self.unit == "s" { 1_000_000_000 } else { 1 }
    }

    /// The bounds of its buckets in what is counted.
    fn bounds(&self) -> Vec<u64> {
        let Some(bounds) = &self.bounds else { return Vec::new() };
        let first = (bounds.first * self.per() as f64).round() as u64;
        (0..bounds.count).map(|at| first * bounds.factor.pow(at)).collect()
    }
}

fn list() -> List {
    toml::from_str(&fs::read_to_string(here("otlp/names.toml")).unwrap()).unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// `gen_ai` as the variant `GenAi`.
fn variant(convention: &str) -> &str {
    match convention {
        "gen_ai" => "GenAi",
        "general" => "General",
        "openinference" => "OpenInference",
        "langfuse" => "Langfuse",
        "mlflow" => "Mlflow",
        "ours" => "Ours",
        other => panic!("no convention: {other}"),
    }
}

fn rust(list: &List) -> String {
    let mut text = String::from(
        "//! Every name and word that is sent. Made from `otlp/names.toml` by a test, which also says how: not to be edited.\n\n\
         use telemetry_core::name::Name;\n\n\
         use super::convention::Convention::{General, GenAi, Langfuse, Mlflow, OpenInference, Ours};\n\
         use super::convention::{Conventions, Fact, Instrument, Provider};\n",
    );
    for (profile, conventions) in &list.profiles {
        let conventions: Vec<_> = conventions.iter().map(|convention| variant(convention)).collect();
        write!(
            text,
            "\n/// What is sent under the profile `{profile}`.\npub(crate) const {}: Conventions = Conventions::of(&[{}]);\n",
            profile.to_uppercase(),
            conventions.join(", ")
        )
        .unwrap();
    }
    for Attribute { constant, value, note, names } in &list.attributes {
        let value = match value.as_str() {
            "text" => "str",
            "int" => "i64",
            "double" => "f64",
            "bool" => "bool",
            "texts" => "[Name]",
            other => panic!("no type: {other}"),
        };
        let names: Vec<_> = names
            .iter()
            .flat_map(|(by, names)| names.iter().map(move |name| format!("({}, {name:?})", variant(by))))
            .collect();
        write!(
            text,
            "\n/// {note}\npub(crate) const {constant}: Fact<{value}> = Fact::new(&[{}]);\n",
            names.join(", ")
        )
        .unwrap();
    }
    for metric in &list.metrics {
        let Metric { constant, name, unit, note, .. } = metric;
        write!(
            text,
            "\n/// {note}\npub(crate) const {constant}: Instrument = Instrument {{\n    name: {name:?},\n    unit: {unit:?},\n    \
             note: {note:?},\n    per: {},\n    bounds: &{:?},\n}};\n",
            metric.per(),
            metric.bounds()
        )
        .unwrap();
    }
    text.push_str("\n/// The providers that the conventions have a word for.\npub(crate) const PROVIDERS: &[Provider] = &[\n");
    for Provider { name, openinference, words, endpoints } in &list.providers {
        let openinference = openinference.as_ref().unwrap_or(name);
        writeln!(
            text,
            "    Provider {{ name: {name:?}, openinference: {openinference:?}, words: &{words:?}, endpoints: &{endpoints:?} }},"
        )
        .unwrap();
    }
    text.push_str("];\n");
    text
}

/// The part of the page between its marks.
fn page(list: &List) -> String {
    let mut text = String::from("\n| convention | as of |\n| --- | --- |\n");
    for Convention { title, pinned, source, .. } in list.conventions.values().filter(|by| by.title != "ours")
    {
        writeln!(text, "| [{title}]({source}) | {pinned} |").unwrap();
    }
    text.push_str(
        "\n| what | OpenTelemetry | OpenInference | Langfuse, MLflow |\n| --- | --- | --- | --- |\n",
    );
    for Attribute { note, names, .. } in list.attributes.iter().filter(|attribute| !attribute.is_ours()) {
        let of = |conventions: [&str; 2]| {
            let names = conventions.iter().filter_map(|by| names.get(*by)).flatten();
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let cells = [of(["gen_ai", "general"]), of(["openinference", ""]), of(["langfuse", "mlflow"])];
        writeln!(text, "| {note} | {} |", cells.join(" | ")).unwrap();
    }
    text.push_str("\n| ours | what |\n| --- | --- |\n");
    for attribute in list.attributes.iter().filter(|attribute| attribute.is_ours()) {
        writeln!(text, "| `{}` | {} |", attribute.names["ours"].join("`, `"), attribute.note).unwrap();
    }
    text.push_str("\n| metric | unit | what |\n| --- | --- | --- |\n");
    for Metric { name, unit, note, bounds, .. } in &list.metrics {
        let shape = if bounds.is_some() { "histogram" } else { "sum" };
        writeln!(text, "| `{name}` ({shape}) | `{unit}` | {note} |").unwrap();
    }
    text.push('\n');
    text
}

impl Attribute {
    fn is_ours(&self) -> bool {
        self.names.contains_key("ours")
    }
}

#[test]
fn the_constants_and_the_page_are_the_list() {
    let (list, update) = (list(), std::env::var_os("UPDATE_NAMES").is_some());
    let source = here("src/otlp/names.rs");
    let docs = here("../docs/otlp.md");
    let found = fs::read_to_string(&docs).unwrap();
    let (before, rest) = found.split_once("<!-- names -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /names -->").unwrap();
    let whole = format!("{before}<!-- names -->\n{}<!-- /names -->{after}", page(&list));
    for (path, expected) in [(source, rust(&list)), (docs, whole)] {
        if update {
            fs::write(&path, &expected).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let path = path.display();
        assert!(found == expected, "{path} is not otlp/names.toml: run this test with UPDATE_NAMES=1");
    }
}

#[test]
fn every_name_is_said_once_and_is_its_conventions() {
    let list = list();
    let mut seen = BTreeMap::new();
    for attribute in &list.attributes {
        for (by, names) in &attribute.names {
            let prefixes = &list.conventions[by].prefixes;
            for name in names {
                assert!(prefixes.iter().any(|prefix| name.starts_with(prefix)), "{name} is not of {by}");
                let before = seen.insert(name, &attribute.constant);
                assert_eq!(before, None, "{name} is also {}", attribute.constant);
            }
        }
    }
    for conventions in list.profiles.values() {
        assert!(conventions.iter().all(|convention| list.conventions.contains_key(convention)));
    }
}

/// Bounds as the conventions have them, which were copied by hand from their text.
#[test]
fn buckets_are_those_of_the_conventions() {
    let list = list();
    let bounds = |name: &str| {
        let metric = list.metrics.iter().find(|metric| metric.name == name).unwrap();
        metric.bounds().into_iter().map(|bound| bound as f64 / metric.per() as f64).collect::<Vec<_>>()
    };
    let durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    for name in [
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.execute_tool.duration",
    ] {
        assert_eq!(bounds(name), durations, "{name}");
    }
    assert_eq!(
        bounds("gen_ai.invoke_agent.duration"),
        [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6]
    );
    let tokens = [
        1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
        67_108_864,
    ];
    assert_eq!(bounds("gen_ai.client.token.usage"), tokens.map(f64::from));
    for name in ["gen_ai.invoke_agent.inference_calls", "gen_ai.invoke_agent.tool_calls"] {
        assert_eq!(bounds(name), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0], "{name}");
    }
}
