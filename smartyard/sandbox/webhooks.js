// The section of webhooks: what the receiver took, and whether the signatures are right.
"use strict";
const signatures = {right: ["подпись верна", "good"], wrong: ["подпись неверна", "bad"], unknown: ["секрет не задан", "soft"]};
const webhook = one => {
  const [words, kind] = signatures[one.signature];
  return make("div", "row",
    make("div", "top", make("span", "number", one.body.type), make("span", kind, words), make("span", "soft", `${one.times > 1 ? "раз: " + one.times + ", " : ""}${clock(one.at)}`)),
    make("div", "text", JSON.stringify(one.body.data, null, 1)), make("div", "soft", `${one.id} · ${one.body.timestamp}`));
};
draw.webhooks = told => {
  at("receiver").textContent = `Приёмник: ${told.url}`;
  return told.taken.length ? told.taken.map(webhook) : [nothing("Пока ни одного. Добавьте приёмник: flask webhooks add.")];
};
at("secret").addEventListener("submit", event => {
  event.preventDefault();
  post("webhooks", Object.fromEntries(new FormData(event.target)), "learnt");
  event.target.reset();
});
