// The rings of a call as they sound, on a time bar with the pickup window: wait, now, last moment.
// The bar is drawn once from the snapshot's moments; the browser's own animation moves the hand.

import { setText, tenths } from "./text.js";
import { t } from "./words.js";

const TAIL = 1.06; // the bar ends a little after the window
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Geometry of a ring, in ms from the start of the ringing. */
function shapeOf(ring) {
  const cycle = ring.cadence_ms.reduce((sum, ms) => sum + ms, 0);
  const bursts = [];
  let at = 0;
  ring.cadence_ms.forEach((ms, i) => {
    if (i % 2 === 0) bursts.push([at, at + ms]);
    at += ms;
  });
  const opens = ring.opens_ms - ring.started_ms;
  const closes = ring.closes_ms - ring.started_ms;
  return { cycle, bursts, opens, closes, last: 2 * cycle, end: closes * TAIL };
}

export class RingWindow {
  #root;
  #bar;
  #scale;
  #zones;
  #drawn = "";
  #ring = null;
  #shape = null;
  #hand = null;

  constructor(root) {
    this.#root = root;
    this.#bar = root.querySelector(".ring-bar");
    this.#scale = root.querySelector(".ring-scale");
    this.#zones = root.querySelector(".ring-zones");
  }

  /** Show this ring (of the snapshot), the seat's clock being `nowMs`. */
  update(ring, nowMs, running) {
    const key = JSON.stringify(ring);
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#ring = ring;
      this.#shape = shapeOf(ring);
      this.#draw();
    }
    const elapsed = nowMs - ring.started_ms;
    const onBar = Math.min(elapsed, this.#shape.end);
    if (Math.abs(this.#hand.currentTime - onBar) > 20) this.#hand.currentTime = onBar;
    if (running && elapsed < this.#shape.end) this.#hand.play();
    else this.#hand.pause(); // a finished animation would play from its start
  }

  /** Counter and words for this moment. Returns the phase and the time to the window's opening. */
  tick(nowMs) {
    const { cycle, bursts, opens, closes, last } = this.#shape;
    const elapsed = Math.max(0, nowMs - this.#ring.started_ms);
    const within = elapsed % cycle;
    const sounding = bursts.some(([on, off]) => within >= on && within < off);
    const phase = elapsed < opens ? "wait" : elapsed < last ? "now" : elapsed < closes ? "last" : "past";
    this.#root.dataset.phase = phase;
    this.#root.dataset.sounding = sounding;
    setText(this.#root.querySelector(".ring-count"), t("Ring {number}", { number: Math.floor(elapsed / cycle) + 1 }));
    const words = {
      wait: t("wait {time}", { time: tenths(opens - elapsed) }),
      now: t("pick up now · {time} left", { time: tenths(closes - elapsed) }),
      last: t("last moment · {time}", { time: tenths(closes - elapsed) }),
      past: t("the third ring is over"),
    };
    setText(this.#root.querySelector(".ring-phase"), words[phase]);
    return { phase, opensInMs: opens - elapsed };
  }

  #draw() {
    const { cycle, bursts, opens, closes, last, end } = this.#shape;
    const percent = (ms) => `${(100 * ms) / end}%`;
    const piece = (parent, name, from, to, text = "") => {
      const node = document.createElement("span");
      node.className = name;
      node.style.insetInlineStart = percent(from);
      node.style.inlineSize = percent(to - from);
      node.textContent = text;
      parent.append(node);
      return node;
    };
    for (const part of [this.#bar, this.#scale, this.#zones]) part.replaceChildren();
    piece(this.#zones, "", 0, opens, t("wait"));
    piece(this.#zones, "", opens, last, t("now"));
    piece(this.#zones, "until", opens, closes, t("last moment"));
    piece(this.#bar, "zone now", opens, last);
    piece(this.#bar, "zone last", last, closes);
    for (let k = 0; k < 3; k++) {
      for (const [on, off] of bursts) piece(this.#bar, "burst", k * cycle + on, k * cycle + off);
      piece(this.#scale, "ring-number", k * cycle, (k + 1) * cycle, t("ring {number}", { number: k + 1 }));
    }
    const hand = piece(this.#bar, "hand", 0, end);
    const before = document.dir === "rtl" ? "100%" : "-100%"; // time runs the way the page is read
    this.#hand = hand.animate([{ transform: `translateX(${before})` }, { transform: "none" }], {
      duration: end,
      fill: "both",
      easing: calm.matches ? `steps(${Math.ceil(end / 500)})` : "linear",
    });
  }
}
