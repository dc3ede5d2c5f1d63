// Why the level is what it is: each bar begins where the one before ended; lines are the thresholds.

export function render({ model }) {
  const say = teller(model);
  const heading = make("h2");
  const zone = make("span", { class: "cut zone" });
  const level = make("span", { class: "level chip" });
  const body = make("div", { class: "scroll grow", tabindex: "0" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, heading, zone, make("span", { class: "grow" }), level), body);

  const nats = (value) => written(value);

  const bar = (row, scale) => make("div", { class: `row ${row.kind}`, title: `${row.label} · ${row.detail}` },
    make("div", { class: "track" }, make("div", {
      class: "bar", style: `left: ${(100 * row.from) / scale}%; width: max(2px, ${(100 * row.adds) / scale}%)` })),
    make("div", { class: "label" },
      make("span", { class: "grow cut" }, row.label,
        row.detail ? make("span", { class: "dim" }, ` · ${row.detail}`) : ""),
      make("b", {}, `+${nats(row.adds)}`)));

  const draw = () => {
    const facts = model.facts;
    heading.textContent = say("Why");
    body.setAttribute("aria-label", say("Why"));
    zone.textContent = facts.zone ?? "";
    zone.title = facts.zone ?? "";
    level.hidden = !facts.zone;
    if (!facts.zone) {
      body.replaceChildren(make("div", { class: "empty" }, say("The gateway has told no threat level yet")));
      return;
    }
    level.style.setProperty("--level", facts.level.colour);
    level.classList.toggle("unknown", !facts.level.known);
    level.title = say("Probability of a threat: {share}", { share: facts.probability });
    level.replaceChildren(icon(facts.level.shape, facts.level.colour, ""), facts.level.word);
    const lines = facts.thresholds.map(({ at, word, colour, reached }) => make("div", {
      class: `threshold${reached ? " reached" : ""}`, style: `left: ${(100 * at) / facts.scale}%; --level: ${colour}`, title: word }));
    const names = facts.thresholds.map(({ at, word, colour }) => make("span", {
      style: `left: ${(100 * at) / facts.scale}%; --level: ${colour}` }, word));
    const bars = facts.rows.length ? facts.rows.map((row) => bar(row, facts.scale))
      : [make("div", { class: "dim nothing" }, facts.empty)];
    body.replaceChildren(
      make("div", { class: "names" }, ...names),
      make("div", { class: "bars" }, make("div", { class: "lines" }, ...lines), ...bars),
      make("div", { class: "sum" }, say("Sum of evidence: {sum}", { sum: nats(facts.score) })),
      make("div", { class: "senses" }, make("span", { class: "dim" }, `${say("Who watches")}: `),
        ...(facts.senses.length ? facts.senses.map(({ kind, words }) => stateChip(kind, words))
          : [stateChip("bad", say("nobody"))])),
      make("ul", { class: "told" },
        ...[facts.falls, facts.raises, facts.people].filter(Boolean).map((words) => make("li", {}, words))));
  };

  model.on(["facts", "words"], draw);
  draw();
  return part;
}
