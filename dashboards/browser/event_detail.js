// Why the chosen event fired: its still, its sound, its conversations, what it says of itself, and which model said so.

export function render({ model }) {
  const say = teller(model);
  const head = make("div", { class: "head" });
  const note = make("div", { class: "notes" });
  const stage = make("div", { class: "stage" });
  const player = make("div", { class: "player" });
  const about = make("div", { class: "about dim" });
  const table = make("dl");
  const words = make("div", { class: "words" });
  const figures = make("div", { class: "figures" });
  const camera = make("button", { type: "button", class: "camera" });
  const talks = make("div", { class: "talks", tabindex: "0" });
  const empty = make("div", { class: "empty" });
  const content = make("div", { class: "scroll grow", tabindex: "0" },
    head, note, words, figures, camera, stage, player, about, talks, table, empty);
  const part = make("section", { class: "part", "aria-live": "polite" }, content);
  const picture = pictureOn(stage, part);
  const sound = soundIn(player);

  const describe = () => {
    const { facts } = model;
    const chosen = Boolean(facts.title);
    empty.hidden = chosen;
    for (const node of [head, table]) node.hidden = !chosen;
    stage.hidden = !chosen || !facts.pictured;
    words.hidden = !facts.words;
    figures.hidden = !facts.figures?.length;
    talks.hidden = !facts.talks;
    aim();
    note.hidden = !facts.note;
    player.hidden = about.hidden = !facts.sounds;
    stage.classList.toggle("sounds", Boolean(facts.sounds));
    if (!chosen) return;
    head.replaceChildren(icon(facts.shape, facts.colour, facts.severity),
      make("h2", { class: "cut", title: facts.title }, facts.title, facts.count ? ` · ${facts.count}` : ""),
      make("span", { class: "grow" }), make("span", { class: "dim" }, facts.severity));
    note.replaceChildren(...[noteChip(facts.note)].filter(Boolean));
    about.replaceChildren(...facts.about.map((line) => make("div", {}, line)));
    words.textContent = facts.words;
    figures.replaceChildren(...facts.figures.map(([label, value]) =>
      make("div", {}, make("b", {}, value), make("span", { class: "dim" }, label))));
    table.replaceChildren(...facts.lines.flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, value)]));
  };

  // What leads to the camera says so when it is shown already.
  const aim = () => {
    const { id, name } = model.facts.camera ?? {};
    camera.hidden = !id;
    camera.disabled = id === model.large;
    camera.title = name ?? "";
    camera.textContent = camera.disabled ? say("Shown large: {camera}", { camera: name }) : say("Show camera {camera}", { camera: name });
  };
  camera.addEventListener("click", () => model.send_msg({ wanted: true }));

  // Two lines a row, as the part is narrow.
  const list = () => {
    const { rows, more, words: instead } = model.talks;
    const columns = [
      [say("Who"), "who", say("to whom"), "whom"],
      [say("What"), "service", say("outcome"), "outcome"],
      [say("Flows"), "flows"],
      [say("Sent"), "sent", say("received"), "received"],
      [say("First"), "first", say("last"), "last"],
    ];
    const pointed = rows.map((row) => ({ ...row, whom: `→ ${row.whom}` }));
    talks.replaceChildren(
      rows.length ? talkTable(say("Conversations"), columns, pointed) : make("div", { class: "instead dim" }, instead),
      more ? make("div", { class: "more dim" }, more) : "");
    talks.scrollTop = 0;
  };

  const look = () => picture.show(model.still, model.still_words,
    say("Still of the event: {title}", { title: model.facts.title ?? "" }), say("Enlarge"));
  const listen = () => sound.show(model.sound, model.sound_words, say("Sound of the event"),
    say("This browser cannot play the sound"));

  const speak = () => {
    content.setAttribute("aria-label", say("Chosen event"));
    talks.setAttribute("aria-label", say("Conversations"));
    empty.textContent = say("Choose an event to see why it fired");
    describe();
    list();
    look();
    listen();
  };

  // Each on its own, so that a sound that plays is not cut off by news about its event.
  model.on("facts", describe);
  model.on("large", aim);
  model.on("talks", list);
  model.on(["still", "still_words"], look);
  model.on(["sound", "sound_words"], listen);
  model.on("words", speak);
  model.on("remove", () => { picture.drop(); sound.drop(); });
  speak();
  return part;
}
