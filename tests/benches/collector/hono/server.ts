// A stand-in for the collector that the batch wire comes from, whose code is not to be had: Hono under Bun, PostgreSQL, a
// statement for each batch, and an index for each thing that its boards ask by, because it has no rollups. Ours in words of our own;
// what it has in common with the original is the wire, the kind and the number of indexes.
//
// The original (Bun 1.4.5, Hono, PostgreSQL 15 with fsync off, two cores, 17 indexes, batches of 100 by 8 connections, 20 s) was measured to take
// 26,000 events/s with p50 29 ms, p99 68 ms and 77 MB. How far from that this one comes out says how much faster or slower
// a machine is than that one was.
//
//     npm ci --prefix tests/benches/collector/hono
//     DATABASE_URL=postgres://... PORT=3000 tests/benches/collector/hono/node_modules/.bin/bun tests/benches/collector/hono/server.ts

import { SQL } from "bun";
import { Hono } from "hono";
import { z } from "zod";

const sql = new SQL(process.env.DATABASE_URL!, { max: 10 });

await sql.unsafe(`
  CREATE TABLE IF NOT EXISTS api_keys (hash text PRIMARY KEY, name text NOT NULL, revoked_at timestamptz);
  CREATE TABLE IF NOT EXISTS telemetry_events (
    id bigserial PRIMARY KEY, host_id varchar(255) NOT NULL, session_id varchar(255) NOT NULL, event_type varchar(32) NOT NULL,
    agent_name varchar(255), hook_name varchar(255), decision varchar(32), decision_reason text, tool_name varchar(255),
    working_dir text, latency_ms integer, model_tier varchar(32), model_name varchar(255), error_count integer, success boolean,
    occurred_at timestamptz NOT NULL, extra_data jsonb, created_at timestamptz NOT NULL DEFAULT now());
`);
// With the primary key they are 17: what a board filters and groups by, alone, and beside the time where it draws over time.
const INDEXES = [
  "host_id", "session_id", "event_type", "agent_name", "hook_name", "decision", "tool_name", "model_name", "model_tier", "success",
  "created_at", "occurred_at", "host_id, occurred_at", "event_type, occurred_at", "agent_name, occurred_at", "decision, occurred_at",
];
for (const [number, columns] of INDEXES.entries()) {
  await sql.unsafe(`CREATE INDEX IF NOT EXISTS telemetry_events_${number} ON telemetry_events (${columns})`);
}

const text = (most: number) => z.string().max(most).nullish();
const event = z.object({
  hostId: z.string().min(1).max(255),
  sessionId: z.string().min(1).max(255),
  eventType: z.enum(["agent_execution", "hook_decision", "error", "escalation", "commit"]),
  agentName: text(255),
  hookName: text(255),
  decision: z.enum(["APPROVED", "DENIED", "CONFIRMED", "DECLINED", "OK", "BLOCK"]).nullish(),
  decisionReason: text(4096),
  toolName: text(255),
  workingDir: text(4096),
  latencyMs: z.number().int().nonnegative().nullish(),
  modelTier: z.enum(["haiku", "sonnet", "opus"]).nullish(),
  modelName: text(255),
  errorCount: z.number().int().nonnegative().nullish(),
  success: z.boolean().nullish(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  extraData: z.record(z.string(), z.unknown()).nullish(),
});
const batch = z.object({ events: z.array(event).min(1).max(100) });

const app = new Hono();

app.get("/api/v1/health", (c) => c.json({ status: "ok" }));

app.use("/api/v1/telemetry/*", async (c, next) => {
  const hash = new Bun.CryptoHasher("sha256").update(c.req.header("X-API-Key") ?? "").digest("hex");
  const known = await sql`SELECT name FROM api_keys WHERE hash = ${hash} AND revoked_at IS NULL`;
  if (known.length === 0) return c.json({ error: "unknown key" }, 401);
  await next();
});

app.post("/api/v1/telemetry/batch", async (c) => {
  const read = batch.safeParse(await c.req.json().catch(() => null));
  if (!read.success) return c.json({ error: read.error.issues }, 400);
  const rows = read.data.events.map((one) => ({
    host_id: one.hostId,
    session_id: one.sessionId,
    event_type: one.eventType,
    agent_name: one.agentName ?? null,
    hook_name: one.hookName ?? null,
    decision: one.decision ?? null,
    decision_reason: one.decisionReason ?? null,
    tool_name: one.toolName ?? null,
    working_dir: one.workingDir ?? null,
    latency_ms: one.latencyMs ?? null,
    model_tier: one.modelTier ?? null,
    model_name: one.modelName ?? null,
    error_count: one.errorCount ?? null,
    success: one.success ?? null,
    occurred_at: one.timestamp ? new Date(one.timestamp) : new Date(),
    extra_data: one.extraData ?? null,
  }));
  await sql`INSERT INTO telemetry_events ${sql(rows)}`;
  return c.json({ accepted: rows.length });
});

export default { hostname: "127.0.0.1", port: Number(process.env.PORT), fetch: app.fetch };
