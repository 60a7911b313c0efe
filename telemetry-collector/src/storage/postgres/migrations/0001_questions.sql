-- What Grafana's boards, and whoever writes SQL, ask the rollups with. They are inlined into the question, so it uses the indexes.

-- The first midnight of UTC from a moment on.
CREATE FUNCTION midnight_from(moment timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN date_trunc('day', moment + interval '24 hours' - interval '1 microsecond', 'UTC');

-- Sums of the hours that begin in [since, until): whole days of UTC by day, and the rest by hour.
CREATE FUNCTION sums_between(since timestamptz, until timestamptz) RETURNS SETOF rollup_hours
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM rollup_days WHERE at >= midnight_from(since) AND at < date_trunc('day', until, 'UTC')
    UNION ALL
    SELECT * FROM rollup_hours WHERE at >= since AND at < LEAST(until, midnight_from(since))
    UNION ALL
    SELECT * FROM rollup_hours
    WHERE at >= GREATEST(midnight_from(since), date_trunc('day', until, 'UTC')) AND at < until
$$;

-- Sums over time in steps of so many milliseconds: of the hours that begin in [since, until), or of the days once a step is one.
CREATE FUNCTION sums_each(since timestamptz, until timestamptz, step_ms bigint) RETURNS SETOF rollup_hours
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM rollup_hours WHERE step_ms < 86400000 AND at >= since AND at < until
    UNION ALL
    SELECT * FROM rollup_days WHERE step_ms >= 86400000 AND at >= since AND at < until
$$;

-- Latencies of a window, as `sums_between` has its sums.
CREATE FUNCTION latencies_between(since timestamptz, until timestamptz) RETURNS SETOF latency_hours
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM latency_days WHERE at >= midnight_from(since) AND at < date_trunc('day', until, 'UTC')
    UNION ALL
    SELECT * FROM latency_hours WHERE at >= since AND at < LEAST(until, midnight_from(since))
    UNION ALL
    SELECT * FROM latency_hours
    WHERE at >= GREATEST(midnight_from(since), date_trunc('day', until, 'UTC')) AND at < until
$$;

-- Latencies over time, as `sums_each` has its sums.
CREATE FUNCTION latencies_each(since timestamptz, until timestamptz, step_ms bigint) RETURNS SETOF latency_hours
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT * FROM latency_hours WHERE step_ms < 86400000 AND at >= since AND at < until
    UNION ALL
    SELECT * FROM latency_days WHERE step_ms >= 86400000 AND at >= since AND at < until
$$;
