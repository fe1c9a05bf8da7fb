"use strict";
/* Tables: sorting by a click on a heading, filters by text and by the values of a column. */
const tables = (() => {
  const element = (name, properties = {}, ...inner) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inner);
    return made;
  };
  const text = (row, k) => row.cells[k].textContent.trim();
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function compare(k, direction, isNumber) {
    return (a, b) => {
      if (!isNumber) return direction * words.compare(text(a, k), text(b, k));
      const [x, y] = [a, b].map(row => row.cells[k].dataset.sort);
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);  // what has no number comes last
      return direction * (Number(x) - Number(y));
    };
  }

  function sortable(table) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, k) => {
      const button = element("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      const isNumber = [...body.rows].some(row => row.cells[k].dataset.sort !== undefined);
      button.addEventListener("click", () => {
        const next = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", next);
        body.append(...[...body.rows].sort(compare(k, next === "ascending" ? 1 : -1, isNumber)));
      });
    });
  }

  function filterable(box, table) {
    const rows = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells];
    if (rows.length < 4) return;
    const search = element("input", { type: "search", placeholder: "text" });
    const count = element("output");
    const controls = element("div", { className: "controls" }, element("label", {}, "Filter", search));
    const choices = [];
    heads.forEach((head, k) => {
      const values = [...new Set(rows.map(row => text(row, k)))];
      if (head.dataset.choice === undefined || values.length < 2) return;
      const select = element("select", {}, element("option", { value: "" , textContent: "all" }),
        ...values.map((value, n) => element("option", { value: String(n), textContent: value })));
      select.addEventListener("change", apply);
      choices.push([k, select, values]);
      controls.append(element("label", {}, head.textContent.trim(), select));
    });
    search.addEventListener("input", apply);
    count.setAttribute("aria-live", "polite");
    controls.append(count);
    box.prepend(controls);
    apply();
    function apply() {
      const wanted = search.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        const fits = row.textContent.toLowerCase().includes(wanted)
          && choices.every(([k, select, values]) => select.value === "" || text(row, k) === values[Number(select.value)]);
        row.hidden = !fits;
        shown += fits;
      }
      count.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
    }
  }

  function start() {
    for (const box of document.querySelectorAll("[data-explorable]")) {
      const table = box.querySelector("table");
      sortable(table);
      filterable(box, table);
    }
  }
  return { start, element };
})();
