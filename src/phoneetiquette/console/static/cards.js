// One card per call: who it is, what state it is in, and what can be done with it now.

import { RingWindow } from "./ring_window.js";
import { clock, lineOf, partyOf, clean, setText, tenths } from "./text.js";

const RINGING_IN = ["alerting", "armed", "answering", "diverted"];
const ON_THE_LINE = ["talking", "conference", "dialling", "ringing"];
const MARKS_MIN = { ten: 10, fifteen: 15, end: 18 };
const HINT_S = 12; // how long a hint about an interruption stays
const BOTH_SPEAK_MS = 2000; // how long it is told, at least, that both speak: a hint that comes and goes is unrest

const ORDER = [ON_THE_LINE, RINGING_IN, ["transferring", "seeking", "held"], ["message", "joined"], ["ended"]];

/** Calls in the order of the page: the one in talk first, then those that ring. */
export function inOrder(calls) {
  const rank = ({ state }) => ORDER.findIndex((states) => states.includes(state));
  return [...calls].sort((a, b) => rank(a) - rank(b) || a.arrived_ms - b.arrived_ms);
}

/** What a call's state is called. */
export function stateOf(call) {
  const line = lineOf(call.called);
  const words = {
    alerting: `Ringing for ${line}`,
    armed: `Ringing for ${line}`,
    answering: "Connecting",
    diverted: "Being put through elsewhere: nobody lifted",
    message: "Leaving a message",
    dialling: "Calling",
    ringing: "Ringing there",
    talking: call.held_by_peer ? "In talk · the other side holds" : call.direction === "in" ? `In talk · ${line}` : "In talk",
    conference: "In conference",
    held: "On hold",
    transferring: "Being put through",
    seeking: "On hold · a specialist is called",
    joined: "Put through",
    ended: "Ended",
  };
  return words[call.state] ?? call.state;
}

export class Card {
  #ring;
  #bothSpeak = { by: null, untilMs: 0 };

  constructor(template) {
    // imported, not cloned: a template's own document has no clock, and the ring's hand would stand still
    this.root = document.importNode(template.content.firstElementChild, true);
    this.#ring = new RingWindow(this.#part(".ring"));
  }

