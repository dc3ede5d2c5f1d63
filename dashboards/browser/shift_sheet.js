// The shift report as a sheet of paper. All words of events and people are set as text.

function table(heads, rows, widths = []) {
  return make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head, at) => make("th", { scope: "col", style: widths[at] ? `width:${widths[at]}` : null }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) =>
      cell instanceof Node ? make("td", {}, cell) : make("td", { class: typeof cell === "number" ? "number" : null }, String(cell)))))));
}

function pairs(rows, name) {
  return make("dl", { class: name }, ...rows.map(([label, value]) =>
    make("div", {}, make("dt", {}, label), make("dd", {}, value))));
}

function lines(...words) {
  return make("div", {}, ...words.filter(Boolean).map((one) => (one instanceof Node ? one : make("div", {}, one))));
}

export function render({ model }) {
  const say = teller(model);
  const sheet = make("article", { class: "sheet" });

  const section = (title, ...content) => make("section", {}, make("h2", {}, title), ...content);
  const short = (words) => make("span", { class: "short" }, words);
  const none = (words) => make("p", { class: "none" }, words);

  const deed = (one) => make("div", { class: "deed" }, make("time", {}, one.at), " ", make("b", {}, one.by), " ",
    one.did, one.words ? `: ${one.words}` : "");

  // The mark keeps its shape in black and white; the word stands beside it.
  const what = (row) => lines(
    make("div", { class: "title" }, icon(row.shape, "#000", ""), make("b", {}, row.title)),
    make("div", { class: "small" }, row.severity), row.kinds === row.title ? null : make("div", { class: "small" }, row.kinds),
    row.silenced ? make("div", { class: "small" }, row.silenced) : null);

  const stands = (row) => lines(make("b", {}, row.state), row.verdict,
    row.reason ? `${say("reason")}: ${row.reason}` : null, row.note ? `${say("note")}: ${row.note}` : null);

  const deeds = (row) => (row.done.length || row.handover
    ? lines(row.handover ? make("div", { class: "handover" }, make("b", {}, `${say("Hand over")}: `), row.handover) : null,
      ...row.done.map(deed))
    : lines(make("span", { class: "none" }, say("nobody did anything in this shift"))));

  const alerts = (rows) => table([say("Alert"), say("Place"), say("Came"), say("State and verdict"), say("What was done, by whom")],
    rows.map((row) => [what(row), row.place, row.came, stands(row), deeds(row)]), ["21%", "16%", "11%", "17%", "35%"]);

  const draw = () => {
    const told = model.sheet;
    if (!told.head) {
      sheet.replaceChildren(none(model.instead));
      return;
    }
    const counts = make("div", { class: "counts" }, ...told.tables.map((one) => make("div", {}, make("h3", {}, one.title),
      one.rows.length ? pairs(one.rows.map(([label, number]) => [label, String(number)]), "count") : none(say("no alerts")))));
    sheet.replaceChildren(
      make("header", {}, make("div", { class: "mark" }, "Hlaska"), make("h1", {}, say("Shift report"))),
      pairs(told.head, "head"),
      section(say("Summary"), pairs(told.facts, "facts"), counts),
      section(say("Open at the end – to hand over"), told.open.length ? alerts(told.open) : none(say("Nothing is open."))),
      section(say("Closed in the shift"), told.closed.length ? alerts(told.closed) : none(say("Nothing was closed."))),
      section(say("Levels: how long at each"), table(
        [say("Zone"), say("Highest"), ...told.levels.map(([number, word]) => `${number} ${word}`), say("not known")],
        told.zones.map((zone) => [zone.name, zone.highest, ...[...zone.lasted, zone.unknown].map(short)]), ["30%"])),
      section(say("Silences in force"), told.silences.length
        ? table([say("What is not told of"), say("Until"), say("Why"), say("By")], told.silences.map((one) => [one.what, one.until, one.reason, one.by]))
        : none(say("Nothing is silenced."))),
      section(say("Sources lost or impaired"), told.outages.length
        ? table([say("Source"), say("How"), say("From"), say("To"), say("For"), say("Why")],
          told.outages.map((one) => [one.source, one.how, one.from, one.to, short(one.lasted), one.reason]))
        : none(say("All sources worked, as far as they told."))),
      section(say("Traffic counted"), told.crossings.length
        ? table([say("Camera"), say("Line"), say("What"), say("Way"), say("Count")],
          told.crossings.map((one) => [one.source, one.line, one.what, one.direction, make("span", { class: "number" }, one.count)]))
        : none(say("Nothing was counted."))),
      make("footer", {}, make("span", {}, say("Handed over by")), make("span", {}, say("Taken over by"))));
  };

  // The browser prints when the sheet is there, so that no empty page comes out.
  let printed = model.printing;
  model.on("printing", () => {
    if (model.printing > printed && model.sheet.head) requestAnimationFrame(() => window.print());
    printed = model.printing;
  });
  model.on(["sheet", "instead", "words"], draw);
  draw();
  return sheet;
}
