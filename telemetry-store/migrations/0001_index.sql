-- The index over the event log. Every table here can be made again from the log.
--
-- Compact tables: integer keys, interned names, times in UTC nanoseconds. The views named tel_* (0002) give them the
-- names and columns that people query. Tables of facts are keyed by (run, time, id): the same fact twice is one row.

CREATE TABLE name (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE process (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL UNIQUE,
    host       INTEGER REFERENCES name,
    pid        INTEGER,
    birthplace TEXT,
    born       INTEGER,
    version    INTEGER REFERENCES name,
    -- When its first and latest events were; null for one that was only heard of.
    start_ns   INTEGER,
    last_ns    INTEGER,
    exit_ns    INTEGER,
    lost_ns    INTEGER
) STRICT;

CREATE TABLE run (
    id                 INTEGER PRIMARY KEY,
    key                BLOB NOT NULL UNIQUE,
    process            INTEGER REFERENCES process,
    session            TEXT,
    parent             INTEGER REFERENCES run,
    continues          INTEGER REFERENCES run,
    host               INTEGER REFERENCES name,
    platform           INTEGER REFERENCES name,
    entrypoint         INTEGER REFERENCES name,
    profile            INTEGER REFERENCES name,
    model              INTEGER REFERENCES name,
    -- When its first and latest events were; null for one that was only heard of, which is no run yet.
    start_ns           INTEGER,
    last_ns            INTEGER,
    turns              INTEGER NOT NULL DEFAULT 0,
    model_calls        INTEGER NOT NULL DEFAULT 0,
    failed_attempts    INTEGER NOT NULL DEFAULT 0,
    tool_calls         INTEGER NOT NULL DEFAULT 0,
    calls_without_usage INTEGER NOT NULL DEFAULT 0,
    input_tokens       INTEGER NOT NULL DEFAULT 0,
    output_tokens      INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens  INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens   INTEGER NOT NULL DEFAULT 0,
    -- Derived from the facts whenever they change (index/verdicts.rs).
    outcome            TEXT NOT NULL DEFAULT 'running',
    reason             INTEGER REFERENCES name,
    end_ns             INTEGER,
    end_reason         INTEGER REFERENCES name,
    errors             INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_by_process ON run (process);
CREATE INDEX run_by_start ON run (start_ns);
CREATE INDEX run_by_parent ON run (parent) WHERE parent IS NOT NULL;

CREATE TABLE run_end (
    run    INTEGER NOT NULL REFERENCES run,
    ts_ns  INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    close  TEXT NOT NULL,
    reason INTEGER REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE turn (
    run             INTEGER NOT NULL REFERENCES run,
    span            INTEGER NOT NULL,
    -- As the earliest announcement of the turn says.
    started_ns      INTEGER,
    turn_id         TEXT,
    model           INTEGER REFERENCES name,
    -- When its first and latest events were.
    start_ns        INTEGER NOT NULL,
    last_ns         INTEGER NOT NULL,
    -- The first end the host reported.
    end_ns          INTEGER,
    completed       INTEGER,
    interrupted     INTEGER,
    failed          INTEGER,
    end_reason      INTEGER REFERENCES name,
    -- The latest failed attempt.
    error_ns        INTEGER,
    error_class     TEXT,
    error_reason    INTEGER REFERENCES name,
    error_exhausted INTEGER,
    -- The latest answer or end of a tool, and the latest attempt begun.
    progress_ns     INTEGER,
    attempt_ns      INTEGER,
    -- Derived.
    dirty           INTEGER NOT NULL DEFAULT 1,
    outcome         TEXT NOT NULL DEFAULT 'running',
    reason          INTEGER REFERENCES name,
    over_ns         INTEGER,
    PRIMARY KEY (run, span)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_call (
    run                INTEGER NOT NULL REFERENCES run,
    ts_ns              INTEGER NOT NULL,
    id                 INTEGER NOT NULL,
    turn               INTEGER NOT NULL,
    span               INTEGER NOT NULL,
    model              INTEGER REFERENCES name,
    response_model     INTEGER REFERENCES name,
    provider           INTEGER REFERENCES name,
    base_url           INTEGER REFERENCES name,
    api_mode           INTEGER REFERENCES name,
    start_ns           INTEGER,
    latency_ns         INTEGER,
    attempt_ns         INTEGER,
    ttft_ns            INTEGER,
    retries            INTEGER NOT NULL,
    finish_reason      INTEGER REFERENCES name,
    messages           INTEGER,
    tool_calls         INTEGER,
    input_tokens       INTEGER,
    output_tokens      INTEGER,
    cache_read_tokens  INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens   INTEGER,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt_started (
    run      INTEGER NOT NULL REFERENCES run,
    ts_ns    INTEGER NOT NULL,
    id       INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    span     INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    model    INTEGER REFERENCES name,
    provider INTEGER REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt_failed (
    run         INTEGER NOT NULL REFERENCES run,
    ts_ns       INTEGER NOT NULL,
    id          INTEGER NOT NULL,
    turn        INTEGER NOT NULL,
    span        INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    class       TEXT NOT NULL,
    reason      INTEGER REFERENCES name,
    error_type  INTEGER REFERENCES name,
    status_code INTEGER,
    exhausted   INTEGER NOT NULL,
    model       INTEGER REFERENCES name,
    provider    INTEGER REFERENCES name,
    base_url    INTEGER REFERENCES name,
    elapsed_ns  INTEGER,
    attempt_ns  INTEGER,
    -- Derived: retried while its call goes on, recovered when the call was answered, final when it never was.
    recovery    TEXT NOT NULL DEFAULT 'retried',
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tool_call (
    run          INTEGER NOT NULL REFERENCES run,
    ts_ns        INTEGER NOT NULL,
    id           INTEGER NOT NULL,
    turn         INTEGER NOT NULL,
    span         INTEGER NOT NULL,
    call         INTEGER,
    tool         INTEGER NOT NULL REFERENCES name,
    tool_call_id TEXT,
    status       TEXT NOT NULL,
    error_type   INTEGER REFERENCES name,
    duration_ns  INTEGER,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

-- A question and its answer, whichever is seen first.
CREATE TABLE approval (
    run          INTEGER NOT NULL REFERENCES run,
    span         INTEGER NOT NULL,
    turn         INTEGER NOT NULL,
    tool_call_id TEXT,
    surface      INTEGER REFERENCES name,
    asked_ns     INTEGER,
    answered_ns  INTEGER,
    choice       INTEGER REFERENCES name,
    wait_ns      INTEGER,
    PRIMARY KEY (run, span)
) STRICT, WITHOUT ROWID;

CREATE TABLE subagent (
    child       INTEGER PRIMARY KEY REFERENCES run,
    parent      INTEGER NOT NULL REFERENCES run,
    turn        INTEGER,
    subagent_id TEXT,
    role        INTEGER REFERENCES name,
    start_ns    INTEGER,
    end_ns      INTEGER,
    status      INTEGER REFERENCES name,
    duration_ns INTEGER
) STRICT;
CREATE INDEX subagent_by_parent ON subagent (parent);

-- Small facts without a life of their own. `run` is 0 where there is none.
CREATE TABLE gateway_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL,
    platform INTEGER REFERENCES name, direction INTEGER NOT NULL REFERENCES name,
    result INTEGER NOT NULL REFERENCES name, voice INTEGER NOT NULL, attachments INTEGER NOT NULL,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE cron_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL,
    kind INTEGER NOT NULL REFERENCES name, result INTEGER REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE skill_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL, turn INTEGER NOT NULL,
    action INTEGER NOT NULL REFERENCES name, skill_name INTEGER REFERENCES name,
    result INTEGER NOT NULL REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE memory_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL, turn INTEGER NOT NULL,
    action INTEGER NOT NULL REFERENCES name, result INTEGER NOT NULL REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL,
    kind INTEGER NOT NULL REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;
-- Hooks and kinds of events this version does not know.
CREATE TABLE unknown_event (
    run INTEGER NOT NULL, ts_ns INTEGER NOT NULL, id INTEGER NOT NULL,
    kind INTEGER NOT NULL REFERENCES name,
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

-- Losses as each process reported them: totals since its start.
CREATE TABLE loss (
    process INTEGER NOT NULL REFERENCES process,
    reason  INTEGER NOT NULL REFERENCES name,
    events  INTEGER NOT NULL,
    PRIMARY KEY (process, reason)
) STRICT, WITHOUT ROWID;

-- How far each log file has been read.
CREATE TABLE log_file (
    day        INTEGER PRIMARY KEY,
    offset     INTEGER NOT NULL,
    -- A hash of the file's first bytes, to notice that it is another file.
    head       INTEGER NOT NULL,
    unreadable INTEGER NOT NULL
) STRICT;
