// The dialplan page: a text with numbered lines; the server says what is wrong with it and what it would alter.

const $ = (id) => document.getElementById(id);
const edit = $("edit");
const text = $("text");
const numbers = $("numbers");
const published = text.value;
let base = edit.dataset.base;
let draft = edit.dataset.draft; // what was checked last, or the earlier version that is shown
let leaving = false;

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) location.assign("/login?next=%2Fdialplan");
  return { ok: answer.ok, said: await answer.json() };
}

const element = (name, content) => Object.assign(document.createElement(name), { textContent: content });
const inWords = ({ error, advice }) => (advice ? `${error} (${advice})` : error);
const gone = "The office does not answer.";
const unsure = "The office does not answer: load the page anew to see whether it was published.";

// ---------------------------------------------------------------- lines

const marks = new Map(); // line -> severity, for the file that is shown

function number() {
  const count = text.value.split("\n").length;
  const lines = [];
  for (let line = 1; line <= count; line += 1) {
    const one = element("span", `${line}\n`);
    if (marks.has(line)) {
      one.dataset.severity = marks.get(line);
      one.textContent = `▲ ${line}\n`;
    }
    lines.push(one);
  }
  numbers.replaceChildren(...lines);
  numbers.scrollTop = text.scrollTop;
}

function goTo(line) {
  const before = text.value.split("\n").slice(0, line - 1);
  const start = before.join("\n").length + (line > 1 ? 1 : 0);
  const end = text.value.indexOf("\n", start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
  text.scrollTop = Math.max(0, (text.scrollHeight / text.value.split("\n").length) * (line - 6));
}

function mark() {
  marks.clear();
  for (const item of $("problems").querySelectorAll("li[data-line]")) {
    const line = Number(item.dataset.line);
    if (item.dataset.file !== edit.dataset.file || !line) continue;
    if (marks.get(line) !== "error") marks.set(line, item.dataset.severity);
    if (item.querySelector("button")) continue;
    const there = element("button", `line ${line}`);
    there.type = "button";
    there.addEventListener("click", () => goTo(line));
    item.append(" ", there);
  }
  number();
}

text.addEventListener("input", number);
text.addEventListener("scroll", () => {
  numbers.scrollTop = text.scrollTop;
});
new ResizeObserver(() => {
  numbers.style.height = `${text.clientHeight}px`;
}).observe(text);
addEventListener("beforeunload", (event) => {
  if (!leaving && text.value !== published) event.preventDefault();
});

// ---------------------------------------------------------------- what is found

function show({ problems, changes, holes, followable, draft: id }) {
  const found = problems.map(({ file, line, what, advice, severity }) => {
    const item = document.createElement("li");
    Object.assign(item.dataset, { file, line, severity });
    const where = element("bdi", file);
    item.append(element("strong", severity), " ", where, line ? `, line ${line}: ` : ": ", element("bdi", what));
    if (advice) item.append(" (", element("bdi", advice), ")");
    return item;
  });
  const none = (words) => Object.assign(element("li", words), { className: "none soft" });
  $("problems").replaceChildren(...(found.length ? found : [none("None. Every call of the coming year is taken.")]));
  const altered = followable ? "No call of the coming year goes elsewhere." : "Mend the errors first.";
  $("changes").replaceChildren(...(changes.length ? changes.map((one) => element("li", one)) : [none(altered)]));
  if ($("accept")) $("accept").hidden = !holes;
  $("week").hidden = !followable;
  $("no-week").hidden = followable;
  if (followable) $("week").querySelector("img").src = `/dialplan/week.svg?draft=${id}`;
  draft = followable ? id : "";
  mark();
}

async function check() {
  $("refusal").textContent = "";
  $("said").textContent = "Checking …";
  try {
    const { ok, said } = await post("/dialplan/check", { file: edit.dataset.file, text: text.value });
    $("said").textContent = ok ? `Checked: ${said.problems.length} problems, ${said.changes.length} changes.` : "";
    if (ok) show(said);
    else $("refusal").textContent = inWords(said);
  } catch {
    $("said").textContent = "";
    $("refusal").textContent = gone;
  }
}

$("check")?.addEventListener("click", check);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey && $("check")) {
    event.preventDefault();
    check();
  }
});

// ---------------------------------------------------------------- publishing

function done({ seats }) {
  leaving = true;
  sessionStorage.setItem("said", ["Published.", ...seats].join("\n"));
  location.assign("/dialplan");
}

edit.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { why, with_holes: accepted } = edit.elements;
  $("refusal").textContent = "";
  $("said").textContent = "Publishing …";
  try {
    const { ok, said } = await post("/dialplan/publish", {
      file: edit.dataset.file,
      text: text.value,
      base,
      why: why.value,
      with_holes: accepted.checked,
    });
    $("said").textContent = "";
    if (ok) {
      done(said);
      return;
    }
    $("refusal").textContent = inWords(said);
    if (said.problems) show(said);
  } catch {
    $("said").textContent = "";
    $("refusal").textContent = unsure;
  }
});

const back = $("back");
let wanted = "";
for (const button of document.querySelectorAll("[data-restore]")) {
  button.addEventListener("click", () => {
    wanted = button.dataset.restore;
    $("back-version").textContent = button.dataset.short;
    $("back-refusal").textContent = "";
    $("back-accept").hidden = true;
    back.showModal();
  });
}
$("back-cancel")?.addEventListener("click", () => back.close());
back?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { why, with_holes: accepted } = event.target.elements;
  try {
    const body = { version: wanted, base, why: why.value, with_holes: accepted.checked };
    const { ok, said } = await post("/dialplan/restore", body);
    if (ok) {
      done(said);
      return;
    }
    $("back-refusal").textContent = inWords(said);
    $("back-accept").hidden = !said.holes;
  } catch {
    $("back-refusal").textContent = unsure;
  }
});

// ---------------------------------------------------------------- questions

$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { called, caller, at, topic, switch: turned, desk_absent: absent } = event.target.elements;
  const answer = $("answer");
  const by = draft === "" ? "By the plan in force:" : draft === edit.dataset.draft ? `By the version ${edit.dataset.version}:` : "By the draft as it was checked last:";
  answer.hidden = false;
  try {
    const { ok, said } = await post("/dialplan/explain", {
      draft,
      called: called.value,
      caller: caller.value,
      at: at.value,
      topic: topic?.value ?? "",
      switch: turned?.value ?? "",
      desk_absent: absent.checked,
    });
    answer.textContent = ok ? `${by}\n\n${said.text}` : inWords(said);
  } catch {
    answer.textContent = gone;
  }
});

$("said").textContent = sessionStorage.getItem("said") ?? "";
sessionStorage.removeItem("said");
mark();
