// How every source does. Ages count on by themselves, so that silence shows.

const COLUMNS = ["Source", "State", "Frames/s in", "Frames/s processed", "Dropped", "Events waiting", "Last frame"];

export function render({ model }) {
  const body = make("tbody");
  const table = make("table", {},
    make("thead", {}, make("tr", {}, ...COLUMNS.map((name) => make("th", { scope: "col" }, name)))),
    body);
  const empty = make("div", { class: "empty" });
  const scroll = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Sources" }, table, empty);
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, make("h2", {}, "Sources")), scroll);

  let shown = [];

  const draw = () => {
    shown = model.rows.map((row) => {
      const state = make("td", { class: "cut" });
      const age = make("td", { class: "number" });
      const number = (value) => make("td", { class: "number" }, value);
      const name = make("td", { class: "cut", title: row.name }, row.name);
      const waiting = number(String(row.waiting));
      waiting.classList.toggle("warning", row.waiting > 0);
      const line = make("tr", {}, name, state, number(row.fps_in), number(row.fps_processed),
        number(row.dropped), waiting, age);
      return { row, line, state, age, words: "", frame: growing(row.frame_age_s), said: growing(row.said_age_s) };
    });
    body.replaceChildren(...shown.map(({ line }) => line));
    table.hidden = shown.length === 0;
    empty.hidden = shown.length > 0;
    empty.textContent = model.empty;
    tick();
  };

  const tick = () => {
    for (const one of shown) {
      const { row } = one;
      const silent = one.said();
      let { kind, words } = row;
      if (silent !== null && silent > model.silent_after_s) {
        kind = "bad";
        words = `silent for ${ageWords(silent)}`;
      }
      if (one.words !== kind + words) {
        one.words = kind + words;
        one.state.replaceChildren(stateChip(kind, words));
        one.state.title = words;
      }
      const seconds = one.frame();
      one.age.textContent = ageWords(seconds);
      one.age.className = "number " + (seconds === null || seconds > model.stale_after_s ? "warning" : "");
      one.line.classList.toggle("stale", kind === "bad");
    }
  };

  model.on(["rows", "empty"], draw);
  draw();
  whileShown(model, tick);
  return part;
}
