/* Rows that grow and shrink, long lists of checkboxes that filter, and ticking all of a page. */
(function () {
  "use strict";
  document.querySelectorAll("[data-fj-rows]").forEach(function (box) {
    var list = box.querySelector("[data-fj-list]");
    var template = box.querySelector("template");
    var add = box.querySelector("[data-fj-add]");
    var next = list.children.length;
    function ready(row) {
      var remove = row.querySelector("[data-fj-remove]");
      remove.hidden = false;
      remove.addEventListener("click", function () {
        row.remove();
        add.focus();
      });
    }
    Array.prototype.forEach.call(list.children, ready);
    add.hidden = false;
    add.addEventListener("click", function () {
      var holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replace(/__N__/g, String(next));
      next += 1;
      var row = holder.firstElementChild;
      list.appendChild(row);
      ready(row);
      var first = row.querySelector("input:not([type=hidden]), select, textarea");
      if (first) { first.focus(); }
    });
  });
  document.querySelectorAll("[data-fj-checks]").forEach(function (box) {
    var filter = box.querySelector("[data-fj-filter]");
    var picked = box.querySelector("[data-fj-picked]");
    var options = box.querySelectorAll(".fj-options li");
    function show() {
      var names = [];
      options.forEach(function (option) {
        if (option.querySelector("input").checked) {
          names.push(option.querySelector("label span").textContent);
        }
      });
      picked.textContent = picked.dataset.label + (names.join("、") || picked.dataset.none);
    }
    box.addEventListener("change", show);
    show();
    if (!filter) { return; }
    filter.hidden = false;
    filter.addEventListener("input", function () {
      var text = filter.value.trim().toLowerCase();
      options.forEach(function (option) {
        option.hidden = text !== "" && option.textContent.toLowerCase().indexOf(text) < 0;
      });
    });
    filter.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); }
    });
  });
  document.querySelectorAll("[data-fj-all]").forEach(function (label) {
    var all = label.querySelector("input");
    var number = label.querySelector("span");
    var form = label.closest("form");
    var boxes = Array.prototype.slice.call(
      form.querySelectorAll("input[type=checkbox][name='" + label.dataset.fjAll + "']"));
    function show() {
      var picked = boxes.filter(function (box) { return box.checked; }).length;
      all.checked = picked > 0 && picked === boxes.length;
      all.indeterminate = picked > 0 && picked < boxes.length;
      number.textContent = picked ? "(" + picked + ")" : "";
    }
    label.hidden = boxes.length === 0;
    all.addEventListener("change", function () {
      boxes.forEach(function (box) { box.checked = all.checked; });
      show();
    });
    form.addEventListener("change", show);
    // A browser that goes back ticks again what was ticked.
    window.addEventListener("pageshow", show);
  });
})();
