// What a test asks a page: returns one object with everything that can be measured about it as it is shown now.

const visible = element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
};

// Colours as [red, green, blue, alpha], 0 to 1.
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const colour = text => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255);
};
const over = (front, back) => [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3]));

// WCAG 2.2, "relative luminance" and "contrast ratio".
const luminance = rgb => {
  const linear = rgb.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const ground = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
  return layers.reduceRight((below, layer) => over([...layer], below), [1, 1, 1]);
};

const texts = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || element.closest("svg") || !visible(element)) continue;
  const back = ground(element);
  const front = over(colour(getComputedStyle(element).color), back);
  texts.push({ said: node.data.trim().slice(0, 40), contrast: contrast(front, back) });
}

// Marks are told apart from what they stand on: WCAG 1.4.11 wants 3.
const marks = [...document.querySelectorAll(".legend .swatch rect, .parts .swatch rect")].map(mark => {
  const figure = mark.closest("figure").id;
  const fill = getComputedStyle(mark).fill;
  const pattern = fill.match(/#(\w+)/);
  const painted = pattern ? getComputedStyle(document.querySelector(`#${pattern[1]} rect`)).fill : fill;
  const back = ground(mark.closest("li, th"));
  const paint = over(colour(painted), back);
  return { figure, texture: pattern ? pattern[1] : "", paint, contrast: contrast(paint, back) };
});

const box = element => {
  const { left, right, width, height } = element.getBoundingClientRect();
  return { left, right, width, height };
};
const drawings = [...document.querySelectorAll("svg[role=img]")].filter(visible).map(svg => ({
  name: (svg.getAttribute("aria-label") ??
    (svg.getAttribute("aria-labelledby") ?? "").split(" ").map(id => document.getElementById(id)?.textContent).join(": ")),
  box: box(svg),
  parts: [...svg.querySelectorAll("rect:not(.reading), path")].map(part => box(part)),
}));

return {
  width: innerWidth,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  title: document.title,
  language: document.documentElement.lang,
  ran: [window.evil, document.scripts.length],
  body: getComputedStyle(document.body).backgroundColor,
  texts, marks, drawings,
  figures: [...document.querySelectorAll("figure")].map(figure => figure.id),
  numbers: [...document.querySelectorAll("data")].map(data => [data.dataset.metric, data.value]),
  landmarks: ["header", "nav", "main", "footer", "h1"].filter(name => document.querySelectorAll(name).length === 1),
  headings: [...document.querySelectorAll("h1, h2, h3, h4")].map(heading => Number(heading.tagName[1])),
  unscoped: document.querySelectorAll("th:not([scope])").length,
  unnamed: [...document.querySelectorAll("section, nav, [role=region]")]
    .filter(part => !part.getAttribute("aria-label") && !document.getElementById(part.getAttribute("aria-labelledby"))).length,
};
