// Where we are, what time it is there, and whether what is shown is true.

const SILENT_SERVER_S = 5;

export function render({ model }) {
  const site = make("strong");
  const choice = make("select", { "aria-label": "Site" });
  const sources = make("span");
  const link = make("span", { class: "link", role: "status" });
  const clock = make("time");
  const zone = make("span", { class: "dim" });
  const bar = make("header", { class: "part bar" },
    make("span", { class: "mark" }, "Hlaska"), make("h1", {}, "Live threat"), site, choice,
    make("span", { class: "grow" }), link, make("span", { class: "grow" }), sources, clock, zone);

  let beat = growing(0);
  let lost = growing(0);
  let now = () => model.now_ms;

  const draw = () => {
    const several = Object.keys(model.sites).length > 1;
    site.textContent = model.sites[model.site] ?? "";
    site.hidden = several;
    choice.hidden = !several;
    choice.replaceChildren(...Object.entries(model.sites).map(([id, name]) =>
      make("option", { value: id }, name)));
    choice.value = model.site;
    sources.replaceChildren(...(model.sources.words ? [stateChip(model.sources.kind, model.sources.words)] : []));
    zone.textContent = model.time_zone.split("/").pop().replaceAll("_", " ");
  };

  const linked = () => { lost = growing(model.link_state.since_age_s); tick(); };

  const hear = () => {
    const since = performance.now();
    const then = model.now_ms;
    now = () => then + performance.now() - since;
    beat = growing(0);
    tick();
  };

  const tick = () => {
    const moment = new Date(now());
    const zoneName = model.time_zone || "UTC";
    clock.textContent = moment.toLocaleTimeString("en-GB", { timeZone: zoneName });
    let words = null;
    if (beat() > SILENT_SERVER_S) {
      words = `No connection to the dashboard server since ${ageWords(beat())} – what you see is old`;
    } else if (!model.link_state.connected) {
      words = `No connection to the gateway since ${ageWords(lost())}`;
      if (model.site) words += " – what you see is old";
    }
    bar.classList.toggle("lost", words !== null);
    link.title = model.link_state.connected ? "" : model.link_state.reason;
    const chip = words === null ? stateChip("good", "live") : stateChip("bad", words);
    if (link.textContent !== chip.textContent) link.replaceChildren(chip);
  };

  choice.addEventListener("change", () => { model.site = choice.value; });
  model.on(["site", "sites", "sources", "time_zone"], draw);
  model.on("link_state", linked);
  model.on("now_ms", hear);
  draw();
  linked();
  hear();
  whileShown(model, tick);
  return bar;
}
