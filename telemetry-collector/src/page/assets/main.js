// From an address to what is shown, again and again.

import { onMove, place, viewOf } from "./address.js";
import { Problem, ask } from "./api.js";
import { leave } from "./charts/pointer.js";
import { h, renew } from "./dom.js";
import { showFilters } from "./filters.js";
import { forget, key } from "./key.js";
import { followTheme } from "./theme.js";
import { askForKey } from "./views/key.js";
import { overview } from "./views/overview.js";
import { run } from "./views/run.js";
import { runs } from "./views/runs.js";
import { clock, date } from "./words.js";

const EVERY_MS = 15_000;
// Machines and models are not new every moment.
const NAMES_MS = 60_000;
const NO_NAMES = { hosts: [], agents: [], models: [], providers: [] };

const of = id => document.getElementById(id);
const [main, status, trouble, updated, pause] = ["main", "status", "trouble", "updated", "pause"].map(of);

let names = NO_NAMES;
let namesUntil = 0;
let asking = new AbortController();
let next = 0;
let isPaused = false;

const viewAt = where => (where.run ? run : where.view === "runs" ? runs : overview);

/** The head of the page for a place: what is filtered, and which view this is. */
const showPlace = where => {
  showFilters(where, names);
  const view = viewAt(where);
  // A run is one: there is nothing to filter.
  of("filters").hidden = view === run;
  for (const [link, address, shown] of [["to-overview", {}, overview], ["to-runs", { view: "runs" }, runs]]) {
    of(link).setAttribute("href", viewOf(where, address));
    if (view === shown) of(link).setAttribute("aria-current", "page");
    else of(link).removeAttribute("aria-current");
  }
  of("forget").hidden = !key();
};

const inWords = ({ since, until, timezone }) => {
  const said = moment => `${date(moment, timezone)}, ${clock(moment, timezone)}`;
  return `From ${since ? said(since) : "the first event"} to ${until ? said(until) : "now"}, ${timezone}`;
};

const show = ({ title, window, content }) => {
  leave();
  trouble.replaceChildren();
  document.title = `${title} – telemetry`;
  renew(main, [h("h1", { id: "title", tabindex: -1 }, title), h("p", { class: "window" }, window && inWords(window)), ...content.flat()]);
  updated.textContent = `updated ${clock(Date.now())}`;
  updated.title = date(Date.now());
};

const showProblem = problem => {
  if (problem.status === 401) {
    main.replaceChildren(askForKey(key() !== null, refresh));
    forget();
    of("forget").hidden = true;
    return;
  }
  trouble.replaceChildren(h("div", { class: "problem" }, h("p", null, h("strong", null, problem.title)), h("p", null, problem.detail)));
  if (main.childElementCount === 0) main.replaceChildren(h("h1", { id: "title", tabindex: -1 }, "No answer"));
};

/** Asks for what the address says and shows it. `why`: somebody went there, came back there, or time passed. */
const load = async why => {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  clearTimeout(next);
  const where = place();
  if (why !== "time") {
    main.setAttribute("aria-busy", "true");
    status.textContent = "loading";
    showPlace(where);
  }
  try {
    if (Date.now() > namesUntil) {
      const found = await ask("names", {}, signal);
      namesUntil = Date.now() + NAMES_MS;
      // The form is left as it is where it can be: somebody may be choosing.
      const isNews = JSON.stringify(found) !== JSON.stringify(names);
      names = found;
      if (isNews) showPlace(where);
    }
    show(await viewAt(where)(where, names, signal));
    if (why !== "time") status.textContent = `${document.title}: loaded`;
  } catch (problem) {
    if (signal.aborted) return;
    if (!(problem instanceof Problem)) throw problem;
    showProblem(problem);
    status.textContent = "";
  } finally {
    if (!signal.aborted) {
      main.removeAttribute("aria-busy");
      again();
    }
  }
};

/** Looks again after a while, unless somebody said not to, or nobody looks. */
const again = () => {
  clearTimeout(next);
  const waitsForKey = of("key") !== null;
  if (!isPaused && !document.hidden && !waitsForKey) next = setTimeout(load, EVERY_MS, "time");
};

const refresh = () => load("went");

onMove(async why => {
  const before = document.title;
  await load(why);
  // Another view begins at its heading, for who cannot see that it is another.
  if (document.title !== before && why === "went") of("title")?.focus();
});
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  status.textContent = isPaused ? "paused" : "goes on";
  if (isPaused) clearTimeout(next);
  else load("time");
});
of("forget").addEventListener("click", () => {
  forget();
  [names, namesUntil] = [NO_NAMES, 0];
  main.replaceChildren();
  refresh();
});
document.addEventListener("visibilitychange", () => (document.hidden || isPaused || of("key") ? clearTimeout(next) : load("time")));
followTheme(of("theme"));
refresh();
