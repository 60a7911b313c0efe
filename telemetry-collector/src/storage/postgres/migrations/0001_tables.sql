-- Version 1. What a table is for is said in telemetry-collector/src/storage and docs/collector.md.

-- Moments of people and boards are timestamptz, those of events nanoseconds since 1970. Microseconds are exact in a double until 2255,
-- and to_timestamp() rounds to microseconds.
CREATE FUNCTION from_unix_micros(micros bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN to_timestamp(micros / 1e6::double precision);
CREATE FUNCTION unix_micros(at timestamptz) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (extract(epoch FROM at) * 1000000)::bigint;

-- A sum of durations or money that somebody made up stays at the end of what a bigint holds, as it does in the collector; an error would
-- hold up what others sent.
CREATE FUNCTION saturating_add(a bigint, b bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN b > 0 AND a > 9223372036854775807 - b THEN 9223372036854775807
                WHEN b < 0 AND a < -9223372036854775807 - b THEN -9223372036854775807
                ELSE a + b END;
CREATE FUNCTION within_bigint(sum numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN least(greatest(sum, -9223372036854775807), 9223372036854775807)::bigint;

-- Events as they came. One partition a UTC day: events_YYYYMMDD.
CREATE TABLE events (
    ts_ns   bigint NOT NULL,
    id      bigint NOT NULL,
    run     uuid,
    process uuid,
    about   uuid,
    kind    text NOT NULL,
    host    text NOT NULL,
    line    text NOT NULL,
    PRIMARY KEY (ts_ns, id)
) PARTITION BY RANGE (ts_ns);
CREATE INDEX events_run ON events (run);
CREATE INDEX events_process ON events (process) WHERE process IS NOT NULL;
CREATE INDEX events_about ON events (about) WHERE about IS NOT NULL;

-- Events of the batch wire. One partition a UTC day: reports_YYYYMMDD.
CREATE TABLE reports (
    at              timestamptz NOT NULL,
    id              bigint NOT NULL,
    host            varchar(255) NOT NULL,
    session         varchar(255) NOT NULL,
    kind            varchar(32) NOT NULL,
    agent           varchar(255),
    hook            varchar(255),
    decision        varchar(32),
    decision_reason varchar(4096),
    tool            varchar(255),
    working_dir     varchar(4096),
    latency_ms      bigint,
    tier            varchar(32),
    model           varchar(255),
    error_count     bigint,
    success         boolean,
    extra           jsonb,
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

CREATE TABLE transcripts (
    host    varchar(255) NOT NULL,
    session varchar(255) NOT NULL,
    at      timestamptz NOT NULL,
    body    jsonb NOT NULL,
    PRIMARY KEY (host, session)
);
CREATE INDEX transcripts_at ON transcripts (at);

-- What has to be worked out anew: the run, or all runs of the process.
CREATE TABLE unsettled (
    seq     bigserial PRIMARY KEY,
    run     uuid,
    process uuid
);
CREATE INDEX unsettled_run ON unsettled (run) WHERE run IS NOT NULL;
CREATE INDEX unsettled_process ON unsettled (process) WHERE process IS NOT NULL;
-- It is filled and emptied all the time.
ALTER TABLE unsettled SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);

CREATE TABLE runs (
    run                uuid PRIMARY KEY,
    process            uuid,
    host               text NOT NULL,
    session_id         text,
    parent             uuid,
    continues          uuid,
    agent              text,
    platform           text,
    entrypoint         text,
    profile            text,
    model              text,
    provider           text,
    start_ns           bigint NOT NULL,
    start_at           timestamptz NOT NULL GENERATED ALWAYS AS (to_timestamp(start_ns / 1e9::double precision)) STORED,
    end_ns             bigint,
    outcome            text NOT NULL,
    reason             text,
    turns              bigint NOT NULL,
    model_calls        bigint NOT NULL,
    failed_attempts    bigint NOT NULL,
    tool_calls         bigint NOT NULL,
    errors             bigint NOT NULL,
    input_tokens       bigint NOT NULL,
    output_tokens      bigint NOT NULL,
    cache_read_tokens  bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    reasoning_tokens   bigint NOT NULL,
    cost_nanos         bigint,
    cost_status        text NOT NULL,
    priced_part_nanos  bigint,
    -- What it adds to the rollups, to be taken away when it comes to something else.
    cells              text NOT NULL
);
CREATE INDEX runs_start ON runs (start_ns, run);
CREATE INDEX runs_process ON runs (process) WHERE process IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_continues ON runs (start_ns) WHERE continues IS NOT NULL;
CREATE INDEX runs_session ON runs (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX runs_linked ON runs (start_ns) WHERE continues IS NOT NULL;

-- Events that a process says it lost.
CREATE TABLE processes (
    process uuid PRIMARY KEY,
    host    text NOT NULL,
    dropped bigint NOT NULL DEFAULT 0
);

-- What facts are counted by.
CREATE TABLE series (
    id         bigint PRIMARY KEY,
    fact       text NOT NULL,
    kind       text NOT NULL DEFAULT '',
    host       text NOT NULL DEFAULT '',
    agent      text NOT NULL DEFAULT '',
    platform   text NOT NULL DEFAULT '',
    entrypoint text NOT NULL DEFAULT '',
    provider   text NOT NULL DEFAULT '',
    model      text NOT NULL DEFAULT '',
    tier       text NOT NULL DEFAULT '',
    tool       text NOT NULL DEFAULT '',
    hook       text NOT NULL DEFAULT '',
    outcome    text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    status     text NOT NULL DEFAULT '',
    detail     text NOT NULL DEFAULT ''
);

CREATE TABLE rollup_hours (
    at                 timestamptz NOT NULL,
    series             bigint NOT NULL,
    n                  bigint NOT NULL DEFAULT 0,
    errors             bigint NOT NULL DEFAULT 0,
    durations          bigint NOT NULL DEFAULT 0,
    duration_ns        bigint NOT NULL DEFAULT 0,
    first_tokens       bigint NOT NULL DEFAULT 0,
    first_token_ns     bigint NOT NULL DEFAULT 0,
    attempts           bigint NOT NULL DEFAULT 0,
    attempt_ns         bigint NOT NULL DEFAULT 0,
    idles              bigint NOT NULL DEFAULT 0,
    idle_ns            bigint NOT NULL DEFAULT 0,
    messages           bigint NOT NULL DEFAULT 0,
    with_usage         bigint NOT NULL DEFAULT 0,
    input_tokens       bigint NOT NULL DEFAULT 0,
    output_tokens      bigint NOT NULL DEFAULT 0,
    cache_read_tokens  bigint NOT NULL DEFAULT 0,
    cache_write_tokens bigint NOT NULL DEFAULT 0,
    reasoning_tokens   bigint NOT NULL DEFAULT 0,
    cost_nanos         bigint NOT NULL DEFAULT 0,
    rated              bigint NOT NULL DEFAULT 0,
    rated_nanos        bigint NOT NULL DEFAULT 0,
    model_ns           bigint NOT NULL DEFAULT 0,
    tool_ns            bigint NOT NULL DEFAULT 0,
    approval_ns        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (at, series)
);
CREATE TABLE rollup_days (LIKE rollup_hours INCLUDING ALL);

CREATE TABLE latency_hours (
    at      timestamptz NOT NULL,
    series  bigint NOT NULL,
    -- 0 from start to end, 1 to the first token, 2 the answered attempt, 3 between turns.
    measure smallint NOT NULL,
    bucket  smallint NOT NULL,
    n       bigint NOT NULL,
    PRIMARY KEY (at, series, measure, bucket)
);
CREATE TABLE latency_days (LIKE latency_hours INCLUDING ALL);

-- A row of rollups is written over for an hour: room for its next version beside it, so that indexes need not know.
ALTER TABLE rollup_hours SET (fillfactor = 70);
ALTER TABLE rollup_days SET (fillfactor = 70);
ALTER TABLE latency_hours SET (fillfactor = 70);
ALTER TABLE latency_days SET (fillfactor = 70);

CREATE TABLE keys (
    -- Lower-case hex of the SHA-256 of the key's 64 hex characters.
    hash       text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    name       text UNIQUE NOT NULL,
    -- ingest, read, admin; comma-separated.
    scopes     text NOT NULL DEFAULT 'ingest',
    -- The only machine it may send for.
    host       text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    used_at    timestamptz,
    revoked_at timestamptz
);
