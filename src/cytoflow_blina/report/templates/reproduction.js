"use strict";

// The table of all claims: find, choose verdicts, sort. Without this it stands whole.
const table = document.getElementById("claim-table");
if (table) {
  const filters = document.getElementById("claim-filters");
  const find = document.getElementById("find-claim");
  const shown = document.getElementById("shown");
  const order = document.getElementById("order-of-paper");
  const buttons = Array.from(filters.querySelectorAll("[data-verdict]"));
  const chapters = Array.from(table.tBodies, (body) => [body, Array.from(body.rows).slice(1)]);
  const rows = chapters.flatMap(([body, own]) =>
    own.map((row) => [row, `${row.textContent} ${body.rows[0].textContent}`.toLowerCase()]));
  filters.hidden = false;

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const pressed = buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    const verdicts = new Set(pressed.map((button) => button.dataset.verdict));
    let count = 0;
    for (const [row, text] of rows) {
      const fits = (!verdicts.size || verdicts.has(row.dataset.verdict)) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    for (const [body, own] of chapters) {
      body.rows[0].hidden = !order.disabled || own.every((row) => row.hidden);
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
  };

  const sortKey = (row, column) => {
    const cell = row.cells[column];
    const text = (cell.dataset.sort ?? cell.textContent).trim();
    if (text === "" || text === "–") return null;
    const number = Number(text);
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };

  const compareKeys = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };

  const headings = Array.from(table.tHead.rows[0].cells);
  const forget = () => headings.forEach((heading) => heading.removeAttribute("aria-sort"));

  const sortBy = (heading, column) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    forget();
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keys = rows.map(([row]) => [sortKey(row, column), row]);
    keys.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compareKeys(b, a) : compareKeys(a, b);
    });
    order.disabled = false;
    chapters[0][0].append(...keys.map(([, row]) => row));
    filter();
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(heading, column));
    heading.append(button);
  });
  order.addEventListener("click", () => {
    forget();
    order.disabled = true;
    for (const [body, own] of chapters) body.append(...own);
    filter();
  });
  find.addEventListener("input", filter);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
}
