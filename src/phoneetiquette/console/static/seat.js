// What this page knows of the seat: the last snapshot, the seat's clock, and whether the link holds.

import { t } from "./words.js";

const RETRY_MS = 1000;

export class Seat {
  snapshot = null;
  linked = false;
  #changed;
  #offsetMs = 0; // the seat's clock minus this page's
  #clockKnown = false;

  /** `changed()` is called after every change of `snapshot` or `linked`. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** The seat's monotonic clock, in ms. */
  nowMs() {
    return performance.now() + this.#offsetMs;
  }

  connect() {
    const source = new EventSource("/api/events");
    source.addEventListener("state", (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener("measures", (event) => {
      const { call, measures } = JSON.parse(event.data);
      const found = this.snapshot.calls.find(({ id }) => id === call);
      if (found) {
        found.measures = measures;
        this.#changed();
      }
    });
    source.addEventListener("error", () => {
      this.linked = false;
      this.#clockKnown = false;
      this.#changed();
      if (source.readyState !== EventSource.CLOSED) return;
      loginIfNeeded();
      setTimeout(() => this.connect(), RETRY_MS);
    });
  }

  #take(snapshot) {
    // A message is never early: the largest difference seen is the one with the least delay in it.
    const offset = snapshot.now_ms - performance.now();
    this.#offsetMs = this.#clockKnown ? Math.max(this.#offsetMs, offset) : offset;
    this.#clockKnown = true;
    this.snapshot = snapshot;
    this.linked = true;
    this.#changed();
  }
}

/** Where the session is over, or the page is not for its user any more, it gives way to the login, which says why;
 * half-typed texts are kept by the seat. */
async function loginIfNeeded() {
  const answer = await fetch("/api/state", { headers: { Accept: "application/json" } }).catch(() => null);
  if ([401, 403].includes(answer?.status)) location.assign("/login");
}

export async function logOut() {
  await fetch("/logout", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  location.assign("/login");
}

export class Refused extends Error {
  /** `status`: of the seat's answer, 0: there was none; `fields`: what is wrong with each field of a form. */
  constructor(error, advice, status = 0, fields = {}) {
    super(error);
    this.advice = advice;
    this.status = status;
    this.fields = fields;
  }
}

async function request(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      keepalive: method !== "POST", // a half-typed text still leaves when the page is closed
    });
  } catch {
    throw new Refused(t("The seat does not answer"), t("wait for the connection to come back"));
  }
  const result = await answer.json();
  if ([401, 403].includes(answer.status)) loginIfNeeded();
  if (!answer.ok) throw new Refused(result.error, result.advice, answer.status, result.fields);
  return result;
}

/** Ask the seat for an action. Throws Refused with what is wrong and what to do. */
export const ask = (action, body) => request("POST", action, body);

/** Keep a half-typed text, or with null forget it. */
export const keep = (key, text) => (text ? request("PUT", `drafts/${key}`, { text }) : request("DELETE", `drafts/${key}`, {}));

/** Read something of the seat; null where it cannot be had. */
export async function read(path, signal) {
  try {
    const answer = await fetch(`/api/${path}`, { signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
