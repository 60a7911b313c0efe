// Numbers, durations, money, moments and other people's names, as words. What is not known is "–" and never nought.

export const NOTHING = "–";

const isKnown = value => value !== null && value !== undefined;
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234`. */
export const whole = n => (isKnown(n) ? grouped.format(n) : NOTHING);

/** `1 run`, `2 runs`. */
export const count = (n, one, many) => `${whole(n)} ${n === 1 ? one : many}`;

/** At three digits: `1.24 M`. */
export const short = n => {
  if (!isKnown(n)) return NOTHING;
  const steps = [[1e9, " G"], [1e6, " M"], [1e4, " k"]];
  const [from, unit] = steps.find(([least]) => Math.abs(n) >= least) ?? [1, ""];
  const scaled = n / (from === 1e4 ? 1e3 : from);
  const size = Math.abs(scaled);
  const digits = size >= 100 || Number.isInteger(scaled) ? 0 : size >= 10 ? 1 : 2;
  return (digits ? scaled.toFixed(digits) : grouped.format(scaled)) + unit;
};

const two = n => String(n).padStart(2, "0");

/** Milliseconds, at three digits or so: `461 ms`, `2.67 s`, `4m 05s`, `2h 10m`. */
export const duration = ms => {
  if (!isKnown(ms)) return NOTHING;
  if (ms < 9.95) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1e3;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const all = Math.round(seconds);
  if (all < 3600) return `${Math.floor(all / 60)}m ${two(all % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  return `${Math.floor(minutes / 1440)}d ${Math.floor((minutes % 1440) / 60)}h`;
};

/** A share that says nothing is left, or all, only where it is so: `0.4 %`, `64 %`, `99.8 %`. */
export const percent = part => {
  if (!isKnown(part)) return NOTHING;
  const hundredths = part * 100;
  if (hundredths > 0 && hundredths < 0.1) return "< 0.1 %";
  if (hundredths > 0 && hundredths < 9.95) return `${hundredths.toFixed(1)} %`;
  if (hundredths > 99 && hundredths < 100) return `${Math.min(hundredths, 99.9).toFixed(1)} %`;
  return `${hundredths.toFixed(0)} %`;
};

/** The 95 % interval of a rate: `44 to 84 %`. */
export const interval = rate => (rate ? `${(rate.low * 100).toFixed(0)} to ${(rate.high * 100).toFixed(0)} %` : NOTHING);

/** Dollars in as many digits as say something; what is not nothing never looks like it. */
export const dollars = usd => {
  if (!isKnown(usd)) return NOTHING;
  const amount = Math.abs(usd);
  const sign = usd < 0 ? "-" : "";
  if (amount === 0) return "$0.00";
  if (amount < 0.0995) {
    const places = Math.min(Math.max(1 - Math.floor(Math.log10(amount)), 2), 9);
    return `${sign}$${amount.toFixed(places)}`;
  }
  return `${sign}$${amount < 999.995 ? amount.toFixed(2) : grouped.format(amount)}`;
};

const SHOWN = 64;
const WHOLE = 1000;
// Controls, and characters that change the direction of writing or are not seen.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Somebody else's name with what cannot be seen made visible. */
export const clean = name => {
  const said = String(name).replace(UNSEEN, sign => `\\u{${sign.codePointAt(0).toString(16)}}`);
  return said.trim() === "" ? "(empty)" : said;
};

const beginning = (name, length) => {
  const signs = [...String(name).slice(0, 2 * length + 2)];
  return signs.length > length ? `${clean(signs.slice(0, length).join(""))}…` : clean(name);
};

/** Somebody else's name as an element: kept apart from what is around it, and cut where it is too long to read. */
export const named = name => {
  if (!isKnown(name)) return NOTHING;
  const kept = document.createElement("bdi");
  kept.textContent = beginning(name, SHOWN);
  if (kept.textContent.endsWith("…")) kept.title = beginning(name, WHOLE);
  return kept;
};

/** The same where no element may stand. */
export const plain = name => beginning(name, SHOWN);

/** `errored: rate_limit`, or the outcome alone. */
export const ended = (outcome, reason) => (isKnown(reason) ? [named(outcome), ": ", named(reason)] : [named(outcome)]);

const format = (options, zone) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone, hourCycle: "h23" });
const said = (moment, options, zone) => {
  const at = new Date(moment);
  return Number.isNaN(at.getTime()) ? NOTHING : format(options, zone).format(at);
};

/** `31 Jan, 08:05`, in a zone. */
export const minute = (moment, zone) =>
  said(moment, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }, zone);

/** `31 January 2026, 08:05:12`, in a zone. */
export const second = (moment, zone) =>
  said(moment, { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }, zone);

/** `08:05`, in a zone. */
export const clock = (moment, zone) => said(moment, { hour: "2-digit", minute: "2-digit" }, zone);

/** `31 January 2026`, in a zone. */
export const date = (moment, zone) => said(moment, { day: "numeric", month: "long", year: "numeric" }, zone);

/** `31 Jan`, in a zone. */
export const shortDate = (moment, zone) => said(moment, { day: "numeric", month: "short" }, zone);

/** Milliseconds since the epoch of a moment to the nanosecond, which `Date` would cut. */
export const milliseconds = moment => {
  const [, seconds, fraction] = /^(.*?)(\.\d+)?Z$/.exec(moment) ?? [];
  return seconds ? Date.parse(`${seconds}Z`) + Number(fraction ?? 0) * 1e3 : NaN;
};
