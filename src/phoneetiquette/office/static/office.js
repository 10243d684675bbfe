// What is done with a message: the seat that took it is told, and the page shows what it then is.

const form = document.getElementById("change");
const refusal = document.getElementById("refusal");

const bodies = {
  claim: (who) => ({ who }),
  delay: (who, text) => ({ who, text }),
  answer: (who, text) => ({ who, text, how: "confirmed" }),
  close: (who, text) => ({ who, reason: text }),
};

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const what = event.submitter.value;
  const body = bodies[what](form.elements.who.value.trim(), form.elements.text.value.trim());
  refusal.textContent = "";
  try {
    const answer = await fetch(`/messages/${form.dataset.message}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (answer.ok) {
      location.reload();
    } else {
      refusal.textContent = said.advice ? `${said.error} (${said.advice})` : said.error;
    }
  } catch {
    refusal.textContent = "The office does not answer; nothing has changed.";
  }
});
