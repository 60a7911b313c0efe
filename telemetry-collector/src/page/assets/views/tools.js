// Tools: how often, how reliable, how long.

import { as, table } from "../charts/frame.js";
import { failing } from "../charts/small.js";
import { exact } from "../dom.js";
import { duration, interval, named, percent, whole } from "../words.js";
import { MOST, more, part } from "./part.js";

/** `ok 5, error 1`, the most first. */
export const counted = by => Object.entries(by ?? {}).sort(([, one], [, other]) => other - one)
  .flatMap(([word, n]) => [", ", named(word), ` ${whole(n)}`]).slice(1);

export const tools = ({ insights }) => {
  const groups = insights.by.tool ?? [];
  if (groups.length === 0) return null;
  const row = (group, at) => {
    const path = `by.tool.${at}`;
    const { failure_rate: rate, duration_ms: took, by_status } = group.tools ?? {};
    const time = which => exact(`${path}.tools.duration_ms.${which}`, took?.[which], duration(took?.[which]));
    return [named(group.key), exact(`${path}.tool_calls`, group.tool_calls, whole(group.tool_calls)),
      exact(`${path}.tools.failure_rate.value`, rate?.value, percent(rate?.value)), as("text", [failing(rate), interval(rate)]),
      time("p50"), time("p95"), time("p99"), as("text wide", counted(by_status))];
  };
  const heads = ["tool", "calls", "failed", as("text", "95 %"), "p50", "p95", "p99", as("text", "ended")];
  return part("tools", "Tools", table("tools-table", "tools", heads, groups.slice(0, MOST).map(row)), more(groups.length));
};
