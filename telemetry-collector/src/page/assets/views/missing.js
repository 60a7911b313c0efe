// What the numbers do not know.

import { meter } from "../charts/small.js";
import { exact, h } from "../dom.js";
import { percent, whole } from "../words.js";
import { note, part } from "./part.js";

const entry = (name, ...value) => h("div", null, h("dt", null, name), h("dd", null, value));

export const missing = ({ insights: { quality } }) => {
  const covered = (path, name) => entry(name, meter(quality[path]), exact(`quality.${path}`, quality[path], percent(quality[path])));
  const lost = (path, name) => entry(name, exact(`quality.${path}`, quality[path], whole(quality[path])));
  return part("missing", "What is missing",
    h("dl", { class: "coverage" },
      covered("usage_coverage", "model calls with token usage"),
      covered("cost_coverage", "model calls with a known cost"),
      covered("ttft_coverage", "model calls with a time to the first token"),
      lost("dropped_events", "events lost before they were written, ever"),
      lost("unreadable_lines", "lines of the log that cannot be read, ever")),
    note("What an agent or a provider does not tell is missing here and never guessed."));
};
