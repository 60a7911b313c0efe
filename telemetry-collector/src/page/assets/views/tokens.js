// Tokens: in all and over time.

import { columns } from "../charts/columns.js";
import { PLAIN } from "../charts/mark.js";
import { parts } from "../charts/parts.js";
import { exact, h } from "../dom.js";
import { short, whole } from "../words.js";
import { note, part } from "./part.js";

const BUCKETS = [["input", "input"], ["cache_read", "read from caches"], ["cache_write", "written to caches"], ["output", "output"]];

export const tokens = ({ insights, slots }) => {
  const { tokens: all } = insights.model_calls;
  const shown = bucket => exact(`model_calls.tokens.${bucket}`, all[bucket], whole(all[bucket]));
  return part("tokens", "Tokens",
    columns({
      id: "tokens-over-time", title: `Tokens per ${slots.step}`, slots, unit: short,
      series: BUCKETS.map(([bucket, name], at) => ({ name, mark: PLAIN[at], values: slots.values(slot => slot.tokens?.[bucket]) })),
    }),
    parts({
      id: "tokens-in-all", title: "In all", heads: ["", "tokens"],
      parts: BUCKETS.map(([bucket, name], at) => ({ name, mark: PLAIN[at], value: all[bucket], shown: shown(bucket) })),
    }),
    all.reasoning > 0 && note("Of the output ", h("span", null, shown("reasoning")), " were spent on reasoning."));
};
