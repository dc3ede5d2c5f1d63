// Plays an incident. The moment moves here, smoothly; the server hears of it four times a second.

const TELL_MS = 250;
const USUAL_SPEED = 10;

export function render({ model }) {
  const say = teller(model);
  const play = make("button", { type: "button", class: "play" });
  const slider = make("input", { type: "range", step: "1000" });
  const ticks = make("div", { class: "ticks", "aria-hidden": "true" });
  const clock = make("time");
  const since = make("span", { class: "dim since" });
  const speed = make("select");
  const note = make("span", { class: "missing warning cut" });
  const empty = make("div", { class: "empty" });
  const controls = make("div", { class: "controls" }, play, clock, since,
    make("div", { class: "track grow" }, ticks, slider), note, speed);
  const part = make("section", { class: "part" }, controls, empty);

  let playing = false;
  let moment = model.moment_ms;
  let before = performance.now();

  const offset = (ms) => {
    const seconds = Math.round(Math.abs(ms) / 1000);
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const clockWords = [h, m, s].slice(h ? 0 : 1).map((n, at) => (at ? String(n).padStart(2, "0") : n)).join(":");
    return `${ms < 0 ? "−" : "+"}${clockWords}`;
  };

  const show = () => {
    const { start_ms: start, began_ms: began, time_zone: timeZone } = model.span;
    if (start === undefined) return;
    slider.value = String(moment - start);
    const when = new Date(moment);
    write(clock, when.toLocaleTimeString("en-GB", { timeZone }));
    clock.title = when.toLocaleDateString(model.words.Play === "Play" ? "en-GB" : undefined, { timeZone });
    write(since, offset(moment - began));
    slider.setAttribute("aria-valuetext", `${clock.textContent}, ${since.textContent}`);
  };

  const draw = () => {
    write(play, playing ? `❚❚ ${say("Pause")}` : `▶ ${say("Play")}`);
    play.setAttribute("aria-pressed", String(playing));
    slider.setAttribute("aria-label", say("Moment that is shown"));
    speed.setAttribute("aria-label", say("How fast"));
    since.title = say("Since its first event");
  };

  const stop = () => { playing = false; draw(); };

  const load = () => {
    const { start_ms: start, end_ms: end } = model.span;
    const ready = start !== undefined;
    controls.hidden = !ready;
    empty.hidden = ready;
    write(empty, model.instead);
    write(note, model.note);
    note.hidden = !model.note;
    note.title = model.note;
    if (!ready) { stop(); return; }
    slider.min = "0";
    slider.max = String(end - start);
    const chosen = speed.value || String(USUAL_SPEED);
    speed.replaceChildren(...model.speeds.map((n) => make("option", { value: String(n) }, `${n}×`)));
    speed.value = chosen;
    ticks.replaceChildren(...model.marks.map(({ ms, title, colour, own }) => {
      const tick = make("i", { class: own ? "own" : null, title });
      tick.style.left = `${(100 * (ms - start)) / (end - start)}%`;
      tick.style.background = colour;
      return tick;
    }));
    show();
    draw();
  };

  const tell = () => { if (model.moment_ms !== moment) model.moment_ms = moment; };

  const tick = () => {
    const now = performance.now();
    const passed = now - before;
    before = now;
    if (!playing) return;
    moment = Math.min(model.span.end_ms, moment + passed * Number(speed.value));
    if (moment >= model.span.end_ms) stop();
    show();
    tell();
  };
  const timer = setInterval(tick, TELL_MS);
  model.on("remove", () => clearInterval(timer));

  play.addEventListener("click", () => {
    if (!playing && moment >= model.span.end_ms) moment = model.span.start_ms;
    playing = !playing;
    before = performance.now();
    draw();
    tell();
  });
  slider.addEventListener("input", () => { moment = model.span.start_ms + Number(slider.value); show(); });
  slider.addEventListener("change", tell);
  // Dragged fast, only what is rested upon for a moment is asked for.
  let rest = null;
  slider.addEventListener("input", () => { clearTimeout(rest); rest = setTimeout(tell, TELL_MS); });
  slider.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); play.click(); }
    const step = { PageUp: 60_000, PageDown: -60_000 }[event.key];
    if (!step) return;
    event.preventDefault();
    moment = Math.min(model.span.end_ms, Math.max(model.span.start_ms, moment + step));
    show();
    tell();
  });
  let loaded = model.span.alert;
  model.on("span", () => {
    if (model.span.alert !== loaded) { loaded = model.span.alert; playing = false; }
    load();
  });
  model.on("moment_ms", () => { if (!playing) { moment = model.moment_ms; show(); } });
  model.on(["marks", "instead", "note", "words", "speeds"], load);
  load();
  return part;
}
