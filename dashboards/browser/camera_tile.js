// One camera: the newest picture, and how old it is.

export function render({ model }) {
  const say = teller(model);
  const image = make("img", { alt: "", hidden: "" });
  const empty = make("div", { class: "empty" }, say("No picture yet"));
  const old = make("div", { class: "old", role: "status", hidden: "" });
  const state = make("span", { class: "cut state" });
  const note = make("span", { class: "note cut" });
  const title = make("button", { type: "button", class: "cut" });
  const instead = make("button", { type: "button", class: "instead" });
  const place = make("span");
  const detector = make("span", { class: "cut grow" });
  const rate = make("span");
  const age = make("span", { class: "age" });
  const tile = make("section", { class: "part tile" },
    make("div", { class: "head" }, make("h2", { class: "cut" }, title), note, make("span", { class: "grow" }), place, state),
    make("div", { class: "stage" }, image, empty, old),
    make("div", { class: "foot dim" }, detector, rate, age));

  let pictureAge = () => null;
  let address = null;

  const describe = () => {
    title.textContent = model.title;
    title.title = model.large ? model.title : say("{camera}: show it large", { camera: model.title });
    title.setAttribute("aria-pressed", String(model.large));
    tile.classList.toggle("small", !model.large);
    note.textContent = model.note;
    note.title = model.note;
    note.hidden = !model.note;
    place.replaceChildren(...(model.instead ? [instead] : []));
    instead.textContent = model.instead;
    image.alt = say("Camera {camera}", { camera: model.title });
    const { detector: name, rate: speed } = model.health;
    detector.textContent = name ? say("Detector: {detector}", { detector: name }) : "";
    detector.title = detector.textContent;
    rate.textContent = speed;
  };

  const tick = () => {
    const seconds = pictureAge();
    const stale = seconds !== null && seconds > model.stale_after_s;
    tile.classList.toggle("stale", stale);
    const kind = stale && model.health.kind === "good" ? "bad" : model.health.kind;
    const words = stale && model.health.kind === "good" ? say("no picture") : model.health.words;
    if (state.dataset.shown !== kind + words) {
      state.dataset.shown = kind + words;
      state.replaceChildren(stateChip(kind, words));
    }
    age.textContent = seconds === null ? "" : say("{age} old", { age: ageWords(seconds) });
    old.hidden = !stale;
    if (stale) {
      const reason = model.health.reason ? ` – ${model.health.reason}` : "";
      const sentence = `${say("Old picture: {age}", { age: ageWords(seconds) })}${reason}`;
      if (old.textContent !== sentence) old.textContent = sentence;
    }
  };

  const show = async ({ jpeg, captured_at_ms: capturedAt, age_s: ageS }) => {
    const counting = growing(ageS);
    const next = URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    try {
      // Decoded before it is swapped in, so that the tile never flashes.
      const loader = new Image();
      loader.src = next;
      await loader.decode();
      image.src = next;
      image.hidden = false;
      empty.hidden = true;
      image.dataset.capturedAt = String(capturedAt);
      pictureAge = counting;
      letGo(address);
      address = next;
    } catch (error) {
      letGo(next);
      if (image.hidden) empty.textContent = say("The picture cannot be read");
    }
    tick();
    model.send_msg({ drawn: capturedAt });
  };

  model.on("msg:custom", show);
  model.on("words", () => { if (image.hidden) empty.textContent = say("No picture yet"); });
  model.on(["title", "note", "health", "large", "instead", "words"], () => { describe(); tick(); });
  instead.addEventListener("click", (event) => {
    event.stopPropagation();
    model.send_msg({ instead: true });
  });
  tile.addEventListener("click", () => { if (!model.large) model.send_msg({ wanted: true }); });
  model.on("remove", () => letGo(address));
  describe();
  whileShown(model, tick);
  model.send_msg({ drawn: null });
  return tile;
}
