/* Live numbers of a run. Without this file the page refreshes itself. */
(function () {
  "use strict";
  var box = document.querySelector("[data-fj-progress]");
  if (!box) { return; }
  var wait = 1500;
  function show(name, value) {
    box.querySelectorAll("[data-fj-value='" + name + "']").forEach(function (place) {
      place.textContent = value;
    });
  }
  function size(bytes) {
    if (bytes < 1024) { return bytes + " B"; }
    if (bytes < 1048576) { return (bytes / 1024).toFixed(1) + " kB"; }
    return (bytes / 1048576).toFixed(1) + " MB";
  }
  function update(run) {
    if (!run.is_running) { window.location.reload(); return; }
    show("step", run.step_label);
    show("records", run.records);
    show("rate", run.rate);
    show("seconds", Math.round(run.seconds));
    show("bytes", size(run.bytes));
    show("requests", run.requests);
    Object.keys(run.counts).forEach(function (name) { show("count-" + name, run.counts[name]); });
    var bar = box.querySelector("progress");
    if (bar && run.percent !== null) { bar.value = run.percent; show("percent", run.percent + " %"); }
    window.setTimeout(ask, wait);
  }
  function ask() {
    window.fetch(box.getAttribute("data-fj-progress"), { credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); })
      .then(update)
      .catch(function () { wait = Math.min(wait * 2, 30000); window.setTimeout(ask, wait); });
  }
  window.setTimeout(ask, wait);
})();
