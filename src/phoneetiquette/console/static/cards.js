// One card per call: who it is, what state it is in, and what can be done with it now.

import { RingWindow } from "./ring_window.js";
import { Talk, stagesOf } from "./talk.js";
import { clean, clock, element, lineOf, moment, partyOf, setItems, setText, tenths } from "./text.js";
import { N, directionOf, learn, nameOfLanguage, t } from "./words.js";

const RINGING_IN = ["alerting", "armed", "answering", "diverted"];
const ON_THE_LINE = ["talking", "conference", "dialling", "ringing"];
const ORDER = [ON_THE_LINE, RINGING_IN, ["transferring", "seeking", "held"], ["menu", "waiting", "message", "joined"], ["ended"]];
const PANELS = { keypad: "keypad", through: "transfer", message: "message" };

/** Calls in the order of the page: the one in talk first, then those that ring. */
export function inOrder(calls) {
  const rank = ({ state }) => ORDER.findIndex((states) => states.includes(state));
  return [...calls].sort((a, b) => rank(a) - rank(b) || a.arrived_ms - b.arrived_ms);
}

/** A held call that was put through and has come back: nobody took it. */
export function cameBack({ state, search, transfer }) {
  return state === "held" && (transfer ? transfer.code >= 300 : search?.state === "nobody");
}

/** What a call's state is called. */
export function stateOf(call) {
  const line = lineOf(call.called);
  const inTalk = call.direction === "in" ? t("In talk · {line}", { line }) : t("In talk");
  const words = {
    alerting: t("Ringing for {line}", { line }),
    armed: t("Ringing for {line}", { line }),
    answering: t("Connecting"),
    diverted: t("Being put through elsewhere: nobody lifted"),
    menu: t("In the menu"),
    waiting: t("From the menu · others are called"),
    message: t("Leaving a message"),
    dialling: t("Calling"),
    ringing: t("Ringing there"),
    talking: call.held_by_peer ? t("In talk · the other side holds") : inTalk,
    conference: t("In conference"),
    held: cameBack(call) ? t("Has come back · on hold") : t("On hold"),
    transferring: t("Being put through"),
    seeking: t("On hold · a specialist is called"),
    joined: t("Put through"),
    ended: t("Ended"),
  };
  return words[call.state] ?? call.state;
}

export class Card {
  #ring;
  #talk;
  #aboutKey = "";
  /** The call has gone, and only its message is left to be written. */
  over = false;

  constructor(template) {
    // imported, not cloned: a template's own document has no clock, and the ring's hand would stand still
    this.root = document.importNode(template.content.firstElementChild, true);
    this.#ring = new RingWindow(this.#part(".ring"));
    this.#talk = new Talk(this.root);
  }

