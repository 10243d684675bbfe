// Who of the dialplan's people is there: as the receptionist says it here, and as the PBX tells.

import { ask } from "./seat.js";
import { clean, element, setItems, setText } from "./text.js";
import { N, t } from "./words.js";

const PRESENCES = { present: N("Present"), absent: N("Absent"), do_not_disturb: N("Do not disturb") };
const SEEN = { busy: N("in a call"), away: N("not reachable") };

export class People {
  #section;
  #list;

  /** `attempt(action)` carries out what the receptionist asks, and shows why it cannot be had. */
  constructor(section, attempt) {
    this.#section = section;
    this.#list = section.querySelector("ul");
    this.#list.addEventListener("change", ({ target }) => attempt(() => ask("person", { who: target.dataset.who, presence: target.value })));
  }

  show({ dialplan, people = {}, seen = {} }, linked) {
    const known = dialplan?.people ?? [];
    this.#section.hidden = known.length === 0;
    setItems(this.#list, JSON.stringify(known), () => known.map(({ name, label }) => this.#item(name, label || name.replaceAll("_", " "))));
    for (const choice of this.#list.querySelectorAll("select")) {
      const { who } = choice.dataset;
      if (choice !== document.activeElement) choice.value = people[who] ?? "present";
      choice.disabled = !linked;
      setText(choice.closest("li").querySelector(".seen"), SEEN[seen[who]] ? t(SEEN[seen[who]]) : "");
    }
  }

  #item(who, name) {
    const item = element("li");
    const label = element("label");
    const choice = element("select");
    choice.dataset.who = who;
    choice.append(...Object.entries(PRESENCES).map(([value, word]) => Object.assign(element("option", t(word)), { value })));
    label.append(element("bdi", clean(name)), Object.assign(element("span"), { className: "seen" }), choice);
    item.append(label);
    return item;
  }
}
