// The figures of one report: dots with whiskers, and the tables beside them.

const WIDE = 300;
const LINE = 18;

export function render({ model }) {
  const say = teller(model);
  const title = make("h2", { class: "cut" });
  const chip = make("span", { class: "small" });
  const time = make("time", { class: "dim small" });
  const link = make("span", { class: "small" });
  const summary = make("p", { class: "summary" });
  const legend = make("div", { class: "legend" });
  const dots = make("div", { class: "dots" });
  const tables = make("div", { class: "tables" });
  const body = make("div", { class: "body grow" }, dots, tables);
  const empty = make("div", { class: "nothing" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title, chip, make("span", { class: "grow" }), time, link),
    summary, legend, body, empty);

  const whiskers = (metric, systems) => {
    const span = metric.to - metric.from || 1;
    const at = (value) => 8 + (WIDE - 16) * (Math.min(Math.max(value, metric.from), metric.to) - metric.from) / span;
    const tall = LINE * metric.dots.length + 4;
    const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${tall}`, class: "whiskers", role: "img" });
    svg.setAttribute("aria-label", `${metric.name}: ${metric.dots.map((dot) => `${systems[dot.system].name} ${dot.words}`).join("; ")}`);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const x = at(metric.from + share * span);
      svg.append(drawn("line", { x1: x, x2: x, y1: 0, y2: tall, class: metric.than && share === 0.5 ? "zero" : "grid" }));
    }
    metric.dots.forEach((dot, number) => {
      const { colour, shape, name } = systems[dot.system];
      const y = LINE * number + LINE / 2 + 2;
      const group = drawn("g", { stroke: colour, fill: colour });
      if (dot.low !== null && dot.high !== null) {
        group.append(drawn("line", { x1: at(dot.low), x2: at(dot.high), y1: y, y2: y, "stroke-width": 2 }));
        for (const end of [dot.low, dot.high]) group.append(drawn("line", { x1: at(end), x2: at(end), y1: y - 4, y2: y + 4, "stroke-width": 2 }));
      }
      group.append(drawn("path", { d: shape, transform: `translate(${at(dot.value) - 6} ${y - 6}) scale(0.75)`, stroke: "none", "fill-rule": "evenodd" }));
      const hint = drawn("title", {});
      hint.textContent = `${name}: ${dot.words}`;
      group.append(hint);
      svg.append(group);
    });
    return svg;
  };

  const metricOf = (metric, systems) => make("div", { class: "metric" },
    make("div", { class: "line" }, make("b", {}, metric.name), make("span", { class: "grow" }),
      make("span", { class: "dim small" }, metric.than ? say("difference from {than}", { than: metric.than }) : metric.better)),
    make("div", { class: "pair" },
      make("div", { class: "chart" }, whiskers(metric, systems),
        make("div", { class: "line dim ends" }, make("span", {}, metric.ends[0]), make("span", { class: "grow" }), make("span", {}, metric.ends[1]))),
      make("ul", {}, ...metric.dots.map((dot) => make("li", { title: systems[dot.system].name }, dot.words)))));

  const tableOf = (table) => make("figure", {},
    make("figcaption", {}, table.title),
    table.rows.length && table.heads.length ? make("table", {},
      make("thead", {}, make("tr", {}, make("th", {}), ...table.heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...table.rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row.what), ...row.cells.map((cell) => make("td", {}, cell)))))) : null,
    ...table.reasons.map((reason) => make("p", { class: "warning small" }, reason)),
    table.note ? make("p", { class: "dim small" }, table.note) : null);

  const draw = () => {
    const facts = model.facts;
    const chosen = Boolean(facts.title);
    write(title, chosen ? `${facts.title} – ${facts.kind}` : say("Figures"));
    chip.replaceChildren(...(facts.chip?.kind ? [stateChip(facts.chip.kind, facts.chip.words)] : []));
    write(time, facts.time ?? "");
    link.replaceChildren(...[pageLink(facts.link, say("MLflow page"))].filter(Boolean));
    for (const node of [summary, legend, body]) node.hidden = !chosen;
    empty.hidden = chosen;
    nothing(empty, model.empty, model.command);
    if (!chosen) return;
    write(summary, facts.summary);
    summary.hidden = !facts.summary;
    legend.replaceChildren(
      ...facts.systems.map((one) => make("span", { class: "chip" }, icon(one.shape, one.colour, ""), one.name)),
      ...facts.models.map((name) => make("span", { class: "model small dim" }, name)),
      ...facts.about.map(([name, words]) => make("span", { class: "small dim" }, `${name}: ${words}`)));
    dots.hidden = facts.metrics.length === 0;
    dots.replaceChildren(...facts.metrics.map((metric) => metricOf(metric, facts.systems)));
    tables.replaceChildren(...facts.tables.map(tableOf));
  };

  model.on(["facts", "empty", "command", "words"], draw);
  draw();
  return part;
}
