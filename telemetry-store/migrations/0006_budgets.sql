-- What was recorded of budgets. The id is of the budget, the period and the threshold, so that a crossing that was told
-- twice is one.

CREATE TABLE budget_event (
    id              INTEGER PRIMARY KEY,
    ts_ns           INTEGER NOT NULL,
    budget          INTEGER NOT NULL REFERENCES name,
    per             INTEGER NOT NULL REFERENCES name,
    period_start_ns INTEGER NOT NULL,
    period_end_ns   INTEGER NOT NULL,
    threshold       INTEGER NOT NULL,
    unit            INTEGER NOT NULL REFERENCES name,
    limit_amount    INTEGER NOT NULL,
    spent_amount    INTEGER NOT NULL,
    unknown_calls   INTEGER NOT NULL,
    model           INTEGER REFERENCES name,
    platform        INTEGER REFERENCES name
) STRICT;

CREATE VIEW tel_budget_events AS
SELECT ts_ns, CAST(NULL AS TEXT) AS run_id, budget.text AS budget, per.text AS per, period_start_ns, period_end_ns,
       model.text AS model, platform.text AS platform, threshold / 100.0 AS threshold,
       CASE unit.text WHEN 'usd_nanos' THEN limit_amount / 1e9 END AS limit_usd,
       CASE unit.text WHEN 'usd_nanos' THEN spent_amount / 1e9 END AS spent_usd,
       CASE unit.text WHEN 'tokens' THEN limit_amount END AS limit_tokens,
       CASE unit.text WHEN 'tokens' THEN spent_amount END AS spent_tokens,
       unknown_calls
FROM budget_event
JOIN name AS budget ON budget.id = budget_event.budget
JOIN name AS per ON per.id = budget_event.per
JOIN name AS unit ON unit.id = budget_event.unit
LEFT JOIN name AS model ON model.id = budget_event.model
LEFT JOIN name AS platform ON platform.id = budget_event.platform;
