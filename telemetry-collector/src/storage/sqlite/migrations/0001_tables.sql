-- Moments are nanoseconds since 1970 (UTC), ids of runs and processes their 16 bytes, hours are counted since 1970.

-- Log lines as they came: the truth, from which runs and rollups are made.
CREATE TABLE events (
    ts_ns   INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    run     BLOB,
    process BLOB,
    about   BLOB,
    kind    TEXT NOT NULL,
    host    TEXT NOT NULL,
    line    TEXT NOT NULL,
    PRIMARY KEY (ts_ns, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_run ON events (run) WHERE run IS NOT NULL;
CREATE INDEX events_process ON events (process) WHERE process IS NOT NULL;
CREATE INDEX events_about ON events (about) WHERE about IS NOT NULL;

-- Events of the batch wire.
CREATE TABLE reports (
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
) STRICT, WITHOUT ROWID;

CREATE TABLE transcripts (
    host    TEXT NOT NULL,
    session TEXT NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (host, session)
) STRICT;
CREATE INDEX transcripts_at ON transcripts (at);

-- Notes that something is new of a run, or of all runs of a process. One that is made again gets a new number, by which who
-- settles sees that more has come.
CREATE TABLE unsettled (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    run     BLOB UNIQUE,
    process BLOB UNIQUE
) STRICT;

-- What runs come to. `cells` is what each adds to the rollups.
CREATE TABLE runs (
    run                BLOB PRIMARY KEY,
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
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_start ON runs (start_ns, run);
CREATE INDEX runs_process ON runs (process) WHERE process IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_session ON runs (session_id);
CREATE INDEX runs_linked ON runs (start_ns) WHERE continues IS NOT NULL;
CREATE INDEX runs_continues ON runs (start_ns, continues) WHERE continues IS NOT NULL;

-- How many events processes say they lost.
CREATE TABLE processes (
    process BLOB PRIMARY KEY,
    host    TEXT NOT NULL,
    dropped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is counted together. What such facts do not have is empty.
CREATE TABLE series (
    id INTEGER PRIMARY KEY, fact TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT '', host TEXT NOT NULL DEFAULT '', agent TEXT NOT NULL DEFAULT '',
    platform TEXT NOT NULL DEFAULT '', entrypoint TEXT NOT NULL DEFAULT '', provider TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '', tier TEXT NOT NULL DEFAULT '', tool TEXT NOT NULL DEFAULT '',
    hook TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE rollup_hours (
    at INTEGER NOT NULL, series INTEGER NOT NULL,
    n INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0, durations INTEGER NOT NULL DEFAULT 0,
    duration_ns INTEGER NOT NULL DEFAULT 0, first_tokens INTEGER NOT NULL DEFAULT 0,
    first_token_ns INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    attempt_ns INTEGER NOT NULL DEFAULT 0, idles INTEGER NOT NULL DEFAULT 0, idle_ns INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0, with_usage INTEGER NOT NULL DEFAULT 0,
    input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens INTEGER NOT NULL DEFAULT 0, cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0, cost_nanos INTEGER NOT NULL DEFAULT 0, rated INTEGER NOT NULL DEFAULT 0,
    rated_nanos INTEGER NOT NULL DEFAULT 0, model_ns INTEGER NOT NULL DEFAULT 0, tool_ns INTEGER NOT NULL DEFAULT 0,
    approval_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (at, series)
) STRICT, WITHOUT ROWID;

-- `at` is the first hour of the day.
CREATE TABLE rollup_days (
    at INTEGER NOT NULL, series INTEGER NOT NULL,
    n INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0, durations INTEGER NOT NULL DEFAULT 0,
    duration_ns INTEGER NOT NULL DEFAULT 0, first_tokens INTEGER NOT NULL DEFAULT 0,
    first_token_ns INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    attempt_ns INTEGER NOT NULL DEFAULT 0, idles INTEGER NOT NULL DEFAULT 0, idle_ns INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0, with_usage INTEGER NOT NULL DEFAULT 0,
    input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens INTEGER NOT NULL DEFAULT 0, cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0, cost_nanos INTEGER NOT NULL DEFAULT 0, rated INTEGER NOT NULL DEFAULT 0,
    rated_nanos INTEGER NOT NULL DEFAULT 0, model_ns INTEGER NOT NULL DEFAULT 0, tool_ns INTEGER NOT NULL DEFAULT 0,
    approval_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (at, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_hours (
    at      INTEGER NOT NULL,
    series  INTEGER NOT NULL,
    measure INTEGER NOT NULL,
    bucket  INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (at, series, measure, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_days (
    at      INTEGER NOT NULL,
    series  INTEGER NOT NULL,
    measure INTEGER NOT NULL,
    bucket  INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (at, series, measure, bucket)
) STRICT, WITHOUT ROWID;

-- `hash` is the SHA-256 of a key's 64 hex characters, in lower-case hex. A hash and a name make a key.
CREATE TABLE keys (
    hash       TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    scopes     TEXT NOT NULL DEFAULT 'ingest',
    host       TEXT,
    created_at INTEGER NOT NULL DEFAULT (unixepoch() * 1000000000),
    expires_at INTEGER,
    used_at    INTEGER,
    revoked_at INTEGER
) STRICT;

-- How much is kept of what would take long to count.
INSERT INTO meta (key, value) VALUES ('events', '0'), ('reports', '0');
