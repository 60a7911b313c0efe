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

-- What a request went to. A host asks few endpoints a great many times, so a call names its endpoint by one number.
CREATE TABLE endpoint (
    id             INTEGER PRIMARY KEY,
    model          INTEGER REFERENCES name,
    -- The model that answered, when it is another.
    response_model INTEGER REFERENCES name,
    provider       INTEGER REFERENCES name,
    base_url       INTEGER REFERENCES name,
    api_mode       INTEGER REFERENCES name
) STRICT;
CREATE INDEX endpoint_by_model ON endpoint (model, provider);

-- The id of the event of a call is a hash of its span, so the span stands for it.
CREATE TABLE model_call (
    run                INTEGER NOT NULL REFERENCES run,
    ts_ns              INTEGER NOT NULL,
    span               INTEGER NOT NULL,
    turn               INTEGER NOT NULL,
    endpoint           INTEGER NOT NULL REFERENCES endpoint,
    -- What is nearly the same as something else in the row is kept as the difference, which takes few bytes or none.
    since_start_ns     INTEGER,
    start_ns           INTEGER AS (ts_ns - since_start_ns) VIRTUAL,
    latency_ns         INTEGER,
    before_attempt_ns  INTEGER,
    attempt_ns         INTEGER AS (coalesce(latency_ns, 0) - before_attempt_ns) VIRTUAL,
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
    PRIMARY KEY (run, ts_ns, span)
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
    endpoint    INTEGER NOT NULL REFERENCES endpoint,
    elapsed_ns  INTEGER,
    attempt_ns  INTEGER,
    -- Derived: retried while its call goes on, recovered when the call was answered, final when it never was.
    recovery    TEXT NOT NULL DEFAULT 'retried',
    PRIMARY KEY (run, ts_ns, id)
) STRICT, WITHOUT ROWID;

-- The span stands for the id of the event, as for a model call.
CREATE TABLE tool_call (
    run          INTEGER NOT NULL REFERENCES run,
    ts_ns        INTEGER NOT NULL,
    span         INTEGER NOT NULL,
    turn         INTEGER NOT NULL,
    call         INTEGER,
    tool         INTEGER NOT NULL REFERENCES name,
    tool_call_id TEXT,
    status       TEXT NOT NULL,
    error_type   INTEGER REFERENCES name,
    duration_ns  INTEGER,
    PRIMARY KEY (run, ts_ns, span)
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
