// What can be done, one key each. Questions are asked in a dialog; what was written in it stays until
// the order is done. Each order bears the versions of the alerts as they were seen when it was begun.

const ASKS = "actions";
const PATIENCE_MS = 15000;
const VERDICT_KEYS = { true: "t", false: "f", drill: "d", unsure: "u" };
const MINUTES = [10, 30, 120, 480];

export function render({ model }) {
  const say = teller(model);
  const buttons = make("div", { class: "buttons", role: "toolbar" });
  const about = make("span", { class: "about cut" });
  const status = make("span", { class: "status cut grow", role: "status" });
  const bell = bellOf(model, say);
  const dialog = make("dialog");
  const part = make("section", { class: "part bar" }, buttons, about, status, bell.box, dialog);

  let number = Date.now();
  const waiting = new Map();
  let asking = null;

  const actions = () => [
    { key: "a", order: "acknowledge", words: say("Acknowledge"), run: () => send({ do: "acknowledge" }) },
    { key: "s", order: "assign", words: say("Take it"), run: () => send({ do: "assign", to: model.person }) },
    { key: "r", order: "resolve", words: say("Resolve"), run: askVerdict("resolve", say("Resolved: what was it?")) },
    { key: "x", order: "dismiss", words: say("Dismiss"), run: askReason },
    { key: "v", order: "judge", words: say("Verdict"), run: askVerdict("judge", say("What was it?")) },
    { key: "n", order: "note", words: say("Note"), run: askText("note", say("Note"), "") },
    { key: "h", order: "hand-over", words: say("Hand over"), run: askText("hand-over", say("What the next shift should know"), "") },
    { key: "m", order: "silence", words: say("Silence"), run: askSilence },
    { key: "o", order: "reopen", words: say("Reopen"), run: () => send({ do: "reopen" }) },
  ];

  // Why an action cannot be taken now; null when it can.
  const why = ({ order }) => {
    if (model.barred) return model.barred;
    if (model.targets.length === 0) return say("No alert is chosen");
    if (order === "silence") {
      if (model.targets.length > 1) return say("Silence one alert at a time");
      return model.targets[0].open ? null : say("It is closed");
    }
    if (model.targets.every(({ can }) => can.includes(order))) return null;
    if (order === "resolve" && model.targets.every(({ open }) => open)) return say("Acknowledge it first (A): somebody must have looked");
    if (order === "acknowledge" && model.targets.every(({ open }) => open)) return say("It is acknowledged already");
    if (order === "reopen") return say("It is open");
    return say("Not possible for all that are chosen");
  };

  const tell = (kind, words) => {
    status.replaceChildren(words ? stateChip(kind, words) : "");
    status.title = words;
    status.dataset.kind = kind;
  };

  // Who goes to another alert, or orders something, and at once presses a key means what the page is
  // about to show, not what it still shows.
  let later = null;
  const settled = () => [...waiting.values()].every(({ late }) => late)
    && JSON.stringify(model.targets.map(({ id }) => id)) === (document.body.dataset.meant ?? "[]");
  const follow = () => {
    if (!later || !settled()) return;
    const { action } = later;
    later = null;
    if (!asking) take(action);
  };

  const take = (action) => {
    if (!settled()) {
      const mine = { action };
      later = mine;
      setTimeout(() => {
        if (later !== mine) return;
        later = null;
        tell("bad", say("Nothing was ordered: the page has not followed yet; press it again"));
      }, 3000);
      return;
    }
    later = null;
    const reason = why(action);
    if (reason) tell("warning", reason);
    else action.run();
  };

  const send = (order, targets = model.targets) => {
    if (["text", "reason", "to"].some((name) => order[name]?.trim() === "")) {
      asking?.refuse(say("Write something first"));
      return;
    }
    number += 1;
    const mine = number;
    waiting.set(mine, { asking, words: actions().find((one) => one.order === (order.silence ? "silence" : order.do))?.words ?? "" });
    tell("off", say("Being ordered …"));
    asking?.hold();
    model.send_msg({ ...order, number: mine, targets: targets.map(({ id, version }) => [id, version]) });
    setTimeout(() => {
      if (!waiting.has(mine)) return;
      waiting.get(mine).late = true;
      tell("bad", say("No answer yet: look whether it was done before you order it again"));
    }, PATIENCE_MS);
  };

  const answered = () => {
    const { number: which, done, words } = model.answer;
    const order = waiting.get(which);
    if (!order) {
      if (which) tell(done ? "good" : "bad", words || say("Done"));
      return;
    }
    waiting.delete(which);
    const said = done ? [`${say("Done")}: ${order.words}`, words].filter(Boolean).join(" – ") : words;
    tell(done ? (words ? "warning" : "good") : "bad", said);
    if (order.asking && order.asking === asking) {
      if (done) close();
      else asking.refuse(said);
    }
    follow();
  };

  // ---- questions

  // The browser tells of a closing later, when the next question may be open already.
  const clear = () => {
    if (dialog.open) return;
    asking = null;
    delete document.body.dataset.asking;
    dialog.replaceChildren();
  };
  const close = () => { dialog.close(); clear(); };
  dialog.addEventListener("close", clear);

  const ask = (title, keys, ...content) => {
    const targets = model.targets;
    const refusal = make("div", { class: "bad refusal", role: "alert" });
    const names = [...new Set(targets.map((one) => one.title))].slice(0, 4).join(", ");
    const whom = targets.length > 1 ? say("{alerts} alerts: {names}", { alerts: targets.length, names }) : names;
    dialog.replaceChildren(
      make("h3", {}, title), make("div", { class: "dim small" }, whom), ...content, refusal,
      make("div", { class: "dim small" }, say("Esc: cancel")));
    dialog.setAttribute("aria-label", title);
    let focus = null;
    asking = {
      targets,
      keys,
      // Until the answer nothing can be written here; keys mean the page again, and wait for it too.
      hold: () => { focus = dialog.querySelector(":focus"); dialog.inert = true; },
      refuse: (words) => { refusal.textContent = words; dialog.inert = false; focus?.focus(); },
    };
    dialog.inert = false;
    document.body.dataset.asking = ASKS;
    dialog.showModal();
    return asking;
  };

  const choice = (key, words, act) => {
    const button = make("button", { type: "button", class: "choice" }, make("kbd", {}, key.toUpperCase()), words);
    button.addEventListener("click", act);
    return button;
  };

  const field = (label, rows = 1) => {
    const area = make("textarea", { rows: String(rows), maxlength: "1000", "aria-label": label, placeholder: label });
    return area;
  };

  // Enter sends; with Shift it begins a new line.
  const entering = (area, act) => area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    act();
  });

  const askVerdict = (order, title) => () => {
    const note = field(say("Note (Tab to write one)"));
    const keys = {};
    const choices = model.verdicts.map(([verdict, words]) => {
      keys[VERDICT_KEYS[verdict]] = () => send({ do: order, verdict, note: note.value }, asking.targets);
      return choice(VERDICT_KEYS[verdict], words, () => keys[VERDICT_KEYS[verdict]]());
    });
    ask(title, keys, make("div", { class: "choices" }, ...choices), note);
    choices[0].focus();
  };

  const askReason = () => {
    const other = field(say("Another reason (Tab to write it, Enter sends)"));
    const keys = {};
    const order = (reason) => send({ do: "dismiss", reason }, asking.targets);
    const choices = model.reasons.map((reason, place) => {
      keys[String(place + 1)] = () => order(reason);
      return choice(String(place + 1), reason, () => order(reason));
    });
    entering(other, () => order(other.value));
    ask(say("Dismissed: why?"), keys, make("div", { class: "choices" }, ...choices), other);
    choices[0].focus();
  };

  const askText = (order, title) => () => {
    const text = field(title, 3);
    const act = () => send({ do: order, text: text.value }, asking.targets);
    entering(text, act);
    ask(title, {}, text, make("div", { class: "choices" }, choice("Enter", say("Send"), act)));
    text.focus();
  };

  const askSomebody = () => {
    const name = make("input", { type: "text", maxlength: "80", "aria-label": say("Whose it is from now on"), placeholder: say("Whose it is from now on") });
    const act = () => send({ do: "assign", to: name.value }, asking.targets);
    entering(name, act);
    ask(say("Assign"), {}, name, make("div", { class: "choices" }, choice("Enter", say("Send"), act)));
    name.focus();
  };

  const askSilence = () => {
    const [target] = model.targets;
    const scopes = [{ words: say("only this alert"), scope: { alert: target.id }, lasts: true }];
    if (target.kind.id && target.zone.id) {
      scopes.push({ words: `${target.kind.name} · ${target.zone.name}`, scope: { kind: target.kind.id, zone: target.zone.id } });
    } else if (target.kind.id) scopes.push({ words: target.kind.name, scope: { kind: target.kind.id } });
    if (target.source.id) scopes.push({ words: `${say("all from")} ${target.source.name}`, scope: { source: target.source.id } });
    const times = [...MINUTES.map((minutes) => ({ minutes, words: minutes < 60 ? `${minutes} min` : `${minutes / 60} h` })),
      { minutes: null, words: say("until resolved") }];
    let scope = 0;
    let time = 1;
    const reason = field(say("Why (Tab to write, Enter sends)"));
    const keys = {};
    const scopeRow = make("div", { class: "choices" });
    const timeRow = make("div", { class: "choices" });
    const show = () => {
      [...scopeRow.children].forEach((node, place) => node.setAttribute("aria-pressed", String(place === scope)));
      [...timeRow.children].forEach((node, place) => {
        node.setAttribute("aria-pressed", String(place === time));
        if (times[place].minutes === null) node.disabled = !scopes[scope].lasts;
      });
      if (times[time].minutes === null && !scopes[scope].lasts) { time = 1; show(); }
    };
    scopes.forEach(({ words }, place) => {
      const pick = () => { scope = place; show(); };
      keys[String(place + 1)] = pick;
      scopeRow.append(choice(String(place + 1), words, pick));
    });
    times.forEach(({ minutes, words }, place) => {
      const letter = "qwert"[place];
      const pick = () => { if (minutes !== null || scopes[scope].lasts) { time = place; show(); } };
      keys[letter] = pick;
      timeRow.append(choice(letter, words, pick));
    });
    const act = () => send({ do: "add", silence: true, scope: scopes[scope].scope, minutes: times[time].minutes, reason: reason.value }, asking.targets);
    entering(reason, act);
    ask(say("Hide what, and for how long?"), keys, scopeRow, timeRow, reason,
      make("div", { class: "choices" }, choice("Enter", say("Silence"), act)),
      make("div", { class: "dim small" }, say("It hides alerts, never the threat level. Danger to life needs a second person.")));
    keys.enter = act;
    show();
    scopeRow.firstChild.focus();
  };

  const help = () => {
    const lines = [
      ["J K ↑ ↓", say("next and previous alert")], ["␣", say("mark several: actions are for all of them")],
      ...actions().map(({ key, words }) => [key.toUpperCase(), words]),
      ["⇧ S", say("assign to somebody else")], ["C", say("confirm the next step")], ["Esc", say("unmark, cancel")], ["?", say("this help")]];
    ask(say("Keys"), {}, make("dl", { class: "help" }, ...lines.flatMap(([key, words]) =>
      [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])));
  };

  // In a dialog only its own keys count; the browser closes it by Escape itself.
  onKeys(model, (event) => {
    if (event.repeat) return;
    const key = event.key.toLowerCase();
    if (asking && !dialog.inert) {
      const [target] = event.composedPath();
      if (key === "enter" && target.matches?.("button")) return;
      const act = asking.keys[key];
      if (!act) return;
      event.preventDefault();
      act();
      return;
    }
    if (later) { event.preventDefault(); return; }
    if (key === "?") { event.preventDefault(); help(); return; }
    if (key === "s" && event.shiftKey) {
      event.preventDefault();
      take({ order: "assign", run: askSomebody });
      return;
    }
    const action = actions().find((one) => one.key === key);
    if (!action) return;
    event.preventDefault();
    take(action);
  }, ASKS);

  const draw = () => {
    buttons.setAttribute("aria-label", say("Actions"));
    const shown = actions().filter(({ order }) => order !== "reopen" || model.targets.some(({ open }) => !open));
    buttons.replaceChildren(...shown.map((action) => {
      const reason = why(action);
      const button = make("button", { type: "button", "data-do": action.order, title: reason ?? action.words,
        "aria-disabled": reason ? "true" : null }, make("kbd", {}, action.key.toUpperCase()), action.words);
      button.addEventListener("click", () => take(action));
      return button;
    }), (() => {
      const button = make("button", { type: "button", title: say("Keys") }, make("kbd", {}, "?"));
      button.addEventListener("click", help);
      return button;
    })());
    about.textContent = model.targets.length > 1 ? say("for {alerts} alerts", { alerts: model.targets.length }) : "";
    if (model.barred) tell("warning", model.barred);
    else if (status.dataset.barred) tell("off", "");
    status.dataset.barred = model.barred ? "1" : "";
  };

  const ring = () => {
    if (!model.ring.number) return;
    part.dataset.rang = String(model.ring.number);
    bell.ring(model.ring.severity);
  };

  model.on("targets", follow);
  model.on(["targets", "barred", "verdicts", "reasons", "person", "words"], draw);
  model.on("words", bell.draw);
  model.on("answer", answered);
  model.on("ring", ring);
  model.on("remove", () => { delete document.body.dataset.asking; });
  draw();
  return part;
}

