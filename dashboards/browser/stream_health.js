// How every source does. Ages count on by themselves, so that silence shows.

// Each column: its heading, how it fills its cell from a row (`live`: the row is no old news), a longer heading.
const word = (key) => (cell, row) => write(cell, row[key]);
const alive = (key) => (cell, row, live) => write(cell, live ? row[key] : "–");

const CAMERAS = [
  ["Source", named],
  ["State", stated],
  ["Frames/s in", (cell, row) => write(cell, row.alerts_only ? "–" : row.fps_in)],
  ["processed", (cell, row) => write(cell, row.alerts_only ? "–" : row.fps_processed)],
  ["Dropped", word("dropped")],
  ["Events waiting", (cell, row) => {
    write(cell, String(row.waiting));
    cell.classList.toggle("warning", row.waiting > 0);
  }],
  ["Last frame", aged],
];

const MICROPHONES = [
  ["Name", named],
  ["State", stated],
  ["Level, dB", levelled],
  ["Hears now", (cell, row, live) => {
    write(cell, live ? row.hears : "–");
    cell.title = row.hears;
    cell.className = `cut ${live && row.loud ? "loud" : "dim"}`;
  }],
  ["Alarms kept", (cell, row, live, model) => {
    const needs = model.microphones.needs || !row.needs ? "" : ` (needs ${row.needs})`;
    write(cell, live ? row.kept + needs : "–");
    cell.title = row.why;
  }],
  ["Scored /s", alive("windows"), "Windows scored a second"],
  ["Last sound", aged],
];

function named(cell, row) {
  if (cell.title === row.name + (row.own_note ?? "")) return;
  cell.title = row.name + (row.own_note ?? "");
  cell.replaceChildren(make("span", { class: "named" }, make("span", { class: "cut" }, row.name),
    noteChip(row.own_note)));
}

function stated(cell, row, live, model, silentS) {
  const kind = live ? row.kind : "bad";
  const words = live ? row.words : `silent for ${ageWords(silentS)}`;
  if (cell.dataset.shown === kind + words) return;
  cell.dataset.shown = kind + words;
  cell.title = words;
  cell.replaceChildren(stateChip(kind, words));
}

function aged(cell, row, live, model, silentS, age) {
  const seconds = age();
  write(cell, ageWords(seconds));
  const old = row.kind !== "off" && !row.alerts_only && (seconds === null || seconds > model.stale_after_s);
  cell.classList.toggle("warning", old);
}

function levelled(cell, row, live) {
  if (!cell.firstChild) {
    cell.append(make("span", { class: "level" },
      make("span", { class: "gauge" }, make("span", { class: "bar" })), make("span", { class: "dim" })));
  }
  const [gauge, words] = cell.firstChild.children;
  gauge.firstChild.style.width = `${live ? row.bar * 100 : 0}%`;
  write(words, live ? row.level : "–");
}

function tableOf(columns, label) {
  const body = make("tbody");
  const node = make("table", { class: label, "aria-label": label },
    make("thead", {}, make("tr", {}, ...columns.map(([name, , title]) => make("th", { scope: "col", title }, name)))), body);
  const known = new Map();

  const draw = (rows) => {
    const lines = rows.map((row) => {
      if (!known.has(row.source)) known.set(row.source, make("tr", {}, ...columns.map(() => make("td", { class: "cut" }))));
      const line = known.get(row.source);
      Object.assign(line, { row, age: growing(row.frame_age_s), said: growing(row.said_age_s) });
      return line;
    });
    for (const [source, line] of known) if (!lines.includes(line)) { line.remove(); known.delete(source); }
    lines.forEach((line, place) => {
      if (body.children[place] !== line) body.insertBefore(line, body.children[place] ?? null);
    });
    node.hidden = lines.length === 0;
  };

  const tick = (model) => {
    for (const line of known.values()) {
      const silentS = line.said();
      const live = silentS === null || silentS <= model.silent_after_s;
      columns.forEach(([, fill], place) => fill(line.cells[place], line.row, live, model, silentS, line.age));
      line.classList.toggle("stale", !live || line.row.kind === "bad");
    }
  };
  return { node, draw, tick };
}

export function render({ model }) {
  const cameras = tableOf(CAMERAS, "cameras");
  const microphones = tableOf(MICROPHONES, "microphones");
  const caption = make("div", { class: "caption" });
  const empty = make("div", { class: "empty" });
  const heard = make("div", {}, caption, microphones.node);
  const scroll = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Sources" }, cameras.node);
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, make("h2", {}, "Sources")), scroll);

  const draw = () => {
    const { rows, needs, note } = model.microphones;
    cameras.draw(model.rows);
    // A note that all share is said once, above them.
    microphones.draw(rows.map((row) => ({ ...row, own_note: note ? "" : row.note })));
    const said = needs + note;
    if (caption.dataset.shown !== said) {
      caption.dataset.shown = said;
      caption.replaceChildren(make("b", {}, "Microphones"),
        make("span", { class: "dim grow cut" }, needs ? `an alarm needs ${needs} windows that agree` : ""),
        ...[noteChip(note)].filter(Boolean));
    }
    // A site without microphones has no table of them, not an empty one.
    if (rows.length === 0) heard.remove();
    else if (!heard.isConnected) scroll.append(heard);
    write(empty, model.empty);
    if (model.rows.length + rows.length > 0) empty.remove();
    else if (!empty.isConnected) scroll.append(empty);
    tick();
  };

  const tick = () => { cameras.tick(model); microphones.tick(model); };

  model.on(["rows", "microphones", "empty"], draw);
  draw();
  whileShown(model, tick);
  return part;
}
