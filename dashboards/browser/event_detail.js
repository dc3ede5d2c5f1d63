// Why the chosen event fired: its still, its sound, its conversations, what it says of itself, and which model said so.

const UNPLAYABLE = "This browser cannot play the sound";

// Conversations: two lines a row, as the part is narrow.
const TALKS = [
  ["Who", "to whom", "who", "whom"],
  ["What", "outcome", "service", "outcome"],
  ["Flows", "", "flows", null],
  ["Sent", "received", "sent", "received"],
  ["First", "last", "first", "last"],
];

function talkRow(row) {
  return make("tr", { title: row.addresses }, ...TALKS.map(([, , above, below]) => make("td", {},
    make("div", { class: "cut" }, row[above]),
    below ? make("div", { class: `cut ${below === "outcome" ? `state ${row.state}` : "dim"}` },
      below === "whom" ? `→ ${row[below]}` : row[below]) : null)));
}

export function render({ model }) {
  const head = make("div", { class: "head" });
  const note = make("div", { class: "notes" });
  const stage = make("div", { class: "stage" });
  const player = make("div", { class: "player" });
  const about = make("div", { class: "about dim" });
  const table = make("dl");
  const words = make("div", { class: "words" });
  const figures = make("div", { class: "figures" });
  const camera = make("button", { type: "button", class: "camera" });
  const talks = make("div", { class: "talks", tabindex: "0", "aria-label": "Conversations" });
  const empty = make("div", { class: "empty" }, "Choose an event to see why it fired");
  const content = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Chosen event" },
    head, note, words, figures, camera, stage, player, about, talks, table, empty);
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
      make("h2", { class: "cut" }, facts.title, facts.count ? ` · ${facts.count}` : ""),
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
    camera.textContent = camera.disabled ? `Shown large: ${name}` : `Show camera ${name}`;
  };
  camera.addEventListener("click", () => model.send_msg({ wanted: true }));

  const list = () => {
    const { rows, more, words: instead } = model.talks;
    if (!rows.length) {
      talks.replaceChildren(make("div", { class: "nostill dim" }, instead));
      return;
    }
    const headings = TALKS.map(([above, below]) => make("th", { scope: "col" },
      make("div", {}, above), make("div", {}, below)));
    talks.replaceChildren(
      make("table", { "aria-label": "Conversations" }, make("thead", {}, make("tr", {}, ...headings)),
        make("tbody", {}, ...rows.map(talkRow))),
      ...(more ? [make("div", { class: "more dim" }, more)] : []));
    talks.scrollTop = 0;
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
  model.on("large", aim);
  model.on("talks", list);
  model.on(["still", "still_words"], look);
  model.on(["sound", "sound_words"], listen);
  model.on("remove", () => { letGo(picture); letGo(sound); });
  describe();
  list();
  look();
  listen();
  return part;
}
