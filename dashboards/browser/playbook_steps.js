// What to do: each step with who does it, and the time that is left. C confirms the next one.

export function render({ model }) {
  const say = teller(model);
  const title = make("h2", { class: "cut" });
  const source = make("li", { class: "dim source" });
  const list = make("ol", { class: "grow", tabindex: "0" });
  const empty = make("div", { class: "empty" });
  const part = make("section", { class: "part" }, make("div", { class: "head" }, title), list, empty);
  let clocks = [];
  let shown = "";

  const confirm = (step) => {
    const { alert, version } = model.facts;
    // Who has just gone to another alert does not mean the steps that are still shown.
    if (document.body.dataset.chosen !== alert) return;
    model.send_msg({ step: step.id, alert, version, number: Date.now() });
  };

  const rowOf = (step, place) => {
    const due = make("span", { class: "due" });
    if (!step.done) {
      const since = growing(0);
      clocks.push({ due, left: () => step.due_s - since() });
    } else due.textContent = "✓";
    const button = step.done ? null : make("button", { type: "button" },
      step.next ? make("kbd", {}, "C") : "", say("Confirm"));
    if (button) {
      button.disabled = Boolean(model.barred) || !model.facts.open;
      button.title = model.barred || say("Confirmed by {person}", { person: step.by });
      button.addEventListener("click", () => confirm(step));
    }
    const after = step.waits.length ? ` · ${say("after {steps}", { steps: step.waits.join(", ") })}` : "";
    return make("li", { class: `${step.done ? "done" : ""} ${step.next ? "next" : ""}`, "data-step": step.id },
      make("span", { class: "number" }, String(place + 1)),
      make("div", { class: "grow main" },
        make("div", { class: "do" }, step.do, step.key ? make("b", {}, ` ${step.key}`) : ""),
        make("div", { class: "dim small" }, step.done || `${step.who}${after}`)),
      make("div", { class: "side" }, due, button));
  };

  const draw = () => {
    const facts = model.facts;
    title.textContent = facts.title || say("What to do");
    source.textContent = facts.source ?? "";
    list.setAttribute("aria-label", say("What to do"));
    empty.textContent = facts.empty;
    empty.hidden = !facts.empty;
    list.hidden = Boolean(facts.empty);
    clocks = [];
    const top = list.scrollTop;
    list.replaceChildren(...facts.steps.map(rowOf), source);
    list.scrollTop = top;
    // Another alert's steps are read from where there is something to do.
    if (shown !== facts.alert) list.querySelector(".next")?.scrollIntoView({ block: "nearest" });
    shown = facts.alert;
    tick();
  };

  const tick = () => {
    for (const { due, left } of clocks) {
      const seconds = left();
      write(due, countdown(seconds));
      due.classList.toggle("late", seconds < 0);
      due.title = seconds < 0 ? say("late by") : say("time left");
    }
  };

  onKeys(model, (event) => {
    if (event.key.toLowerCase() !== "c" || event.repeat || model.barred || !model.facts.open) return;
    const step = model.facts.steps.find((one) => one.next);
    if (!step) return;
    event.preventDefault();
    confirm(step);
  });
  model.on(["facts", "barred", "words"], draw);
  draw();
  whileShown(model, tick);
  return part;
}
