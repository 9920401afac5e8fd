/* Runs before the first paint: a reader who never chose a theme gets the one her system asks for. */
(function () {
  "use strict";
  var root = document.documentElement;
  if (root.dataset.themeChosen !== "yes" && window.matchMedia("(prefers-color-scheme: dark)").matches) {
    root.setAttribute("data-bs-theme", "dark");
  }
})();
