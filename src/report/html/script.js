"use strict";
(() => {
  const all = (query) => Array.from(document.querySelectorAll(query));
  const filters = document.querySelector("[data-filters]");
  if (!filters) return;
  filters.hidden = false;
  const buttons = Array.from(filters.querySelectorAll("button[data-status]"));
  const tenant = filters.querySelector("[data-tenant]");
  const owner = filters.querySelector("[data-owner]");
  const search = filters.querySelector("[data-search]");
  const unfold = filters.querySelector("[data-unfold]");
  const shown = filters.querySelector("[data-shown]");
  const connections = all("details[data-connection]");
  const told = all("[data-of]");

  const apply = () => {
    const statuses = buttons.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.status);
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (one) =>
      (statuses.length === 0 || statuses.includes(one.dataset.status)) &&
      (!tenant || tenant.value === "" || one.dataset.tenant === tenant.value) &&
      (!owner || owner.value === "" || one.dataset.owner === owner.value) &&
      words.every((word) => one.dataset.words.includes(word));
    const left = new Set();
    for (const one of connections) {
      const stays = fits(one);
      one.toggleAttribute("data-off", !stays);
      if (stays) left.add(one.dataset.connection);
    }
    const known = new Set(connections.map((one) => one.dataset.connection));
    for (const one of told) one.toggleAttribute("data-off", known.has(one.dataset.of) && !left.has(one.dataset.of));
    const number = connections.filter((one) => !one.hasAttribute("data-off")).length;
    shown.textContent = `${number} of ${connections.length} shown`;
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  for (const field of [tenant, owner, search]) if (field) field.addEventListener("input", apply);
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Fold all" : "Unfold all";
    for (const one of all("details")) one.open = open;
  });
  let before = [];
  window.addEventListener("beforeprint", () => {
    before = all("details").filter((one) => !one.open);
    for (const one of before) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of before) one.open = false;
  });
  apply();
})();
