// The reception page: the seat's news onto the page, keys and clicks to the seat.

import { Card, inOrder, stateOf } from "./cards.js";
import { Drafts } from "./drafts.js";
import { Finder } from "./finder.js";
import { listenToKeys, openHelp, setLetterKeys, showKeys } from "./keys.js";
import { MessageForm, callsBegun } from "./message.js";
import { People } from "./people.js";
import { Refused, Seat, ask, logOut } from "./seat.js";
import { FollowUps, showRecent } from "./side.js";
import { clean, element, lineOf, partyOf, setItems, setText } from "./text.js";
import { WakeUps } from "./wake_ups.js";
import { t, wordsReady } from "./words.js";
import { WrapUps } from "./wrap_up.js";

const REFUSAL_MS = 8000;

const $ = (id) => document.getElementById(id);
const cards = new Map(); // id -> Card
const finders = new Map(); // field -> Finder
const messageForms = new Map(); // id -> MessageForm
const seat = new Seat(show);
const drafts = new Drafts(showRefusal);
const followUps = new FollowUps($("follow-ups"));
const people = new People($("people"), attempt);
const wakeUps = new WakeUps($("wake-ups"), $("not-woken"));
const wrapUps = new WrapUps($("wrap-up"), $("wrap-up-template"), drafts);
let redialTarget = "";
let shownIds = null;
let ticking = null;

// ---------------------------------------------------------------------------------------------- the page from the state

function show() {
  const { snapshot } = seat;
  document.body.dataset.link = seat.linked ? "up" : "lost";
  $("link-lost").hidden = seat.linked || snapshot === null;
  if (snapshot === null) return;
  if (shownIds === null) restore(snapshot);
  showFacts(snapshot);
  showTroubles(snapshot.troubles);
  showSwitches(snapshot);
  people.show(snapshot, seat.linked);
  showCalls(snapshot);
  wrapUps.show(snapshot);
  showPresence(snapshot);
  followUps.update(snapshot, show);
  wakeUps.update(snapshot, show);
  for (const button of document.querySelectorAll("button[data-do]")) if (!button.matches(".due")) button.disabled = !seat.linked;
  showKeys();
  tick();
}

/** What was left half-typed when the page was left, of calls that are over. */
function restore(snapshot) {
  const live = new Set(snapshot.calls.map(({ id }) => id));
  wrapUps.restore(live);
  for (const call of callsBegun(drafts)) if (!live.has(call.id)) leaveMessage(addCard(call), call, snapshot);
}

/** The call is over, the message that was begun in it is not: its form stays where it is, with the cursor in it. */
function leaveMessage(card, call, snapshot) {
  card.end(call, snapshot, seat.nowMs());
  messageForms.get(call.id).fill(call, snapshot);
  $("calls").append(...($("calls").contains(card.root) ? [] : [card.root]));
}

function showFacts({ engine, registration, audio }) {
  const fact = (id, well, text, title = "") => {
    const item = $(id);
    item.dataset.well = well;
    item.title = title;
    setText(item, clean(text));
  };
  const engineWords = { ready: t("Phone ready"), starting: t("Phone starting"), lost: t("Phone lost, starting again") };
  fact("fact-engine", engine.state === "ready", engineWords[engine.state] ?? engine.state, engine.listening.join(" "));
  $("fact-registration").hidden = registration === null || registration.state === "none";
  if (registration) {
    const words = {
      registering: t("Registering"),
      registered: t("Registered"),
      failing: t("Not registered: {code} {reason}", registration),
    };
    fact("fact-registration", registration.state === "registered", words[registration.state] ?? "", clean(registration.account));
  }
  for (const role of ["headset", "ringer"]) {
    const { state, device, backend } = audio[role];
    const name = role === "headset" ? t("Headset") : t("Ringer");
    const words = { spare: t("spare {device}", { device }), lost: t("lost"), none: t("none") };
    fact(`fact-${role}`, state === "open" || state === "none", `${name} ${words[state] ?? ""}`, clean(device || backend));
  }
}

function showTroubles(troubles) {
  const wanted = troubles.map(({ what, advice }) => [clean(what), clean(advice)]);
  setItems($("troubles"), JSON.stringify(wanted), () =>
    wanted.map(([what, advice]) => {
      const item = element("li");
      item.className = "notice";
      item.append(element("strong", what), element("span", advice));
      return item;
    }),
  );
}

