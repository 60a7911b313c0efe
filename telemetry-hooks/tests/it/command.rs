//! Command lines to the commands they are.

use telemetry_core::vocabulary::Command;
use telemetry_hooks::command::command;

fn of(command_line: &str) -> String {
    let words = command_line.split(' ').map(|word| match word {
        "QUESTION" => "chat -q gateway run --oneshot",
        word => word,
    });
    command(words).unwrap().as_str().to_owned()
}

#[test]
fn each_command_line_is_the_command_it_is() {
    #[rustfmt::skip]
    let table = [
        ("/venv/bin/hermes", "chat"),
        ("/venv/bin/hermes chat", "chat"),
        ("hermes chat -q QUESTION -Q", "chat -q"),
        ("hermes chat -Qq QUESTION", "chat -q"),
        ("hermes chat -qQUESTION", "chat -q"),
        ("hermes chat --query QUESTION", "chat -q"),
        ("hermes chat --query=QUESTION", "chat -q"),
        ("hermes chat --image cat.png", "chat -q"),
        ("hermes -p work -m opus chat -Q -q QUESTION --max-turns 3", "chat -q"),
        ("hermes chat -q QUESTION --resume 20260101_000000_000000", "chat -q"),
        ("hermes -z QUESTION", "-z"),
        ("hermes --oneshot=QUESTION --usage-file chat", "-z"),
        ("hermes --profile=work --model chat --oneshot QUESTION", "-z"),
        ("hermes --usage-file gateway -t web,file -zQUESTION", "-z"),
        ("hermes --resume an old one", "chat"),
        ("hermes -c my old session", "chat"),
        ("hermes -c my old session chat -q QUESTION", "chat -q"),
        ("hermes --continue -q QUESTION", "chat -q"),
        ("hermes -w --yolo -s gateway", "chat"),
        ("hermes gateway", "gateway run"),
        ("hermes gateway run --replace -v", "gateway run"),
        ("hermes -p work gateway run", "gateway run"),
        ("hermes gateway install", "other"),
        ("python/hermes_cli/main.py gateway run", "gateway run"),
        ("python/hermes_cli/__main__.py -z QUESTION", "-z"),
        ("python/gateway/run.py", "gateway run"),
        ("hermes cron run 5bea854b22a0", "cron run"),
        ("hermes cron tick", "cron tick"),
        ("hermes cron create QUESTION -z", "other"),
        ("hermes acp", "acp"),
        ("/venv/bin/hermes-acp", "acp"),
        ("python/acp_adapter/entry.py", "acp"),
        ("python/batch_runner.py --dataset_file=data.jsonl --api_key=chat", "batch_runner"),
        ("python/run_agent.py --query QUESTION", "run_agent"),
        ("python/tui_gateway/entry.py", "tui_gateway"),
        ("C:\\venv\\Scripts\\hermes.exe chat", "chat"),
        ("hermes dashboard --port 9119", "dashboard"),
        ("hermes serve", "serve"),
        ("hermes QUESTION", "other"),
        ("hermes kanban", "other"),
        ("/usr/bin/pytest -q chat", "other"),
        ("-c", "other"),
    ];
    for (command_line, word) in table {
        assert_eq!(of(command_line), word, "{command_line}");
    }
    assert_eq!(command([]), None);
    assert_eq!(command([""]), None);
}

/// Whatever stands on a command line, only a word of the list comes out.
#[test]
fn nothing_of_a_command_line_comes_out() {
    let odd =
        ["sk-live-secret", "--query", "-q", "", "-", "--", "--=", "-é", "chat", "gateway", "\u{202e}", "-zé"];
    for program in ["hermes", "/a/hermes_cli/main.py", "sk-live-secret", "/sk-live-secret/run.py"] {
        for (one, other) in odd.iter().flat_map(|one| odd.iter().map(move |other| (one, other))) {
            let found = command([program, one, other]).unwrap();
            assert!(Command::KNOWN.contains(&found), "{program} {one} {other}: {found}");
        }
    }
}
