// The form of the filters: it shows what the address says, and what is chosen in it goes into the address.

import { FILTERS, USUAL, addressOf, go, place } from "./address.js";
import { h } from "./dom.js";
import { plain } from "./words.js";

const SPANS = [["1h", "1 h"], ["24h", "24 h"], ["7d", "7 d"], ["30d", "30 d"], ["90d", "90 d"], ["all", "All"], ["dates", "Dates"]];
const LONG = { "1h": "last hour", "24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", "90d": "last 90 days", all: "all time", dates: "between dates" };
const OUTCOMES = ["completed", "errored", "timed_out", "limited", "interrupted", "reset", "compressed", "unknown", "running"];
const LABELS = { host: "Machine", agent: "Agent", model: "Model", provider: "Provider", outcome: "Outcome" };

const form = document.getElementById("filters");
const dates = document.getElementById("dates");

const spanOf = where => {
  const since = where.since ?? (where.until ? "dates" : USUAL);
  return SPANS.some(([span]) => span === since) && !where.until ? since : "dates";
};

/** What the form says; another window or filter begins the list anew. */
const chosen = () => {
  const said = new FormData(form);
  const { view, run, tz } = place();
  const where = { view, run, tz };
  if (said.get("span") === "dates") Object.assign(where, { since: said.get("since"), until: said.get("until") });
  else where.since = said.get("span");
  for (const name of FILTERS) where[name] = said.get(name);
  return where;
};

form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("change", event => {
  const isDates = new FormData(form).get("span") === "dates";
  dates.hidden = !isDates;
  // Between dates there is nothing to ask before one is given.
  if (event.target.name === "span" && isDates && !form.since.value && !form.until.value) form.since.focus();
  else go(addressOf(chosen()));
});

const option = (value, label, selected) => h("option", { value, selected }, label);

const select = (name, known, value) => {
  // What the address says is offered though it may be known no more.
  const values = value && !known.includes(value) ? [value, ...known] : known;
  const choices = values.map(one => option(one, plain(one), one === value));
  return h("label", { class: value ? "set" : null },
    h("span", null, LABELS[name]), h("select", { name, id: `filter-${name}` }, option("", "all", !value), choices));
};

/** Shows a place in the form; `names` is what there is to choose from. */
export const showFilters = (where, names) => {
  const focused = form.contains(document.activeElement) ? document.activeElement.id : "";
  const span = spanOf(where);
  const radio = ([value, label]) => h("label", null,
    h("input", { type: "radio", name: "span", id: `span-${value}`, value, checked: value === span, title: LONG[value] }), label);
  document.getElementById("spans").replaceChildren(...SPANS.map(radio));
  dates.hidden = span !== "dates";
  const day = text => (/^\d{4}-\d\d-\d\d/.test(text ?? "") ? text.slice(0, 10) : "");
  form.since.value = day(where.since);
  form.until.value = day(where.until);
  const known = { host: names.hosts, agent: names.agents, model: names.models, provider: names.providers, outcome: OUTCOMES };
  // One machine has no other to choose.
  const offered = FILTERS.filter(name => name !== "host" || names.hosts.length > 0 || where.host);
  document.getElementById("names").replaceChildren(...offered.map(name => select(name, known[name], where[name])));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
};
