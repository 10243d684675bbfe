// Gentle hints from the measures of a call in talk: at most one at a time, never an alarm.

import { N, t } from "./words.js";

const INTERRUPTED_S = 12; // how long a hint about an interruption stays
const BOTH_SPEAK_MS = 2000; // how long it is told, at least, that both speak: a hint that comes and goes is unrest
const VOICE_MS = 15_000; // how long a hint about the voice stays
const FASTEST_SYLL_PER_S = 5.5;
const LEAST_MOVEMENT_ST = 1.5;
const ENOUGH_TALK_S = 20; // of talk, before a voice is judged
const LOUD_DB = 6; // as in the definition of `calm`
const USUAL_AFTER_S = 10;
const LOUD_STRETCH_S = 2;
const LOUD_STAYS_MS = 45_000;

export class Hints {
  #bothSpeak = { by: null, untilMs: 0 };
  #voice = { text: "", untilMs: 0 };
  #told = new Set();
  #usual = null;
  #last = null;
  #loudUntilMs = 0;

  /** Take in new measures. */
  take({ measures }, nowMs) {
    if (!measures) return;
    if (measures.talking_over) this.#bothSpeak = { by: measures.talking_over, untilMs: nowMs + BOTH_SPEAK_MS };
    this.#listenTo(measures.parties?.agent, nowMs);
    this.#loudness(measures.parties?.customer, nowMs);
  }

  /** The caller has become loud a short while ago. */
  loud(nowMs) {
    return nowMs < this.#loudUntilMs;
  }

  /** What to show now: text, and whether it is a mere statement. */
  now(call, nowMs) {
    const manners = mannersOf(call);
    if (manners) return { text: manners, mild: false };
    const by = nowMs < this.#bothSpeak.untilMs ? this.#bothSpeak.by : null;
    if (by) return { text: bothSpeak(call, by), mild: true };
    if (nowMs < this.#voice.untilMs) return { text: t(this.#voice.text), mild: true };
    return { text: "", mild: false };
  }

  /** Once in a call each: pace and intonation of the receptionist. */
  #listenTo(agent, nowMs) {
    if (!agent || (agent.talk_s ?? 0) < ENOUGH_TALK_S || nowMs < this.#voice.untilMs) return;
    const signs = [
      [N("A little slower is easier to follow"), agent.pace_syll_per_s > FASTEST_SYLL_PER_S],
      [N("A little more movement in the voice sounds friendlier"), agent.pitch && agent.pitch.sd_st < LEAST_MOVEMENT_ST],
    ];
    const sign = signs.find(([text, holds]) => holds && !this.#told.has(text));
    if (sign) {
      this.#told.add(sign[0]);
      this.#voice = { text: sign[0], untilMs: nowMs + VOICE_MS };
    }
  }

  /** The level of the last stretch, out of the level of the whole call, beside how the caller began. */
  #loudness(customer, nowMs) {
    const { talk_s: talk, loudness_dbfs: level } = customer ?? {};
    if (!talk || level === null || level === undefined) return;
    const energy = talk * 10 ** (level / 10);
    if (this.#usual === null) {
      if (talk >= USUAL_AFTER_S) {
        this.#usual = level;
        this.#last = { talk, energy };
      }
    } else if (talk - this.#last.talk >= LOUD_STRETCH_S) {
      const recent = 10 * Math.log10(Math.max(energy - this.#last.energy, 1e-12) / (talk - this.#last.talk));
      if (recent >= this.#usual + LOUD_DB) this.#loudUntilMs = nowMs + LOUD_STAYS_MS;
      this.#last = { talk, energy };
    }
  }
}

function mannersOf({ direction, measures }) {
  const last = measures?.interruptions?.findLast(({ by }) => by === "agent");
  if (!last || measures.duration_s - last.end_s >= INTERRUPTED_S) return "";
  return direction === "in" ? t("Let the guest finish") : t("Let them finish");
}

/** Told as soon as `by` talks over the other. It may be a mere "yes": so it is a statement, not advice. */
function bothSpeak({ direction }, by) {
  const texts =
    direction === "in"
      ? { agent: N("The guest is still speaking"), customer: N("The guest wants to speak") }
      : { agent: N("The other side is still speaking"), customer: N("The other side wants to speak") };
  return t(texts[by]);
}
