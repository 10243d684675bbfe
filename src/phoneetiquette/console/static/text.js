// Words and numbers as a person reads them. Names come from the network: they may hold anything.

import { t } from "./words.js";

const UNSEEN = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu; // all but the joiners that scripts need
const MARKS_WITHOUT_END = /(\p{M}{3})\p{M}+/gu;
const LONGEST = 120;

/** A name, number or message from outside, without what would steer the display, clipped. */
export function clean(text, longest = LONGEST) {
  const seen = String(text ?? "").slice(0, 2000).replace(UNSEEN, "").replace(MARKS_WITHOUT_END, "$1").trim();
  const letters = [...seen];
  return letters.length > longest ? letters.slice(0, longest).join("") + "…" : seen;
}

/** Who a party is: what to show large, and below it. `known`: what the seat knows of the number. */
export function partyOf({ name, number, uri }, known = null) {
  const withheld = number === "" && uri !== ""; // the seat leaves it empty where the caller has hidden it
  const shownNumber = withheld ? t("Number withheld") : clean(number) || clean(uri).replace(/^sips?:/, "");
  const shownName = clean(known?.contact?.name) || clean(name);
  if (shownName && shownName !== shownNumber) return { large: shownName, small: shownNumber };
  return { large: shownNumber || t("Unknown caller"), small: "" };
}

/** The user part of a SIP URI: the line that was called. */
export function lineOf(uri) {
  return clean(uri).replace(/^sips?:/, "").split("@")[0];
}

/** Seconds as 4:07 or 1:02:09. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A wait in seconds, to the tenth, rounded up: 0.0 is shown only when it is over. */
export function tenths(ms) {
  return t("{seconds} s", { seconds: (Math.ceil(Math.max(0, ms) / 100) / 10).toFixed(1) });
}

const dates = (options) => new Intl.DateTimeFormat(`${document.documentElement.lang}-u-nu-latn`, { hourCycle: "h23", ...options });

/** The time of day; with the weekday, and then the date, where it is not today. */
export function moment(date) {
  const days = Math.abs(date - new Date()) / 86_400_000;
  const time = { hour: "2-digit", minute: "2-digit" };
  if (date.toDateString() === new Date().toDateString()) return dates(time).format(date);
  return dates(days < 6 ? { weekday: "short", ...time } : { day: "numeric", month: "short", ...time }).format(date);
}

/** Change a node's text only if it is another one: a screen reader and the layout see true changes only. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** An element with a text, and what is shown on a closer look. */
export function element(name, text = "", title = "") {
  const node = document.createElement(name);
  node.textContent = text;
  if (title) node.title = title;
  return node;
}

/** Put these items into a list, if they are others than before. `key` tells them apart; `make` builds them. */
export function setItems(list, key, make) {
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...make());
}
