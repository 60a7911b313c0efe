-- The names people query. Money columns are null until a price is known: never zero.

CREATE VIEW tel_runs AS
SELECT lower(hex(run.key)) AS run_id,
       lower(hex(root.key)) AS trace_id,
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
       CAST(NULL AS REAL) AS estimated_cost_usd,
       'unknown' AS cost_status,
       1 AS schema_v
FROM run
LEFT JOIN run_root ON run_root.run = run.id
LEFT JOIN run AS root ON root.id = run_root.root
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

-- The root of each run's tree, whose id is the trace id.
CREATE VIEW run_root AS
WITH RECURSIVE climb (run, at, depth) AS (
    SELECT id, id, 0 FROM run
    UNION ALL
    SELECT climb.run, run.parent, depth + 1 FROM climb JOIN run ON run.id = climb.at
    WHERE run.parent IS NOT NULL AND depth < 64
)
SELECT climb.run, climb.at AS root FROM climb JOIN run ON run.id = climb.at WHERE run.parent IS NULL;

CREATE VIEW tel_turns AS
SELECT printf('%016x', turn.span) AS span_id, lower(hex(run.key)) AS run_id, turn.turn_id, model.text AS model,
       turn.start_ns, turn.over_ns AS end_ns, turn.outcome, reason.text AS reason
FROM turn JOIN run ON run.id = turn.run
LEFT JOIN name AS model ON model.id = turn.model
LEFT JOIN name AS reason ON reason.id = turn.reason;

CREATE VIEW tel_model_calls AS
SELECT printf('%016x', m.span) AS span_id, lower(hex(run.key)) AS run_id, printf('%016x', m.turn) AS turn_span_id,
       m.ts_ns, provider.text AS provider, model.text AS model, coalesce(answered.text, model.text) AS response_model,
       base_url.text AS base_url, api_mode.text AS api_mode,
       m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, m.reasoning_tokens,
       m.start_ns, m.latency_ns / 1e6 AS latency_ms, m.attempt_ns / 1e6 AS attempt_ms, m.ttft_ns / 1e6 AS ttft_ms,
       CAST(NULL AS REAL) AS estimated_cost_usd, 'unknown' AS cost_status, CAST(NULL AS TEXT) AS cost_source,
       finish.text AS end_reason, m.retries AS retry_count
FROM model_call AS m JOIN run ON run.id = m.run
LEFT JOIN name AS provider ON provider.id = m.provider
LEFT JOIN name AS model ON model.id = m.model
LEFT JOIN name AS answered ON answered.id = m.response_model
LEFT JOIN name AS base_url ON base_url.id = m.base_url
LEFT JOIN name AS api_mode ON api_mode.id = m.api_mode
LEFT JOIN name AS finish ON finish.id = m.finish_reason;

CREATE VIEW tel_attempts AS
SELECT printf('%016x', a.span) AS call_span_id, lower(hex(run.key)) AS run_id, a.ts_ns, a.attempt,
       provider.text AS provider, model.text AS model, base_url.text AS base_url, a.class AS error_class,
       reason.text AS reason, error_type.text AS error_type, a.status_code, a.exhausted, a.recovery,
       a.elapsed_ns / 1e6 AS elapsed_ms, a.attempt_ns / 1e6 AS attempt_ms
FROM attempt_failed AS a JOIN run ON run.id = a.run
LEFT JOIN name AS provider ON provider.id = a.provider
LEFT JOIN name AS model ON model.id = a.model
LEFT JOIN name AS base_url ON base_url.id = a.base_url
LEFT JOIN name AS reason ON reason.id = a.reason
LEFT JOIN name AS error_type ON error_type.id = a.error_type;

CREATE VIEW tel_tool_calls AS
SELECT printf('%016x', t.span) AS span_id, lower(hex(run.key)) AS run_id, printf('%016x', t.turn) AS turn_span_id,
       CASE WHEN t.call IS NOT NULL THEN printf('%016x', t.call) END AS call_span_id,
       t.ts_ns, tool.text AS tool_name, t.tool_call_id,
       CAST(NULL AS TEXT) AS backend, t.duration_ns / 1e6 AS duration_ms, t.status AS result_class,
       error_type.text AS error_type, 0 AS retry_count,
       (SELECT choice.text FROM approval JOIN name AS choice ON choice.id = approval.choice
        WHERE approval.run = t.run AND approval.turn = t.turn AND approval.tool_call_id = t.tool_call_id
        ORDER BY approval.answered_ns DESC LIMIT 1) AS approval
FROM tool_call AS t JOIN run ON run.id = t.run JOIN name AS tool ON tool.id = t.tool
LEFT JOIN name AS error_type ON error_type.id = t.error_type;

CREATE VIEW tel_approvals AS
SELECT printf('%016x', a.span) AS span_id, lower(hex(run.key)) AS run_id, printf('%016x', a.turn) AS turn_span_id,
       a.tool_call_id, surface.text AS surface, a.asked_ns, a.answered_ns, choice.text AS choice,
       a.wait_ns / 1e6 AS wait_ms
FROM approval AS a JOIN run ON run.id = a.run
LEFT JOIN name AS surface ON surface.id = a.surface
LEFT JOIN name AS choice ON choice.id = a.choice;

CREATE VIEW tel_subagents AS
SELECT lower(hex(child.key)) AS child_run_id, lower(hex(parent.key)) AS parent_run_id,
       CASE WHEN s.turn IS NOT NULL THEN printf('%016x', s.turn) END AS turn_span_id, s.subagent_id,
       role.text AS role, s.start_ns, s.end_ns, status.text AS status, s.duration_ns / 1e6 AS duration_ms
