-- The role that Grafana asks as: whoever may edit a panel can send any SQL with it. It reads what boards are made of, and neither
-- events, reports, transcripts nor keys, and it writes nothing. May be run again at any time, by the owner of the tables:
--
--   GRAFANA_DATABASE_PASSWORD=... psql --file role.sql "$DATABASE_URL"
\set ON_ERROR_STOP on
\getenv password GRAFANA_DATABASE_PASSWORD
SELECT 'CREATE ROLE telemetry_boards LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'telemetry_boards') \gexec
ALTER ROLE telemetry_boards PASSWORD :'password';
ALTER ROLE telemetry_boards SET default_transaction_read_only = on;
-- A question that goes on for longer is asked by mistake.
ALTER ROLE telemetry_boards SET statement_timeout = '30s';
GRANT SELECT ON series, rollup_hours, rollup_days, latency_hours, latency_days, runs TO telemetry_boards;
