"use strict";
document.querySelectorAll("table.sortable").forEach(function (table) {
  const body = table.tBodies[0];
  const headings = Array.from(table.tHead.rows[0].cells);
  const key = function (row, column) {
    const cell = row.cells[column];
    const value = cell.getAttribute("data-v");
    return value === null ? (cell.classList.contains("number") ? NaN : cell.textContent) : Number(value);
  };
  const order = function (a, b) {
    if (typeof a === "string") { return a.localeCompare(b); }
    return a - b;
  };
  const sort = function (heading, column) {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    headings.forEach(function (each) { each.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = Array.from(body.rows);
    rows.sort(function (r, s) {
      const a = key(r, column);
      const b = key(s, column);
      if (Number.isNaN(a)) { return Number.isNaN(b) ? 0 : 1; }
      if (Number.isNaN(b)) { return -1; }
      return up ? order(a, b) : order(b, a);
    });
    rows.forEach(function (row) { body.appendChild(row); });
  };
  headings.forEach(function (heading, column) {
    heading.setAttribute("data-sorts", "");
    heading.tabIndex = 0;
    heading.addEventListener("click", function () { sort(heading, column); });
    heading.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(heading, column); }
    });
  });
});
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (each) { each.open = true; });
});
