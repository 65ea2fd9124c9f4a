/* Fields that name records of another directory: find by words, tick to add. */
(function () {
  "use strict";
  document.querySelectorAll("[data-fj-references]").forEach(function (box) {
    var search = box.querySelector("[data-fj-search]");
    var words = box.querySelector("[data-fj-words]");
    var found = box.querySelector("[data-fj-found]");
    var chosen = box.querySelector("[data-fj-chosen]");
    var told = box.querySelector("[data-fj-told]");
    var waiting = null;
    var asked = 0;
    search.hidden = false;

    function line(record) {
      var item = document.createElement("li");
      var label = document.createElement("label");
      var tick = document.createElement("input");
      var title = document.createElement("span");
      var more = document.createElement("span");
      tick.type = "checkbox";
      tick.value = record.identifier;
      title.textContent = record.title;
      more.className = "fj-dim";
      more.textContent = record.identifier + (record.unit ? " · " + record.unit : "");
      label.append(tick, " ", title, " ", more);
      item.append(label);
      tick.addEventListener("change", function () {
        if (!tick.checked || item.parentNode === chosen) { return; }
        tick.name = box.dataset.name;
        chosen.append(item);
        chosen.hidden = false;
        found.hidden = !found.children.length;
        words.focus();
      });
      return item;
    }

    function show(records) {
      var held = Array.from(chosen.querySelectorAll("input"), function (tick) { return tick.value; });
      var left = records.filter(function (record) { return held.indexOf(record.identifier) < 0; });
      found.replaceChildren.apply(found, left.map(line));
      found.hidden = !left.length;
      told.textContent = left.length ? "" : box.dataset.none;
    }

    function look() {
      var text = words.value.trim();
      var number = asked += 1;
      if (!text) { found.hidden = true; told.textContent = ""; return; }
      fetch(box.dataset.fjReferences + "?q=" + encodeURIComponent(text), { credentials: "same-origin" })
        .then(function (answer) {
          if (!answer.ok) { throw new Error(String(answer.status)); }
          return answer.json();
        })
        .then(function (answer) { if (number === asked) { show(answer.records); } })
        .catch(function () { if (number === asked) { told.textContent = box.dataset.failed; } });
    }

    words.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(look, 250);
    });
    words.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); clearTimeout(waiting); look(); }
    });
  });
})();
