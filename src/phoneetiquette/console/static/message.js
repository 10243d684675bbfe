// The form for a message when nobody is free. What is typed is kept by the seat from the first letter on.

import { Refused, ask } from "./seat.js";
import { clean, element, partyOf, setText } from "./text.js";
import { nameOfLanguage, t } from "./words.js";
import { topicLabel } from "./cards.js";

const FIELDS = ["name", "topic", "phone", "email", "matter", "service", "language"];
const LANGUAGES = ["en", "de", "uk", "nl", "ar", "kk", "ru"];
let number = 0;

const DRAFT = "message-";

/** Calls that messages were begun in, of which nothing else is known any more than who called. */
export function callsBegun(drafts) {
  return drafts.keys(DRAFT).map((key) => {
    const { caller, name } = drafts.get(key);
    const party = { name: caller || name || "", number: "", uri: "" };
    return { id: key.slice(DRAFT.length), party, known: null, answered_ms: null, talked: false, ring: null, transfer: null, search: null };
  });
}

export class MessageForm {
  #form;
  #drafts;
  #call = null;
  #filled = false;

  constructor(form, drafts) {
    this.#form = form;
    this.#drafts = drafts;
    for (const name of FIELDS) {
      const problem = Object.assign(element("span"), { className: "problem", id: `problem-${++number}` });
      this.#field(name).after(problem);
      this.#field(name).setAttribute("aria-describedby", problem.id);
    }
    form.addEventListener("input", (event) => this.#typed(event.target));
  }

  #field(name) {
    return this.#form.elements[name];
  }

  get #key() {
    return DRAFT + this.#call.id;
  }

  /** Whether something was typed for this call before. */
  begun(call) {
    return this.#drafts.get(DRAFT + call.id) !== null;
  }

  /** Fill it with what was typed, or with what is known of the caller. */
  fill(call, snapshot) {
    this.#call = call;
    if (this.#filled) return;
    this.#filled = true;
    const { known } = call;
    const topics = snapshot.dialplan?.topics ?? [];
    options(this.#field("topic"), [["", "–"], ...topics.map(({ name }) => [name, topicLabel(snapshot, name)])]);
    options(this.#field("service"), [["", t("as the topic says")], ...(snapshot.dialplan?.services ?? []).map(({ name, label }) => [name, clean(label)])]);
    options(this.#field("language"), [["", "–"], ...LANGUAGES.map((code) => [code, nameOfLanguage(code)])]);
    const typed = this.#drafts.get(this.#key) ?? {
      name: clean(known?.contact?.name ?? call.party.name),
      phone: known?.number?.startsWith("+") ? known.number : "",
      email: known?.contact?.email ?? "",
      language: known?.language ?? "",
      topic: call.search?.topic ?? "",
      service: topics.find(({ name }) => name === call.search?.topic)?.service ?? "",
    };
    for (const name of FIELDS) this.#field(name).value = typed[name] ?? "";
    this.#field("read_back").checked = typed.read_back === "yes";
    this.topics = topics;
    this.#showReadBack();
  }

  #typed(field) {
    if (field.name === "topic") this.#field("service").value = this.topics.find(({ name }) => name === field.value)?.service ?? "";
    if (field.name === "phone" || field.name === "email") this.#field("read_back").checked = false; // what was confirmed is another one now
    this.#problem(field.name, "");
    this.#showReadBack();
    const caller = partyOf(this.#call.party, this.#call.known).large; // for when the call is over
    this.#drafts.put(this.#key, { ...this.#text(), read_back: this.#field("read_back").checked ? "yes" : "", caller });
  }

  throwAway() {
    this.#drafts.drop(this.#key);
  }

  #text() {
    return Object.fromEntries(FIELDS.map((name) => [name, this.#field(name).value]));
  }

  /** The number in pairs, as one reads it out. */
  #showReadBack() {
    const phone = this.#field("phone").value.replace(/[^+\d]/g, "").replace(/(\d{2})(?=\d)/g, "$1 ");
    setText(this.#form.querySelector(".read-back"), clean(phone || this.#field("email").value) || "–");
  }

  /** Save it. What is wrong is told at each field, and the first of them gets the focus; then it is false. */
  async save() {
    const first = this.#missing();
    if (first) {
      this.#field(first).focus();
      return false;
    }
    try {
      await ask("messages", { call: this.#call.id, ...this.#text(), read_back: this.#field("read_back").checked });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setText(this.#form.querySelector(".message-error"), [clean(error.message, 300), clean(error.advice, 300)].filter(Boolean).join(": "));
      const wrong = Object.entries(error.fields).filter(([name]) => FIELDS.includes(name));
      for (const [name, text] of wrong) this.#problem(name, clean(text, 300));
      if (wrong.length) this.#field(wrong[0][0]).focus();
      return false;
    }
    this.#drafts.drop(this.#key);
    this.#filled = false;
    setText(this.#form.querySelector(".message-error"), "");
    return true;
  }

  /** The first field that is still to be filled; every one is marked. */
  #missing() {
    const empty = (name) => !this.#field(name).value.trim();
    const wanted = [
      ["name", empty("name") && t("Ask for the full name")],
      ["phone", empty("phone") && empty("email") && t("Ask for a number or an e-mail address")],
      ["matter", empty("matter") && t("What is it about?")],
    ];
    for (const [name, problem] of wanted) this.#problem(name, problem || "");
    return wanted.find(([, problem]) => problem)?.[0];
  }

  #problem(name, text) {
    if (!FIELDS.includes(name)) return;
    const field = this.#field(name);
    setText(field.nextElementSibling, text);
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

/** Put [value, label] pairs into a select, keeping what is chosen. */
export function options(select, pairs) {
  const { value } = select;
  select.replaceChildren(...pairs.map(([one, label]) => Object.assign(element("option", label), { value: one })));
  select.value = value;
}
