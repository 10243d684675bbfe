// Half-typed texts, kept by the seat: they survive a reload, a crash of the browser and a restart of the seat.

import { Refused, keep, read } from "./seat.js";

const AFTER_MS = 300;

export class Drafts {
  /** Whether the seat keeps drafts, and so messages. */
  available = false;
  #texts = new Map();
  #waiting = new Map();
  #refused;

  /** `refused(error)` is told why the seat does not keep a text. */
  constructor(refused) {
    this.#refused = refused;
  }

  async load() {
    if (document.body.dataset.messages !== "on") return;
    const answer = await read("drafts");
    this.available = answer !== null;
    for (const [key, text] of Object.entries(answer?.drafts ?? {})) this.#texts.set(key, text);
    addEventListener("pagehide", () => this.flush());
  }

  /** What is typed under this key; null: nothing. */
  get(key) {
    return this.#texts.get(key) ?? null;
  }

  /** Keys that begin like this. */
  keys(start) {
    return [...this.#texts.keys()].filter((key) => key.startsWith(start));
  }

  /** Keep `text`, field by field, soon. */
  put(key, text) {
    this.#texts.set(key, text);
    this.#later(key);
  }

  drop(key) {
    if (this.#texts.delete(key)) this.#later(key);
  }

  /** Send now what waits. */
  flush() {
    for (const key of [...this.#waiting.keys()]) this.#send(key);
  }

  #later(key, afterMs = AFTER_MS) {
    clearTimeout(this.#waiting.get(key));
    this.#waiting.set(key, setTimeout(() => this.#send(key), afterMs));
  }

  async #send(key) {
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    if (!this.available) return;
    try {
      await keep(key, this.#texts.get(key) ?? null);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status) this.#refused(error);
      const passes = error.status === 0 || error.status >= 500; // the seat is starting again, or its disk is full
      if (passes && !this.#waiting.has(key)) this.#later(key, 10 * AFTER_MS);
    }
  }
}
