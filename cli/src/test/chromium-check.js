"use strict";
// Put into a page by chromium.sh, before everything else in it.
(function checkPage() {
  const faults = [];
  addEventListener("error", function (event) { faults.push("script error: " + event.message); });
  addEventListener("unhandledrejection", function (event) { faults.push("script error: " + event.reason); });
  const shown = function (element) {
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim().slice(0, 60);
    return element.tagName.toLowerCase() + (element.className.baseVal === undefined ? "." + element.className : "") + " '" + text + "'";
  };
  const scrollsSideways = function (when) {
    const width = document.documentElement.scrollWidth;
    if (width > innerWidth) {
      const wide = Array.from(document.body.querySelectorAll("*")).filter(function (each) {
        return each.getBoundingClientRect().right > innerWidth + 1 && each.closest(".scroll") === null;
      });
      faults.push("scrolls sideways " + when + ": " + width + " of " + innerWidth + " pixels; " + wide.slice(0, 3).map(shown).join(", "));
    }
  };
  const figures = function () {
    const all = Array.from(document.querySelectorAll("figure"));
    if (all.length === 0) { faults.push("no figure"); }
    all.forEach(function (figure) {
      const svg = figure.querySelector("svg");
      const box = svg === null ? null : svg.getBoundingClientRect();
      if (box === null || box.width < 50 || box.height < 30) { faults.push("missing figure: " + shown(figure)); return; }
      if (svg.querySelectorAll("path, rect, polygon, circle").length === 0) { faults.push("empty figure: " + shown(svg)); }
      svg.querySelectorAll("text").forEach(function (text) {
        const place = text.getBoundingClientRect();
        if (place.left < box.left - 8 || place.right > box.right + 8 || place.top < box.top - 8 || place.bottom > box.bottom + 8) {
          faults.push("text reaches out of its figure: " + shown(text) + " in " + shown(svg));
        }
      });
    });
    return all.length;
  };
  const saving = function () {
    const click = HTMLAnchorElement.prototype.click;
    let saved = null;
    HTMLAnchorElement.prototype.click = function () { saved = { address: this.href, name: this.download }; };
    document.querySelectorAll("figure").forEach(function (figure) {
      const button = figure.querySelector("button.save");
      if (button === null) { faults.push("cannot be saved: " + shown(figure)); return; }
      saved = null;
      button.click();
      const file = saved === null ? "" : decodeURIComponent(saved.address.slice(saved.address.indexOf(",") + 1));
      const parsed = new DOMParser().parseFromString(file, "image/svg+xml");
      const root = parsed.documentElement;
      const whole = root.tagName === "svg" && root.hasAttribute("width") && root.querySelector("style") !== null;
      if (!whole || file.includes("var(") || file.includes("undefined") || !saved.name.endsWith(".svg")) {
        faults.push("its SVG file is broken: " + shown(figure) + " " + file.slice(0, 80));
      }
    });
    HTMLAnchorElement.prototype.click = click;
  };
  const sorting = function () {
    document.querySelectorAll("table.sortable").forEach(function (table) {
      const column = Array.from(table.tHead.rows[0].cells).findIndex(function (cell) { return cell.classList.contains("number"); });
      if (column === -1) { return; }
      table.tHead.rows[0].cells[column].click();
      const numbers = Array.from(table.tBodies[0].rows)
        .map(function (row) { return row.cells[column].getAttribute("data-v"); })
        .filter(function (value) { return value !== null; }).map(Number);
      if (numbers.some(function (value, i) { return i > 0 && numbers[i - 1] > value; })) { faults.push("not sorted: " + shown(table)); }
    });
  };
  addEventListener("load", function () {
    try {
      scrollsSideways("as it opens");
      const original = document.body.innerHTML.length;
      document.querySelectorAll("details").forEach(function (each) { each.open = true; });
      scrollsSideways("with everything open");
      const count = figures();
      saving();
      sorting();
      if (document.body.innerHTML.length < original) { faults.push("the page lost content"); }
      document.querySelectorAll("p, td, dd, text, figcaption").forEach(function (each) {
        if (each.textContent.includes("NaN")) { faults.push("NaN on the page: " + shown(each)); }
      });
      document.querySelectorAll("details").forEach(function (each) { each.open = false; });
      const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      const head = "scheme " + scheme + ", width " + innerWidth + ": ";
      parent.postMessage(head + (faults.length === 0 ? "ok, " + count + " figures" : faults.join("; ")), "*");
    } catch (fault) {
      parent.postMessage("the check itself failed: " + fault.stack, "*");
    }
  });
})();
