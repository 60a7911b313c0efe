//! The help texts, at a fixed width: by themselves they follow the terminal's.

use std::fmt::Write as _;

/// What `telemetry` with these words says of itself.
pub fn text(words: &[&str]) -> String {
    let mut command = telemetry_cli::command().term_width(100);
    let line = ["telemetry"].iter().chain(words).copied().chain(["--help"]);
    let error = command.try_get_matches_from_mut(line).unwrap_err();
    assert_eq!(error.exit_code(), 0, "{error}");
    error.render().to_string()
}

#[test]
fn every_command_explains_itself() {
    let mut all = text(&[]);
    for command in telemetry_cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        let _ = write!(all, "\n--- telemetry {name} --help\n\n{}", text(&[name]));
    }
    let name = if cfg!(feature = "collector") { "with_a_collector" } else { "every_command_explains_itself" };
    insta::assert_snapshot!(name, all);
}

#[test]
fn the_short_help_is_the_same_but_for_the_values() {
    for command in telemetry_cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && !about.ends_with('.'), "{}: {about}", command.get_name());
    }
}
