// Events, newest first. Each row is a button: Tab and the arrows move, Enter chooses.

export function render({ model }) {
  const toggle = make("input", { type: "checkbox" });
  const list = make("ol", { "aria-label": "Events, newest first" });
  const empty = make("div", { class: "empty" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, make("h2", {}, "Events"), make("span", { class: "grow" }),
      make("label", { class: "dim" }, toggle, "counted crossings too")),
    make("div", { class: "scroll grow" }, list, empty));

  const known = new Map();
  let first = true;

  const rowOf = (row) => {
    const button = make("button", { type: "button", "aria-pressed": "false", "data-event": row.id },
      icon(row.shape, row.colour, row.severity),
      make("span", { class: "main" },
        make("span", { class: "title" }, row.title),
        make("span", { class: "where dim" }, row.place)),
      make("span", { class: "side" },
        make("time", {}, row.time),
        make("span", { class: "dim" }, row.confidence ? `${row.severity}, ${row.confidence}` : row.severity)));
    button.addEventListener("click", () => { model.selected = row.id; });
    const item = make("li", {}, button);
    item.style.setProperty("--mark", row.colour);
    return item;
  };

  const draw = () => {
    const items = model.rows.map((row) => {
      if (!known.has(row.id)) {
        const item = rowOf(row);
        if (!first) item.classList.add("new");
        known.set(row.id, item);
      }
      return known.get(row.id);
    });
    const wanted = new Set(items);
    for (const [id, item] of known) {
      if (!wanted.has(item)) { item.remove(); known.delete(id); }
    }
    // Rows stay where they are unless they must move: focus and scroll position are kept.
    items.forEach((item, place) => {
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    });
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
  model.on("selected", mark);
  model.on(["rows", "empty"], draw);
  sync();
  draw();
  return part;
}
