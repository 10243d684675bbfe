// The reception page: the seat's news onto the page, keys and clicks to the seat.
// A key presses the first visible button that shows it, in the chosen card before the others.

import { Card, inOrder, stateOf } from "./cards.js";
import { Refused, Seat, ask, lastCalls } from "./seat.js";
import { clean, clock, lineOf, partyOf, setText } from "./text.js";

const RECENT = 12;
const REFUSAL_MS = 8000;
const KEY_NAMES = { Escape: "Esc", Delete: "Del" };
const VERDICTS = {
  late: "late",
  early: "early",
  unanswered: "not answered",
  abandoned: "gave up",
  short_abandon: "left early",
  diverted: "diverted",
}; // a pickup in time is not worth a word

const timeOfDay = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const $ = (id) => document.getElementById(id);
const cards = new Map();
const seat = new Seat(show);
let redialTarget = "";
let liveIds = null;
let ticking = null;

// ---------------------------------------------------------------------------------------------- the page from the state

function show() {
  const { snapshot } = seat;
  document.body.dataset.link = seat.linked ? "up" : "lost";
  $("link-lost").hidden = seat.linked || snapshot === null;
  if (snapshot === null) return;
  showFacts(snapshot);
  showTroubles(snapshot.troubles);
  showCalls(snapshot);
  showPresence(snapshot);
  showTopics(snapshot);
  for (const button of document.querySelectorAll("button[data-do]")) button.disabled = !seat.linked;
  showKeys();
  tick();
}

function showFacts({ engine, registration, audio }) {
  const fact = (id, well, text, title = "") => {
    const item = $(id);
    item.dataset.well = well;
    item.title = title;
    setText(item, clean(text));
  };
  const engineWords = { ready: "Phone ready", starting: "Phone starting", lost: "Phone lost, starting again" };
  fact("fact-engine", engine.state === "ready", engineWords[engine.state] ?? engine.state, engine.listening.join(" "));
  $("fact-registration").hidden = registration === null || registration.state === "none";
  if (registration) {
    const words = {
      registering: "Registering",
      registered: "Registered",
      failing: `Not registered: ${registration.code} ${registration.reason}`,
    };
    fact("fact-registration", registration.state === "registered", words[registration.state] ?? "", clean(registration.account));
  }
  for (const role of ["headset", "ringer"]) {
    const { state, device, backend } = audio[role];
    const name = role === "headset" ? "Headset" : "Ringer";
    const words = { open: device || backend, spare: `spare ${device}`, lost: "lost", none: "none" };
    fact(`fact-${role}`, state === "open" || state === "none", `${name} ${words[state] ?? state}`);
  }
}

function showTroubles(troubles) {
  const wanted = troubles.map(({ what, advice }) => [clean(what), clean(advice)]);
  const key = JSON.stringify(wanted);
  if ($("troubles").dataset.shown === key) return;
  $("troubles").dataset.shown = key;
  $("troubles").replaceChildren(
    ...wanted.map(([what, advice]) => {
      const item = document.createElement("li");
      item.className = "notice";
      item.append(element("strong", what), element("span", advice));
      return item;
    }),
  );
}

function showPresence({ presence, calls, engine }) {
  const present = presence === "present";
  const button = document.querySelector(".presence");
  button.setAttribute("aria-checked", present);
  setText(button.querySelector("[data-label]"), present ? "Present" : "Absent");
  $("idle").hidden = calls.length > 0;
  setText($("idle").querySelector(".idle-presence"), present ? "You are present: a call is connected after the second ring." : "You are absent: calls are not connected to you.");
  setText($("idle").querySelector(".idle-reach"), engine.listening.length ? `Reachable at ${engine.listening.join(", ")}` : "Not reachable yet");
}

function showCalls(snapshot) {
  const now = seat.nowMs();
  const ordered = inOrder(snapshot.calls);
  for (const [id, card] of cards) {
    if (!ordered.some((call) => call.id === id)) {
      card.root.remove();
      cards.delete(id);
    }
  }
  ordered.forEach((call, i) => {
    const before = cards.get(call.id)?.call;
    const card = cards.get(call.id) ?? new Card($("card-template"));
    cards.set(call.id, card);
    card.update(call, snapshot, now, seat.linked);
    if ($("calls").children[i] !== card.root) $("calls").insertBefore(card.root, $("calls").children[i]);
    if (before?.state !== call.state) say(call);
  });
  const [first] = ordered;
  document.title = first ? `${partyOf(first.party).large} · ${stateOf(first)}` : document.body.dataset.title;
  $("choose-hint").hidden = ordered.length < 2;
  const ids = snapshot.calls.filter(({ state }) => state !== "ended").map(({ id }) => id).join(" ");
  if (ids !== liveIds) {
    liveIds = ids;
    showRecent();
  }
}

