// What came of results: cards below each other.

export function render({ model }) {
  const say = teller(model);
  const title = make("h2");
  const list = make("ol");
  const empty = make("div", { class: "nothing" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title), make("div", { class: "scroll grow" }, list), empty);

  const curveOf = (values) => {
    if (!values || values.length < 2) return null;
    const low = Math.min(...values, 0);
    const span = Math.max(...values) - low || 1;
    const svg = drawn("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", class: "curve", "aria-hidden": "true" });
    svg.append(drawn("path", { d: values.map((value, place) =>
      `${place ? "L" : "M"}${(100 * place / (values.length - 1)).toFixed(1)} ${(22 - 20 * (value - low) / span).toFixed(1)}`).join("") }));
    return svg;
  };

  const headOf = (card) => {
    if (!card.id) return make("b", { class: "cut" }, card.head);
    const button = make("button", { type: "button", class: "name cut", "data-card": card.id, title: say("Show this report") }, card.head);
    button.addEventListener("click", () => { model.selected = ""; model.selected = card.id; });
    return button;
  };

  const lineOf = (line) => make("div", { class: "fact" },
    make("span", { class: "dim label" }, line.label),
    make("span", { class: "value" }, line.value, line.link ? " " : "", ...[pageLink(line.link, say("MLflow page"))].filter(Boolean)),
    line.words ? make("span", { class: "dim words", title: line.words }, line.words) : null);

  const cardOf = (card) => make("li", {},
    make("div", { class: "line" }, headOf(card), make("span", { class: "grow" }),
      card.chip?.kind ? stateChip(card.chip.kind, card.chip.words) : null, make("time", { class: "dim" }, card.time)),
    card.words ? make("p", {}, card.words) : null,
    make("div", { class: "beside" },
      make("div", { class: "facts" }, ...(card.lines ?? []).map(lineOf)),
      card.image ? make("img", { src: card.image, alt: card.head }) : null),
    curveOf(card.curve),
    card.command ? make("code", {}, card.command) : null,
    card.link ? pageLink(card.link, say("MLflow page")) : null);

  const draw = () => {
    write(title, model.heading);
    list.replaceChildren(...model.cards.map(cardOf));
    list.parentElement.hidden = model.cards.length === 0;
    empty.hidden = model.cards.length > 0;
    nothing(empty, model.empty, model.command);
  };

  model.on(["heading", "cards", "empty", "command", "words"], draw);
  draw();
  return part;
}
