// The routes of the server, and why one did not answer.

import { USUAL, FILTERS } from "./address.js";
import { key } from "./key.js";

const PATIENCE_MS = 60_000;

/** Why there is no answer. `status` is that of HTTP; 0 where nobody answered. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(title);
    Object.assign(this, { status, title, detail });
  }
}

/** Asks a route; its document. */
export const ask = async (route, parameters, signal) => {
  const said = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters))
    for (const value of [values].flat()) if (value) said.append(name, value);
  const headers = { accept: "application/json" };
  if (key()) headers["x-api-key"] = key();
  const until = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const asked = { headers, signal: until, cache: "no-store", credentials: "omit", redirect: "error" };
  let answer;
  try {
    answer = await fetch(`api/v1/${route}?${said}`, asked);
    if (answer.ok) return await answer.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(0, "The server cannot be reached", "What is shown is what it said last.");
  }
  const told = await answer.json().catch(() => ({}));
  throw new Problem(answer.status, told.title ?? answer.statusText, told.detail ?? "");
};

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The window and the filters of a place, as a route takes them. */
export const asked = where => {
  const since = where.since ?? (where.until ? "all" : USUAL);
  const filters = Object.fromEntries(FILTERS.map(name => [name, where[name]]));
  return { since: since === "all" ? null : since, until: where.until, tz: where.tz ?? zone, ...filters };
};
