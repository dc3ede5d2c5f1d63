// Pictures and sounds of a report, side by side.

export function render({ model }) {
  const say = teller(model);
  const title = make("h2");
  const count = make("span", { class: "dim" });
  const row = make("div", { class: "row" });
  const empty = make("div", { class: "nothing" });
  const large = make("dialog");
  large.addEventListener("click", () => large.close());
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title, make("span", { class: "grow" }), count), row, empty, large);

  const pictureOf = (one) => {
    const button = make("button", { type: "button", class: "still", title: say("Enlarge") },
      make("img", { src: one.image, alt: one.caption }));
    button.addEventListener("click", () => {
      large.replaceChildren(make("img", { src: one.image, alt: one.caption }));
      large.showModal();
    });
    return button;
  };

  const soundOf = (one) => {
    const audio = make("audio", { controls: "", preload: "metadata", "aria-label": one.caption });
    audio.addEventListener("error", () => audio.replaceWith(make("span", { class: "warning small" }, say("This browser cannot play the sound"))));
    audio.src = one.sound;
    return audio;
  };

  const cardOf = (one) => make("figure", {},
    one.image ? pictureOf(one) : make("div", { class: "still words" }, one.words),
    one.sound ? soundOf(one) : null,
    make("figcaption", { title: one.caption }, one.caption));

  const draw = () => {
    write(title, model.heading);
    write(count, model.cases.length ? String(model.cases.length) : "");
    const shown = JSON.stringify(model.cases);
    // A sound that plays is not begun anew because another picture has come.
    if (row.shown !== shown) {
      row.shown = shown;
      row.replaceChildren(...model.cases.map(cardOf));
    }
    row.hidden = model.cases.length === 0;
    empty.hidden = model.cases.length > 0;
    nothing(empty, model.empty, model.command);
  };

  model.on(["heading", "cases", "empty", "command", "words"], draw);
  draw();
  return part;
}