  #part(selector) {
    return this.root.querySelector(selector);
  }

  #button(action) {
    return this.#part(`[data-do="${action}"]`);
  }

  /** Show the call as it is in `snapshot`. `running`: the link holds, so time goes on. */
  update(call, snapshot, nowMs, running) {
    this.call = call;
    const { large, small } = partyOf(call.party);
    this.root.dataset.call = call.id;
    this.root.dataset.state = call.state;
    this.root.setAttribute("aria-label", `${stateOf(call)}: ${large}`);
    setText(this.#part(".state"), stateOf(call));
    setText(this.#part(".name bdi"), large);
    this.#part(".name").title = large;
    setText(this.#part(".number bdi"), small);
    this.#pickup(call, nowMs, running);
    const by = call.measures?.talking_over;
    if (by) this.#bothSpeak = { by, untilMs: nowMs + BOTH_SPEAK_MS };
    this.#talk(call);
    setText(this.#part(".news"), newsOf(call));
    this.#actions(call, snapshot);
    this.tick(nowMs);
  }

  /** What changes with time alone. */
  tick(nowMs) {
    const { call } = this;
    if (this.#showsRing()) {
      const { opensInMs } = this.#ring.tick(nowMs);
      const wait = tenths(opensInMs);
      setText(this.#part(".lift-when"), opensInMs > 0 ? `the guest is connected in ${wait}` : "the guest is connected at once");
      setText(this.#part(".armed-when"), opensInMs > 0 ? `the guest is connected in ${wait}` : "connecting");
    }
    if (call.answered_ms !== null) {
      const seconds = (nowMs - call.answered_ms) / 1000;
      setText(this.#part(".clock-time"), clock(seconds));
      this.#part(".length-now").style.width = `${Math.min(100, seconds / 0.6 / MARKS_MIN.end)}%`;
      this.#part(".length-bar").setAttribute("aria-label", `Length ${Math.floor(seconds / 60)} minutes; marks at 10 and 15`);
      const over = nowMs < this.#bothSpeak.untilMs ? this.#bothSpeak.by : null;
      const [manners, both] = [mannersOf(call), bothSpeak(call, over)];
      this.#part(".hint").dataset.mild = !manners && both !== "";
      setText(this.#part(".hint"), manners || both || lengthOf(seconds / 60));
    }
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
    else setText(this.#part(".lift-when"), call.state === "diverted" ? "take the call back" : exemptionOf(call.ring?.exempt));
  }

  #talk(call) {
    const talking = call.state === "talking" || call.state === "conference";
    this.#part(".talk").hidden = !talking;
    this.#part(".clock").hidden = call.answered_ms === null || RINGING_IN.includes(call.state);
    setText(this.#part(".clock-note"), [clean(call.codec), call.encrypted ? "encrypted" : ""].filter(Boolean).join(" · "));
    const { agent, customer } = call.measures?.parties ?? {};
    const heard = (agent?.talk_s ?? 0) + (customer?.talk_s ?? 0);
    const share = heard > 0 ? Math.round((100 * (agent.talk_s ?? 0)) / heard) : null;
    setText(this.#part(".party.agent .share"), share === null ? "–" : `${share} %`);
    setText(this.#part(".party.guest .share"), share === null ? "–" : `${100 - share} %`);
    const other = call.direction === "in" ? "Guest" : "Other side";
    setText(this.#part(".party.guest .label"), other);
    const bar = this.#part(".balance-bar");
    bar.dataset.known = share !== null;
    bar.setAttribute("aria-label", share === null ? "Talk balance: not measured yet" : `You talk ${share} percent, ${other.toLowerCase()} ${100 - share}`);
    this.#part(".agent-part").style.width = `${share ?? 50}%`;
    this.#part(".party.agent").dataset.speaking = Boolean(call.measures?.speaking?.agent);
    this.#part(".party.guest").dataset.speaking = Boolean(call.measures?.speaking?.customer);
    setText(this.#part(".interrupted.agent"), interruptedBy("you", agent));
    setText(this.#part(".interrupted.guest"), interruptedBy(other.toLowerCase(), customer));
  }

  #actions(call, snapshot) {
    const others = snapshot.calls.filter(({ id }) => id !== call.id);
    const talkElsewhere = others.find(({ state }) => state === "talking" || state === "conference");
    const lineElsewhere = others.find(({ state }) => ON_THE_LINE.includes(state));
    const ringing = RINGING_IN.includes(call.state);
    const can = (action) => call.actions.includes(action);
    const show = (action, shown) => {
      this.#button(action).hidden = !shown;
    };
    show("hold", can("hold"));
    show("resume", can("resume"));
    show("put_through", call.state === "held" && lineElsewhere !== undefined && can("transfer"));
    show("conference", can("conference") && talkElsewhere !== undefined);
    show("mute", can("hold"));
    show("keypad", can("digits"));
    this.#part('.keys [data-do="transfer"]').hidden = !can("transfer") || (call.state === "held" && lineElsewhere !== undefined);
    show("hangup", can("hangup") && !ringing);
    const resume = this.#button("resume");
    resume.dataset.key = talkElsewhere ? "s" : "h";
    setText(resume.querySelector("[data-label]"), talkElsewhere ? "Swap" : "Resume");
    if (lineElsewhere) {
      const putThrough = this.#button("put_through");
      const label = `Put through to ${partyOf(lineElsewhere.party).large}`;
      putThrough.dataset.to = lineElsewhere.id;
      putThrough.title = label;
      setText(putThrough.querySelector("[data-label]"), label);
    }
    const mute = this.#button("mute");
    mute.setAttribute("aria-pressed", snapshot.muted);
    setText(mute.querySelector("[data-label]"), snapshot.muted ? "Microphone is off" : "Mute");
    if (!can("digits")) this.open("keypad", false);
    if (!can("transfer")) this.open("through", false);
    this.#part(".keys").hidden = [...this.#part(".keys").children].every((button) => button.hidden);
  }

  /** Open or close the `keypad` or the `through` panel; without `wanted` the other way than it is. Returns it. */
  open(name, wanted) {
    const panel = this.#part(`.${name}`);
    const shown = wanted ?? panel.hidden;
    panel.hidden = !shown;
    const opener = { keypad: "keypad", through: "transfer" }[name];
    this.#part(`.keys [data-do="${opener}"]`).setAttribute("aria-expanded", shown);
    return panel;
  }
}

function exemptionOf(exempt) {
  if (!exempt) return "";
  const why = { emergency_line: "emergency line", auto_answer: "to be answered at once" }[exempt] ?? exempt;
  return `${why}: lift at once`;
}

function interruptedBy(who, party) {
  const times = party?.interruptions ?? null;
  return times === null || times === 0 ? "" : `${who} interrupted ${times === 1 ? "once" : `${times} times`}`;
}

function mannersOf({ direction, measures }) {
  const last = measures?.interruptions?.findLast(({ by }) => by === "agent");
  if (!last || measures.duration_s - last.end_s >= HINT_S) return "";
  return direction === "in" ? "Let the guest finish" : "Let them finish";
}

function lengthOf(minutes) {
  if (minutes >= MARKS_MIN.fifteen) return "15 minutes: agree the next step and take leave";
  if (minutes >= MARKS_MIN.ten) return "10 minutes: bring the matter to its close";
  return "";
}

/** Told as soon as `by` talks over the other. It may be a mere "yes": so it is a statement, not advice. */
function bothSpeak(call, by) {
  const they = call.direction === "in" ? "The guest" : "The other side";
  return { agent: `${they} is still speaking`, customer: `${they} wants to speak` }[by] ?? "";
}

const RESULTS = {
  no_answer: "did not answer",
  busy: "was busy",
  refused: "refused",
  unreachable: "could not be reached",
  vanished: "was lost",
};

function searchNews({ topic, state, calling, tried, offer }) {
  const failed = tried.map(({ who, result }) => `${clean(who)} ${RESULTS[result] ?? result}`).join(", ");
  const words = {
    calling: calling.length ? `Calling ${calling.map(clean).join(" and ")}` : "",
    nobody: `Nobody takes ${clean(topic)}${offer.length ? `: ${offer.map(clean).join(" or ")}` : ""}`,
  };
  return [words[state], failed].filter(Boolean).join(" · ");
}

function newsOf({ transfer, search }) {
  if (!transfer && search) return searchNews(search);
  if (!transfer) return "";
  const target = lineOf(transfer.target) || "the other call";
  if (transfer.code < 200) return `Putting through to ${target}`;
  if (transfer.code < 300) return `Put through to ${target}`;
  return `${target} did not take the call: ${transfer.code} ${clean(transfer.reason)}`;
}
