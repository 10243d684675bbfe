// The login: name and password go to the server as JSON, which no form of another web site can send.

const form = document.getElementById("login");
const refused = document.getElementById("refused");
const { name, password } = form.elements;

document.getElementById("show").addEventListener("change", ({ target }) => {
  password.type = target.checked ? "text" : "password";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refused.textContent = "";
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: name.value.trim().toLowerCase(), password: password.value }),
    });
    if (answer.ok) {
      location.replace(form.dataset.next);
      return;
    }
    const { wait_s: wait = 0 } = await answer.json();
    refused.textContent = wait ? form.dataset.often.replace("{seconds}", wait) : form.dataset.wrong;
    password.select();
  } catch {
    refused.textContent = form.dataset.gone;
  } finally {
    button.disabled = false;
  }
});