/** Switches of the dialplan that a person turns, such as day and night. */
function showSwitches({ dialplan, switches = [] }) {
  const known = dialplan?.switches ?? [];
  $("switches").hidden = known.length === 0;
  setItems($("switches"), JSON.stringify(known), () =>
    known.map(({ name, label }, i) => {
      const button = element("button");
      button.type = "button";
      button.setAttribute("role", "switch");
      Object.assign(button.dataset, { do: "switch", switch: name });
      if (i === 0) button.dataset.key = "g";
      const lamp = element("span");
      lamp.className = "lamp";
      lamp.setAttribute("aria-hidden", "true");
      button.append(lamp, element("bdi", clean(label)));
      return button;
    }),
  );
  for (const button of $("switches").children) button.setAttribute("aria-checked", switches.includes(button.dataset.switch));
}

function showPresence({ presence, engine }) {
  const present = presence === "present";
  const button = document.querySelector(".presence");
  button.setAttribute("aria-checked", present);
  setText(button.querySelector("[data-label]"), present ? t("Present") : t("Absent"));
  document.querySelector(".break").setAttribute("aria-pressed", presence === "break");
  $("idle").hidden = cards.size > 0 || wrapUps.any;
  const words = {
    present: t("You are present: a call is connected after the second ring."),
    absent: t("You are absent: calls are not connected to you."),
    break: t("You are on a break: calls are not connected to you."),
  };
  setText($("idle").querySelector(".idle-presence"), words[presence]);
  setText($("idle").querySelector(".idle-reach"), engine.listening.length ? t("Reachable at {addresses}", { addresses: engine.listening.join(", ") }) : t("Not reachable yet"));
}

function showCalls(snapshot) {
  const now = seat.nowMs();
  const ordered = inOrder(snapshot.calls);
  for (const [id, card] of cards) {
    if (card.over || ordered.some((call) => call.id === id)) continue;
    if (card.call.talked && !card.call.consultation) wrapUps.ended(card.call);
    if (messageForms.get(id).begun(card.call)) leaveMessage(card, card.call, snapshot);
    else removeCard(id, card);
  }
  ordered.forEach((call, i) => {
    const before = cards.get(call.id)?.call;
    const card = cards.get(call.id) ?? addCard(call);
    card.update(call, snapshot, now, { running: seat.linked, owed: followUps.open, canTakeMessages: drafts.available });
    if ($("calls").children[i] !== card.root) $("calls").insertBefore(card.root, $("calls").children[i]);
    if (before?.state !== call.state) say(call);
    if (!before && messageForms.get(call.id).begun(call)) openMessage(card);
  });
  const [first] = ordered;
  document.title = first ? `${partyOf(first.party, first.known).large} · ${stateOf(first)}` : document.body.dataset.title;
  $("choose-hint").hidden = cards.size < 2;
  // An ended call stays until its last measures are there: only when it has gone is there a record of it.
  const ids = snapshot.calls.map(({ id }) => id).join(" ");
  if (ids !== shownIds) {
    shownIds = ids;
    lookAtLastCalls();
  }
}

function addCard(call) {
  const card = new Card($("card-template"));
  cards.set(call.id, card);
  const through = card.root.querySelector(".through");
  finders.set(through.elements.target, new Finder(through, () => seat.nowMs(), true));
  messageForms.set(call.id, new MessageForm(card.root.querySelector(".message"), drafts));
  const note = card.root.querySelector("[name=note]");
  note.value = wrapUps.noteOf(call);
  note.addEventListener("input", () => wrapUps.noted(card.call, note.value));
  return card;
}

function removeCard(id, card) {
  finders.delete(card.root.querySelector(".through").elements.target);
  messageForms.delete(id);
  cards.delete(id);
  card.root.remove();
}

function say(call) {
  const { large } = partyOf(call.party, call.known);
  const words = call.state === "armed" ? t("Armed: will be connected after the second ring") : stateOf(call);
  setText($("said"), `${words}: ${large}`);
}

async function lookAtLastCalls() {
  const records = await showRecent($("recent"), $("recent-none"), seat);
  redialTarget = records.find(({ direction }) => direction === "out")?.called ?? redialTarget;
  showRedial();
}

