-- What calls cost. Amounts are whole nano-dollars (10^-9 US dollars).

-- How calls were priced. Of thousands of calls a few differ in it, so a call names it by one number.
CREATE TABLE pricing (
    id              INTEGER PRIMARY KEY,
    -- On what terms a call was made, as the host says.
    service_tier    INTEGER REFERENCES name,
    batch           INTEGER NOT NULL,
    included        INTEGER NOT NULL,
    -- The answer, in the words of docs/prices.md.
    status          TEXT NOT NULL,
    source          TEXT NOT NULL,
    -- Which rates; null where there are none, and then why.
    version         TEXT,
    unpriced        TEXT,
    -- Buckets with tokens and without a rate; null where all have one.
    missing         TEXT,
    priced_provider TEXT,
    priced_model    TEXT
) STRICT;
CREATE INDEX pricing_by_answer ON pricing (priced_model, version, service_tier);

-- Null while a call is not priced: written by an older version, whose rows the next indexing prices.
ALTER TABLE model_call ADD COLUMN pricing INTEGER REFERENCES pricing;
-- What has to be paid; null when unknown.
ALTER TABLE model_call ADD COLUMN amount_nanos INTEGER;
-- The tokens that have a rate, at their rates, where that is not the amount: beside what the provider said, beside a plan, and
-- instead of an unknown amount.
ALTER TABLE model_call ADD COLUMN rated_nanos INTEGER;
-- What the provider said, where that is not the amount: beside a plan.
ALTER TABLE model_call ADD COLUMN reported_nanos INTEGER;
-- The part of the cache writes that is kept for an hour; null for none.
ALTER TABLE model_call ADD COLUMN cache_write_1h_tokens INTEGER;
CREATE INDEX model_call_unpriced ON model_call (run) WHERE pricing IS NULL;

-- The top of the run's tree; null for a run that is its own.
ALTER TABLE run ADD COLUMN root INTEGER REFERENCES run;
-- Sums over the run's own calls: known amounts, priced parts of unknown ones, and what those of a plan would have cost.
ALTER TABLE run ADD COLUMN paid_nanos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN priced_part_nanos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN included_nanos INTEGER NOT NULL DEFAULT 0;
-- How many of its calls have which status; the rest are unknown.
ALTER TABLE run ADD COLUMN actual_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN estimated_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN included_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN known_calls INTEGER AS (actual_calls + estimated_calls + included_calls) VIRTUAL;
-- A sum is as well known as its least known part; of a run that asked no model nothing is known.
ALTER TABLE run ADD COLUMN cost_status TEXT AS (
    CASE WHEN model_calls = 0 OR known_calls < model_calls THEN 'unknown'
         WHEN estimated_calls > 0 THEN 'estimated' WHEN actual_calls > 0 THEN 'actual' ELSE 'included' END
) VIRTUAL;
CREATE INDEX run_by_root ON run (root) WHERE root IS NOT NULL;
UPDATE run SET root = run_root.root FROM run_root
WHERE run_root.run = run.id AND run.parent IS NOT NULL AND run_root.root <> run.id;

-- With which rates calls were priced, and how many of them.
CREATE TABLE price_book (
    rates  INTEGER PRIMARY KEY,
    calls  INTEGER NOT NULL,
    -- How many there were when a re-pricing began that has not come to its end; it takes them away.
    before INTEGER NOT NULL DEFAULT 0
) STRICT;
-- How far a re-pricing is: the last call it looked at. There is one, or none is under way.
CREATE TABLE repricing (
    rates INTEGER NOT NULL,
    run   INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL,
    span  INTEGER NOT NULL
) STRICT;

