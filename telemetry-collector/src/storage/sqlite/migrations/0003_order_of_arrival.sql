-- Rows in the order they came. A tree whose keys are whole rows (WITHOUT ROWID) has some seven to a page, inside it too, so it is as
-- deep as a tree can be and is split wherever a row belongs; here a row is added at the end, and only small keys are sorted in.
CREATE TABLE new_events (
    ts_ns   INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    run     BLOB,
    process BLOB,
    about   BLOB,
    kind    TEXT NOT NULL,
    host    TEXT NOT NULL,
    line    TEXT NOT NULL,
    PRIMARY KEY (ts_ns, id)
) STRICT;
INSERT INTO new_events SELECT ts_ns, id, run, process, about, kind, host, line FROM events ORDER BY ts_ns, id;
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE INDEX events_run ON events (run) WHERE run IS NOT NULL;
CREATE INDEX events_process ON events (process) WHERE process IS NOT NULL;
CREATE INDEX events_about ON events (about) WHERE about IS NOT NULL;

CREATE TABLE new_reports (
    at              INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    host            TEXT NOT NULL,
    session         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    agent           TEXT,
    hook            TEXT,
    decision        TEXT,
    decision_reason TEXT,
    tool            TEXT,
    working_dir     TEXT,
    latency_ms      INTEGER,
    tier            TEXT,
    model           TEXT,
    error_count     INTEGER,
    success         INTEGER,
    extra           TEXT,
    PRIMARY KEY (at, id)
) STRICT;
INSERT INTO new_reports
    SELECT at, id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir, latency_ms, tier, model,
        error_count, success, extra
    FROM reports ORDER BY at, id;
DROP TABLE reports;
ALTER TABLE new_reports RENAME TO reports;

CREATE TABLE new_runs (
    run                BLOB NOT NULL PRIMARY KEY,
    process            BLOB,
    host               TEXT NOT NULL,
    session_id         TEXT,
    parent             BLOB,
    continues          BLOB,
    agent              TEXT,
    platform           TEXT,
    entrypoint         TEXT,
    profile            TEXT,
    model              TEXT,
    provider           TEXT,
    start_ns           INTEGER NOT NULL,
    end_ns             INTEGER,
    outcome            TEXT NOT NULL,
    reason             TEXT,
    turns              INTEGER NOT NULL,
    model_calls        INTEGER NOT NULL,
    failed_attempts    INTEGER NOT NULL,
    tool_calls         INTEGER NOT NULL,
    errors             INTEGER NOT NULL,
    input_tokens       INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    cache_read_tokens  INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    cost_nanos         INTEGER,
    cost_status        TEXT NOT NULL,
    priced_part_nanos  INTEGER,
    cells              TEXT NOT NULL
) STRICT;
INSERT INTO new_runs SELECT * FROM runs;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
CREATE INDEX runs_start ON runs (start_ns, run);
CREATE INDEX runs_process ON runs (process) WHERE process IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_session ON runs (session_id);
CREATE INDEX runs_linked ON runs (start_ns) WHERE continues IS NOT NULL;
CREATE INDEX runs_continues ON runs (start_ns, continues) WHERE continues IS NOT NULL;

-- A note that is made again keeps its place, so that a run of which something is new all the time has its turn too, and gets another
-- mark, by which who settles sees that more has come. Marks are drawn at random: a place may be given again, a mark is not.
CREATE TABLE new_unsettled (
    seq     INTEGER PRIMARY KEY,
    run     BLOB UNIQUE,
    process BLOB UNIQUE,
    mark    INTEGER NOT NULL DEFAULT (random())
) STRICT;
INSERT INTO new_unsettled SELECT seq, run, process, random() FROM unsettled;
DROP TABLE unsettled;
ALTER TABLE new_unsettled RENAME TO unsettled;
