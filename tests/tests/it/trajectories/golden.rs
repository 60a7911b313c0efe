//! What is written for some recorded sessions, whole. `UPDATE_TRAJECTORIES=1` writes it anew; read the difference.

use std::fs;
use std::path::Path;

use telemetry_tests::Recording;

use super::{documents, home_with};

const SESSIONS: [&str; 6] =
    ["delegate_inline", "flaky500", "interactive_approval", "parallel", "reasoning", "resume"];

#[test]
fn recorded_sessions_are_written_as_they_always_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/trajectories");
    let compare = |name: String, written: &str| {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_TRAJECTORIES").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, written).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(
            written == expected,
            "{} is another:\n{}",
            path.display(),
            similar::TextDiff::from_lines(&*expected, written).unified_diff()
        );
    };
    for name in SESSIONS {
        let home = home_with(true, [&Recording::named(name)]);
        let stream = home.ok(["export", "--format", "atof", "--out", "-"]).stdout;
        compare(format!("{name}.atof.jsonl"), &stream);
        let documents = documents(&home, &["--subagents", "all"]);
        let text: Vec<String> =
            documents.iter().map(|(_, document)| serde_json::to_string_pretty(document).unwrap()).collect();
        compare(format!("{name}.atif.json"), &(text.join("\n") + "\n"));
    }
}
