// Shared by all parts; put in front of each part's script.

// Text always goes through text nodes: what comes from an event can never become markup.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

function icon(shape, colour, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shape);
  path.setAttribute("fill", colour);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

// An image may still be loading from an address that it needs no more.
function letGo(address) {
  if (address) setTimeout(() => URL.revokeObjectURL(address), 5000);
}

// An age that the server states grows here by itself, whatever the browser's clock says.
function growing(ageS) {
  const from = performance.now();
  return () => (ageS === null ? null : ageS + (performance.now() - from) / 1000);
}

function ageWords(seconds) {
  if (seconds === null) return "never";
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

// What to do twice a second for as long as the part is shown.
function whileShown(model, tick) {
  const timer = setInterval(tick, 500);
  model.on("remove", () => clearInterval(timer));
  tick();
}

// Words are written only when they differ: what is under the pointer, or read aloud, stays.
function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

// A note that nobody may overlook, such as that a recording is played.
function noteChip(words) {
  return words ? make("span", { class: "note cut", title: words }, words) : null;
}

const STATE_SHAPES = {
  good: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
  warning: "M8 1.5L15 14H1z",
  off: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM8 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8z",
  bad: "M3 1L8 6l5-5l2 2l-5 5l5 5l-2 2l-5-5l-5 5l-2-2l5-5l-5-5z",
};

function stateChip(kind, words) {
  const chip = make("span", { class: `chip ${kind}` });
  chip.append(icon(STATE_SHAPES[kind], "currentColor", ""), words);
  return chip;
}