// A sound without a file. A browser allows none before somebody has clicked or pressed a key.
function bellOf(model, say) {
  const VOLUME = "hlaska.volume";
  let stored = null;
  try { stored = localStorage.getItem(VOLUME); } catch (error) { /* it forgets, that is all */ }
  let volume = stored === null ? 0.6 : Number(stored) || 0;
  let louder = volume || 0.6;
  const audio = new AudioContext();
  const button = make("button", { type: "button", class: "sound" });
  const slider = make("input", { type: "range", min: "0", max: "1", step: "0.1" });
  const box = make("span", { class: "bell" }, button, slider);

  const draw = () => {
    const allowed = audio.state === "running";
    const kind = !allowed ? "bad" : volume > 0 ? "good" : "warning";
    const words = !allowed ? say("Sound is off – click") : volume > 0 ? say("Sound on") : say("Muted");
    button.replaceChildren(stateChip(kind, words));
    button.title = say("A sound for each new alert of the two highest severities");
    slider.setAttribute("aria-label", say("Volume"));
    slider.title = say("Volume");
    slider.value = String(volume);
    slider.disabled = !allowed;
  };

  const set = (value) => {
    volume = value;
    if (value > 0) louder = value;
    try { localStorage.setItem(VOLUME, String(value)); } catch (error) { /* as above */ }
    draw();
  };

  const tone = (hertz, after, lasts) => {
    const gain = audio.createGain();
    const voice = audio.createOscillator();
    const at = audio.currentTime + after;
    voice.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.02);
    gain.gain.setValueAtTime(volume, at + lasts - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + lasts);
    voice.connect(gain).connect(audio.destination);
    voice.start(at);
    voice.stop(at + lasts);
  };

  const ring = (severity) => {
    if (audio.state !== "running" || volume === 0) return;
    for (let turn = 0; turn < (severity >= 4 ? 3 : 1); turn += 1) {
      tone(880, 0.5 * turn, 0.18);
      tone(660, 0.5 * turn + 0.2, 0.18);
    }
  };

  const allow = () => { if (audio.state === "suspended") audio.resume().then(draw, () => {}); };
  for (const what of ["pointerdown", "keydown"]) document.addEventListener(what, allow);
  button.addEventListener("click", () => {
    if (audio.state !== "running") { allow(); return; }
    set(volume > 0 ? 0 : louder);
    ring(3);
  });
  slider.addEventListener("input", () => set(Number(slider.value)));
  slider.addEventListener("change", () => { ring(3); slider.blur(); });
  audio.addEventListener("statechange", draw);
  model.on("remove", () => {
    for (const what of ["pointerdown", "keydown"]) document.removeEventListener(what, allow);
    audio.close();
  });
  draw();
  return { box, ring, draw };
}
