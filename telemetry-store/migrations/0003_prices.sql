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

-- The names people query, with money. tel_runs is made by the next step, which has more for it.
DROP VIEW tel_runs;
DROP VIEW run_root;
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
