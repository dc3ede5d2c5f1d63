// Precision, recall and false alarms over the threshold. A slider stands on thresholds that were
// measured: between them nothing is known.

const WIDE = 320;
const TALL = 96;
const CURVES = [["precision", 1], ["recall", 2]];

export function render({ model }) {
  const say = teller(model);
  const title = make("h2");
  const system = make("select");
  const key = make("div", { class: "key small" });
  const rows = make("div", { class: "scroll grow" });
  const result = make("div", { class: "result small" });
  const empty = make("div", { class: "nothing" });
  const part = make("section", { class: "part" },
    make("div", { class: "head" }, title, make("span", { class: "grow" }), system), key,
    rows, result, empty);
  let chosen = {};

  const number = (value, digits = 2) => (value === null ? "–" : value.toLocaleString(model.language, { maximumFractionDigits: digits, minimumFractionDigits: digits }));
  const current = () => model.facts.systems?.find((one) => one.name === system.value) ?? model.facts.systems?.[0];
  const nearest = (points, threshold) => points.reduce((best, point, place) =>
    (Math.abs(point[0] - threshold) < Math.abs(points[best][0] - threshold) ? place : best), 0);

  const path = (points, of, x, y) => points.filter((point) => point[of] !== null)
    .map((point, place) => `${place ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[of]).toFixed(1)}`).join("");

  const chartOf = (one) => {
    const x = (threshold) => 6 + (WIDE - 12) * threshold;
    const y = (share) => 6 + (TALL - 12) * (1 - share);
    const most = Math.max(...one.points.map((point) => point[3] ?? 0), 1e-9);
    const rate = (value) => y(Math.sqrt(value / most));
    const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", class: "curves", "aria-hidden": "true" });
    for (const share of [0, 0.5, 1]) svg.append(drawn("line", { x1: 6, x2: WIDE - 6, y1: y(share), y2: y(share), class: "grid" }));
    if (one.card) svg.append(drawn("line", { x1: x(one.card[0]), x2: x(one.card[0]), y1: 0, y2: TALL, class: "card" }));
    for (const [name, of] of CURVES) svg.append(drawn("path", { d: path(one.points, of, x, y), class: name }));
    if (one.points.some((point) => point[3] !== null)) svg.append(drawn("path", { d: path(one.points, 3, x, rate), class: "rate" }));
    const mark = drawn("line", { y1: 0, y2: TALL, class: "mark" });
    svg.append(mark);
    return { svg, point: (threshold) => { mark.setAttribute("x1", x(threshold)); mark.setAttribute("x2", x(threshold)); } };
  };

  const rowOf = (one) => {
    const chart = chartOf(one);
    const start = chosen[one.name] ?? (one.card ? nearest(one.points, one.card[0]) : 0);
    const slider = make("input", { type: "range", min: 0, max: one.points.length - 1, step: 1,
      "aria-label": say("Threshold of {name}", { name: one.words }) });
    slider.value = start;
    const told = make("span", { class: "told" });
    const card = make("button", { type: "button", class: "tocard" });
    const tell = () => {
      const point = one.points[Number(slider.value)];
      chosen[one.name] = Number(slider.value);
      chart.point(point[0]);
      const words = say("from {threshold}: precision {precision}, recall {recall}", { threshold: number(point[0], 3), precision: number(point[1]), recall: number(point[2]) });
      write(told, point[3] === null ? words : `${words}, ${number(point[3], 1)} ${model.facts.rate}`);
      slider.setAttribute("aria-valuetext", told.textContent);
      sum();
    };
    card.hidden = !one.card;
    if (one.card) {
      write(card, say("card: {threshold}", { threshold: number(one.card[0], 3) }));
      card.title = say("Back to the operating point of the card");
      card.addEventListener("click", () => { slider.value = nearest(one.points, one.card[0]); tell(); });
    }
    slider.addEventListener("input", tell);
    tell();
    return make("div", { class: "class", "data-class": one.name },
      make("div", { class: "line" }, make("b", {}, one.words), make("span", { class: "grow" }), card),
      make("div", { class: "stack" }, chart.svg, slider), told);
  };

  // What stands on the card then, to copy; and what all classes together would cost.
  const sum = () => {
    const one = current();
    if (!one) return;
    const points = one.classes.filter((each) => each.name in chosen).map((each) => [each.name, each.points[chosen[each.name]]]);
    const rates = points.map(([, point]) => point[3]).filter((rate) => rate !== null);
    const total = rates.length > 1 ? say("All classes together: {rate}", { rate: `${number(rates.reduce((a, b) => a + b, 0), 1)} ${model.facts.rate}` }) : "";
    result.replaceChildren(make("div", {}, total), make("div", { class: "dim" }, say("For card.json:")),
      make("code", {}, `"operating_point": {${points.map(([name, point]) => `"${name}": ${point[0]}`).join(", ")}}`));
  };

  const drawSystem = () => {
    chosen = {};
    rows.replaceChildren(...(current()?.classes ?? []).map(rowOf));
  };

  const draw = () => {
    const systems = model.facts.systems ?? [];
    const before = system.value;
    write(title, say("Thresholds"));
    system.setAttribute("aria-label", say("System"));
    system.replaceChildren(...systems.map((one) => make("option", { value: one.name }, one.name)));
    if (systems.some((one) => one.name === before)) system.value = before;
    for (const node of [system, key, rows, result]) node.hidden = systems.length === 0;
    empty.hidden = systems.length > 0;
    nothing(empty, model.empty, model.command);
    key.replaceChildren(
      make("span", { class: "precision" }, say("precision")), make("span", { class: "recall" }, say("recall")),
      model.facts.rate ? make("span", { class: "rate" }, model.facts.rate) : "",
      make("span", { class: "card" }, say("operating point of the card")));
    drawSystem();
  };

  system.addEventListener("change", drawSystem);
  model.on(["facts", "language", "empty", "command", "words"], draw);
  draw();
  return part;
}
