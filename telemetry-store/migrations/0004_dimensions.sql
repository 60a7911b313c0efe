-- More of what facts are grouped by: what started a process, what kind of work a run is, which set a tool is in.

ALTER TABLE process ADD COLUMN command INTEGER REFERENCES name;
-- Derived from parent, entrypoint and command whenever one of them becomes known.
ALTER TABLE run ADD COLUMN kind INTEGER REFERENCES name;
ALTER TABLE tool_call ADD COLUMN toolset INTEGER REFERENCES name;

-- What was written before, as far as the surface tells; the rest is known once the log is read anew.
INSERT OR IGNORE INTO name (text)
SELECT column1 FROM (VALUES ('interactive'), ('cron'), ('batch'), ('gateway'), ('subagent'))
WHERE EXISTS (SELECT 1 FROM run);
UPDATE run SET kind = (SELECT id FROM name WHERE text =
    CASE WHEN run.parent IS NOT NULL THEN 'subagent' ELSE
        (SELECT CASE WHEN text IN ('subagent', 'cron', 'batch') THEN text
                     WHEN text IN ('gateway', 'webhook', 'api') THEN 'gateway'
                     WHEN text IN ('tui', 'acp') THEN 'interactive' END
         FROM name WHERE id = run.entrypoint)
    END);

-- `total` and not `sum`, which fails where a sum is too large.
DROP VIEW IF EXISTS tel_runs;
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
        FROM below JOIN run AS r ON r.id = below.id) AS tree_priced_part_nanos,
       command.text AS command,
       kind.text AS kind
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
LEFT JOIN process ON process.id = run.process
LEFT JOIN name AS command ON command.id = process.command
LEFT JOIN name AS kind ON kind.id = run.kind
WHERE run.start_ns IS NOT NULL;

DROP VIEW tel_tool_calls;
CREATE VIEW tel_tool_calls AS
SELECT printf('%016x', t.span) AS span_id, lower(hex(run.key)) AS run_id, printf('%016x', t.turn) AS turn_span_id,
       CASE WHEN t.call IS NOT NULL THEN printf('%016x', t.call) END AS call_span_id,
       t.ts_ns, tool.text AS tool_name, t.tool_call_id,
       CAST(NULL AS TEXT) AS backend, t.duration_ns / 1e6 AS duration_ms, t.status AS result_class,
       error_type.text AS error_type, 0 AS retry_count,
       (SELECT choice.text FROM approval JOIN name AS choice ON choice.id = approval.choice
        WHERE approval.run = t.run AND approval.turn = t.turn AND approval.tool_call_id = t.tool_call_id
        ORDER BY approval.answered_ns DESC LIMIT 1) AS approval,
       toolset.text AS toolset
FROM tool_call AS t JOIN run ON run.id = t.run JOIN name AS tool ON tool.id = t.tool
LEFT JOIN name AS error_type ON error_type.id = t.error_type
LEFT JOIN name AS toolset ON toolset.id = t.toolset;
