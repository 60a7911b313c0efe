// What the values of a slot are, beside the pointer. The same is in the figure's table.

import { h, s, share } from "../dom.js";

const tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
document.body.append(tip);
const GAP = 14;
let shown = null;

/** Nothing is pointed at any more. */
export const leave = () => {
  shown?.classList.remove("on");
  tip.hidden = true;
};
addEventListener("scroll", leave, { passive: true });

const place = event => {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = event.clientX + GAP + width > innerWidth ? event.clientX - GAP - width : event.clientX + GAP;
  tip.style.left = `${Math.max(left, 4)}px`;
  tip.style.top = `${Math.min(Math.max(event.clientY - height / 2, 4), innerHeight - height - 4)}px`;
};

/** Lets a plot with these slots be pointed at: `rows(at)` are what to show of one, each a mark, a name and a value. */
export const pointed = (plot, slots, rows) => {
  const band = s("rect", { class: "reading", width: share(1 / slots.all.length), height: "100%" });
  plot.append(band);
  plot.addEventListener("pointermove", event => {
    const box = plot.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * slots.all.length);
    const found = slots.all[at] === undefined ? [] : rows(at);
    if (found.length === 0) return leave();
    leave();
    shown = band;
    band.setAttribute("x", share(at / slots.all.length));
    band.classList.add("on");
    tip.replaceChildren(h("p", null, slots.name(slots.all[at])),
      h("table", null, found.map(([mark, name, value]) => h("tr", null, h("th", null, mark, name), h("td", null, value)))));
    tip.hidden = false;
    place(event);
  });
  plot.addEventListener("pointerleave", leave);
  return plot;
};
