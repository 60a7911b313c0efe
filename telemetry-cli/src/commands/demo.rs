//! `telemetry demo`: bundled recorded sessions in a throw-away home, and the answers.

use telemetry_policy::Settings;
use telemetry_store::insights::{self, Question, Window};
use telemetry_store::layout::Layout;

use super::replay;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render, span};

/// Real sessions of hermes-agent 0.19.0 against a scripted model, one of each kind.
macro_rules! sessions {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("../../../tests/fixtures/recordings/hermes/", $name, ".jsonl"))),)*]
    };
}

const SESSIONS: [(&str, &str); 17] = sessions![
    "plain",
    "tool",
    "parallel",
    "toolerr",
    "blocked",
    "interactive_2turns",
    "interactive_approval",
    "interactive_new",
    "interactive_ctrlc",
    "nested_inline",
    "resume",
    "flaky500",
    "always429",
    "h401",
    "loop_maxturns",
    "cron",
    "sigkill",
];

/// The scripted model is in no price list, and a newcomer should see what money looks like.
const CONFIG: &str = "\
telemetry:
  pricing:
    overrides:
      - {provider: custom, model: fake-model, input: 3, output: 15, cache_read: 0.3}
";

pub(super) fn run(streams: &mut Streams<'_>) -> Result<(), Failure> {
    let temporary = |error| Failure::File(std::env::temp_dir(), error);
    let home = tempfile::tempdir().map_err(temporary)?;
    let mut files = Vec::new();
    for (name, session) in SESSIONS {
        let path = home.path().join(format!("{name}.jsonl"));
        std::fs::write(&path, session).map_err(temporary)?;
        files.push(path);
    }
    std::fs::write(home.path().join("config.yaml"), CONFIG).map_err(temporary)?;
    // Not this machine's administrator's: there is no such folder.
    let nobody = home.path().join("managed").to_str().map(str::to_owned);
    let settings =
        Settings::load_with(home.path(), &|name| nobody.clone().filter(|_| name == "HERMES_MANAGED_DIR"));
    replay::feed(home.path(), &settings, &files, streams)?;
    let demo =
        Home { layout: Layout::of(home.path()), path: home.path().to_owned(), settings: settings.clone() };
    let index = answers::open(&demo, streams)?;
    let zone = span::zone(Some("UTC"), &settings)?;
    let window = Window::default();
    let runs = insights::runs(index.connection(), window)?;
    let found = insights::insights(index.connection(), &Question::page(window, zone.clone()))?;
    writeln!(
        streams.out,
        "{} recorded sessions of hermes-agent 0.19.0, replayed into a home that is gone when this ends.\n\
         Their model was a script; its price is made up: $3 a million tokens in, $0.30 from the cache, $15 out.\n",
        SESSIONS.len()
    )?;
    let page = render::Page { found: &found, window, zone: &zone, filters: &[], top: None, budgets: &[] };
    render::insights(&mut streams.sheet(), &page)?;
    writeln!(streams.out)?;
    render::runs(&mut streams.sheet(), &runs, window, &zone)?;
    if let Some(delegating) =
        runs.iter().find(|run| runs.iter().any(|r| r.parent_run_id.as_ref() == Some(&run.run_id)))
    {
        writeln!(streams.out)?;
        render::show(
            &mut streams.sheet(),
            &insights::run_detail(index.connection(), delegating.clone())?,
            &zone,
        )?;
    }
    writeln!(streams.out, "\nnext: telemetry insights, for runs of your own")?;
    Ok(())
}
