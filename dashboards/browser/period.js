// Which time is looked at. The fields are on the clocks of the site, wherever the viewer is.

export function render({ model }) {
  const say = teller(model);
  const hours = make("span", { class: "hours", role: "group" });
  const from = make("input", { type: "datetime-local", step: "60" });
  const to = make("input", { type: "datetime-local", step: "60" });
  const fromLabel = make("span", { class: "dim" });
  const toLabel = make("span", { class: "dim" });
  const show = make("button", { type: "submit", class: "plain" });
  const own = make("form", { class: "own" }, make("label", {}, fromLabel, from), make("label", {}, toLabel, to), show);
  const state = make("span", { class: "state cut grow", role: "status" });
  const last = make("button", { type: "button", class: "main" });
  const bar = make("section", { class: "part bar" }, hours, own, state, last);

  // Each question is new, even if it asks for the same hours again: they have moved on.
  let number = 0;
  const ask = (choice) => {
    number += 1;
    model.asked = { choice, since: from.value, until: to.value, number };
  };

  const draw = () => {
    bar.setAttribute("aria-label", say("Time"));
    hours.setAttribute("aria-label", say("Last hours"));
    hours.replaceChildren(...Object.entries(model.hours).sort(([a], [b]) => Number(a) - Number(b)).map(([value, name]) => {
      const button = make("button", { type: "button", class: "plain", "data-hours": value,
        "aria-pressed": String(value === model.choice) }, name);
      button.addEventListener("click", () => ask(value));
      return button;
    }));
    write(fromLabel, say("from"));
    write(toLabel, say("to"));
    write(show, say("Show"));
    own.classList.toggle("chosen", model.choice === "own");
    last.hidden = !model.button;
    write(last, model.button);
  };

  const fields = () => {
    if (document.activeElement !== from) from.value = model.since;
    if (document.activeElement !== to) to.value = model.until;
  };

  const tell = () => {
    const { kind, words } = model.state;
    state.className = `state cut grow ${kind ?? ""}`;
    state.title = words ?? "";
    if (!words) state.replaceChildren();
    else if (kind === "waiting") state.replaceChildren(make("span", { class: "spin", "aria-hidden": "true" }), words);
    else state.replaceChildren(stateChip(kind, ""), words);
  };

  own.addEventListener("submit", (event) => { event.preventDefault(); ask("own"); });
  last.addEventListener("click", () => model.send_msg({ pressed: true }));
  model.on(["hours", "choice", "button", "words"], draw);
  model.on(["since", "until"], fields);
  model.on("state", tell);
  draw();
  fields();
  tell();
  return bar;
}
