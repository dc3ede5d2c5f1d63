// Why the chosen event fired: its still, what it says of itself, and which model said so.

export function render({ model }) {
  const content = make("div", { class: "scroll grow", tabindex: "0", "aria-label": "Chosen event" });
  const part = make("section", { class: "part", "aria-live": "polite" }, content);
  const large = make("dialog", { "aria-label": "Still, enlarged" });
  large.addEventListener("click", () => large.close());
  part.append(large);
  let address = null;

  const forget = () => { letGo(address); address = null; };

  const still = () => {
    if (!model.still) return make("div", { class: "nostill dim" }, model.still_words);
    address = URL.createObjectURL(new Blob([model.still], { type: "image/jpeg" }));
    const words = `Still of the event: ${model.facts.title}`;
    const enlarge = make("button", { type: "button", class: "still", title: "Enlarge" },
      make("img", { src: address, alt: words }));
    enlarge.addEventListener("click", () => {
      large.replaceChildren(make("img", { src: address, alt: words }));
      large.showModal();
    });
    return enlarge;
  };

  const draw = () => {
    forget();
    large.close();
    const { facts } = model;
    if (!facts.title) {
      content.replaceChildren(make("div", { class: "empty" }, "Choose an event to see why it fired"));
      return;
    }
    const table = make("dl", {}, ...facts.lines.flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, value)]));
    content.replaceChildren(
      make("div", { class: "head" }, icon(facts.shape, facts.colour, facts.severity),
        make("h2", { class: "cut" }, facts.title), make("span", { class: "grow" }),
        make("span", { class: "dim" }, facts.severity)),
      still(), table);
  };

  model.on(["facts", "still", "still_words"], draw);
  model.on("remove", forget);
  draw();
  return part;
}
