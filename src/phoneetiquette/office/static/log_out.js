// The button that ends the session.

document.getElementById("log-out").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  location.assign("/login");
});
