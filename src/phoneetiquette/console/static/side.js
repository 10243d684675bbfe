// Beside the calls: whose answers are due, and the last calls.

import { read } from "./seat.js";
import { clean, clock, element, lineOf, moment, partyOf, setItems } from "./text.js";
import { N, t } from "./words.js";

const RECENT = 12;
const DUE = 4;
const OPEN = 200; // open messages that are compared with who calls
const VERDICTS = {
  late: N("late"),
  early: N("early"),
  unanswered: N("not answered"),
  abandoned: N("gave up"),
  short_abandon: N("left early"),
  diverted: N("diverted"),
}; // a pickup in time is not worth a word

/** Messages that wait for an answer, as the seat has them. */
export class FollowUps {
  open = [];
  #section;
  #counts = "";

  constructor(section) {
    this.#section = section;
  }

  /** Look again if their number has changed; `then` is called when they are there. */
  update({ messages }, then) {
    const counts = JSON.stringify(messages ?? null);
    if (counts === this.#counts) return;
    this.#counts = counts;
    if (messages) this.look(then);
  }

  async look(then) {
    const [open, due] = await Promise.all([read(`messages?state=open&limit=${OPEN}`), read(`messages?state=due&limit=${DUE}`)]);
    this.open = open?.messages ?? [];
    const shown = due?.messages ?? [];
    this.#section.hidden = shown.length === 0;
    setItems(this.#section.querySelector("ol"), JSON.stringify(shown.map(({ message, overdue }) => [message, overdue])), () => shown.map(item));
    then();
  }
}

function item({ message, name, phone, matter, due, overdue }, i) {
  const row = element("li");
  const button = element("button", "", t("Call {name} back", { name: clean(name) || clean(phone) }));
  button.type = "button";
  button.className = "due";
  button.disabled = !phone;
  Object.assign(button.dataset, { do: "call_back", message });
  if (i === 0) button.dataset.key = "u";
  const when = element("time", moment(new Date(due)));
  when.className = overdue ? "overdue" : "";
  const who = element("span");
  who.append(element("bdi", clean(name) || clean(phone)));
  button.append(when, who, element("small", clean(matter)));
  row.append(button);
  return row;
}

/** Put the last calls into the list; gives the records. */
export async function showRecent(list, none, seat) {
  const records = (await read(`calls?limit=${RECENT}`)) ?? [];
  list.replaceChildren(...records.map((record) => recentItem(record, seat)));
  none.hidden = records.length > 0;
  return records;
}

function recentItem(record, seat) {
  const outgoing = record.direction === "out";
  const uri = outgoing ? record.called : record.caller;
  const { large, small } = partyOf({ name: outgoing ? "" : record.caller_name, number: lineOf(uri), uri });
  const row = element("li");
  const button = element("button", "", t("Put {name} into the number field", { name: large }));
  button.type = "button";
  button.className = "recent";
  button.dataset.target = uri;
  const who = element("span", "", [small, clean(record.wrap_up?.note)].filter(Boolean).join(" · "));
  who.append(element("bdi", large));
  const length = record.answered && record.ended ? clock((new Date(record.ended) - new Date(record.answered)) / 1000) : "";
  const verdict = record.refused ? t("refused") : (VERDICTS[record.pickup?.verdict] ? t(VERDICTS[record.pickup.verdict]) : "");
  button.append(
    element("time", moment(new Date(record.arrived))),
    element("span", outgoing ? "↗" : "↙", outgoing ? t("outgoing") : t("incoming")),
    who,
    element("small", [verdict, length].filter(Boolean).join(" · ")),
  );
  if (record.answered && record.score_card) button.append(scoreOf(record.score_card));
  row.append(button);
  return row;
}

/** How many of the rules that were measured were met, and on a closer look which were not. */
function scoreOf({ total, rules }) {
  const named = (result) => rules.filter((one) => one.result === result).map(({ rule }) => rule).join(", ") || t("none");
  const parts = t("Missed: {missed}. Met: {met}. Not measured: {count}.", { missed: named("missed"), met: named("met"), count: total.not_measured });
  return element("small", t("{met} of {all} rules", { met: total.met, all: total.met + total.missed }), parts);
}
