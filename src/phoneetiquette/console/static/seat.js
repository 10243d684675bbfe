// What this page knows of the seat: the last snapshot, the seat's clock, and whether the link holds.

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
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.connect(), RETRY_MS);
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

export class Refused extends Error {
  constructor(error, advice) {
    super(error);
    this.advice = advice;
  }
}

/** Ask the seat for an action. Throws Refused with what is wrong and what to do. */
export async function ask(action, body) {
  let answer;
  try {
    answer = await fetch(`/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The seat does not answer", "wait for the connection to come back");
  }
  const result = await answer.json();
  if (!answer.ok) throw new Refused(result.error, result.advice);
  return result;
}

/** Records of the last calls, newest first. */
export async function lastCalls(limit) {
  const answer = await fetch(`/api/calls?limit=${limit}`);
  return answer.ok ? answer.json() : [];
}