-- The names people query, with money. `total` and not `sum`, which fails where a sum is too large.
DROP VIEW tel_runs;
DROP VIEW run_root;
CREATE VIEW tel_runs AS
SELECT lower(hex(run.key)) AS run_id,
       lower(hex(coalesce(root.key, run.key))) AS trace_id,
       run.session AS session_id,
       profile.text AS profile_id,
       host.text AS host,
       entrypoint.text AS entrypoint,
       platform.text AS platform,
       model.text AS model,
       run.start_ns, run.end_ns,
       end_reason.text AS end_reason,
       run.outcome,
       reason.text AS reason,
       nullif(lower(hex(parent.key)), '') AS parent_run_id,
       nullif(lower(hex(continues.key)), '') AS continues_run_id,
       run.turns AS turn_count,
       run.model_calls AS model_call_count,
       run.failed_attempts AS failed_attempt_count,
       run.tool_calls AS tool_call_count,
       run.errors AS error_count,
       run.input_tokens, run.output_tokens, run.cache_read_tokens, run.cache_write_tokens, run.reasoning_tokens,
       CASE WHEN run.cost_status <> 'unknown' THEN run.paid_nanos / 1e9 END AS estimated_cost_usd,
       run.cost_status,
       1 AS schema_v,
       CASE WHEN run.cost_status <> 'unknown' THEN run.paid_nanos END AS cost_nanos,
       -- What is known of a cost that is unknown.
       CASE WHEN run.cost_status = 'unknown'
            THEN nullif(min(run.paid_nanos + run.priced_part_nanos, 9000000000000000000), 0) END AS priced_part_nanos,
       CASE WHEN run.included_calls > 0 THEN run.included_nanos END AS included_equivalent_nanos,
       run.model_calls - run.known_calls AS unknown_cost_calls,
       -- With all of its subagents.
       (WITH RECURSIVE below (id) AS (
            SELECT run.id UNION SELECT child.id FROM below JOIN run AS child ON child.parent = below.id)
        SELECT CASE WHEN sum(r.model_calls) > 0 AND sum(r.known_calls) = sum(r.model_calls)
                    THEN CAST(total(r.paid_nanos) AS INTEGER) END
        FROM below JOIN run AS r ON r.id = below.id) AS tree_cost_nanos,
       (WITH RECURSIVE below (id) AS (
            SELECT run.id UNION SELECT child.id FROM below JOIN run AS child ON child.parent = below.id)
        SELECT CASE WHEN sum(r.model_calls) = 0 OR sum(r.known_calls) < sum(r.model_calls) THEN 'unknown'
                    WHEN sum(r.estimated_calls) > 0 THEN 'estimated'
                    WHEN sum(r.actual_calls) > 0 THEN 'actual' ELSE 'included' END
        FROM below JOIN run AS r ON r.id = below.id) AS tree_cost_status,
       (WITH RECURSIVE below (id) AS (
            SELECT run.id UNION SELECT child.id FROM below JOIN run AS child ON child.parent = below.id)
        SELECT CASE WHEN sum(r.known_calls) < sum(r.model_calls)
                    THEN nullif(CAST(total(r.paid_nanos) + total(r.priced_part_nanos) AS INTEGER), 0) END
        FROM below JOIN run AS r ON r.id = below.id) AS tree_priced_part_nanos
FROM run
LEFT JOIN run AS root ON root.id = run.root
LEFT JOIN run AS parent ON parent.id = run.parent
LEFT JOIN run AS continues ON continues.id = run.continues
LEFT JOIN name AS host ON host.id = run.host
LEFT JOIN name AS profile ON profile.id = run.profile
LEFT JOIN name AS entrypoint ON entrypoint.id = run.entrypoint
LEFT JOIN name AS platform ON platform.id = run.platform
LEFT JOIN name AS model ON model.id = run.model
LEFT JOIN name AS reason ON reason.id = run.reason
LEFT JOIN name AS end_reason ON end_reason.id = run.end_reason
WHERE run.start_ns IS NOT NULL;

DROP VIEW tel_model_calls;
CREATE VIEW tel_model_calls AS
SELECT printf('%016x', m.span) AS span_id, lower(hex(run.key)) AS run_id, printf('%016x', m.turn) AS turn_span_id,
       m.ts_ns, provider.text AS provider, model.text AS model, coalesce(answered.text, model.text) AS response_model,
       base_url.text AS base_url, api_mode.text AS api_mode,
       m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, m.reasoning_tokens,
       m.start_ns, m.latency_ns / 1e6 AS latency_ms, m.attempt_ns / 1e6 AS attempt_ms, m.ttft_ns / 1e6 AS ttft_ms,
       m.amount_nanos / 1e9 AS estimated_cost_usd, coalesce(pricing.status, 'unknown') AS cost_status,
       coalesce(pricing.source, 'none') AS cost_source, finish.text AS end_reason, m.retries AS retry_count,
       m.cache_write_1h_tokens, m.amount_nanos AS cost_nanos,
       CASE pricing.status WHEN 'actual' THEN m.amount_nanos ELSE m.reported_nanos END AS reported_cost_nanos,
       CASE pricing.status WHEN 'estimated' THEN m.amount_nanos WHEN 'unknown' THEN NULL ELSE m.rated_nanos END
           AS estimate_nanos,
       CASE pricing.status WHEN 'unknown' THEN m.rated_nanos END AS priced_part_nanos,
       pricing.missing AS unpriced_buckets, pricing.unpriced AS unpriced_reason, pricing.version AS price_version,
       pricing.priced_provider || '/' || pricing.priced_model AS priced_as,
       tier.text AS service_tier, coalesce(pricing.batch, 0) AS batch
FROM model_call AS m JOIN run ON run.id = m.run JOIN endpoint ON endpoint.id = m.endpoint
LEFT JOIN name AS provider ON provider.id = endpoint.provider
LEFT JOIN name AS model ON model.id = endpoint.model
LEFT JOIN name AS answered ON answered.id = endpoint.response_model
LEFT JOIN name AS base_url ON base_url.id = endpoint.base_url
LEFT JOIN name AS api_mode ON api_mode.id = endpoint.api_mode
LEFT JOIN name AS finish ON finish.id = m.finish_reason
LEFT JOIN pricing ON pricing.id = m.pricing
LEFT JOIN name AS tier ON tier.id = pricing.service_tier;
