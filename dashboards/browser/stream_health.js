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

const FEEDS = [
  ["Feed", named],
  ["State", stated],
  ["Flows/s in", alive("flows_in")],
  ["judged", alive("judged")],
  ["Lag", alive("lag"), "From the end of a flow to its judgement"],
  ["Unreadable", word("unreadable"), "Lines or packets that were skipped"],
];

const HOSTS = [
  ["Device", (cell, row) => {
    write(cell, row.name);
    cell.title = row.about;
  }],
  ["State", stated],
  ["Carries", (cell, row) => {
    write(cell, row.carries);
    cell.title = row.carries;
  }],
  ["Sent /min", alive("sent")],
  ["usually", (cell, row) => {
    write(cell, row.usual);
    cell.classList.add("dim");
  }, "What it usually sends in a minute of this hour"],
  ["Received /min", alive("received")],
  ["Peers", alive("peers"), "Hosts that it talked to in the last minute"],
];

const GRAVITY = ["silent", "bad", "warning", "good", "off"];

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
      line.classList.toggle("alarm", live && Boolean(line.row.alarm));
      line.classList.toggle("stale", !live || (line.row.kind === "bad" && !line.row.alarm));
    }
  };

  // How the worst of them does, and whether none of them is heard any more.
  const worst = (model) => {
    const kinds = [...known.values()].map(({ row, said }) => ((said() ?? 0) > model.silent_after_s ? "silent" : row.kind));
    if (kinds.length && kinds.every((kind) => kind === "silent")) return "silent";
    return GRAVITY.find((kind) => kinds.includes(kind)) ?? "off";
  };
  return { node, draw, tick, worst };
}

export function render({ model }) {
  const cameras = tableOf(CAMERAS, "cameras");
  const microphones = tableOf(MICROPHONES, "microphones");
  const feeds = tableOf(FEEDS, "feeds");
  const hosts = tableOf(HOSTS, "hosts");
  const caption = make("div", { class: "caption" });
  const more = make("div", { class: "more dim" });
  const empty = make("div", { class: "empty" });
  const seen = make("div", {}, cameras.node);
  const heard = make("div", {}, caption, microphones.node);
  const guarded = make("div", {}, make("div", { class: "caption" }, make("b", {}, "Network")), feeds.node, hosts.node, more);
  const ways = make("nav", { "aria-label": "Kinds of sources" });
  const scroll = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Sources" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, make("h2", {}, "Sources"), make("span", { class: "grow" }), ways), scroll);

  // The panel is lower than its tables: what is the matter below shows in the head, and leads there.
  const blocks = [
    { node: seen, worst: () => cameras.worst(model), words: () => "Cameras" },
    { node: heard, worst: () => microphones.worst(model), words: () => "Microphones" },
    { node: guarded, worst: netWorst, words: netWords },
  ];
  for (const block of blocks) {
    block.way = make("button", { type: "button" });
    block.way.addEventListener("click", () => { scroll.scrollTop = block.node.offsetTop - scroll.offsetTop; });
  }

  function netWorst() {
    const feed = feeds.worst(model);
    if (feed === "silent") return "bad";
    return GRAVITY.find((kind) => kind === feed || kind === model.hosts.kind);
  }

  function netWords() {
    if (feeds.worst(model) === "silent") return "Network: silent";
    return model.hosts.words ? `Network: ${model.hosts.words}` : "Network";
  }

  // A site without microphones has no table of them, not an empty one.
  const place = (filled) => {
    if (scroll.dataset.shown === String(filled)) return;
    scroll.dataset.shown = String(filled);
    const wanted = blocks.filter((_, at) => filled[at]);
    scroll.replaceChildren(...(wanted.length ? wanted.map((block) => block.node) : [empty]));
    ways.replaceChildren(...(wanted.length > 1 ? wanted.map((block) => block.way) : []));
  };

  const draw = () => {
    const { rows, needs, note } = model.microphones;
    cameras.draw(model.rows);
    // A note that all share is said once, above them.
    microphones.draw(rows.map((row) => ({ ...row, own_note: note ? "" : row.note })));
    feeds.draw(model.feeds);
    // What is known of a host is as old as the last report of its feed.
    const said = Object.fromEntries(model.feeds.map((feed) => [feed.source, feed.said_age_s]));
    hosts.draw(model.hosts.rows.map((row) => ({ ...row, frame_age_s: null, said_age_s: said[row.feed] ?? null })));
    write(more, model.hosts.more ? `and ${model.hosts.more} more hosts` : "");
    const captioned = needs + note;
    if (caption.dataset.shown !== captioned) {
      caption.dataset.shown = captioned;
      caption.replaceChildren(make("b", {}, "Microphones"),
        make("span", { class: "dim grow cut" }, needs ? `an alarm needs ${needs} windows that agree` : ""),
        ...[noteChip(note)].filter(Boolean));
    }
    write(empty, model.empty);
    place([model.rows.length, rows.length, model.feeds.length].map(Boolean));
    tick();
  };

  const tick = () => {
    for (const table of [cameras, microphones, feeds, hosts]) table.tick(model);
    for (const block of blocks) {
      const worst = block.worst();
      const [kind, words] = [worst === "silent" ? "bad" : worst, block.words()];
      if (block.way.dataset.shown === kind + words) continue;
      block.way.dataset.shown = kind + words;
      block.way.replaceChildren(stateChip(kind, words));
    }
  };

  model.on(["rows", "microphones", "feeds", "hosts", "empty"], draw);
  draw();
  whileShown(model, tick);
  return part;
}
