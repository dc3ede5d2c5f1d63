// Alerts of the chosen time. Words are looked up when somebody stops writing for a moment.

const PAUSE_MS = 350;

export function render({ model }) {
  const say = teller(model);
  const text = make("input", { type: "search", maxlength: "200", autocomplete: "off", spellcheck: "false" });
  const fields = make("div", { class: "fields" });
  const count = make("span", { class: "dim", role: "status" });
  const title = make("h2");
  const list = make("ol");
  const empty = make("div", { class: "empty" });
  const more = make("div", { class: "more dim" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title, make("span", { class: "grow" }), count),
    make("form", { role: "search" }, text, fields),
    make("div", { class: "scroll grow" }, list, empty, more));

  let pause = null;
  const ask = () => {
    clearTimeout(pause);
    const sought = { text: text.value.trim() };
    for (const field of fields.children) sought[field.name] = field.value;
    model.sought = sought;
  };

  const drawFields = () => {
    write(title, say("Alerts of this time"));
    text.placeholder = say("Search in all words of the alerts");
    text.setAttribute("aria-label", say("Search in all words of the alerts"));
    fields.replaceChildren(...model.fields.map(({ name, options }) => {
      const field = make("select", { name, "aria-label": options[0][1] }, ...options.map(([value, words]) =>
        make("option", { value }, words)));
      field.value = model.sought[name] ?? "";
      field.classList.toggle("set", field.value !== "");
      field.addEventListener("change", () => { field.classList.toggle("set", field.value !== ""); ask(); });
      return field;
    }));
  };

  const rowOf = (row) => {
    const button = make("button", { type: "button", "data-alert": row.id },
      icon(row.shape, row.colour, row.severity),
      make("span", { class: "main" },
        make("span", { class: "line" }, make("span", { class: "title grow cut", title: row.title }, row.title)),
        make("span", { class: "line dim small" }, make("time", {}, row.time), make("span", { class: "grow cut", title: row.place }, row.place)),
        make("span", { class: "line small" }, make("span", { class: "grow cut" }, row.state),
          row.verdict ? make("span", { class: "verdict" }, row.verdict) : null)));
    button.addEventListener("click", () => { model.selected = row.id; });
    return make("li", {}, button);
  };

  const draw = () => {
    const focused = list.getRootNode().activeElement?.dataset?.alert;
    const shown = JSON.stringify(model.rows);
    if (list.dataset.shown !== shown) {
      list.dataset.shown = shown;
      list.replaceChildren(...model.rows.map(rowOf));
      if (focused) list.querySelector(`[data-alert="${CSS.escape(focused)}"]`)?.focus();
    }
    list.setAttribute("aria-label", say("Alerts of this time"));
    list.setAttribute("aria-busy", String(model.waits));
    part.classList.toggle("waits", model.waits);
    write(count, model.waits ? say("searching …") : String(model.rows.length));
    empty.hidden = model.rows.length > 0 || model.waits;
    write(empty, model.empty);
    write(more, model.more);
    more.hidden = !model.more;
    mark();
  };

  const mark = () => {
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.alert === model.selected));
    }
  };

  const reveal = () => {
    mark();
    list.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !item) return;
    event.preventDefault();
    (step > 0 ? item.nextElementSibling : item.previousElementSibling)?.firstChild.focus();
  });
  text.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, PAUSE_MS); });
  text.form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  model.on("remove", () => clearTimeout(pause));
  model.on(["fields", "words"], drawFields);
  model.on("selected", reveal);
  model.on(["rows", "waits", "empty", "more", "words"], draw);
  text.value = model.sought.text ?? "";
  drawFields();
  draw();
  return part;
}
