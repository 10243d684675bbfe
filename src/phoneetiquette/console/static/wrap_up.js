// After a call: what it was about and what came of it, and an e-mail that confirms it. One at a time; none is lost.

import { topicLabel } from "./cards.js";
import { options } from "./message.js";
import { ask } from "./seat.js";
import { clean, clock, partyOf, setText } from "./text.js";
import { N, learn, spoken, t } from "./words.js";

const MOST = 5; // without a word typed, older ones make room
const DRAFT = "note-";

const MAIL = {
  subject: N("Our telephone call"),
  greeting: N("Dear {name},"),
  summary: N("thank you for our telephone call. In short:"),
  expected: {
    solved: N("You need not do anything more."),
    put_through: N("Our colleague takes care of it; you need not do anything more."),
    message: N("You will have our answer within three days; please reply if anything above is not right."),
    call_back: N("We will call you back; please tell us if another time suits you better."),
    "": N("Please reply if anything above is not right."),
  },
};

export class WrapUps {
  #place;
  #template;
  #drafts;
  #waiting = []; // {id, name, email, language, direction}
  #snapshot = null;

  constructor(place, template, drafts) {
    this.#place = place;
    this.#template = template;
    this.#drafts = drafts;
    place.addEventListener("input", () => this.#typed());
    place.addEventListener("submit", (event) => event.preventDefault());
  }

  get form() {
    return this.#place.querySelector("form");
  }

  get any() {
    return this.#waiting.length > 0;
  }

  /** Calls whose notes were not saved when the page was left. */
  restore(live) {
    for (const key of this.#drafts.keys(DRAFT)) {
      const text = this.#drafts.get(key);
      const id = key.slice(DRAFT.length);
      if (!live.has(id)) this.#waiting.push({ id, name: text.name ?? "", email: text.email ?? "", language: text.language ?? "" });
    }
  }

  /** A note was typed during the call. */
  noted(call, note) {
    const text = this.#drafts.get(DRAFT + call.id) ?? this.#about(call);
    this.#drafts.put(DRAFT + call.id, { ...text, note });
  }

  noteOf(call) {
    return this.#drafts.get(DRAFT + call.id)?.note ?? "";
  }

  /** A message was taken in this call: that is what came of it, unless something else is chosen. */
  tookMessage(call, over) {
    if (!over) return this.#drafts.put(DRAFT + call.id, { ...this.#about(call), note: this.noteOf(call), outcome: "message" });
    const text = this.#drafts.get(DRAFT + call.id);
    if (!text || text.outcome) return; // it is written up, or it was something else
    this.#drafts.put(DRAFT + call.id, { ...text, outcome: "message" });
    if (this.form?.dataset.call === call.id) this.form.elements.outcome.value = "message";
  }

  #about(call) {
    const { known, party, search } = call;
    return { name: partyOf(party, known).large, email: known?.contact?.email ?? "", language: known?.language ?? "", topic: search?.topic ?? "" };
  }

