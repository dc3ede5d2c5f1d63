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

// A phrase in the language of the page, English where it has none, with the values of {names} in it.
function teller(model) {
  return (phrase, values = {}) => (model.words[phrase] ?? phrase).replace(/\{(\w+)\}/g,
    (whole, name) => (name in values ? String(values[name]) : whole));
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

// A number with so many digits behind the point, or the comma where the page's language has one.
function written(number, digits = 1) {
  const language = document.documentElement.lang || "en";
  return number.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function ageWords(seconds, never = "never") {
  if (seconds === null) return never;
  if (seconds < 10) return `${written(Math.max(0, seconds))} s`;
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

// Keys of the whole page: never while somebody types or chooses from a list, and only those of the
// part that asks something while it does (`document.body.dataset.asking` is its name).
function onKeys(model, act, name = "") {
  const heed = (event) => {
    const [target] = event.composedPath();
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (target.matches?.("input, textarea, select, [contenteditable]")) return;
    if (document.body.dataset.asking && document.body.dataset.asking !== name) return;
    act(event);
  };
  document.addEventListener("keydown", heed);
  model.on("remove", () => document.removeEventListener("keydown", heed));
}

// Minutes and seconds, as a clock that runs down shows them; late is told by the sign.
function countdown(seconds) {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 ? "−" : "";
  if (whole >= 3600) return `${sign}${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${sign}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A picture on a stage, which Enter or a click enlarges, or words in its place. What is shown stays.
function pictureOn(stage, part) {
  const large = make("dialog");
  large.addEventListener("click", () => large.close());
  part.append(large);
  let [shown, address] = [null, null];
  const drop = () => {
    letGo(address);
    [shown, address] = [null, null];
  };
  const show = (content, words, name, enlarge) => {
    if (content && content === shown) return;
    drop();
    if (large.open) large.close();
    if (!content) {
      stage.replaceChildren(make("div", { class: "instead dim" }, words));
      return;
    }
    shown = content;
    address = URL.createObjectURL(new Blob([content], { type: "image/jpeg" }));
    const image = () => make("img", { src: address, alt: name });
    const button = make("button", { type: "button", class: "still", title: enlarge }, image());
    large.setAttribute("aria-label", name);
    button.addEventListener("click", () => { large.replaceChildren(image()); large.showModal(); });
    stage.replaceChildren(button);
  };
  return { show, drop };
}

// A sound that can be played, or words in its place. One that plays is not cut off by the same again.
function soundIn(player) {
  let [shown, address] = [null, null];
  const drop = () => {
    letGo(address);
    [shown, address] = [null, null];
  };
  const show = (content, words, name, unplayable) => {
    if (content && content === shown) return;
    drop();
    if (!content) {
      player.replaceChildren(make("span", { class: "dim", title: words }, words));
      return;
    }
    shown = content;
    address = URL.createObjectURL(new Blob([content], { type: "audio/flac" }));
    const audio = make("audio", { controls: "", preload: "auto", "aria-label": name });
    audio.addEventListener("error", () => player.replaceChildren(make("span", { class: "warning" }, unplayable)));
    audio.src = address;
    player.replaceChildren(audio);
  };
  return { show, drop };
}

// Conversations. A column has a heading and a key of the rows, and the same once more for its second line.
function talkTable(label, columns, rows) {
  const cell = (row, key) => make("div", { class: `cut ${key === "outcome" ? `state ${row.state}` : ""}` }, row[key]);
  return make("table", { "aria-label": label },
    make("thead", {}, make("tr", {}, ...columns.map(([above, , below]) =>
      make("th", { scope: "col" }, make("div", {}, above), below ? make("div", {}, below) : null)))),
    make("tbody", {}, ...rows.map((row) => make("tr", { title: row.addresses }, ...columns.map(([, above, , below]) =>
      make("td", {}, cell(row, above), below ? cell(row, below) : null))))));
}

// Why nothing is here, and what to type so that something comes.
function nothing(node, words, command) {
  node.replaceChildren(words ?? "", ...(command ? [make("code", {}, command)] : []));
}

// A page of another server opens beside this one, and learns nothing of it.
function pageLink(address, words) {
  return address ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words) : null;
}

function drawn(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
