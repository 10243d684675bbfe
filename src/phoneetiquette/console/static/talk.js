// A call in talk: its stages, what can be said, who talks how much, and how long it has lasted.

import { Hints } from "./hints.js";
import { ADVICE, STAGES, STAGE_NAMES, phrasesOf } from "./phrases.js";
import { clean, clock, element, setItems, setText } from "./text.js";
import { N, directionOf, nameOfLanguage, spoken, t, tn } from "./words.js";

const MARKS_MIN = { ten: 10, fifteen: 15, end: 18 };
const OPENING_S = 25;

/** The stage that a call is in, and the next one; before the first mark it is the greeting. */
export function stagesOf({ direction, stage }) {
  const order = STAGES[direction];
  const at = Math.max(0, order.indexOf(stage));
  return { order, at, next: order[at + 1] ?? null, before: at > 0 ? order[at - 1] : null };
}

/** Nobody is brought to an end who needs the time: marked so, or an emergency. */
const mayTakeLong = ({ known, ring }) => Boolean(known?.contact?.unhurried) || ring?.exempt === "emergency_line";

export class Talk {
  #root;
  #hints = new Hints();
  #call = null;
  #site = {};
  #shownCard = "";

  constructor(root) {
    this.#root = root;
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }

  update(call, { site }, nowMs) {
    this.#call = call;
    this.#site = { house: site?.name ?? "", ...site };
    const talking = call.state === "talking" || call.state === "conference";
    this.#part(".talk").hidden = !talking;
    this.#part(".guide").hidden = !talking;
    this.#part(".stages").hidden = !(talking || call.state === "held");
    if (!talking) return;
    this.#hints.take(call, nowMs);
    this.#stages();
    this.#balance();
    this.#opening();
  }

