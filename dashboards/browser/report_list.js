// Reports to choose one from.

export function render({ model }) {
  const say = teller(model);
  const title = make("h2");
  const count = make("span", { class: "dim", role: "status" });
  const fields = make("form", { class: "fields" });
  const list = make("ol");
  const empty = make("div", { class: "nothing" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title, make("span", { class: "grow" }), count),
    fields, make("div", { class: "scroll grow" }, list, empty));

  const choose = () => {
    const wanted = {};
    for (const field of fields.children) wanted[field.name] = field.value;
    // A version belongs to a model: another model has others.
    if (wanted.model !== model.wanted.model) wanted.version = "";
    model.wanted = wanted;
  };

  const drawFields = () => {
    write(title, say("Reports"));
    fields.replaceChildren(...model.fields.map(({ name, options }) => {
      const field = make("select", { name, "aria-label": options[0][1] }, ...options.map(([value, words]) =>
        make("option", { value }, words)));
      field.value = model.wanted[name] ?? "";
      if (field.selectedIndex < 0) field.selectedIndex = 0;
      field.classList.toggle("set", field.value !== "");
      field.addEventListener("change", choose);
      return field;
    }));
  };

  const rowOf = (row) => {
    const button = make("button", { type: "button", "data-report": row.id },
      make("span", { class: "line" }, make("span", { class: "title grow cut", title: row.title }, row.title),
        row.chip.kind ? stateChip(row.chip.kind, row.chip.words) : null),
      make("span", { class: "line dim small" }, make("span", {}, row.kind), make("span", { class: "grow" }), make("time", {}, row.time)),
      row.models ? make("span", { class: "line dim small" }, make("span", { class: "cut", title: row.models }, row.models)) : null);
    button.addEventListener("click", () => { model.selected = row.id; });
    return make("li", {}, button);
  };

  const draw = () => {
    const focused = list.getRootNode().activeElement?.dataset?.report;
    list.replaceChildren(...model.rows.map(rowOf));
    if (focused) list.querySelector(`[data-report="${CSS.escape(focused)}"]`)?.focus();
    list.setAttribute("aria-label", say("Reports"));
    write(count, String(model.rows.length));
    empty.hidden = model.rows.length > 0;
    nothing(empty, model.empty, model.command);
    mark();
  };

  const mark = () => {
    for (const button of list.querySelectorAll("button")) {
      const chosen = button.dataset.report === model.marked;
      button.setAttribute("aria-pressed", String(chosen));
      if (chosen) button.scrollIntoView({ block: "nearest" });
    }
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !item) return;
    event.preventDefault();
    (step > 0 ? item.nextElementSibling : item.previousElementSibling)?.firstChild.focus();
  });
  fields.addEventListener("submit", (event) => event.preventDefault());
  model.on(["fields", "wanted", "words"], drawFields);
  model.on(["rows", "empty", "command", "words"], draw);
  model.on("marked", mark);
  drawFields();
  draw();
  return part;
}
