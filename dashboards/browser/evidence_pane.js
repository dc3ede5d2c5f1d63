// What one sense has of a minute: a picture, a player, conversations, or words.

export function render({ model }) {
  const say = teller(model);
  const head = make("div", { class: "head" });
  const note = make("div", { class: "marked" });
  const instead = make("button", { type: "button", class: "swap" });
  const stage = make("div", { class: "stage" });
  const player = make("div", { class: "player" });
  const other = make("div", { class: "other warning cut" });
  const line = make("div", { class: "line cut" });
  const part = make("section", { class: "part" }, head, make("div", { class: "theatre" }, stage, note), player, other, line);
  const picture = pictureOn(stage, part);
  const sound = soundIn(player);

  const describe = () => {
    const { facts } = model;
    const { title = "", sense, before, old } = facts;
    part.classList.toggle("old", Boolean(old));
    head.replaceChildren(
      sense ? make("span", { class: "dim sense" }, sense) : "",
      facts.shape ? icon(facts.shape, facts.colour, facts.severity) : "",
      make("h2", { class: "cut", title }, title), make("span", { class: "grow" }),
      before ? make("span", { class: old ? "age warning" : "age" }, before) : "",
      facts.instead ? instead : "");
    instead.textContent = facts.instead ?? "";
    note.replaceChildren(...[noteChip(facts.note)].filter(Boolean));
    other.textContent = facts.other ?? "";
    other.hidden = !facts.other;
    write(line, facts.line ?? "");
    line.title = facts.line ?? "";
    line.hidden = !facts.line;
    player.hidden = !facts.sounds;
    look();
    listen();
  };

  let listed = "";
  const look = () => {
    const { talks, told, title, words } = model.facts;
    const shown = talks?.rows ? JSON.stringify([talks, told, model.words]) : "";
    for (const node of [stage, stage.parentNode]) node.classList.toggle("talks", Boolean(shown));
    if (shown) {
      if (shown === listed) return;
      listed = shown;
      picture.drop();
      const columns = [[say("Who"), "who", "", "whom"], [say("What"), "service", "", "outcome"],
        [say("Flows"), "flows"]];
      const rows = talks.rows.map((row) => ({ ...row, whom: `→ ${row.whom}` }));
      stage.replaceChildren(told ? make("p", {}, told) : "",
        rows.length ? talkTable(say("Conversations"), columns, rows)
          : make("div", { class: "instead dim" }, talks.words),
        talks.more ? make("div", { class: "dim small" }, talks.more) : "");
      return;
    }
    listed = "";
    picture.show(model.still, words || (title ? model.still_words : ""), title ?? "", say("Enlarge"));
  };

  const listen = () => sound.show(model.sound, model.sound_words, say("Sound of the alert"),
    say("This browser cannot play the sound"));

  instead.addEventListener("click", () => model.send_msg({ instead: true }));
  model.on(["facts", "words"], describe);
  model.on(["still", "still_words"], look);
  model.on(["sound", "sound_words"], listen);
  model.on("remove", () => { picture.drop(); sound.drop(); });
  describe();
  return part;
}