function showRedial() {
  const button = document.querySelector('[data-do="redial"]');
  button.hidden = !redialTarget;
  setText(button.querySelector("[data-label]"), t("Redial {number}", { number: lineOf(redialTarget) }));
  showKeys();
}

/** Time alone moves on: ten times a second while it rings, twice while there is something to count, else not at all. */
function tick() {
  clearTimeout(ticking);
  if (!seat.linked || (cards.size === 0 && !wrapUps.any)) return;
  const now = seat.nowMs();
  let rings = false;
  for (const card of cards.values()) {
    if (card.over) continue;
    card.tick(now);
    rings ||= ["alerting", "armed"].includes(card.call.state);
  }
  wrapUps.tick(now);
  ticking = setTimeout(tick, rings ? 100 : 500);
}

// ---------------------------------------------------------------------------------------------- clicks

const cardAt = (node) => cards.get(node.closest(".card")?.dataset.call);

const actions = {
  presence: () => ask("presence", { presence: seat.snapshot.presence === "present" ? "absent" : "present" }),
  break: () => ask("presence", { presence: seat.snapshot.presence === "break" ? "present" : "break" }),
  switch: (_card, { dataset }) => ask("switch", { name: dataset.switch, on: !(seat.snapshot.switches ?? []).includes(dataset.switch) }),
  redial: () => dial(redialTarget),
  lift: ({ call }) => ask("lift", { call: call.id }),
  put_down: ({ call }) => ask("put_down", { call: call.id }),
  decline: ({ call }) => ask("hangup", { call: call.id }),
  hangup: ({ call }) => ask("hangup", { call: call.id }),
  machine: ({ call }) => ask("machine", { call: call.id }),
  hold: ({ call }) => ask("hold", { call: call.id }),
  resume: ({ call }) => ask("resume", { call: call.id }),
  conference: ({ call }) => ask("conference", { call: call.id }),
  put_through: ({ call }, button) => ask("transfer", { call: call.id, to_call: button.dataset.to }),
  mute: () => ask("mute", { muted: !seat.snapshot.muted }),
  stage: ({ call }, { dataset }) => ask("stage", { call: call.id, stage: dataset.stage }),
  security: ({ call }, { dataset }) => ask("topic", { call: call.id, topic: dataset.topic, conference: true }),
  keypad: (card) => void card.open("keypad"),
  transfer: (card) => {
    const panel = card.open("through");
    const finder = finders.get(panel.elements.target);
    if (panel.hidden) {
      panel.reset();
      finder.clear();
    } else {
      panel.elements.target.focus();
      finder.begin();
    }
  },
  throw_away: (card) => {
    messageForms.get(card.call.id).throwAway();
    removeCard(card.call.id, card);
    show();
  },
  message: (card) => (card.over ? undefined : card.root.dataset.panel === "message" ? void card.open("message", false) : openMessage(card)),
  consult: (card, button) => putThrough(card, button.form, ({ topic, target }) => (topic ? ask("topic", { call: card.call.id, topic }) : dial(target))),
  supervisor: (card, button) => putThrough(card, button.form, ({ topic, name }) => ask("topic", { call: card.call.id, topic: topic ?? name, escalate: true })),
  digits: async ({ root, call }, button) => {
    await ask("digits", { call: call.id, digits: button.dataset.digit });
    root.querySelector(".sent").textContent = (root.querySelector(".sent").textContent + button.dataset.digit).slice(-24);
  },
  call_back: (_card, { dataset }) => ask(`messages/${dataset.message}/call`, {}),
  wake_up: () => void wakeUps.toggle(),
  cancel_wake_up: (_card, { dataset }) => ask(`wake_ups/${dataset.wakeUp}/cancel`, {}),
  settle_wake_up: (_card, { dataset }) => ask(`wake_ups/${dataset.wakeUp}/settle`, {}),
  mail: () => wrapUps.mail(),
  open_mail: () => wrapUps.openMail(),
  copy_mail: () => wrapUps.copyMail(),
  skip: async () => {
    await wrapUps.skip();
    show();
  },
  hints: () => setHints(document.body.dataset.hints === "off"),
  help: () => openHelp(),
};

function openMessage(card) {
  card.open("message", true);
  messageForms.get(card.call.id).fill(card.call, seat.snapshot);
  const { name, matter } = card.root.querySelector(".message").elements;
  (name.value ? matter : name).focus();
}

