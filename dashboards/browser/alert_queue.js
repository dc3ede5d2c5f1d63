// The queue. J, K and the arrows go through it, the space bar marks, Escape unmarks.

export function render({ model }) {
  const say = teller(model);
  const counts = make("span", { class: "dim" });
  const marks = make("button", { type: "button", class: "marks", hidden: "" });
  const heading = make("h2");
  const lists = { queue: make("ol"), hidden: make("ol"), closed: make("ol") };
  const empty = make("div", { class: "empty" });
  const silences = make("ul", { class: "silences" });
  const folds = {};
  const fold = (group, ...content) => {
    const button = make("button", { type: "button", class: "fold", "aria-expanded": "false" });
    const section = make("section", { class: `folded ${group}` }, button, ...content);
    folds[group] = { button, section, open: false };
    button.addEventListener("click", () => {
      folds[group].open = !folds[group].open;
      draw();
    });
    return section;
  };
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, heading, counts, make("span", { class: "grow" }), marks),
    make("div", { class: "scroll grow" }, lists.queue, empty),
    fold("hidden", silences, lists.hidden), fold("closed", lists.closed));

  const known = new Map();
  let first = true;

  // Once somebody has answered, it waits no more.
  const isLate = (row) => row.escalated > 0 && row.state === "new";

  const still = ({ age_s: age, due_s: due, ...rest }) => rest;

  const fill = (entry, row) => {
    entry.mark = make("span", { class: "mark", "aria-hidden": "true" });
    entry.age = make("time");
    entry.due = make("span", { class: "due" });
    entry.observed = row.late_s ? make("span", { class: "line small observed cut" }) : null;
    // Where somebody must act, that takes the line.
    const often = row.count > 1 ? `${row.count}×` : "";
    const about = [row.senses.join(" + "), often, row.why].filter(Boolean).join(" · ");
    entry.button.replaceChildren(
      entry.mark, icon(row.shape, row.colour, row.severity),
      make("span", { class: "main" },
        make("span", { class: "line" },
          make("span", { class: "title grow cut", title: row.title }, row.title), entry.age),
        make("span", { class: "line small" },
          make("span", { class: "grow cut dim", title: row.place }, row.place),
          make("span", { class: `state ${row.state} cut`, title: row.state_words }, row.state_words)),
        make("span", { class: "line small" },
          make("span", { class: "grow cut dim", title: about }, isLate(row) ? often : about),
          entry.due),
        entry.observed));
    entry.button.dataset.rank = row.rank;
    entry.item.style.setProperty("--mark", row.colour);
  };

  const entryOf = (row) => {
    if (!known.has(row.id)) {
      const button = make("button", { type: "button", class: "alert", "data-alert": row.id });
      button.addEventListener("click", (event) => {
        if (event.shiftKey || event.ctrlKey || event.metaKey) mark(row.id);
        else choose(row.id);
      });
      known.set(row.id, { button, item: make("li", { class: first ? null : "new" }, button) });
    }
    const entry = known.get(row.id);
    const shown = JSON.stringify(still(row));
    if (entry.shown !== shown) { entry.shown = shown; fill(entry, row); }
    if (entry.row !== row) {
      entry.row = row;
      entry.counting = growing(row.age_s);
      const since = growing(0);
      entry.left = () => (row.due_s === null ? null : row.due_s - since());
    }
    return entry;
  };

  const visible = () => ["queue", "hidden", "closed"].flatMap((group) =>
    (group === "queue" || folds[group].open ? [...lists[group].children] : []))
    .map((item) => item.firstChild.dataset.alert);

  // What the other parts show follows a moment later: until then their keys must wait.
  const mean = () => {
    document.body.dataset.chosen = model.chosen;
    document.body.dataset.meant = JSON.stringify(model.marked.length ? model.marked : model.chosen ? [model.chosen] : []);
  };

  const choose = (id) => {
    model.chosen = id;
    mean();
    known.get(id)?.item.scrollIntoView({ block: "nearest" });
  };

  const mark = (id) => {
    model.marked = model.marked.includes(id) ? model.marked.filter((one) => one !== id) : [...model.marked, id];
    mean();
  };

  const draw = () => {
    const wanted = new Set(model.rows.map((row) => row.id));
    for (const [id, { item }] of known) if (!wanted.has(id)) { item.remove(); known.delete(id); }
    const groups = { queue: [], hidden: [], closed: [] };
    for (const row of model.rows) groups[row.group].push(entryOf(row).item);
    for (const [group, items] of Object.entries(groups)) {
      // Rows stay where they are unless they must move: focus and scroll position are kept.
      items.forEach((item, place) => {
        if (lists[group].children[place] !== item) lists[group].insertBefore(item, lists[group].children[place] ?? null);
      });
    }
    first = false;
    heading.textContent = say("Alerts");
    lists.queue.setAttribute("aria-label", say("Alerts"));
    const fresh = model.rows.filter((row) => row.group === "queue" && row.state === "new").length;
    counts.textContent = say("{new} new of {all}", { new: fresh, all: groups.queue.length });
    empty.hidden = groups.queue.length > 0;
    empty.textContent = model.empty;
    const hides = folds.hidden;
    hides.section.hidden = model.silences.length === 0 && groups.hidden.length === 0;
    write(hides.button, `${hides.open ? "▾" : "▸"} ${say("Hidden: {alerts}, silences: {silences}",
      { alerts: groups.hidden.length, silences: model.silences.length })}`);
    folds.closed.section.hidden = groups.closed.length === 0;
    write(folds.closed.button, `${folds.closed.open ? "▾" : "▸"} ${say("Closed lately: {alerts}", { alerts: groups.closed.length })}`);
    for (const [group, { button, open }] of Object.entries(folds)) {
      button.setAttribute("aria-expanded", String(open));
      lists[group].hidden = !open;
    }
    drawMarks();
    tick();
  };

  const drawSilences = () => {
    silences.replaceChildren(...model.silences.map((one) => {
      const order = (name, words, why) => {
        const button = make("button", { type: "button", class: "small order", title: why || null }, words);
        button.disabled = Boolean(model.barred || why);
        button.addEventListener("click", () => model.send_msg({ do: name, silence: one.id, number: Date.now() }));
        return button;
      };
      const own = one.asked_by === model.person ? say("A second person has to agree, not who asked") : "";
      return make("li", {},
        make("div", { class: "grow" },
          make("div", { class: "cut", title: one.words }, one.waits ? make("b", { class: "warning" }, `${say("waits for a second person")}: `) : "",
            one.words),
          make("div", { class: "dim small cut", title: one.reason }, `${one.until} · ${one.by}: ${one.reason}`),
          make("div", { class: "small" }, say("hides {alerts}", { alerts: one.hides }))),
        one.waits ? order("agree", say("Agree"), own) : null, order("end", say("End"), ""));
    }));
    draw();
  };

  const drawMarks = () => {
    mean();
    for (const [id, { button, mark: box }] of known) {
      button.setAttribute("aria-pressed", String(id === model.chosen));
      button.classList.toggle("marked", model.marked.includes(id));
      box.textContent = model.marked.includes(id) ? "✓" : "";
    }
    marks.hidden = model.marked.length === 0;
    marks.textContent = say("{alerts} marked ✕", { alerts: model.marked.length });
    marks.title = say("Every action is for all that are marked; Escape unmarks");
  };

  const tick = () => {
    for (const { age, due, observed, counting, left, row } of known.values()) {
      write(age, ageWords(counting(), say("never")));
      if (observed) write(observed, say("observed {age} ago", { age: ageWords(row.late_s + counting()) }));
      const seconds = left();
      const late = isLate(row) ? say("waits too long") : "";
      const words = seconds === null ? late : `${late ? `${late} · ` : ""}${say("again in {time}", { time: countdown(Math.max(0, seconds)) })}`;
      write(due, words);
      due.classList.toggle("late", isLate(row));
      due.title = seconds === null ? "" : say("If nobody acknowledges it, it is told again after this time");
    }
  };

  onKeys(model, (event) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (step) {
      const ids = visible();
      const at = ids.indexOf(model.chosen);
      const next = at < 0 ? ids[0] : ids[Math.min(ids.length - 1, Math.max(0, at + step))];
      if (next) choose(next);
    } else if (event.key === " " && model.chosen) {
      if (!event.repeat) mark(model.chosen);
    } else if (event.key === "Escape" && model.marked.length) {
      model.marked = [];
      mean();
    } else return;
    event.preventDefault();
  });
  marks.addEventListener("click", () => { model.marked = []; mean(); });
  model.on(["rows", "empty"], draw);
  model.on(["silences", "person", "barred"], drawSilences);
  model.on(["chosen", "marked"], drawMarks);
  model.on("words", () => { for (const entry of known.values()) entry.shown = ""; drawSilences(); });
  drawSilences();
  whileShown(model, tick);
  return part;
}
