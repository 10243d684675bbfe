// Guests who want to be woken: the form that is read back before it counts, the list, and who could not be woken.

import { Refused, ask, read } from "./seat.js";
import { clean, element, setItems, setText } from "./text.js";
import { N, learn, nameOfLanguage, spoken, t, tn } from "./words.js";

const SHOWN = 6;
const MOST = 200;
const RETRY_MS = 1000;
const FIELDS = ["room", "clock", "day", "name", "language"];
const LANGUAGES = ["en", "de", "uk", "nl", "ar", "kk", "ru"];

/** What the hotel's clocks show, whatever this page's own do. */
const clockOf = (due) => due.slice(11, 16);

const dayOf = (due, language) =>
  new Intl.DateTimeFormat(`${language}-u-nu-latn`, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${due.slice(0, 10)}T12:00Z`));

export class WakeUps {
  #section;
  #form;
  #notices;
  #seen = null;
  #told = null; // what the seat has understood, until something is typed again
  #list = [];

  constructor(section, notices) {
    this.#section = section;
    this.#form = section.querySelector("form");
    this.#notices = notices;
    if (section.hidden) return;
    for (const name of FIELDS) {
      const problem = Object.assign(element("span"), { className: "problem", id: `wake-up-problem-${name}` });
      this.#field(name).after(problem);
      this.#field(name).setAttribute("aria-describedby", problem.id);
    }
    this.#form.addEventListener("input", (event) => event.target.name !== "which" && this.#changed());
  }

  #field(name) {
    return this.#form.elements[name];
  }

  /** Look again if there is news of them; `then` is called when it is there. */
  update({ wake_ups: counts }, then) {
    const seen = JSON.stringify(counts ?? null);
    if (!counts || seen === this.#seen) return;
    this.#seen = seen;
    read(`wake_ups?limit=${MOST}`).then((answer) => {
      if (seen !== this.#seen) return; // there is newer news, which is being read
      if (answer === null) {
        setTimeout(() => {
          if (seen === this.#seen) this.#seen = null;
          then();
        }, RETRY_MS);
        return;
      }
      this.#list = answer.wake_ups;
      this.#show();
      then();
    });
  }

  #show() {
    const list = this.#section.querySelector("ol");
    const missing = this.#list.filter(({ state }) => state === "escalated");
    const open = this.#list.filter(({ state }) => state !== "escalated");
    const shown = open.slice(0, SHOWN);
    const more = open.length - shown.length;
    const key = JSON.stringify([shown.map(({ wake_up, state, attempts }) => [wake_up, state, attempts]), more]);
    setItems(list, key, () => [...shown.map(itemOf), ...(more ? [element("li", tn("one more", "{n} more", more))] : [])]);
    setItems(this.#notices, JSON.stringify(missing.map(({ wake_up }) => wake_up)), () => missing.map(noticeOf));
  }

  get isOpen() {
    return !this.#form.hidden;
  }

  /** Open the form, or close it and forget what is in it. */
  toggle(open = this.#form.hidden) {
    this.#form.hidden = !open;
    this.#section.querySelector('[data-do="wake_up"]').setAttribute("aria-expanded", open);
    this.#form.reset();
    this.#problems({});
    this.#changed();
    if (!open) return;
    setItems(this.#field("language"), "languages", () => [new Option("–", ""), ...LANGUAGES.map((code) => new Option(nameOfLanguage(code), code))]);
    this.#field("room").focus();
  }

  /** The first time: what is understood is shown, to be read back. The second time: it is set. What was, or null. */
  async submit() {
    const form = Object.fromEntries(FIELDS.map((name) => [name, this.#field(name).value.trim()]));
    try {
      if (this.#told === null) {
        await this.#readBack(form);
        return null;
      }
      const which = this.#form.querySelector("[name=which]:checked")?.value ?? "";
      const { moments, name, language } = this.#told;
      const set = await ask("wake_ups", { ...form, day: moments[0].slice(0, 10), name, language, which });
      this.toggle(false);
      return t("Room {room} will be woken: {day}, {time}", { room: clean(set.room), day: dayOf(set.due, document.documentElement.lang), time: clockOf(set.due) });
    } catch (error) {
      if (!(error instanceof Refused) || !error.fields || Object.keys(error.fields).length === 0) throw error;
      this.#problems(error.fields);
      return null;
    }
  }

  async #readBack(form) {
    const told = await ask("wake_ups/read_back", form);
    this.#problems({});
    await learn(told.language);
    this.#told = told;
    const box = this.#form.querySelector(".to-read-back");
    const lines = told.moments.map((due) => {
      const said = spoken(N("Room {room}, wake-up call: {day}, {time}. Is that right?"), told.language, { room: clean(told.room), day: dayOf(due, told.language || document.documentElement.lang), time: clockOf(due) });
      const line = element("bdi", said.text);
      Object.assign(line, { lang: said.language, dir: said.direction });
      return line;
    });
    const twice = told.moments.length > 1;
    const rows = lines.map((line, i) => {
      const row = element(twice ? "label" : "p");
      if (twice) row.append(Object.assign(element("input"), { type: "radio", name: "which", value: i ? "second" : "first", required: true }));
      row.append(line, ...(twice ? [" ", element("small", i ? t("after the clocks are put back") : t("before the clocks are put back"))] : []));
      return row;
    });
    const notes = [
      twice && t("The clocks show this time twice. Which is meant?"),
      clean(told.name) && t("Guest: {name}", { name: clean(told.name) }),
      !told.known && t("The guest list knows nobody in this room."),
      told.at_that_time && tn("one more at that time", "{n} more at that time", told.at_that_time),
    ].filter(Boolean);
    box.replaceChildren(...rows, ...notes.map((note) => element("p", note)));
    box.hidden = false;
    setText(this.#form.querySelector("[data-label]"), t("Yes, set it"));
    (box.querySelector("input") ?? this.#form.querySelector("[type=submit]")).focus();
  }

  #changed() {
    this.#told = null;
    this.#form.querySelector(".to-read-back").hidden = true;
    setText(this.#form.querySelector("[data-label]"), t("Read back"));
  }

  #problems(fields) {
    for (const name of FIELDS) {
      setText(document.getElementById(`wake-up-problem-${name}`), clean(fields[name] ?? "", 300));
      this.#field(name).toggleAttribute("aria-invalid", name in fields);
      if (name in fields) this.#field(name).setAttribute("aria-invalid", "true");
    }
    FIELDS.map((name) => this.#field(name)).find((field) => field.hasAttribute("aria-invalid"))?.focus();
  }
}

const guestOf = ({ room, name }) => {
  const who = element("span");
  who.append(element("b", t("Room {room}", { room: clean(room) })), " ", element("bdi", clean(name)));
  return who;
};

function itemOf(one) {
  const row = element("li");
  row.className = "wake-up";
  const today = one.due.slice(0, 10) === new Date().toLocaleDateString("sv");
  const day = today ? "" : new Intl.DateTimeFormat(`${document.documentElement.lang}-u-nu-latn`, { weekday: "short", day: "numeric", month: "numeric", timeZone: "UTC" }).format(new Date(`${one.due.slice(0, 10)}T12:00Z`));
  const how = one.state === "calling" ? t("is being called") : one.attempts ? tn("called once", "called {n} times", one.attempts) : "";
  const cancel = element("button", t("Cancel"), t("Cancel the wake-up call for room {room}", { room: clean(one.room) }));
  cancel.type = "button";
  cancel.className = "quiet";
  cancel.setAttribute("aria-label", cancel.title);
  Object.assign(cancel.dataset, { do: "cancel_wake_up", wakeUp: one.wake_up });
  row.append(element("time", [day, clockOf(one.due)].filter(Boolean).join(" ")), guestOf(one), cancel, element("small", how));
  return row;
}

function noticeOf(one, i) {
  const row = element("li");
  row.className = "notice";
  const what = element("strong", t("Room {room} is not awake", { room: clean(one.room) }));
  const how = one.attempts ? tn("called once", "called {n} times", one.attempts) : t("it was not called in time");
  const detail = element("span", `${clockOf(one.due)} · ${how} `);
  detail.append(element("bdi", clean(one.name)));
  const button = element("button", "");
  button.type = "button";
  const label = element("span", t("Seen to"));
  label.dataset.label = "";
  button.append(label);
  button.setAttribute("aria-label", `${t("Seen to")}: ${t("Room {room}", { room: clean(one.room) })}`);
  Object.assign(button.dataset, { do: "settle_wake_up", wakeUp: one.wake_up });
  if (i === 0) button.dataset.key = "y";
  row.append(what, detail, button);
  return row;
}
