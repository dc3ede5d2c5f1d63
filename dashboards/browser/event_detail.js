// Why the chosen event fired: its still, its sound, what it says of itself, and which model said so.

const UNPLAYABLE = "This browser cannot play the sound";

export function render({ model }) {
  const head = make("div", { class: "head" });
  const note = make("div", { class: "notes" });
  const stage = make("div", { class: "stage" });
  const player = make("div", { class: "player" });
  const about = make("div", { class: "about dim" });
  const table = make("dl");
  const empty = make("div", { class: "empty" }, "Choose an event to see why it fired");
  const content = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Chosen event" },
    head, note, stage, player, about, table, empty);
  const part = make("section", { class: "part", "aria-live": "polite" }, content);
  const large = make("dialog", { "aria-label": "Still, enlarged" });
  large.addEventListener("click", () => large.close());
  part.append(large);
  let picture = null;
  let sound = null;

  const describe = () => {
    const { facts } = model;
    const chosen = Boolean(facts.title);
    empty.hidden = chosen;
    for (const node of [head, stage, table]) node.hidden = !chosen;
    note.hidden = !facts.note;
    player.hidden = about.hidden = !facts.sounds;
    stage.classList.toggle("sounds", Boolean(facts.sounds));
    if (!chosen) return;
    head.replaceChildren(icon(facts.shape, facts.colour, facts.severity),
      make("h2", { class: "cut" }, facts.title, facts.count ? ` · ${facts.count}` : ""),
      make("span", { class: "grow" }), make("span", { class: "dim" }, facts.severity));
    note.replaceChildren(...[noteChip(facts.note)].filter(Boolean));
    about.replaceChildren(...facts.about.map((line) => make("div", {}, line)));
    table.replaceChildren(...facts.lines.flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, value)]));
  };

  const look = () => {
    large.close();
    letGo(picture);
    picture = null;
    if (!model.still) {
      stage.replaceChildren(make("div", { class: "nostill dim" }, model.still_words));
      return;
    }
    picture = URL.createObjectURL(new Blob([model.still], { type: "image/jpeg" }));
    const words = `Still of the event: ${model.facts.title}`;
    const enlarge = make("button", { type: "button", class: "still", title: "Enlarge" },
      make("img", { src: picture, alt: words }));
    enlarge.addEventListener("click", () => {
      large.replaceChildren(make("img", { src: picture, alt: words }));
      large.showModal();
    });
    stage.replaceChildren(enlarge);
  };

  const listen = () => {
    letGo(sound);
    sound = null;
    if (!model.sound) {
      player.replaceChildren(make("span", { class: "dim" }, model.sound_words));
      return;
    }
    sound = URL.createObjectURL(new Blob([model.sound], { type: "audio/flac" }));
    const audio = make("audio", { controls: "", preload: "auto", "aria-label": "Sound of the event" });
    audio.addEventListener("error", () => player.replaceChildren(make("span", { class: "warning" }, UNPLAYABLE)));
    audio.src = sound;
    player.replaceChildren(audio);
  };

  // Each on its own, so that a sound that plays is not cut off by news about its event.
  model.on("facts", describe);
  model.on(["still", "still_words"], look);
  model.on(["sound", "sound_words"], listen);
  model.on("remove", () => { letGo(picture); letGo(sound); });
  describe();
  look();
  listen();
  return part;
}
