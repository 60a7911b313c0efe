// Where distributions lie, on a logarithmic scale that all rows of a table share.

import { h, s, share } from "../dom.js";
import { duration } from "../words.js";

/** A scale of milliseconds that all of these fit on; nothing where there is none of them. */
export const scaleOf = distributions => {
  const values = distributions.flatMap(of => [of.p50, of.max]).filter(ms => ms > 0);
  if (values.length === 0) return null;
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(Math.ceil(Math.log10(Math.max(...values))), from + 1);
  const place = ms => Math.min(Math.max((Math.log10(Math.max(ms, Number.MIN_VALUE)) - from) / (to - from), 0), 1);
  const band = (kind, low, high, height) => s("rect", {
    class: kind, x: share(low), width: share(Math.max(high - low, 0)), y: share((1 - height) / 2), height: share(height),
  });
  const tick = (kind, at, high) => s("line", { class: kind, x1: share(at), x2: share(at), y1: share((1 - high) / 2), y2: share((1 + high) / 2) });
  const powers = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
  return {
    /** The ends of the scale, for the head of the column. */
    ends: () => h("span", { class: "ends", "aria-hidden": "true" }, [from, to].map(power => h("span", null, duration(10 ** power)))),
    /** A mark at the median, a bar up to the 95th percentile, a line to the largest value with a mark at the 99th. */
    range: of => {
      const [p50, p95, p99, max] = [of.p50, of.p95, of.p99, of.max].map(place);
      const said = `median ${duration(of.p50)}, 95 % within ${duration(of.p95)}, 99 % within ${duration(of.p99)}, the longest ${duration(of.max)}`;
      return s("svg", { class: "range", role: "img", "aria-label": said }, powers.map(ms => tick("grid", place(ms), 1)),
        band("range-tail", p95, max, 0.12), band("range-body", p50, p95, 0.5), tick("range-mark", p99, 0.5),
        tick("range-mark", max, 0.5), tick("range-median", p50, 0.9));
    },
  };
};
