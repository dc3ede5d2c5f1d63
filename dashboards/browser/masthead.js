// Which page, where we are, what time it is there, who looks, and whether what is shown is true.

const SILENT_SERVER_S = 5;
const PERSON = "hlaska.person";
const LANGUAGE = "hlaska.language";

// A browser may forbid to keep anything: then one says it again at each page.
function kept(name) {
  try { return localStorage.getItem(name) ?? ""; } catch (error) { return ""; }
}
function keep(name, value) {
  try { localStorage.setItem(name, value); } catch (error) { /* see above */ }
}

export function render({ model }) {
  const say = teller(model);
  const pages = make("nav");
  const site = make("strong", { class: "cut" });
  const choice = make("select");
  const level = make("span", { class: "level chip" });
  const sources = make("span", { class: "sources cut" });
  const link = make("span", { class: "link", role: "status" });
  const person = make("input", { type: "text", class: "person", maxlength: "80", autocomplete: "off" });
  const tongue = make("select", { class: "tongue" });
  const clock = make("time");
  const zone = make("span", { class: "dim zone" });
  const bar = make("header", { class: "part bar" },
    make("span", { class: "mark" }, "Hlaska"), pages, site, choice, level,
    make("span", { class: "grow" }), link, make("span", { class: "grow" }), sources, person, tongue,
    clock, zone);

  let beat = growing(0);
  let lost = growing(0);
  let now = () => model.now_ms;

  const draw = () => {
    const several = Object.keys(model.sites).length > 1;
    site.textContent = model.sites[model.site] ?? "";
    site.hidden = several;
    choice.hidden = !several;
    choice.setAttribute("aria-label", say("Site"));
    choice.replaceChildren(...Object.entries(model.sites).map(([id, name]) =>
      make("option", { value: id }, name)));
    choice.value = model.site;
    sources.title = model.sources.words;
    sources.replaceChildren(...(model.sources.words ? [stateChip(model.sources.kind, model.sources.words)] : []));
    zone.textContent = model.time_zone.split("/").pop().replaceAll("_", " ");
  };

  // Each page has a window of its own, so that nobody leaves the queue to look something up.
  const drawPages = () => {
    const asks = new URLSearchParams({ language: model.language, ...(model.site ? { site: model.site } : {}) });
    pages.setAttribute("aria-label", say("Pages"));
    pages.replaceChildren(...Object.entries(model.pages).map(([name, title]) => name === model.page
      ? make("h1", { "aria-current": "page" }, model.title)
      : make("a", { href: `${name}?${asks}`, target: `hlaska-${name}` }, title)));
    if (!(model.page in model.pages)) pages.prepend(make("h1", {}, model.title));
    document.title = `Hlaska – ${model.title.toLowerCase()}`;
    document.documentElement.lang = model.language;
    tongue.setAttribute("aria-label", say("Language"));
    tongue.replaceChildren(...Object.entries(model.languages).map(([code, name]) =>
      make("option", { value: code, title: name }, code.toUpperCase())));
    tongue.value = model.language;
  };

  const drawPerson = () => {
    person.hidden = !model.asks_person;
    person.placeholder = say("Your name");
    person.title = say("Who gives the orders of this page");
    person.setAttribute("aria-label", say("Your name"));
    person.classList.toggle("missing", !model.person);
    if (document.activeElement !== person) person.value = model.person;
  };

  const drawLevel = () => {
    const { word, shape, colour } = model.level;
    level.hidden = !word;
    if (!word) return;
    level.style.setProperty("--level", colour);
    level.title = say("Threat level of the whole site");
    level.replaceChildren(icon(shape, colour, ""), word);
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
      words = say("No connection to the dashboard server since {age} – what you see is old", { age: ageWords(beat()) });
    } else if (!model.link_state.connected) {
      const age = ageWords(lost());
      words = model.site ? say("No connection to the gateway since {age} – what you see is old", { age })
        : say("No connection to the gateway since {age}", { age });
    }
    bar.classList.toggle("lost", words !== null);
    link.title = model.link_state.connected ? "" : model.link_state.reason;
    const chip = words === null ? stateChip("good", say("live")) : stateChip("bad", words);
    if (link.textContent !== chip.textContent) link.replaceChildren(chip);
  };

  choice.addEventListener("change", () => { model.site = choice.value; });
  person.addEventListener("change", () => {
    const name = person.value.trim();
    person.value = name;
    keep(PERSON, name);
    model.person = name;
  });
  person.addEventListener("keydown", (event) => { if (event.key === "Enter") person.blur(); });
  tongue.addEventListener("change", () => {
    keep(LANGUAGE, tongue.value);
    const address = new URL(window.location.href);
    address.searchParams.set("language", tongue.value);
    window.history.replaceState(null, "", address);
    model.language = tongue.value;
  });
  model.on(["site", "sites", "sources", "time_zone", "words"], draw);
  model.on(["site", "title", "page", "pages", "language", "languages", "words"], drawPages);
  model.on(["person", "asks_person", "words"], drawPerson);
  model.on(["level", "words"], drawLevel);
  model.on("link_state", linked);
  model.on("now_ms", hear);
  model.on("words", tick);
  if (!model.person && kept(PERSON)) model.person = kept(PERSON);
  const asked = new URL(window.location.href).searchParams.has("language");
  if (!asked && kept(LANGUAGE) in model.languages) model.language = kept(LANGUAGE);
  draw();
  drawPages();
  drawPerson();
  drawLevel();
  linked();
  hear();
  whileShown(model, tick);
  return bar;
}
