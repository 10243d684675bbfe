// The page's words in its language, and what is said to a caller in the caller's. English is the key of each message.

const catalogues = new Map();
const RTL = new Set(["ar"]);
let own = null;

async function catalogueOf(language) {
  if (!catalogues.has(language)) {
    const answer = await fetch(`/locale/${language}.json`);
    catalogues.set(language, answer.ok ? await answer.json() : null);
  }
  return catalogues.get(language);
}

/** The page's own words are there. */
export async function wordsReady() {
  own = await catalogueOf(document.documentElement.lang);
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A message in the page's language, its {placeholders} filled. */
export function t(text, values = {}) {
  return fill(own?.messages[text] || text, values);
}

/** The same by number: `one` is the key, `many` its English plural; {n} is the number. */
export function tn(one, many, n, values = {}) {
  const forms = own?.messages[one];
  const known = own?.plurals ?? ["one", "other"];
  const rule = new Intl.PluralRules(own?.language ?? "en").select(n);
  const at = known.includes(rule) ? known.indexOf(rule) : known.length - 1;
  const text = (Array.isArray(forms) && forms[at]) || (n === 1 ? one : many);
  return fill(text, { n, ...values });
}

/** Mark a text for the catalogues that is looked up later, by `t` or `spoken`. */
export const N = (text) => text;

/** Load the words of a language that callers speak; `then` is called once they are there. */
export function learn(language, then) {
  if (!language || catalogues.has(language)) return;
  catalogues.set(language, null);
  fetch(`/locale/${language}.json`)
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null)
    .then((catalogue) => {
      catalogues.set(language, catalogue);
      then();
    });
}

/** What is said to a caller: in the caller's language if the page knows it, else in its own. */
export function spoken(text, language, values = {}) {
  const known = (language && catalogues.get(language)) || own;
  const said = known?.language ?? "en";
  return { text: fill(known?.messages[text] || text, values), language: said, direction: RTL.has(said) ? "rtl" : "ltr" };
}

/** A language by its name in the page's own. */
export function nameOfLanguage(code) {
  try {
    return new Intl.DisplayNames([document.documentElement.lang], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
