use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use telemetry_export::relay;
use telemetry_policy::Settings;

use crate::{HERE, file, warnings};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/relay.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_variable_that_is_asked_for_is_on_the_page_and_no_other() {
    let asked = Mutex::new(BTreeSet::new());
    let on = |name: &str| {
        asked.lock().unwrap().insert(name.to_owned());
        let has_value = name.ends_with("_ENABLED") || name.ends_with("_OUTPUT_DIRECTORY");
        has_value.then(|| "1".to_owned())
    };
    let found = relay::destinations(&Settings::default(), &on, Path::new(HERE));
    assert_eq!((found.atof.len(), found.atif.is_some()), (1, true));
    let page = page();
    let told: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `HERMES_NEMO_RELAY_")?.split_once('`'))
        .map(|(name, _)| format!("HERMES_NEMO_RELAY_{name}"))
        .collect();
    assert_eq!(asked.into_inner().unwrap(), told);
}

#[test]
fn the_examples_on_the_page_ask_for_files_without_a_warning() {
    let page = page();
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let asked = file(example);
        assert_eq!(
            (asked.atof.len(), asked.atif.is_some(), warnings(&asked).as_str()),
            (1, true, ""),
            "{example}"
        );
    }
}
