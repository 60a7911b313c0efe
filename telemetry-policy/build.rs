//! Turns `rules/credentials.toml` into a table of constants, so that reading the rules costs a process nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

const RULES: &str = "rules/credentials.toml";

fn main() {
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=build.rs");
    let table: Table = read(Path::new(RULES)).parse().unwrap_or_else(|error| panic!("{RULES}: {error}"));
    let rules = table.get("rule").and_then(Value::as_array).unwrap_or_else(|| panic!("{RULES}: no rules"));
    let mut code = format!("pub(crate) static RULES: [Rule; {}] = [\n", rules.len());
    for rule in rules {
        let rule = rule.as_table().unwrap_or_else(|| panic!("{RULES}: a rule is a table"));
        let text = |key: &str| rule.get(key).and_then(Value::as_str);
        let id = text("id").unwrap_or_else(|| panic!("{RULES}: a rule without id"));
        let pattern = text("pattern").unwrap_or_else(|| panic!("{RULES}: {id} has no pattern"));
        let (keywords, names) = (texts(rule, "keywords"), texts(rule, "names"));
        assert!(keywords.is_empty() != names.is_empty(), "{RULES}: {id} needs either keywords or names");
        let lead = rule.get("lead").and_then(Value::as_integer).unwrap_or(0);
        let random = rule.get("random").and_then(Value::as_bool).unwrap_or(false);
        let _ = writeln!(
            code,
            "    Rule::new({id:?}, &{keywords:?}, &{names:?}, {pattern:?}, {lead}, {random}),"
        );
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").unwrap_or_else(|| panic!("cargo says where"));
    let file = Path::new(&out).join("rules.rs");
    fs::write(&file, code).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts under `key`, in lower case: keywords and names are looked for without regard to case.
fn texts(rule: &Table, key: &str) -> Vec<String> {
    let list = rule.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
}
