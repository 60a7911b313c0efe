//! `telemetry sql QUERY`: the index, and the host's sessions beside it, for a query that reads.

use std::io::{self, Read as _};
use std::process::Command;

use telemetry_store::sql::{QueryError, ReadOnly};

use super::alone;
use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::process::Process;
use crate::streams::Streams;
use crate::{answers, render};

/// The views there are, and the tables of the host, with their columns.
const TABLES: &str = "
    SELECT 'main' AS \"database\", t.name AS \"table\", c.name AS \"column\"
    FROM main.sqlite_schema AS t, pragma_table_info(t.name, 'main') AS c
    WHERE t.type = 'view' AND t.name LIKE 'tel\\_%' ESCAPE '\\'";
const HOST_TABLES: &str = "
    UNION ALL
    SELECT 'host', t.name, c.name FROM host.sqlite_schema AS t, pragma_table_info(t.name, 'host') AS c
    WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

pub(super) fn run(
    home: &Home,
    args: &args::Sql,
    process: &mut Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let query = match args.query.as_deref() {
        Some("-") => {
            let mut query = String::new();
            let read = io::stdin().lock().read_to_string(&mut query);
            read.map_err(|error| Failure::File("standard input".into(), error))?;
            Some(query)
        }
        given => given.map(str::to_owned),
    };
    // The host's sessions can be asked by another process only, so where there are some and the host knows how to start
    // one, that answers.
    if let Process::Host { alone: Some(command) } = process
        && home.path.join("state.db").exists()
    {
        return elsewhere(home, args, query.as_deref(), command, streams);
    }
    let mut database = ReadOnly::of(answers::open(home, streams)?)?;
    let with_host = matches!(process, Process::Alone)
        && database.attach_host(&home.path).or_else(|error| {
            let path = home.path.join("state.db");
            let error = error.to_string();
            writeln!(
                streams.err,
                "telemetry: the host's sessions in {} cannot be read ({})",
                path.display(),
                render::clean(&error)
            )
            .map(|()| false)
        })?;
    let query = query.unwrap_or_else(|| match with_host {
        true => format!("{TABLES}{HOST_TABLES}"),
        false => TABLES.to_owned(),
    });
    let stop = streams.is_abandoned;
    let width = streams.screen.width;
    let mut as_json = render::sql::Json::new(streams.out);
    let asked = match () {
        () if args.json.json => {
            let asked = database.query(&query, stop, &mut as_json);
            asked.and_then(|()| as_json.end().map_err(QueryError::Output))
        }
        () if args.csv => database.query(&query, stop, &mut render::sql::Csv(streams.out)),
        () => {
            let mut table = render::sql::Table::new(streams.out, width);
            let asked = database.query(&query, stop, &mut table);
            asked.and_then(|()| table.end().map_err(QueryError::Output))
        }
    };
    asked.map_err(|error| failure(error, process))
}

/// In one line: SQLite's words, and where to look.
fn failure(error: QueryError, process: &Process) -> Failure {
    let said = match error {
        QueryError::Output(error) => return Failure::Output(error),
        QueryError::Sqlite(said) => said,
        QueryError::Interrupted => return Failure::Failed("interrupted".to_owned()),
        error => return Failure::Usage(error.to_string()),
    };
    let said = render::clean(&said);
    Failure::Failed(match process {
        Process::Host { .. } if said.contains("host.") => format!(
            "{said}: the host's own database must not be opened inside the host; run this with the `telemetry` binary"
        ),
        _ => {
            format!("{said}; `telemetry sql --tables` lists what there is, docs/schema.md says what it means")
        }
    })
}

fn elsewhere(
    home: &Home,
    args: &args::Sql,
    query: Option<&str>,
    command: &mut Command,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    command.arg("sql").arg("--home").arg(&home.path);
    command.args(args.tables.then_some("--tables"));
    command.args(args.json.json.then_some("--json"));
    command.args(args.csv.then_some("--csv"));
    if let Some(query) = query {
        command.args(["--", query]);
    }
    alone::run(command, streams)
}
