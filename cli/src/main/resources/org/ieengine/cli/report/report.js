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
document.querySelectorAll("figure svg").forEach(function (svg) {
  const figure = svg.closest("figure");
  const margin = 8;
  const make = function (tag, attributes, text) {
    const element = document.createElementNS(svg.namespaceURI, tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    element.textContent = text;
    return element;
  };
  // The light colours, written out: programs that draw and print do not resolve the variables of a page.
  const rules = function () {
    const values = { "--paper": "#ffffff" };
    const palette = document.getElementById("palette").textContent;
    for (const found of palette.matchAll(/(--[a-z0-9-]+):\s*([^;]+);/g)) {
      if (!(found[1] in values)) { values[found[1]] = found[2]; }
    }
    const written = document.getElementById("figure-rules").textContent
      .replace(/var\((--[a-z0-9-]+)\)/g, function (use, name) { return values[name]; });
    return "svg { font-family: Helvetica, Arial, sans-serif; }\n" + written;
  };
  const standalone = function (title) {
    const copy = svg.cloneNode(true);
    const box = svg.viewBox.baseVal;
    const place = { x: -margin, y: -margin, width: box.width + 2 * margin, height: box.height + 2 * margin };
    copy.setAttribute("width", place.width);
    copy.setAttribute("height", place.height);
    copy.setAttribute("viewBox", [place.x, place.y, place.width, place.height].join(" "));
    copy.prepend(make("title", {}, title), make("style", {}, rules()), make("rect", Object.assign({ fill: "#ffffff" }, place), ""));
    return new XMLSerializer().serializeToString(copy);
  };
  const heading = figure.querySelector("h3");
  const description = svg.getAttribute("aria-label");
  const title = heading === null ? description : heading.textContent;
  const name = description.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^-|-$/g, "");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "save";
  button.textContent = "SVG";
  button.title = "Save this figure as an SVG file";
  button.setAttribute("aria-label", "Save as SVG: " + description);
  button.addEventListener("click", function () {
    const link = document.createElement("a");
    link.setAttribute("href", "data:image/svg+xml;charset=utf-8," + encodeURIComponent(standalone(title)));
    link.download = name + ".svg";
    link.click();
  });
  svg.after(button);
});
