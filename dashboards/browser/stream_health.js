// How every source does. Ages count on by themselves, so that silence shows.

// Each column: its heading, how it fills its cell from a row (`live`: the row is no old news), a longer heading.
const word = (key) => (cell, row) => write(cell, row[key]);
const alive = (key) => (cell, row, { live }) => write(cell, live ? row[key] : "–");

const camerasOf = (say) => [
  [say("Source"), named],
  [say("State"), stated],
  [say("Frames/s in"), (cell, row) => write(cell, row.alerts_only ? "–" : row.fps_in)],
  [say("processed"), (cell, row) => write(cell, row.alerts_only ? "–" : row.fps_processed)],
  [say("Dropped"), word("dropped")],
  [say("Events waiting"), (cell, row) => {
    write(cell, String(row.waiting));
    cell.classList.toggle("warning", row.waiting > 0);
  }],
  [say("Last frame"), aged],
];

const microphonesOf = (say) => [
  [say("Name"), named],
  [say("State"), stated],
  [say("Level, dB"), levelled],
  [say("Hears now"), (cell, row, { live }) => {
    write(cell, live ? row.hears : "–");
    cell.title = row.hears;
    cell.className = `cut ${live && row.loud ? "loud" : "dim"}`;
  }],
  [say("Alarms kept"), (cell, row, { live, model }) => {
    const needs = model.microphones.needs || !row.needs ? "" : ` ${say("(needs {needs})", { needs: row.needs })}`;
    write(cell, live ? row.kept + needs : "–");
    cell.title = row.why;
  }],
  [say("Scored /s"), alive("windows"), say("Windows scored a second")],
  [say("Last sound"), aged],
];

const feedsOf = (say) => [
  [say("Feed"), named],
  [say("State"), stated],
  [say("Flows/s in"), alive("flows_in")],
  [say("judged"), alive("judged")],
  [say("Lag"), alive("lag"), say("From the end of a flow to its judgement")],
  [say("Unreadable"), word("unreadable"), say("Lines or packets that were skipped")],
];

const hostsOf = (say) => [
  [say("Device"), (cell, row) => {
    write(cell, row.name);
    cell.title = row.about;
  }],
  [say("State"), stated],
  [say("Carries"), (cell, row) => {
    write(cell, row.carries);
    cell.title = row.carries;
  }],
  [say("Sent /min"), alive("sent")],
  [say("usually"), (cell, row) => {
    write(cell, row.usual);
    cell.classList.add("dim");
  }, say("What it usually sends in a minute of this hour")],
  [say("Received /min"), alive("received")],
  [say("Peers"), alive("peers"), say("Hosts that it talked to in the last minute")],
];

const GRAVITY = ["silent", "bad", "warning", "good", "off"];

function named(cell, row) {
  if (cell.title === row.name + (row.own_note ?? "")) return;
  cell.title = row.name + (row.own_note ?? "");
  cell.replaceChildren(make("span", { class: "named" }, make("span", { class: "cut" }, row.name),
    noteChip(row.own_note)));
}

function stated(cell, row, { live, say, silentS }) {
  const kind = live ? row.kind : "bad";
  const words = live ? row.words : say("silent for {age}", { age: ageWords(silentS) });
  if (cell.dataset.shown === kind + words) return;
  cell.dataset.shown = kind + words;
  cell.title = words;
  cell.replaceChildren(stateChip(kind, words));
}

function aged(cell, row, { age, model, say }) {
  const seconds = age();
  write(cell, ageWords(seconds, say("never")));
  const old = row.kind !== "off" && !row.alerts_only && (seconds === null || seconds > model.stale_after_s);
  cell.classList.toggle("warning", old);
}

function levelled(cell, row, { live }) {
  if (!cell.firstChild) {
    cell.append(make("span", { class: "level" },
      make("span", { class: "gauge" }, make("span", { class: "bar" })), make("span", { class: "dim" })));
  }
  const [gauge, words] = cell.firstChild.children;
  gauge.firstChild.style.width = `${live ? row.bar * 100 : 0}%`;
  write(words, live ? row.level : "–");
}

function tableOf(columnsOf, name, say) {
  const body = make("tbody");
  const headings = make("tr");
  const node = make("table", { class: name }, make("thead", {}, headings), body);
  const known = new Map();
  let columns = columnsOf(say);

  const speak = (label) => {
    columns = columnsOf(say);
    node.setAttribute("aria-label", label);
    headings.replaceChildren(...columns.map(([words, , title]) =>
      make("th", { scope: "col", title: title ?? words }, words)));
  };

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
      const rest = { live, model, say, silentS, age: line.age };
      columns.forEach(([, fill], place) => fill(line.cells[place], line.row, rest));
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
  return { node, draw, speak, tick, worst };
}

export function render({ model }) {
  const say = teller(model);
  const cameras = tableOf(camerasOf, "cameras", say);
  const microphones = tableOf(microphonesOf, "microphones", say);
  const feeds = tableOf(feedsOf, "feeds", say);
  const hosts = tableOf(hostsOf, "hosts", say);
  const caption = make("div", { class: "caption" });
  const watched = make("b");
  const more = make("div", { class: "more dim" });
  const empty = make("div", { class: "empty" });
  const seen = make("div", {}, cameras.node);
  const heard = make("div", {}, caption, microphones.node);
  const guarded = make("div", {}, make("div", { class: "caption" }, watched), feeds.node, hosts.node, more);
  const heading = make("h2");
  const ways = make("nav");
  const scroll = make("div", { class: "scroll grow", tabindex: "0" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, heading, make("span", { class: "grow" }), ways), scroll);

  // The panel is lower than its tables: what is the matter below shows in the head, and leads there.
  const blocks = [
    { node: seen, worst: () => cameras.worst(model), words: () => say("Cameras") },
    { node: heard, worst: () => microphones.worst(model), words: () => say("Microphones") },
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
    if (feeds.worst(model) === "silent") return `${say("Network")}: ${say("silent")}`;
    return model.hosts.words ? `${say("Network")}: ${model.hosts.words}` : say("Network");
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
    write(more, model.hosts.more ? say("and {number} more hosts", { number: model.hosts.more }) : "");
    const agree = needs ? say("an alarm needs {needs} windows that agree", { needs }) : "";
    const captioned = say("Microphones") + agree + note;
    if (caption.dataset.shown !== captioned) {
      caption.dataset.shown = captioned;
      caption.replaceChildren(make("b", {}, say("Microphones")),
        make("span", { class: "dim grow cut", title: agree }, agree),
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

  const speak = () => {
    heading.textContent = say("Sources");
    watched.textContent = say("Network");
    ways.setAttribute("aria-label", say("Kinds of sources"));
    scroll.setAttribute("aria-label", say("Sources"));
    cameras.speak(say("Cameras"));
    microphones.speak(say("Microphones"));
    feeds.speak(say("Network feeds"));
    hosts.speak(say("Devices"));
    draw();
  };

  model.on(["rows", "microphones", "feeds", "hosts", "empty"], draw);
  model.on("words", speak);
  speak();
  whileShown(model, tick);
  return part;
}
