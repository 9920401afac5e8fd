/* The frame of every page: the theme switch, the keys, charts shown as tables.
   No words live here: whatever a person reads comes from the server, in her language. */

const root = document.documentElement;
const YEAR = 31536000;

function remember(name, value) {
  const safe = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${safe}`;
}

/* Theme: the form works without this script; with it the change is made at once. */
function switchTheme(event) {
  event.preventDefault();
  const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", theme);
  root.dataset.themeChosen = "yes";
  remember("theme", theme);
  nameThemeSwitches();
  document.dispatchEvent(new CustomEvent("theme-changed"));
}

function nameThemeSwitches() {
  const dark = root.getAttribute("data-bs-theme") === "dark";
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.textContent = dark ? button.dataset.wordLight : button.dataset.wordDark;
    button.value = dark ? "light" : "dark";
  }
}

/* Rows that j and k move over: table rows with a link, items of a list of duties, then sections. */
const ROWS = "[data-rows] tbody tr, .todo > li, .t-hover tbody tr";

function rows() {
  const found = [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null);
  return found.length ? found : [...document.querySelectorAll("main section[id]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.classList.contains("at"));
  const next = Math.max(0, Math.min(all.length - 1, here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step));
  all.forEach((row) => row.classList.remove("at"));
  all[next].classList.add("at");
  const link = all[next].matches("section") ? null : all[next].querySelector("a[href]");
  if (link) link.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: all[next].matches("section") ? "start" : "nearest" });
}

function openRow() {
  const link = document.querySelector(".at a[href]");
  if (!link) return false;
  link.click();
  return true;
}

function showChartsAsTables() {
  const all = [...document.querySelectorAll("details.as-table")];
  const open = all.some((details) => !details.open);
  all.forEach((details) => { details.open = open; });
  return all.length > 0;
}

function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return false;
  if (dialog.open) dialog.close(); else dialog.showModal();
  return true;
}

function press(key) {
  const target = document.querySelector(`main [data-key="${CSS.escape(key)}"], .mast [data-key="${CSS.escape(key)}"]`);
  if (!target || target.disabled) return false;
  if (target.matches("input, textarea, select")) { target.focus(); if (target.select) target.select(); } else { target.click(); }
  return true;
}

const ALWAYS = {
  "/": () => { const find = document.getElementById("find"); if (find) find.focus(); return Boolean(find); },
  "?": showKeys,
  j: () => { move(1); return true; },
  k: () => { move(-1); return true; },
  t: showChartsAsTables,
};

let waitsForSecond = false;

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "t") return;
  if (root.dataset.singleKeys === "off") return;
  if (event.target.closest("input, textarea, select, [contenteditable], .tabulator")) return;
  if (document.querySelector("dialog[open]") && event.key !== "?") return;
  if (waitsForSecond) {
    waitsForSecond = false;
    const link = document.querySelector(`.mast nav a[data-go="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
  }
  if (event.key === "g") { waitsForSecond = true; window.setTimeout(() => { waitsForSecond = false; }, 1200); return; }
  if (event.key === "Enter") { if (!event.target.closest("a, button, summary") && openRow()) event.preventDefault(); return; }
  if (event.key.length !== 1) return;
  const own = document.querySelector(`main [data-key="${CSS.escape(event.key)}"]`);
  const done = own ? press(event.key) : ALWAYS[event.key] ? ALWAYS[event.key]() : press(event.key);
  if (done) event.preventDefault();
}

function start() {
  nameThemeSwitches();
  document.querySelectorAll("form[data-theme-switch]").forEach((form) => form.addEventListener("submit", switchTheme));
  document.querySelectorAll("[data-opens-keys]").forEach((button) => button.addEventListener("click", showKeys));
  document.querySelectorAll("select[data-submits]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  const singles = document.querySelector("[data-single-keys-choice]");
  if (singles) {
    singles.checked = root.dataset.singleKeys !== "off";
    singles.addEventListener("change", () => {
      root.dataset.singleKeys = singles.checked ? "on" : "off";
      remember("single_keys", root.dataset.singleKeys);
    });
  }
  document.addEventListener("keydown", onKey);
  for (const scroller of document.querySelectorAll(".tabs")) {
    const here = scroller.querySelector("[aria-current]");
    if (here && scroller.scrollWidth > scroller.clientWidth) scroller.scrollLeft = here.offsetLeft - scroller.offsetLeft - 16;
  }
}

start();
