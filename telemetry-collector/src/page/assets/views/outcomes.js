// How runs and turns ended, over time and in all.

import { columns } from "../charts/columns.js";
import { as, table } from "../charts/frame.js";
import { ofOutcome, stacked, swatch } from "../charts/mark.js";
import { exact, h } from "../dom.js";
import { interval, named, percent, plain, short, whole } from "../words.js";
import { note, part } from "./part.js";

const overTime = ({ slots, groups }, id, title, of) => {
  const words = new Set(groups.flatMap(slot => Object.keys(of(slot)?.by_outcome ?? {})));
  const series = stacked(words).map(word => ({
    name: plain(word), mark: ofOutcome(word), values: slots.values(slot => of(slot)?.by_outcome[word]),
  }));
  return columns({ id, title, slots, series, unit: short });
};

const counted = by => Object.entries(by).sort(([, one], [, other]) => other - one);

const ends = ({ insights }) => {
  const row = (path, name, of) => {
    const rate = which => exact(`${path}.${which}.value`, of[which]?.value, percent(of[which]?.value));
    return [name, exact(`${path}.total`, of.total, whole(of.total)), rate("completion_rate"), as("text", interval(of.completion_rate)),
      rate("failure_rate"), as("text", interval(of.failure_rate)),
      as("text wide", counted(of.by_outcome).map(([word, n]) => h("span", { class: "ended" }, swatch(ofOutcome(word)), named(word), ` ${whole(n)} `)))];
  };
  const heads = ["", "all", "completed", as("text", "95 %"), "failed", as("text", "95 %"), as("text", "ended")];
  return table("ends", "how runs and turns ended", heads, [row("turns", "turns", insights.turns), row("runs", "runs", insights.runs)]);
};

const reasons = ({ insights }) => {
  const said = counted(insights.turns.by_reason).slice(0, 20).flatMap(([reason, n]) => [", ", named(reason), ` ${whole(n)}`]).slice(1);
  return said.length > 0 && note("Why turns did not complete: ", said, ".");
};

export const outcomes = of => {
  if (of.insights.runs.total === 0 && of.insights.turns.total === 0) return null;
  const each = of.slots.step;
  return part("outcomes", "How it ended",
    h("div", { class: "pair" },
      overTime(of, "outcomes-of-turns", `Turns per ${each}`, slot => slot.turns),
      overTime(of, "outcomes-of-runs", `Runs per ${each}`, slot => slot.runs)),
    ends(of), reasons(of));
};
