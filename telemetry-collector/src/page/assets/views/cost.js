// What it cost: over time, and by model, agent, machine and provider.

import { columns } from "../charts/columns.js";
import { as, table } from "../charts/frame.js";
import { PLAIN, REST } from "../charts/mark.js";
import { meter } from "../charts/small.js";
import { exact, h } from "../dom.js";
import { dollars, named, percent, plain, short, whole } from "../words.js";
import { MOST, more, part } from "./part.js";

const GROUPS = [["model", "By model"], ["agent", "By agent"], ["host", "By machine"], ["provider", "By provider"]];

const tokensOf = ({ tokens }) => tokens && tokens.input + tokens.output + tokens.cache_read + tokens.cache_write;
const amount = group => group.cost?.total_usd ?? null;
const dearest = groups => groups.map((group, at) => ({ group, at })).sort((one, other) => (amount(other.group) ?? -1) - (amount(one.group) ?? -1));

/** By model where the answer has it, for the models that cost most; else in all. */
const series = ({ insights, slots }) => {
  const pairs = insights.by[`${slots.step},model`];
  if (!pairs) return [{ name: "spend", mark: PLAIN[0], values: slots.values(amount) }];
  const models = dearest(insights.by.model).filter(({ group }) => amount(group) > 0).map(({ group }) => group.key);
  const first = models.slice(0, PLAIN.length);
  const of = model => slots.values(amount, pairs.filter(({ keys }) => keys[1] === model));
  const each = first.map((model, at) => ({ name: plain(model), mark: PLAIN[at], values: of(model) }));
  if (models.length === first.length) return each;
  const others = models.slice(first.length).map(of);
  const rest = slots.all.map((_, at) => others.reduce((sum, values) => sum + (values[at] ?? 0), 0));
  return [...each, { name: `${models.length - first.length} more`, mark: REST, values: rest }];
};

const grouped = (insights, by, heading) => {
  const groups = (insights.by[by] ?? []).filter(group => group.model_calls > 0);
  if (groups.length === 0) return null;
  const whole_usd = insights.cost.total_usd;
  const rows = dearest(insights.by[by]).filter(({ group }) => group.model_calls > 0).slice(0, MOST).map(({ group, at }) => {
    const { cost, model_calls: calls } = group;
    const part = whole_usd > 0 && cost?.total_usd !== null ? cost.total_usd / whole_usd : null;
    const path = `by.${by}.${at}`;
    return [named(group.key), [meter(part), percent(part)], exact(`${path}.cost.total_usd`, amount(group), dollars(amount(group))),
      cost?.unknown_calls > 0 ? whole(cost.unknown_calls) : "", exact(`${path}.model_calls`, calls, whole(calls)), short(tokensOf(group))];
  });
  return [h("h3", null, heading), table(`cost-${by}`, `cost ${heading.toLowerCase()}`,
    [by === "host" ? "machine" : by, as("share", "share"), "cost", "unpriced", "calls", "tokens"], rows), more(groups.length)];
};

export const cost = of => part("cost", "What it cost",
  columns({ id: "cost-over-time", title: `Spend per ${of.slots.step}`, slots: of.slots, series: series(of), unit: dollars }),
  GROUPS.map(([by, heading]) => grouped(of.insights, by, heading)));
