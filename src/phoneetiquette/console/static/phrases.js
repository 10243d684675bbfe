// The stages of a conversation, and what a receptionist can say in each. {house} ... are the site's; a phrase without its data is left out.

import { N } from "./words.js";

export const STAGES = {
  in: ["greeting", "clarify", "check", "close"],
  out: ["greeting", "permission", "clarify", "check", "close"],
};

export const STAGE_NAMES = {
  greeting: N("Introduce"),
  permission: N("Convenient?"),
  clarify: N("Clarify"),
  check: N("Check"),
  close: N("Take leave"),
};

export const PHRASES = {
  greeting: [N("{house}, good day, {agent} speaking. How may I help you?"), N("{house}, good day. How may I help you?")],
  greeting_out: [N("Good day, this is {agent} from {house}. I am calling about …"), N("Good day, this is {house}. I am calling about …")],
  permission: [N("Is it convenient for you to talk now?"), N("When may I call you again?")],
  clarify: [N("What can I do for you?"), N("Please tell me a little more about it."), N("I see. Please go on."), N("Take all the time you need.")],
  check: [N("Do I understand you correctly that …?"), N("I will … and you will hear from us by …"), N("Is that right for you?")],
  close: [
    N("Do you have any more questions?"),
    N("To sum up: … The next step is …"),
    N("You find us at {address}."),
    N("We are open {hours}."),
    N("The reception can be reached {reception_hours}."),
    N("Thank you for your call. Goodbye!"),
  ],
  long: [N("May I sum up where we are?"), N("I will look into the rest and call you back. When is it convenient for you?"), N("So that you lose no more time: the next step is …")],
  calm: [N("I understand that this is annoying for you."), N("I am listening. Please tell me what happened."), N("Let us see together what can be done."), N("I will ask my superior to take care of it.")],
};

/** What to keep in mind with each of them; it is said to the receptionist, in the page's language. */
export const ADVICE = {
  greeting: N("Greet, name the house, name yourself. Never begin with an apology for disturbing."),
  greeting_out: N("Say who you are, from where and why. Never begin with an apology for disturbing."),
  permission: N("If it is not convenient, agree on another time."),
  clarify: N("Let the caller finish, pause after each question."),
  check: N("Say it in your own words, and what will happen next."),
  close: N("Say what is expected of whom, thank, take leave by name."),
  long: N("Ten minutes are over: come to the close politely."),
  calm: N("Stay calm: slower and softer than the caller."),
};

const WANTED = /\{(\w+)\}/g;
const ALTERNATIVES = ["greeting", "greeting_out"]; // the first that can be said

/** The phrases of a card for which all data is there. */
export function phrasesOf(card, site) {
  const sayable = PHRASES[card].filter((phrase) => [...phrase.matchAll(WANTED)].every(([, name]) => site[name]));
  return ALTERNATIVES.includes(card) ? sayable.slice(0, 1) : sayable;
}
