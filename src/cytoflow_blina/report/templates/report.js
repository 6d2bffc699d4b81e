"use strict";

// Sort a table by a column: a button in each heading, numbers as numbers, blanks last.
function sortKey(row, column) {
  const cell = row.cells[column];
  const text = (cell.dataset.sort ?? cell.textContent).trim();
  const number = Number(text.replace(/[,\u202f %]/g, "").replace("−", "-"));
  if (text === "" || text === "–") return null;
  return Number.isNaN(number) ? text.toLowerCase() : number;
}

function compareKeys(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}

function sortBy(table, heading, column) {
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = Array.from(table.tBodies[0].rows, (row) => [sortKey(row, column), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return down ? compareKeys(b, a) : compareKeys(a, b);
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = table.tHead.rows[table.tHead.rows.length - 1].cells;
  Array.from(headings).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(table, heading, column));
    heading.append(button);
  });
}

// Filter the samples by text and by class.
const samples = document.getElementById("sample-table");
if (samples) {
  const find = document.getElementById("find");
  const shown = document.getElementById("shown");
  const buttons = Array.from(document.querySelectorAll(".filters button"));
  const rows = Array.from(samples.tBodies[0].rows, (row) => [row, `${row.textContent} ${row.dataset.codes}`.toLowerCase()]);
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    const classes = new Set(wanted.map((button) => button.dataset.status));
    let count = 0;
    for (const [row, text] of rows) {
      const fits = (!classes.size || classes.has(row.dataset.status)) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
  };
  find.addEventListener("input", filter);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  // A code that was raised shows its samples.
  for (const button of document.querySelectorAll("[data-code]")) {
    button.addEventListener("click", () => {
      find.value = find.value === button.dataset.code ? "" : button.dataset.code;
      filter();
    });
  }
  // Arrow keys walk from sample to sample.
  samples.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tbody tr");
    if (!step || !row) return;
    const visible = Array.from(samples.tBodies[0].rows).filter((one) => !one.hidden);
    const next = visible[visible.indexOf(row) + step];
    if (next) {
      event.preventDefault();
      next.querySelector("a").focus();
    }
  });
}