FROM subagent AS s JOIN run AS child ON child.id = s.child JOIN run AS parent ON parent.id = s.parent
LEFT JOIN name AS role ON role.id = s.role
LEFT JOIN name AS status ON status.id = s.status;

-- Runs are made once and looked up by their ids; joined as a view they would be searched whole for every span.
CREATE VIEW tel_spans AS
WITH traced AS MATERIALIZED (SELECT run_id, trace_id FROM tel_runs)
SELECT substr(run_id, 17) AS span_id, trace_id, run_id, substr(parent_run_id, 17) AS parent_span_id,
       coalesce(session_id, run_id) AS name, 'run' AS kind, start_ns, end_ns, outcome AS status,
       json_object('entrypoint', entrypoint, 'platform', platform, 'reason', reason) AS attrs_json
FROM tel_runs
UNION ALL
SELECT t.span_id, r.trace_id, t.run_id, substr(t.run_id, 17), 'turn', 'turn', t.start_ns, t.end_ns, t.outcome,
       json_object('turn_id', t.turn_id, 'model', t.model, 'reason', t.reason)
FROM tel_turns AS t JOIN traced AS r USING (run_id)
UNION ALL
SELECT m.span_id, r.trace_id, m.run_id, m.turn_span_id, coalesce(m.model, 'model'), 'model_call',
       coalesce(m.start_ns, m.ts_ns), m.ts_ns, 'ok',
       json_object('provider', m.provider, 'input_tokens', m.input_tokens, 'output_tokens', m.output_tokens,
                   'cache_read_tokens', m.cache_read_tokens, 'cache_write_tokens', m.cache_write_tokens,
                   'finish_reason', m.end_reason)
FROM tel_model_calls AS m JOIN traced AS r USING (run_id)
UNION ALL
SELECT printf('%016x', a.id), r.trace_id, r.run_id, printf('%016x', a.turn), 'attempt', 'attempt',
       a.ts_ns - coalesce(a.attempt_ns, 0), a.ts_ns, 'error',
       json_object('error_class', a.class, 'status_code', a.status_code, 'attempt', a.attempt,
                   'recovery', a.recovery)
FROM attempt_failed AS a JOIN run ON run.id = a.run JOIN traced AS r ON r.run_id = lower(hex(run.key))
UNION ALL
SELECT t.span_id, r.trace_id, t.run_id, t.turn_span_id, t.tool_name, 'tool_call',
       t.ts_ns - coalesce(CAST(t.duration_ms * 1e6 AS INTEGER), 0), t.ts_ns, t.result_class,
       json_object('tool_call_id', t.tool_call_id, 'error_type', t.error_type)
FROM tel_tool_calls AS t JOIN traced AS r USING (run_id)
UNION ALL
SELECT a.span_id, r.trace_id, a.run_id, a.turn_span_id, 'approval', 'approval', coalesce(a.asked_ns, a.answered_ns),
       a.answered_ns, coalesce(a.choice, 'open'), json_object('surface', a.surface, 'tool_call_id', a.tool_call_id)
FROM tel_approvals AS a JOIN traced AS r USING (run_id);

CREATE VIEW tel_gateway_events AS
SELECT e.ts_ns, nullif(lower(hex(run.key)), '') AS run_id, platform.text AS platform, direction.text AS direction,
       result.text AS result, e.voice, e.attachments
FROM gateway_event AS e LEFT JOIN run ON run.id = e.run
LEFT JOIN name AS platform ON platform.id = e.platform
JOIN name AS direction ON direction.id = e.direction
JOIN name AS result ON result.id = e.result;

CREATE VIEW tel_cron_events AS
SELECT e.ts_ns, nullif(lower(hex(run.key)), '') AS run_id, kind.text AS kind, result.text AS result
FROM cron_event AS e LEFT JOIN run ON run.id = e.run
JOIN name AS kind ON kind.id = e.kind LEFT JOIN name AS result ON result.id = e.result;

CREATE VIEW tel_skill_events AS
SELECT e.ts_ns, nullif(lower(hex(run.key)), '') AS run_id, action.text AS action, skill.text AS skill_name, result.text AS result
FROM skill_event AS e LEFT JOIN run ON run.id = e.run
JOIN name AS action ON action.id = e.action LEFT JOIN name AS skill ON skill.id = e.skill_name
JOIN name AS result ON result.id = e.result;

CREATE VIEW tel_memory_events AS
SELECT e.ts_ns, nullif(lower(hex(run.key)), '') AS run_id, action.text AS action, result.text AS result
FROM memory_event AS e LEFT JOIN run ON run.id = e.run
JOIN name AS action ON action.id = e.action JOIN name AS result ON result.id = e.result;

CREATE VIEW tel_feedback_events AS
SELECT e.ts_ns, nullif(lower(hex(run.key)), '') AS run_id, kind.text AS kind
FROM feedback_event AS e LEFT JOIN run ON run.id = e.run JOIN name AS kind ON kind.id = e.kind;

CREATE VIEW tel_error_events AS
SELECT a.ts_ns, lower(hex(run.key)) AS run_id, a.class AS error_class, 'provider' AS subsystem, a.recovery,
       reason.text AS reason
FROM attempt_failed AS a JOIN run ON run.id = a.run LEFT JOIN name AS reason ON reason.id = a.reason
UNION ALL
SELECT t.ts_ns, lower(hex(run.key)), CASE t.status WHEN 'timeout' THEN 'tool_timeout' ELSE 'tool_error' END, 'tool',
       'reported', error_type.text
FROM tool_call AS t JOIN run ON run.id = t.run LEFT JOIN name AS error_type ON error_type.id = t.error_type
WHERE t.status IN ('error', 'timeout');