  /** A call that was talked in is over. */
  ended(call) {
    const { name, email, language, topic } = this.#about(call);
    const outcome = call.state === "joined" || call.transfer?.code === 200 ? "put_through" : "";
    if (!this.#drafts.get(DRAFT + call.id)) this.#drafts.put(DRAFT + call.id, { note: "", name, email, language, topic, outcome });
    this.#waiting.unshift({ id: call.id, name, email, language });
    const untouched = this.#waiting.slice(MOST).filter(({ id }) => !this.#drafts.get(DRAFT + id)?.note);
    for (const { id } of untouched) this.#forget(id);
    learn(language);
  }

  show(snapshot) {
    this.#snapshot = snapshot;
    const [first] = this.#waiting;
    if (!first) return this.#place.replaceChildren();
    if (this.form?.dataset.call !== first.id) this.#build(first);
    const more = this.#waiting.length - 1;
    setText(this.form.querySelector(".more"), more ? t("{n} more to note", { n: more }) : "");
  }

  #build({ id, name }) {
    const form = document.importNode(this.#template.content.firstElementChild, true);
    form.dataset.call = id;
    setText(form.querySelector(".state"), t("After the call"));
    setText(form.querySelector(".name bdi"), clean(name));
    const topics = this.#snapshot.dialplan?.topics ?? [];
    options(form.elements.topic, [["", "–"], ...topics.map((topic) => [topic.name, topicLabel(this.#snapshot, topic.name)])]);
    const text = this.#drafts.get(DRAFT + id) ?? {};
    for (const field of ["note", "topic", "outcome"]) form.elements[field].value = text[field] ?? "";
    this.#place.replaceChildren(form);
    this.#keys();
  }

  /** Esc leaves the form while it is empty; it does not throw away what was typed. */
  #keys() {
    const skip = this.form.querySelector('[data-do="skip"]');
    const typed = this.form.elements.note.value.trim() !== "";
    if (typed) delete skip.dataset.key;
    else skip.dataset.key = "Escape";
    skip.querySelector("kbd")?.toggleAttribute("hidden", typed);
    skip.firstChild.textContent = typed ? t("Throw the note away") : t("Nothing to note");
  }

  #typed() {
    const { form } = this;
    const id = form.dataset.call;
    const [note, topic, outcome] = ["note", "topic", "outcome"].map((name) => form.elements[name].value);
    this.#drafts.put(DRAFT + id, { ...this.#drafts.get(DRAFT + id), note, topic, outcome });
    this.#keys();
  }

  tick(nowMs) {
    const { wrap_up: running } = this.#snapshot ?? {};
    if (!this.form) return;
    const mine = running?.call === this.form.dataset.call && running.until_ms > nowMs;
    setText(this.form.querySelector(".wrap-up-time"), mine ? t("No call is connected for {time}", { time: clock((running.until_ms - nowMs) / 1000) }) : "");
  }

  async save() {
    const { form } = this;
    const [note, topic, outcome] = ["note", "topic", "outcome"].map((name) => form.elements[name].value);
    const call = form.dataset.call;
    await ask("wrap_up", { call, note, topic, outcome });
    this.#forget(call);
  }

  async skip() {
    const call = this.form.dataset.call;
    this.#forget(call);
    if (this.#snapshot.wrap_up?.call === call) await ask("presence", { presence: this.#snapshot.presence });
  }

  #forget(id) {
    this.#drafts.drop(DRAFT + id);
    this.#waiting = this.#waiting.filter((one) => one.id !== id);
    if (this.#snapshot) this.show(this.#snapshot);
  }

  /** Draft the e-mail from the note; its last line says what is expected of the reader. */
  mail() {
    const { form } = this;
    const panel = form.querySelector(".mail");
    panel.hidden = !panel.hidden;
    form.querySelector('[data-do="mail"]').setAttribute("aria-expanded", !panel.hidden);
    if (panel.hidden) return;
    const { name, email, language } = this.#waiting[0];
    const house = this.#snapshot.site?.name || this.#snapshot.display_name;
    const say = (text, values) => spoken(text, language, values).text;
    const lines = [
      say(MAIL.greeting, { name: clean(name) }),
      "",
      say(MAIL.summary),
      form.elements.note.value.trim() || "…",
      "",
      [this.#snapshot.site?.agent, house].filter(Boolean).join(", "),
      "",
      say(MAIL.expected[form.elements.outcome.value] ?? MAIL.expected[""]),
    ];
    form.elements.to.value = email;
    form.elements.subject.value = `${say(MAIL.subject)} · ${house}`;
    form.elements.body.value = lines.join("\n");
    form.elements.body.dir = spoken(MAIL.subject, language).direction;
    form.elements.to.focus();
  }

  openMail() {
    const { to, subject, body } = this.form.elements;
    const query = `subject=${encodeURIComponent(subject.value)}&body=${encodeURIComponent(body.value.replace(/\n/g, "\r\n"))}`;
    location.href = `mailto:${encodeURIComponent(to.value).replace(/%40/g, "@")}?${query}`;
  }

  async copyMail() {
    await navigator.clipboard.writeText(this.form.elements.body.value);
    setText(this.form.querySelector(".copied"), t("Copied"));
  }
}
