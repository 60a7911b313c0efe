// What went wrong between the agent and its models.

import { columns } from "../charts/columns.js";
import { table } from "../charts/frame.js";
import { meter } from "../charts/small.js";
import { exact, h } from "../dom.js";
import { named, percent, short, whole } from "../words.js";
import { note, part } from "./part.js";

export const errors = ({ insights, slots }) => {
  const { errors: lost, model_calls: calls } = insights;
  if (lost.total === 0 && calls.failed_attempts === 0) return null;
  const classes = Object.entries(lost.by_class).sort(([, one], [, other]) => other - one);
  const rows = classes.map(([name, n]) => [named(name), exact(`errors.by_class.${name}`, n, whole(n)), [meter(n / lost.total), percent(n / lost.total)]]);
  return part("errors", "Errors",
    h("div", { class: "pair" },
      columns({
        id: "errors-over-time", title: `Failed attempts at model calls per ${slots.step}`, slots, unit: short,
        series: [{ name: "failed attempts", mark: "wrong", values: slots.values(slot => slot.failed_attempts) }],
      }),
      rows.length > 0 && h("div", null, h("h3", null, "Calls that were never answered, by class"),
        table("errors-by-class", "errors by class", ["class", "calls", "share"], rows))),
    note(exact("model_calls.failed_attempts", calls.failed_attempts, whole(calls.failed_attempts)), " attempts failed, and ",
      exact("errors.recovered_attempts", lost.recovered_attempts, whole(lost.recovered_attempts)), " of them were made good by another."));
};