  #part(selector) {
    return this.root.querySelector(selector);
  }

  #button(action) {
    return this.#part(`[data-do="${action}"]`);
  }

  /** Show the call as it is in `snapshot`. `running`: the link holds, so time goes on; `owed`: open messages. */
  update(call, snapshot, nowMs, { running, owed, canTakeMessages }) {
    this.call = call;
    const { large, small } = partyOf(call.party, call.known);
    this.root.dataset.call = call.id;
    this.root.dataset.state = call.state;
    this.root.dataset.cameBack = cameBack(call);
    this.root.setAttribute("aria-label", `${stateOf(call)}: ${large}`);
    setText(this.#part(".state"), stateOf(call));
    setText(this.#part(".name bdi"), large);
    this.#part(".name").title = large;
    setText(this.#part(".number bdi"), small);
    this.#about(call, snapshot, owed);
    this.#pickup(call, nowMs, running);
    this.#part(".clock").hidden = call.answered_ms === null || RINGING_IN.includes(call.state);
    setText(this.#part(".clock-note"), [clean(call.codec), call.encrypted ? t("encrypted") : ""].filter(Boolean).join(" · "));
    this.#talk.update(call, snapshot, nowMs);
    setText(this.#part(".news"), newsOf(call, snapshot));
    this.#actions(call, snapshot, canTakeMessages);
    this.tick(nowMs);
  }

  /** Only the form of its message stays, and who it was. */
  end(call, snapshot, nowMs) {
    this.over = true;
    this.root.dataset.over = true;
    this.update({ ...call, state: "ended", actions: [], ring: null }, snapshot, nowMs, { running: false, owed: [], canTakeMessages: false });
    setText(this.#part(".state"), t("Ended · the message is not saved yet"));
    this.open("message", true);
  }

  /** What changes with time alone. */
  tick(nowMs) {
    const { call } = this;
    if (this.#showsRing()) {
      const { opensInMs } = this.#ring.tick(nowMs);
      const wait = t("the guest is connected in {time}", { time: tenths(opensInMs) });
      setText(this.#part(".lift-when"), opensInMs > 0 ? wait : t("the guest is connected at once"));
      setText(this.#part(".armed-when"), opensInMs > 0 ? wait : t("connecting"));
    }
    if (call.answered_ms !== null) setText(this.#part(".clock-time"), clock((nowMs - call.answered_ms) / 1000));
    if (!this.#part(".talk").hidden) this.#talk.tick(nowMs);
  }

  #showsRing() {
    const { ring, state } = this.call;
    return ring !== null && !ring.exempt && (state === "alerting" || state === "armed");
  }

  #pickup(call, nowMs, running) {
    const ringing = RINGING_IN.includes(call.state);
    const can = (action) => call.actions.includes(action);
    this.#part(".pickup").hidden = !ringing;
    this.#button("lift").hidden = !can("lift");
    this.#part(".armed").hidden = call.state !== "armed";
    this.#button("put_down").hidden = !can("put_down");
    this.#button("decline").hidden = !ringing || !can("hangup");
    this.#part(".ring").hidden = !this.#showsRing();
    if (this.#showsRing()) this.#ring.update(call.ring, nowMs, running);
    else setText(this.#part(".lift-when"), call.state === "diverted" ? t("take the call back") : exemptionOf(call.ring?.exempt));
  }

  /** Who it is, beyond the name; how to greet; what has been before. Built anew only when something of it has changed. */
  #about(call, snapshot, owed) {
    const { known } = call;
    learn(known?.language);
    const mine = known?.number ? owed.filter(({ phone }) => phone === known.number) : [];
    const ringing = RINGING_IN.includes(call.state);
    const key = JSON.stringify([known, mine.map(({ message }) => message), ringing, snapshot.dialplan?.version]);
    if (key === this.#aboutKey) return;
    this.#aboutKey = key;
    const contact = known?.contact ?? {};
    const chip = (text, kind = "") => Object.assign(element("li", text), { className: kind });
    this.#part(".about").replaceChildren(
      ...[
        contact.say && chip(t("say: {name}", { name: clean(contact.say) }), "say"),
        contact.room && chip(t("room {room}", { room: clean(contact.room) })),
        contact.organisation && chip(clean(contact.organisation)),
        contact.unhurried && chip(t("give all the time"), "unhurried"),
        known?.language && known.language !== document.documentElement.lang && chip(nameOfLanguage(known.language)),
      ].filter(Boolean),
    );
    const greeting = ringing ? known?.greeting : null;
    this.#part(".greeting").hidden = !greeting?.text;
    if (greeting?.text) {
      const text = this.#part(".greeting-text");
      setText(text, clean(greeting.text, 400));
      Object.assign(text, { lang: greeting.language, dir: directionOf(greeting.language) });
      setText(this.#part(".spoken-language"), nameOfLanguage(greeting.language));
    }
    this.#part(".known").hidden = !(ringing || call.direction === "out") || (mine.length === 0 && !known?.earlier?.length && !contact.note);
    this.#part(".known").replaceChildren(
      ...mine.map(({ due, matter, overdue }) => {
        const item = element("li", t("Waits for an answer until {time}: {matter}", { time: moment(new Date(due)), matter: clean(matter) }));
        item.className = overdue ? "owed overdue" : "owed";
        return item;
      }),
      ...(contact.note ? [element("li", clean(contact.note))] : []),
      ...(known?.earlier ?? []).map((earlier) => element("li", earlierOf(earlier, snapshot))),
    );
  }

  #actions(call, snapshot, canTakeMessages) {
    const others = snapshot.calls.filter(({ id }) => id !== call.id);
    const talkElsewhere = others.find(({ state }) => state === "talking" || state === "conference");
    const lineElsewhere = others.find(({ state }) => ON_THE_LINE.includes(state));
    const ringing = RINGING_IN.includes(call.state);
    const can = (action) => call.actions.includes(action);
    const inHand = can("hold") || call.state === "held";
    const show = (action, shown) => {
      this.#part(`.keys [data-do="${action}"]`).hidden = !shown;
    };
    show("hold", can("hold"));
    show("resume", can("resume"));
    show("put_through", call.state === "held" && lineElsewhere !== undefined && can("transfer"));
    show("conference", can("conference") && talkElsewhere !== undefined);
    show("mute", can("hold"));
    show("keypad", can("digits"));
    show("transfer", can("transfer") && !(call.state === "held" && lineElsewhere !== undefined));
    show("message", canTakeMessages && inHand);
    show("machine", snapshot.dialplan !== null && call.state === "held" && can("machine"));
    show("hangup", can("hangup") && !ringing);
    const emergency = snapshot.dialplan?.topics.find((topic) => topic.emergency);
    show("security", emergency !== undefined && can("topic"));
    this.#button("security").dataset.topic = emergency?.name ?? "";
    const resume = this.#button("resume");
    const back = call.state === "seeking" || call.state === "transferring";
    resume.dataset.key = talkElsewhere ? "s" : "h";
    setText(resume.querySelector("[data-label]"), talkElsewhere ? t("Swap") : back ? t("Take back") : t("Resume"));
    if (lineElsewhere) {
      const putThrough = this.#button("put_through");
      const label = t("Put through to {name}", { name: partyOf(lineElsewhere.party, lineElsewhere.known).large });
      putThrough.dataset.to = lineElsewhere.id;
      putThrough.title = label;
      setText(putThrough.querySelector("[data-label]"), label);
    }
    const mute = this.#button("mute");
    mute.setAttribute("aria-pressed", snapshot.muted);
    setText(mute.querySelector("[data-label]"), snapshot.muted ? t("Microphone is off") : t("Mute"));
    if (!can("digits")) this.open("keypad", false);
    if (!can("transfer")) this.open("through", false);
    this.#part(".notes").hidden = !inHand && call.state !== "seeking";
    this.#part(".keys").hidden = [...this.#part(".keys").children].every((button) => button.hidden);
  }

  /** The stage that comes next. */
  get nextStage() {
    return stagesOf(this.call).next;
  }

  /** Open or close one of the panels; without `wanted` the other way than it is. Returns it. One is open at a time. */
  open(name, wanted) {
    const panel = this.#part(`.${name}.panel`);
    const shown = wanted ?? panel.hidden;
    if (shown) for (const other of Object.keys(PANELS)) if (other !== name) this.open(other, false);
    panel.hidden = !shown;
    this.#part(`.keys [data-do="${PANELS[name]}"]`).setAttribute("aria-expanded", shown);
    this.root.dataset.panel = Object.keys(PANELS).find((one) => !this.#part(`.${one}.panel`).hidden) ?? "";
    return panel;
  }
}

function exemptionOf(exempt) {
  if (!exempt) return "";
  const why = { emergency_line: N("emergency line: lift at once"), auto_answer: N("to be answered at once: lift at once") }[exempt];
  return why ? t(why) : exempt;
}

export const OUTCOMES = {
  solved: N("solved"),
  put_through: N("put through"),
  message: N("message taken"),
  call_back: N("we call back"),
  not_reached: N("not reached"),
  misdialled: N("wrong number"),
};

export const topicLabel = (snapshot, name) => {
  const topic = snapshot.dialplan?.topics.find((one) => one.name === name);
  return clean(topic?.labels?.[document.documentElement.lang] ?? topic?.label ?? name);
};

function earlierOf({ arrived, direction, answered, note, topic, outcome }, snapshot) {
  const what = !answered ? t("not answered") : direction === "in" ? t("called us") : t("we called");
  const facts = [topicLabel(snapshot, topic), outcome && t(OUTCOMES[outcome] ?? outcome), clean(note)].filter(Boolean);
  return `${moment(new Date(arrived))} · ${[what, ...facts].join(" · ")}`;
}

const RESULTS = {
  no_answer: N("{who} did not answer"),
  busy: N("{who} was busy"),
  refused: N("{who} refused"),
  unreachable: N("{who} could not be reached"),
  vanished: N("{who} was lost"),
};

function searchNews({ topic, state, calling, tried }, snapshot) {
  const failed = tried.map(({ who, result }) => (RESULTS[result] ? t(RESULTS[result], { who: clean(who) }) : clean(who))).join(", ");
  const words = {
    calling: calling.length ? t("Calling {names}", { names: calling.map((one) => clean(one)).join(", ") }) : "",
    nobody: t("Nobody takes {topic}", { topic: topicLabel(snapshot, topic) }),
  };
  return [words[state], failed].filter(Boolean).join(" · ");
}

function newsOf({ transfer, search }, snapshot) {
  if (!transfer && search) return searchNews(search, snapshot);
  if (!transfer) return "";
  const target = lineOf(transfer.target) || t("the other call");
  if (transfer.code < 200) return t("Putting through to {target}", { target });
  if (transfer.code < 300) return t("Put through to {target}", { target });
  return t("{target} did not take the call: {code} {reason}", { target, code: transfer.code, reason: clean(transfer.reason) });
}
