// Keys: each presses the first visible button that shows it, in the chosen card before the others.

import { element, setText } from "./text.js";
import { N, t } from "./words.js";

const KEY_NAMES = { Escape: "Esc", Delete: "Del" };
const IN_FIELDS = /^F\d+$/; // these are nobody's letters: they work while one writes, too

const $ = (id) => document.getElementById(id);
const seen = (node) => !node.disabled && node.checkVisibility();
const keysOf = (button) => button.dataset.key.split(" ");
const isLetter = (key) => key.length === 1 && /\p{L}|\?/u.test(key);
const lettersOn = () => $("letter-keys").getAttribute("aria-checked") === "true";
const writes = (node) => node.matches("input:not([type=checkbox]), textarea, select");

/** The button a key presses now. */
export function buttonOf(key) {
  const chosen = document.activeElement.closest(".card");
  const has = (button) => keysOf(button).includes(key) && seen(button);
  const within = chosen ? [...chosen.querySelectorAll("[data-key]")].find(has) : undefined;
  return within ?? [...document.querySelectorAll("[data-key]")].find(has);
}

/** The field a key leads to now. */
function fieldOf(key) {
  return [...document.querySelectorAll("[data-focus-key]")].find((field) => field.dataset.focusKey === key && seen(field));
}

/** Each button and field shows its key if that key would do it now. */
export function showKeys() {
  const letters = lettersOn();
  for (const button of document.querySelectorAll("[data-key]")) {
    if (button.dataset.digit) continue; // its label is its key
    const [key] = keysOf(button);
    if (!button.querySelector("kbd")) button.append(element("kbd"));
    const shown = button.querySelector("kbd");
    setText(shown, KEY_NAMES[key] ?? (isLetter(key) ? key.toUpperCase() : key));
    shown.hidden = buttonOf(key) !== button || (isLetter(key) && !letters);
  }
  for (const shown of document.querySelectorAll("[data-shows]")) {
    const key = shown.dataset.shows;
    setText(shown, key.toUpperCase());
    shown.hidden = !letters || fieldOf(key) === undefined || fieldOf(key) !== shown.parentElement.querySelector("[data-focus-key]");
  }
}

export function setLetterKeys(on) {
  $("letter-keys").setAttribute("aria-checked", on);
  setText($("letter-keys"), on ? t("Letter keys: on") : t("Letter keys: off"));
  localStorage.setItem("letter-keys", on ? "on" : "off");
  showKeys();
}

function press(event, button) {
  event.preventDefault();
  button.click();
}

/** `finderOf(field)`: the list below a field; `choose(step)`: go to another card. */
export function listenToKeys({ finderOf, choose }) {
  document.addEventListener("focusin", showKeys);
  document.addEventListener("focusout", () => setTimeout(showKeys));
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.altKey || event.metaKey || event.isComposing || event.repeat || $("help").open) return;
    if (event.ctrlKey) {
      if (key === "Enter" && target.form) confirm(event);
      return;
    }
    if (IN_FIELDS.test(key)) {
      const button = buttonOf(key);
      if (button) press(event, button);
    } else if (writes(target)) inField(event, finderOf(target));
    else onPage(event, choose);
  });
}

/** Ctrl Enter: save the form one is in; in the field of a transfer it asks for the supervisor. */
function confirm(event) {
  const { form } = event.target;
  event.preventDefault();
  const supervisor = form.querySelector('[data-do="supervisor"]');
  if (supervisor) supervisor.click();
  else form.requestSubmit();
}

function inField(event, finder) {
  const { key, target } = event;
  if (finder?.press(key)) return event.preventDefault();
  const lift = key === "Enter" && target.matches("input") && !target.value && !finder?.chosen && buttonOf("Enter");
  if (lift) press(event, lift);
  else if (key === "Enter" && event.shiftKey && target.form?.matches(".through")) press(event, target.form.querySelector('[data-do="consult"]'));
  else if (key === "Enter" && target.matches("input") && target.form?.matches(".message, .wrap-up")) event.preventDefault(); // Ctrl Enter saves
  else if (key === "Escape") {
    target.blur();
    const close = target.form?.matches(".panel") && target.form.querySelector('[data-key="Escape"]');
    if (close) press(event, close);
  }
}

function onPage(event, choose) {
  const { key, target } = event;
  if (key === " " || (key === "Enter" && target.matches("button") && target.closest('.card[data-state="alerting"], .card[data-state="armed"]'))) return;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    choose(key === "ArrowDown" ? 1 : -1);
    return;
  }
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (isLetter(name) && !lettersOn()) return;
  const field = fieldOf(name);
  const button = event.shiftKey && name === "n" ? null : buttonOf(name);
  if (button) press(event, button);
  else if (event.shiftKey && name === "n") document.querySelector('.card [data-stands="done"]:nth-last-child(1 of [data-stands="done"]) button')?.click();
  else if (field) {
    event.preventDefault();
    field.focus();
  } else if (/^[0-9+*#]$/.test(key)) $("dial-target").focus(); // and the digit lands there
}

const HELP = [
  [N("A call rings"), [
    ["Enter", N("Lift; before the window opens: armed")],
    ["Esc", N("Take an early lift back")],
    ["Del", N("Decline")],
    ["F2", N("Lift while writing")],
  ]],
  [N("Talking"), [
    ["N", N("Next stage")],
    ["⇧ N", N("One stage back")],
    ["O", N("Notes")],
    ["H", N("Hold, resume, take back")],
    ["S", N("Swap two calls")],
    ["M", N("Microphone off and on")],
    ["K", N("Keypad")],
    ["F9", N("Security joins the call")],
    ["End", N("Hang up")],
  ]],
  [N("Putting through"), [
    ["T", N("Find a topic, a person, a number")],
    ["↑ ↓", N("Choose what was found, or a call")],
    ["Enter", N("Put the call through")],
    ["⇧ Enter", N("Announce first")],
    ["Ctrl Enter", N("The supervisor of a topic")],
    ["P", N("Put through to who was asked")],
    ["C", N("Conference")],
    ["E", N("Message")],
    ["L", N("Leave to the machine")],
  ]],
  [N("Around the calls"), [
    ["D", N("Call a number or a name")],
    ["R", N("Redial")],
    ["V", N("Wake a guest")],
    ["Y", N("The guest who could not be woken is seen to")],
    ["U", N("Call back who waits for an answer")],
    ["W", N("Write the wrap-up")],
    ["F8", N("Confirmation e-mail")],
    ["Ctrl Enter", N("Save what is written")],
    ["X", N("Throw the message away")],
    ["A", N("Present or absent")],
    ["B", N("Break")],
    ["G", N("Day and night switch")],
    ["I", N("Hints on or off")],
    ["?", N("All keys")],
  ]],
];

export function openHelp() {
  $("help-keys").replaceChildren(
    ...HELP.map(([title, keys]) => {
      const group = element("section");
      const list = element("dl");
      list.append(
        ...keys.map(([key, text]) => {
          const row = element("div");
          const term = element("dt");
          term.append(element("kbd", key));
          row.append(term, element("dd", t(text)));
          return row;
        }),
      );
      group.append(element("h3", t(title)), list);
      return group;
    }),
  );
  $("help").showModal();
}