async function dial(target) {
  await ask("dial", { target });
  redialTarget = target;
  showRedial();
}

/** To a topic of the dialplan, by its label or its name; else to a number or an address. */
function throughTo(call, { topic, target }) {
  const wanted = target?.toLowerCase();
  const named = seat.snapshot.dialplan?.topics.find(({ name, label }) => [name, clean(label)].some((word) => word.toLowerCase() === wanted));
  const meant = topic ?? named?.name;
  return meant ? ask("topic", { call, topic: meant }) : ask("transfer", { call, target });
}

/** Closed at once, so that the next key is meant for the call; refused, it is there again as it was. */
async function putThrough(card, form, how) {
  const field = form.elements.target;
  const finder = finders.get(field);
  const typed = field.value;
  if (!typed.trim() && !finder.chosen) return field.focus();
  const meant = finder.meant();
  field.blur();
  card.open("through", false);
  try {
    await how(await meant);
    form.reset();
    finder.clear();
  } catch (error) {
    field.value = typed;
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
    showRefusal(error);
  }
  showKeys();
}

function showRefusal({ message, advice }) {
  $("refused").replaceChildren(element("strong", clean(message)), element("span", clean(advice)));
  setTimeout(() => $("refused").replaceChildren(), REFUSAL_MS);
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
  const finder = finders.get(field);
  const typed = field.value.trim();
  if (!typed && !finder.chosen) return field.focus();
  const meant = finder.meant();
  // Emptied and left at once: the next key is meant for the call, which may be on the page before the seat's answer.
  field.value = "";
  field.blur();
  attempt(
    async () => {
      const { target } = await meant;
      finder.clear();
      await dial(target);
    },
    () => {
      field.value ||= typed;
    },
  );
});

$("calls").addEventListener("submit", (event) => {
  event.preventDefault();
  const card = cardAt(event.target);
  if (event.target.matches(".message")) attempt(() => saveMessage(card));
  else attempt(() => putThrough(card, event.target, (meant) => throughTo(card.call.id, meant)));
});

async function saveMessage(card) {
  if (!(await messageForms.get(card.call.id).save())) return;
  document.activeElement.blur();
  wrapUps.tookMessage(card.call, card.over);
  if (card.over) {
    removeCard(card.call.id, card);
    show();
  } else card.open("message", false);
  setText($("said"), t("The message is saved"));
  $("refused").replaceChildren(element("span", t("The message is saved; an answer is due within three days.")));
  setTimeout(() => $("refused").replaceChildren(), REFUSAL_MS);
}

$("wake-ups").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const set = await wakeUps.submit();
    if (set) setText($("said"), set);
  });
});

$("wrap-up").addEventListener("submit", () =>
  attempt(async () => {
    await wrapUps.save();
    document.activeElement.blur();
    show();
    lookAtLastCalls();
  }),
);

$("letter-keys").addEventListener("click", () => setLetterKeys($("letter-keys").getAttribute("aria-checked") !== "true"));

function setHints(on) {
  document.body.dataset.hints = on ? "on" : "off";
  $("hints").setAttribute("aria-checked", on);
  setText($("hints").querySelector("[data-label]"), on ? t("Hints: on") : t("Hints: off"));
  localStorage.setItem("hints", on ? "on" : "off");
}

$("language").addEventListener("change", () => {
  document.cookie = `language=${$("language").value}; path=/; max-age=31536000; samesite=strict`;
  drafts.flush();
  location.reload();
});

$("log-out")?.addEventListener("click", () => {
  drafts.flush();
  logOut();
});

function chooseCard(step) {
  const all = [...$("calls").querySelectorAll(".card")];
  const at = all.indexOf(document.activeElement.closest(".card"));
  all[(at + step + all.length) % all.length]?.focus();
}

finders.set($("dial-target"), new Finder($("dial"), () => seat.nowMs(), false));
listenToKeys({ finderOf: (field) => finders.get(field), choose: chooseCard });
await Promise.all([wordsReady(), drafts.load()]);
setLetterKeys(localStorage.getItem("letter-keys") !== "off");
setHints((localStorage.getItem("hints") ?? document.body.dataset.hints) === "on");
seat.connect();
