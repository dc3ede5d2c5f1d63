// The chosen alert, and all that was done about it, the newest first.

export function render({ model }) {
  const say = teller(model);
  const head = make("div", { class: "head" });
  const body = make("div", { class: "scroll grow", tabindex: "0" });
  const part = make("section", { class: "part", "aria-live": "polite" }, head, body);

  const draw = () => {
    const facts = model.facts;
    body.setAttribute("aria-label", say("Chosen alert"));
    head.hidden = !facts.title;
    if (!facts.title) {
      body.replaceChildren(make("div", { class: "empty" }, facts.empty ?? ""));
      return;
    }
    head.replaceChildren(icon(facts.shape, facts.colour, facts.severity),
      make("h2", { class: "cut", title: facts.title }, facts.title), make("span", { class: "grow" }),
      make("span", { class: "state cut" }, facts.state));
    const lines = facts.lines.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    const history = facts.history.map(({ time, who, did, words }) => make("li", {},
      make("time", { class: "dim" }, time), make("div", {}, make("b", {}, who), ` ${did}`, words ? `: ${words}` : "")));
    body.replaceChildren(
      make("div", { class: "place" }, `${facts.place} · ${facts.severity} · ${facts.confidence}`),
      ...(facts.handover ? [make("div", { class: "handover" }, make("b", {}, `${say("Handed over")}: `), facts.handover)] : []),
      make("dl", {}, ...lines), make("ol", {}, ...history));
  };

  model.on(["facts", "words"], draw);
  draw();
  return part;
}
