// A field that finds topics, people and numbers while one types: who is there, and until when.

import { read } from "./seat.js";
import { clean, clock, element, lineOf, moment } from "./text.js";
import { t } from "./words.js";

const LIMIT = 6;
const AFTER_MS = 60;
const DIALLED = /^[+*#]?[\d*# ().\/-]+$|^[^\s@]+@[^\s@]+$|^(sips?|tel):/i;
let number = 0;

export class Finder {
  #field;
  #list;
  #found = [];
  #asked = "";
  #answer = Promise.resolve();
  #abort = null;
  #timer = null;
  #active = -1;
  #nowMs;

  /** `form` has a field `target`; `nowMs()` is the seat's clock; `topics`: they are offered, too. */
  constructor(form, nowMs, topics) {
    this.#field = form.elements.target;
    this.#nowMs = nowMs;
    this.topics = topics;
    this.#list = Object.assign(element("ul"), { className: "found", id: `found-${++number}`, hidden: true });
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", t("Found"));
    form.querySelector(".line").after(this.#list);
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-controls": this.#list.id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(attributes)) this.#field.setAttribute(name, value);
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), AFTER_MS);
    });
    this.#list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault(); // the field keeps the focus
      this.#choose([...this.#list.children].indexOf(option));
      form.requestSubmit();
    });
  }

  /** Show what can be had without a word typed. */
  begin() {
    this.#ask(true);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#asked = "";
    this.#show([]);
  }

  /** A key in the field; whether it was one of the list's. */
  press(key) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (!step || this.#found.length === 0) return false;
    const places = this.#found.length + 1; // one is the field itself
    this.#choose(((this.#active + 1 + step + places) % places) - 1);
    return true;
  }

  /** Whether Enter means something though nothing is typed. */
  get chosen() {
    return this.#active >= 0;
  }

  /** What is meant: {topic} or {target}, with its `name`. What is no number and finds something is the first found. */
  async meant() {
    const text = this.#field.value.trim();
    if (this.#active >= 0) return this.#found[this.#active];
    if (!text || DIALLED.test(text)) return { target: text, name: text };
    if (this.#asked !== text) this.#ask();
    await this.#answer;
    return this.#asked === text && this.#found[0] ? this.#found[0] : { target: text, name: text };
  }

  #ask(empty = false) {
    clearTimeout(this.#timer);
    const text = this.#field.value.trim();
    if (!text && !(empty || this.topics)) return this.clear();
    this.#abort?.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#asked = text;
    this.#answer = read(`directory?q=${encodeURIComponent(text)}&limit=${LIMIT + 4}`, signal).then((found) => {
      if (signal.aborted) return;
      const wanted = (found ?? []).filter(({ kind }) => this.topics || kind !== "topic");
      this.#show(wanted.slice(0, LIMIT));
    });
  }

  /** What was chosen stays chosen when more letters find it still. */
  #show(found) {
    const { kind, name, target, topic } = this.#found[this.#active] ?? {};
    const chosen = found.findIndex((one) => one.kind === kind && one.name === name && one.target === target && one.topic === topic);
    this.#found = found;
    this.#list.replaceChildren(...found.map((one, i) => this.#option(one, i)));
    this.#list.hidden = found.length === 0;
    this.#field.setAttribute("aria-expanded", found.length > 0);
    this.#choose(chosen);
  }

  #choose(at) {
    this.#active = at;
    [...this.#list.children].forEach((option, i) => option.setAttribute("aria-selected", i === at));
    if (at < 0) this.#field.removeAttribute("aria-activedescendant");
    else this.#field.setAttribute("aria-activedescendant", this.#list.children[at].id);
  }

  #option(found, i) {
    const option = element("li");
    option.id = `${this.#list.id}-${i}`;
    option.setAttribute("role", "option");
    const name = element("bdi", clean(found.labels?.[document.documentElement.lang] ?? found.name));
    name.className = "found-name";
    option.append(name);
    const people = found.kind === "topic" ? found.specialists : found.state ? [found] : [];
    const there = people.find(({ state }) => state === "hours" || state === "unknown");
    option.dataset.there = found.kind === "topic" ? (there ? "yes" : people.length ? "no" : "") : found.state === "busy" || found.state === "off" ? "no" : found.state === "hours" ? "yes" : "";
    const detail =
      found.kind === "topic"
        ? people.slice(0, 3).map((one) => [clean(one.name), this.#state(one)].filter(Boolean).join(" ")).join(" · ")
        : [found.room && t("room {room}", { room: clean(found.room) }), clean(found.organisation ?? ""), clean(found.number ?? "") || (found.kind === "contact" ? lineOf(found.target) : ""), found.state && this.#state(found)].filter(Boolean).join(" · ");
    option.append(Object.assign(element("span", detail), { className: "found-detail" }));
    return option;
  }

  #state({ state, since_ms: sinceMs, until }) {
    const time = until ? moment(new Date(until)) : "";
    switch (state) {
      case "busy":
        return t("busy for {time}", { time: clock((this.#nowMs() - sinceMs) / 1000) });
      case "off":
        return time ? t("off until {time}", { time }) : t("off");
      case "hours":
        return time ? t("there until {time}", { time }) : t("there");
      default:
        return "";
    }
  }
}