  tick(nowMs) {
    const { answered_ms: answered } = this.#call;
    if (answered === null) return;
    const seconds = (nowMs - answered) / 1000;
    this.#part(".length-now").style.inlineSize = `${Math.min(100, seconds / 0.6 / MARKS_MIN.end)}%`;
    const length = t("Length: {minutes} min; marks at 10 and 15", { minutes: Math.floor(seconds / 60) });
    if (this.#part(".length-bar").getAttribute("aria-label") !== length) this.#part(".length-bar").setAttribute("aria-label", length);
    const minutes = seconds / 60;
    const { text, mild } = document.body.dataset.hints === "off" ? { text: "", mild: true } : this.#hints.now(this.#call, nowMs);
    this.#part(".hint").dataset.mild = mild && text !== "";
    setText(this.#part(".hint"), text || this.#lengthHint(minutes));
    this.#card(minutes, nowMs);
  }

  #lengthHint(minutes) {
    if (document.body.dataset.hints === "off" || mayTakeLong(this.#call)) return "";
    if (minutes >= MARKS_MIN.fifteen) return t("15 minutes: agree the next step and take leave");
    if (minutes >= MARKS_MIN.ten) return t("10 minutes: bring the matter to its close");
    return "";
  }

  #stages() {
    const { order, at, next } = stagesOf(this.#call);
    setItems(this.#part(".stage-list"), order.join(" "), () =>
      order.map((stage) => {
        const item = document.createElement("li");
        const button = element("button", t(STAGE_NAMES[stage]));
        button.type = "button";
        Object.assign(button.dataset, { do: "stage", stage });
        item.append(button);
        return item;
      }),
    );
    [...this.#part(".stage-list").children].forEach((item, i) => {
      item.dataset.stands = i < at ? "done" : i === at ? "now" : "later";
      if (i === at) item.firstElementChild.setAttribute("aria-current", "step");
      else item.firstElementChild.removeAttribute("aria-current");
    });
    const key = this.#part('.stages > [data-do="stage"]');
    key.dataset.stage = next ?? "";
    key.hidden = next === null;
  }

  #balance() {
    const { measures, direction } = this.#call;
    const { agent, customer } = measures?.parties ?? {};
    const heard = (agent?.talk_s ?? 0) + (customer?.talk_s ?? 0);
    const share = heard > 0 ? Math.round((100 * (agent.talk_s ?? 0)) / heard) : null;
    setText(this.#part(".party.agent .share"), share === null ? "–" : `${share} %`);
    setText(this.#part(".party.guest .share"), share === null ? "–" : `${100 - share} %`);
    const inwards = direction === "in";
    setText(this.#part(".party.guest .label"), inwards ? t("Guest") : t("Other side"));
    const bar = this.#part(".balance-bar");
    bar.dataset.known = share !== null;
    const told = share === null ? t("Talk balance: not measured yet") : t("You talk {you} percent, the other side {they}", { you: share, they: 100 - share });
    if (bar.getAttribute("aria-label") !== told) bar.setAttribute("aria-label", told);
    this.#part(".agent-part").style.inlineSize = `${share ?? 50}%`;
    this.#part(".party.agent").dataset.speaking = Boolean(measures?.speaking?.agent);
    this.#part(".party.guest").dataset.speaking = Boolean(measures?.speaking?.customer);
    const times = (party) => party?.interruptions ?? 0;
    setText(this.#part(".interrupted.agent"), times(agent) ? tn("you interrupted once", "you interrupted {n} times", times(agent)) : "");
    const theirs = inwards
      ? () => tn("guest interrupted once", "guest interrupted {n} times", times(customer))
      : () => tn("other side interrupted once", "other side interrupted {n} times", times(customer));
    setText(this.#part(".interrupted.guest"), times(customer) ? theirs() : "");
  }

  /** The first 25 seconds, as a block of its own: it fills, and then it stands. */
  #opening() {
    const { opening, duration_s: duration = 0 } = this.#call.measures ?? {};
    const s = (value) => (value === null || value === undefined ? "–" : t("{seconds} s", { seconds: value.toFixed(1) }));
    const share = opening?.agent_talk_share;
    const rows = [
      [t("First word after"), s(opening?.greeting_delay_s)],
      [t("Your share"), share === null || share === undefined ? "–" : `${Math.round(100 * share)} %`],
      [t("Silence"), s(opening?.silence_s)],
      [t("Interruptions"), opening?.interruptions ?? "–"],
    ];
    const list = this.#part(".opening-facts");
    list.dataset.complete = Boolean(opening?.complete);
    setItems(list, "rows", () => rows.flatMap(([name]) => [element("dt", name), element("dd")]));
    list.querySelectorAll("dd").forEach((cell, i) => setText(cell, String(rows[i][1])));
    this.#part(".opening").style.setProperty("--done", `${Math.min(100, (100 * duration) / OPENING_S)}%`);
  }

  /** What can be said now: calming words come first, then the polite close of a long call, then the stage's. */
  #card(minutes, nowMs) {
    const { direction, stage, known } = this.#call;
    const at = STAGES[direction][Math.max(0, STAGES[direction].indexOf(stage))];
    const hinted = document.body.dataset.hints !== "off";
    let card = at === "greeting" && direction === "out" ? "greeting_out" : at;
    if (hinted && minutes >= MARKS_MIN.ten && at !== "close" && !mayTakeLong(this.#call)) card = "long";
    if (hinted && this.#hints.loud(nowMs)) card = "calm";
    const language = known?.language ?? "";
    const own = card === "greeting" && known?.greeting?.text ? [known.greeting.text] : null;
    const phrases = own ?? phrasesOf(card, this.#site);
    const said = own ? [{ text: clean(own[0], 400), language: known.greeting.language, direction: directionOf(known.greeting.language) }] : phrases.map((one) => spoken(one, language, this.#site));
    const key = JSON.stringify([card, said]);
    if (key === this.#shownCard) return;
    this.#shownCard = key;
    const titles = { calm: N("The caller is upset"), long: N("Come to the close") };
    setText(this.#part(".phrases-title"), t(titles[card] ?? STAGE_NAMES[at]));
    const spokenIn = said[0]?.language;
    if (spokenIn && spokenIn !== document.documentElement.lang) {
      this.#part(".phrases-title").append(Object.assign(element("span", nameOfLanguage(spokenIn)), { className: "spoken-language" }));
    }
    this.#part(".phrase-list").replaceChildren(
      ...said.map(({ text, language: lang, direction: dir }) => Object.assign(element("li", text), { lang, dir })),
    );
    setText(this.#part(".advice"), t(ADVICE[card]));
    this.#part(".guide").dataset.card = card;
  }
}

/** Seconds since `answered`, as a clock. */
export const lengthOf = (answeredMs, nowMs) => clock((nowMs - answeredMs) / 1000);
