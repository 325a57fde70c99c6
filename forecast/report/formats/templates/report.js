(function () {
  "use strict";
  var root = document.documentElement, key = "forecast-theme";
  function recall() { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function keep(theme) { try { localStorage.setItem(key, theme); } catch (e) { return; } }
  var theme = document.getElementById("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  function shown() { return root.dataset.theme || (dark.matches ? "dark" : "light"); }
  function label() {
    theme.textContent = shown() === "dark" ? "Light theme" : "Dark theme";
  }
  var kept = recall();
  if (kept === "light" || kept === "dark") { root.dataset.theme = kept; }
  theme.hidden = false;
  label();
  dark.addEventListener("change", label);
  theme.addEventListener("click", function () {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    keep(root.dataset.theme);
    label();
  });

  function raw(cell) { return cell.hasAttribute("data-v") ? cell.dataset.v : cell.textContent.trim(); }
  function number(text) { return text === "" ? NaN : Number(text); }
  function compare(a, b, up) {
    var x = number(a), y = number(b), order;
    if (a === "" || b === "") { return a === b ? 0 : a === "" ? 1 : -1; }
    order = isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y;
    return up ? order : -order;
  }
  function sort(table, index, head) {
    var up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
      cell.setAttribute("aria-sort", "none");
    });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    Array.prototype.slice.call(body.rows).sort(function (a, b) {
      return compare(raw(a.cells[index]), raw(b.cells[index]), up);
    }).forEach(function (row) { body.appendChild(row); });
  }

  function field(text) {
    var value = String(text);
    if (/^[=+\-@\t\r]/.test(value) && (value.trim() === "" || isNaN(Number(value)))) { value = "'" + value; }
    return /[",\r\n']/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value;
  }
  function csv(table) {
    var heads = table.tHead.rows[0].cells, lines = [[]];
    Array.prototype.forEach.call(heads, function (head) {
      var name = head.dataset.name;
      lines[0].push(name);
      if (head.hasAttribute("data-band")) { lines[0].push(name + " P10", name + " P90"); }
    });
    Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
      var line = [];
      Array.prototype.forEach.call(row.cells, function (cell, index) {
        line.push(raw(cell));
        if (heads[index].hasAttribute("data-band")) {
          line.push(cell.dataset.lo || "", cell.dataset.hi || "");
        }
      });
      lines.push(line);
    });
    return lines.map(function (line) { return line.map(field).join(","); }).join("\r\n") + "\r\n";
  }
  function save(table) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + csv(table)], { type: "text/csv" }));
    link.download = table.id.replace("table", "forecast") + ".csv";
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  window.forecastCsv = csv;

  Array.prototype.forEach.call(document.querySelectorAll("table"), function (table) {
    var act = document.createElement("button"), place = table.parentNode;
    act.type = "button";
    act.className = "act";
    act.textContent = "Save as CSV";
    act.addEventListener("click", function () { save(table); });
    place.parentNode.insertBefore(act, place);
    if (table.dataset.groups !== undefined) { return; }  // rows that belong together stay so
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, index) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent.trim();
      head.textContent = "";
      head.appendChild(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () { sort(table, index, head); });
    });
  });
  function unfold() {
    var aim = location.hash && document.getElementById(location.hash.slice(1));
    if (aim && aim.tagName === "DETAILS") { aim.open = true; aim.scrollIntoView(); }
  }
  function measure() {  // says of tables with more columns than fit that there are more
    Array.prototype.forEach.call(document.querySelectorAll(".scroll"), function (each) {
      each.classList.toggle("wide", each.scrollWidth > each.clientWidth + 1);
    });
  }
  addEventListener("resize", measure);
  document.addEventListener("toggle", measure, true);
  measure();
  addEventListener("hashchange", unfold);
  unfold();
  addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details"), function (each) { each.open = true; });
  });
})();
