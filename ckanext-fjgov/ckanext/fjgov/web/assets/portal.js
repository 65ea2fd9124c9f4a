/* Larger text, kept in this browser. Everything works without this file. */
(function () {
  "use strict";
  var key = "fjgov-large";
  var root = document.documentElement;
  function read() {
    try { return window.localStorage.getItem(key) === "1"; } catch (error) { return false; }
  }
  function write(on) {
    try { window.localStorage.setItem(key, on ? "1" : "0"); } catch (error) { return; }
  }
  root.classList.toggle("fj-large", read());
  document.querySelectorAll("[data-fj-large]").forEach(function (button) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(read()));
    button.addEventListener("click", function () {
      var on = !root.classList.contains("fj-large");
      root.classList.toggle("fj-large", on);
      button.setAttribute("aria-pressed", String(on));
      write(on);
    });
  });
  var focus = document.querySelector("[data-fj-focus]");
  if (focus) { focus.focus(); }
})();