function say(call) {
  const { large } = partyOf(call.party);
  const words = call.state === "armed" ? "Armed: will be connected after the second ring" : stateOf(call);
  setText($("said"), `${words}: ${large}`);
}

async function showRecent() {
  const records = await lastCalls(RECENT).catch(() => []);
  $("recent").replaceChildren(...records.map(recentItem));
  $("recent-none").hidden = records.length > 0;
  redialTarget = records.find(({ direction }) => direction === "out")?.called ?? redialTarget;
  showRedial();
}

function showRedial() {
  const button = document.querySelector('[data-do="redial"]');
  button.hidden = !redialTarget;
  setText(button.querySelector("[data-label]"), `Redial ${lineOf(redialTarget)}`);
  showKeys();
}

function recentItem(record) {
  const outgoing = record.direction === "out";
  const uri = outgoing ? record.called : record.caller;
  const { large, small } = partyOf({ name: outgoing ? "" : record.caller_name, number: lineOf(uri), uri });
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "recent";
  button.dataset.target = uri;
  button.title = `Put ${large} into the number field`;
  const who = element("span", "", small);
  who.append(element("bdi", large));
  const length = record.answered && record.ended ? clock((new Date(record.ended) - new Date(record.answered)) / 1000) : "";
  const verdict = record.refused ? "refused" : (VERDICTS[record.pickup?.verdict] ?? "");
  button.append(
    element("time", timeOfDay.format(new Date(record.arrived))),
    element("span", outgoing ? "↗" : "↙", outgoing ? "outgoing" : "incoming"),
    who,
    element("small", [verdict, length].filter(Boolean).join(" · ")),
  );
  if (record.answered && record.score_card) button.append(scoreOf(record.score_card));
  item.append(button);
  return item;
}

/** How many of the rules that were measured were met, and on a closer look which were not. */
function scoreOf({ total, rules }) {
  const named = (result) => rules.filter((one) => one.result === result).map(({ rule }) => rule).join(", ") || "none";
  const parts = `Missed: ${named("missed")}. Met: ${named("met")}. Not measured: ${total.not_measured}.`;
  return element("small", `${total.met} of ${total.met + total.missed} rules`, parts);
}

function element(name, text, title = "") {
  const node = document.createElement(name);
  node.textContent = text;
  if (title) node.title = title;
  return node;
}

/** Time alone moves on: ten times a second while it rings, twice while there are calls, else not at all. */
function tick() {
  clearTimeout(ticking);
  if (!seat.linked || cards.size === 0) return;
  const now = seat.nowMs();
  let rings = false;
  for (const card of cards.values()) {
    card.tick(now);
    rings ||= ["alerting", "armed"].includes(card.call.state);
  }
  ticking = setTimeout(tick, rings ? 100 : 500);
}

// ---------------------------------------------------------------------------------------------- keys and clicks

const cardAt = (node) => cards.get(node.closest(".card")?.dataset.call);
const seen = (node) => !node.disabled && node.checkVisibility();
const keysOf = (button) => button.dataset.key.split(" ");
const isLetter = (key) => key.length === 1 && key !== "*" && key !== "#" && Number.isNaN(Number(key));

/** The button a key presses now. */
function buttonOf(key) {
  const chosen = document.activeElement.closest(".card");
  const has = (button) => keysOf(button).includes(key) && seen(button);
  const within = chosen ? [...chosen.querySelectorAll("[data-key]")].find(has) : undefined;
  return within ?? [...document.querySelectorAll("[data-key]")].find(has);
}

/** Each button shows its key if that key would press it now. */
function showKeys() {
  const letters = $("letter-keys").getAttribute("aria-checked") === "true";
  for (const button of document.querySelectorAll("[data-key]")) {
    const [key] = keysOf(button);
    if (button.dataset.digit) continue; // its label is its key
    if (!button.querySelector("kbd")) button.append(element("kbd", ""));
    const shown = button.querySelector("kbd");
    setText(shown, KEY_NAMES[key] ?? (isLetter(key) ? key.toUpperCase() : key));
    shown.hidden = buttonOf(key) !== button || (isLetter(key) && !letters);
  }
}

const actions = {
  presence: () => ask("presence", { presence: seat.snapshot.presence === "present" ? "absent" : "present" }),
  redial: () => dial(redialTarget),
  lift: ({ call }) => ask("lift", { call: call.id }),
  put_down: ({ call }) => ask("put_down", { call: call.id }),
  decline: ({ call }) => ask("hangup", { call: call.id }),
  hangup: ({ call }) => ask("hangup", { call: call.id }),
  hold: ({ call }) => ask("hold", { call: call.id }),
  resume: ({ call }) => ask("resume", { call: call.id }),
  conference: ({ call }) => ask("conference", { call: call.id }),
  put_through: ({ call }, button) => ask("transfer", { call: call.id, to_call: button.dataset.to }),
  mute: () => ask("mute", { muted: !seat.snapshot.muted }),
  keypad: (card) => void card.open("keypad"),
  transfer: (card) => {
    const panel = card.open("through");
    if (panel.hidden) panel.reset();
    else panel.elements.target.focus();
  },
  consult: (card, button) => putThrough(card, button.form, (target) => dial(target)),
  digits: async ({ root, call }, button) => {
    await ask("digits", { call: call.id, digits: button.dataset.digit });
    root.querySelector(".sent").textContent = (root.querySelector(".sent").textContent + button.dataset.digit).slice(-24);
  },
};

