// Events, newest first. Each row is a button: Tab and the arrows move, Enter chooses.

export function render({ model }) {
  const say = teller(model);
  const toggle = make("input", { type: "checkbox" });
  const list = make("ol");
  const heading = make("h2");
  const wanted = make("span");
  const empty = make("div", { class: "empty" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, heading, make("span", { class: "grow" }),
      make("label", { class: "dim cut" }, toggle, wanted)),
    make("div", { class: "scroll grow" }, list, empty));

  const known = new Map();
  let first = true;

  const fill = (item, row) => {
    const told = row.told || row.note
      ? make("span", { class: "told" }, make("span", { class: "cut dim" }, row.told), noteChip(row.note))
      : null;
    item.firstChild.replaceChildren(
      icon(row.shape, row.colour, row.severity),
      make("span", { class: "main" },
        make("span", { class: "line" },
          make("span", { class: "title grow" }, row.title, row.count ? make("b", {}, row.count) : ""),
          make("time", {}, row.time)),
        make("span", { class: "line dim small" },
          make("span", { class: "where grow cut" }, row.place),
          make("span", {}, row.confidence ? `${row.severity}, ${row.confidence}` : row.severity)),
        told));
    item.style.setProperty("--mark", row.colour);
    item.dataset.shown = JSON.stringify(row);
  };

  const itemOf = (row) => {
    if (!known.has(row.id)) {
      const button = make("button", { type: "button", "aria-pressed": "false", "data-event": row.id });
      button.addEventListener("click", () => { model.selected = row.id; });
      const item = make("li", { class: first ? null : "new" }, button);
      known.set(row.id, item);
    }
    const item = known.get(row.id);
    if (item.dataset.shown !== JSON.stringify(row)) fill(item, row);
    return item;
  };

  const draw = () => {
    const focused = list.getRootNode().activeElement?.dataset?.event;
    const items = model.rows.map(itemOf);
    const kept = new Set(items);
    for (const [id, item] of known) {
      if (!kept.has(item)) { item.remove(); known.delete(id); }
    }
    // Rows stay where they are unless they must move: focus and scroll position are kept.
    items.forEach((item, place) => {
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    });
    // The keyboard stays with an alarm whose microphones' rows have become one.
    const heir = focused && !known.has(focused) && model.rows.find((row) => row.replaces.includes(focused));
    if (heir) known.get(heir.id).firstChild.focus();
    first = false;
    empty.hidden = items.length > 0;
    empty.textContent = model.empty;
    mark();
  };

  const mark = () => {
    for (const [id, item] of known) {
      item.firstChild.setAttribute("aria-pressed", String(id === model.selected));
    }
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !item) return;
    event.preventDefault();
    const next = step > 0 ? item.nextElementSibling : item.previousElementSibling;
    if (next) next.firstChild.focus();
  });
  toggle.addEventListener("change", () => { model.show_crossings = toggle.checked; });
  const sync = () => { toggle.checked = model.show_crossings; };
  model.on("show_crossings", sync);
  const speak = () => {
    heading.textContent = say("Events");
    wanted.textContent = say("counted crossings too");
    list.setAttribute("aria-label", say("Events, newest first"));
  };
  model.on("selected", mark);
  model.on("words", speak);
  model.on(["rows", "empty"], draw);
  sync();
  speak();
  draw();
  return part;
}
