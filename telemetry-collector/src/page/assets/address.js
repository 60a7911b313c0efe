// What is looked at, in the address: it can be sent to somebody, kept, and gone back to.

/** What may be filtered by, in the order it is offered. */
export const FILTERS = ["host", "agent", "model", "provider", "outcome"];
/** The window where the address says none. */
export const USUAL = "7d";

const PARTS = ["view", "run", "since", "until", "tz", ...FILTERS, "after"];
const heard = new Set();

/** What the address says. */
export const place = () => {
  const said = new URLSearchParams(location.search);
  return Object.fromEntries(PARTS.map(part => [part, said.get(part)]).filter(([, value]) => value));
};

/** The address of a place. */
export const addressOf = where => {
  const said = new URLSearchParams();
  for (const part of PARTS) if (where[part] && !(part === "since" && where[part] === USUAL)) said.set(part, where[part]);
  return `?${said}`;
};

/** Another view of what is filtered now: the window and the filters stay. */
export const viewOf = (where, view) => {
  const kept = Object.fromEntries(["since", "until", "tz", ...FILTERS].map(part => [part, where[part]]));
  return addressOf({ ...kept, ...view });
};

/** Goes there; the way back stays. */
export const go = address => {
  history.pushState(null, "", address);
  for (const hear of heard) hear("went");
};

/** Calls back when the place is another. */
export const onMove = hear => heard.add(hear);

addEventListener("popstate", () => heard.forEach(hear => hear("back")));
// Links within the page move without loading it anew; any other key or button does what the browser does.
addEventListener("click", event => {
  const link = event.target.closest?.("a[href^='?']");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