async function dial(target) {
  await ask("dial", { target });
  redialTarget = target;
  showRedial();
}

/** To a topic of the dialplan, by its label or its name; else to a number or an address. */
function throughTo(call, target) {
  const wanted = target.toLowerCase();
  const topic = seat.snapshot.dialplan?.topics.find(({ name, label }) => [name, clean(label)].some((word) => word.toLowerCase() === wanted));
  return topic ? ask("topic", { call, topic: topic.name }) : ask("transfer", { call, target });
}

function showTopics({ dialplan }) {
  const version = dialplan?.version ?? "";
  if ($("topics").dataset.version === version) return;
  $("topics").dataset.version = version;
  $("topics").replaceChildren(...(dialplan?.topics ?? []).map(({ label }) => Object.assign(document.createElement("option"), { value: clean(label) })));
}

/** Closed at once, so that the next key is meant for the call; refused, it is there again as it was. */
async function putThrough(card, form, how) {
  const field = form.elements.target;
  const target = field.value.trim();
  if (!target) return field.focus();
  form.reset();
  field.blur();
  card.open("through", false);
  try {
    await how(target);
  } catch (error) {
    field.value = target;
    card.open("through", true);
    throw error;
  }
}

async function attempt(action, undo = () => {}) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    undo();
    $("refused").replaceChildren(element("strong", clean(error.message)), element("span", clean(error.advice)));
    setTimeout(() => $("refused").replaceChildren(), REFUSAL_MS);
  }
  showKeys();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  if (event.detail > 0) button.blur(); // used by mouse: later keys are meant for the page
  if (button.dataset.do) attempt(() => actions[button.dataset.do](cardAt(button), button));
  if (button.dataset.target) {
    $("dial-target").value = button.dataset.target;
    $("dial-target").focus();
  }
});

$("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = $("dial-target");
  const target = field.value.trim();
  if (!target) return field.focus();
  // Emptied and left at once: the next key is meant for the call, which may be on the page before the seat's answer.
  field.value = "";
  field.blur();
  attempt(() => dial(target), () => {
    field.value ||= target;
  });
});

$("calls").addEventListener("submit", (event) => {
  event.preventDefault();
  const card = cardAt(event.target);
  attempt(() => putThrough(card, event.target, (target) => throughTo(card.call.id, target)));
});

$("letter-keys").addEventListener("click", () => setLetterKeys($("letter-keys").getAttribute("aria-checked") !== "true"));

function setLetterKeys(on) {
  $("letter-keys").setAttribute("aria-checked", on);
  setText($("letter-keys"), `Letter keys: ${on ? "on" : "off"}`);
  localStorage.setItem("letter-keys", on ? "on" : "off");
  showKeys();
}

function chooseCard(step) {
  const all = [...$("calls").querySelectorAll(".card")];
  const at = all.indexOf(document.activeElement.closest(".card"));
  all[(at + step + all.length) % all.length]?.focus();
}

document.addEventListener("focusin", showKeys);
document.addEventListener("focusout", () => setTimeout(showKeys));

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
  const { key, target } = event;
  const press = (button) => {
    event.preventDefault();
    button.click();
  };
  if (target.matches("input")) {
    const lift = key === "Enter" && !target.value && buttonOf("Enter");
    if (lift) press(lift);
    else if (key === "Enter" && event.shiftKey && target.form.matches(".through")) press(target.form.querySelector('[data-do="consult"]'));
    else if (key === "Escape") {
      const close = target.form.querySelector('[data-key="Escape"]');
      target.blur();
      if (close) press(close);
    }
    return;
  }
  if (key === " " || (key === "Enter" && target.matches("button") && target.closest('.card[data-state="alerting"], .card[data-state="armed"]'))) return;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    chooseCard(key === "ArrowDown" ? 1 : -1);
    return;
  }
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (isLetter(name) && $("letter-keys").getAttribute("aria-checked") !== "true") return;
  const button = buttonOf(name);
  if (button) press(button);
  else if (name === "d") {
    event.preventDefault();
    $("dial-target").focus();
  } else if (/^[0-9+*#]$/.test(key)) $("dial-target").focus(); // and the digit lands there
});

setLetterKeys(localStorage.getItem("letter-keys") !== "off");
seat.connect();
