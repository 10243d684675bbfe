// The page's words in its language, and what is said to a caller in the caller's. English is the key of each message.

const catalogues = new Map();
const RTL = new Set(["ar", "fa", "he", "ur"]);
let own = null;

async function catalogueFrom(language) {
  const answer = await fetch(`/locale/${language}.json`);
  const catalogue = await answer.json();
  catalogues.set(language, catalogue);
  return catalogue;
}

/** The page's own words are there. */
export async function wordsReady() {
  own = await catalogueFrom(document.documentElement.lang);
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** The same for the page itself: what is put into a text of the other direction does not pull its neighbours along. */
const show = (text, values) => {
  if (document.dir !== "rtl") return fill(text, values);
  return fill(text, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `\u2068${value}\u2069`])));
};

/** A message in the page's language, its {placeholders} filled. */
export function t(text, values = {}) {
  return show(own?.messages[text] || text, values);
}

/** The same by number: `one` is the key, `many` its English plural; {n} is the number. */
export function tn(one, many, n, values = {}) {
  const forms = own?.messages[one];
  const known = own?.plurals ?? ["one", "other"];
  const rule = new Intl.PluralRules(own?.language ?? "en").select(n);
  const at = known.includes(rule) ? known.indexOf(rule) : known.length - 1;
  const text = (Array.isArray(forms) && forms[at]) || (n === 1 ? one : many);
  return show(text, { n, ...values });
}

/** Mark a text for the catalogues that is looked up later, by `t` or `spoken`. */
export const N = (text) => text;

export const directionOf = (language) => (RTL.has(language) ? "rtl" : "ltr");

/** Load the words of a language that a caller speaks, if the page has it and they are not on their way. */
export async function learn(language) {
  if (![...document.getElementById("language").options].some(({ value }) => value === language) || catalogues.has(language)) return;
  catalogues.set(language, null);
  await catalogueFrom(language).catch(() => catalogues.delete(language));
}

/** What is said to a caller: in the caller's language if the page knows it, else in its own. */
export function spoken(text, language, values = {}) {
  const known = (language && catalogues.get(language)) || own;
  const said = known?.language ?? "en";
  return { text: fill(known?.messages[text] || text, values), language: said, direction: directionOf(said) };
}

/** A language by its name in the page's own; where the browser does not know that, by its own name. */
export function nameOfLanguage(code) {
  try {
    const name = new Intl.DisplayNames([document.documentElement.lang], { type: "language" }).of(code);
    if (name !== code) return name;
  } catch {
    // no code of a language
  }
  return [...document.getElementById("language").options].find(({ value }) => value === code)?.text ?? code;
}
