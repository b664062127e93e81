"use strict";
// Draws the figures and joins them to the page's controls. Nothing here is fetched.
(function () {
  const stored = JSON.parse(document.getElementById("report-data").textContent);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const views = [];
  const places = [];
  let marks = null;

  // Of many cells the marks come packed: columns, deflated, in base64. Each plot gets those of the population shown.
  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  function rowsOf(place, population) {
    const figure = place.dataset.figure, panel = Number(place.dataset.panel);
    const columns = marks[figure][panel], names = Object.keys(columns), rows = [];
    if (!names.length) return rows;
    const whole = stored.whole[figure][panel], all = columns.population;
    for (let k = 0; k < all.length; k += 1) {
      if (!whole && all[k] !== population) continue;
      const row = {};
      names.forEach((name) => { const c = columns[name]; row[name] = c.texts ? c.texts[c.at[k]] : c[k]; });
      rows.push(row);
    }
    return rows;
  }

  function set(signal, value) {
    return Promise.all(views.map((view) => view.signal(signal, value).runAsync()));
  }

  function choosePopulation() {
    const chosen = all("select[data-factor]").map((select) => [select.dataset.factor, select.value]);
    const index = stored.populations.findIndex((levels) => chosen.every(([factor, level]) => levels[factor] === level));
    document.querySelector(".status").textContent = index < 0 ? "The study did not run this combination." : "";
    if (marks) {
      views.forEach((view, k) => {
        if (!stored.whole[places[k].dataset.figure][Number(places[k].dataset.panel)]) view.data("rows", rowsOf(places[k], index));
      });
    }
    followTables();
    return set("shown_population", index);
  }

  function toggle(button) {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    const hidden = all("button[data-method][aria-pressed=false]").map((each) => each.dataset.method);
    return set("hidden", hidden);
  }

  function chooseSize(select) {
    all("select[data-size]").forEach((each) => { each.value = select.value; });
    return set("shown_n", Number(select.value));
  }

  // A number that is pointed at tells its cell, method, error and count, and how to draw a replication of it again.
  function tell(cell) {
    const box = document.getElementById("pointed"), [number, method, target] = cell.dataset.of.split(".");
    const again = (replication) => stored.replay.replace(/--cell \d+/, "--cell " + number).replace(/--replication \d+/, "--replication " + replication);
    const found = stored.cases[cell.dataset.of], parts = ["Cell " + number + " (" + stored.cells[number] + ")", stored.methods[Number(method)]];
    if (Number(target) >= 0) parts.push(stored.estimands[Number(target)]);
    parts.push(cell.textContent.trim() + ": " + (cell.title || cell.dataset.basis));
    let text = parts.join(", ") + ".";
    if (stored.replay && found) text += " The worst replication: " + again(found[0]) + ". One in the middle: " + again(found[1]) + ".";
    else if (stored.replay) text += " " + again(0);
    box.textContent = text;
    box.hidden = false;
  }

  // Rows of tables that begin with the factors' levels follow the drop-downs, where that is asked for.
  function followTables() {
    const asked = document.querySelector("input[data-follow]");
    const chosen = all("select[data-factor]").map((select) => [select.dataset.factor.replace(/_/g, " "), select.value]);
    all("table[data-follows]").forEach((table) => {
      const count = Number(table.dataset.follows), heads = Array.from(table.tHead.rows[0].cells, (each) => each.textContent);
      table.querySelectorAll("tbody tr").forEach((row) => {
        const fits = chosen.every(([factor, level]) => {
          const at = heads.indexOf(factor);
          return at < 0 || at >= count || row.cells[at].textContent === level;
        });
        row.classList.toggle("other", Boolean(asked && asked.checked) && !fits);
      });
    });
  }

  function filter(input) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    all("#" + CSS.escape(input.dataset.filters) + " tbody tr").forEach((row) => {
      const text = Array.from(row.cells, (cell) => cell.textContent.toLowerCase());
      row.hidden = !words.every((word) => text.some((cell) => cell === word || (isNaN(word) && cell.includes(word))));
    });
  }

  function draw(place) {
    const spec = stored.figures[place.dataset.figure][Number(place.dataset.panel)];
    if (marks) spec.datasets.rows = rowsOf(place, 0);
    const renderer = stored.wide[place.dataset.figure][Number(place.dataset.panel)] ? "canvas" : "svg";
    return vegaEmbed(place, spec, { actions: false, renderer: renderer, ast: true }).then((drawn) => {
      views.push(drawn.view);
      places.push(place);
    });
  }

  // A table that is wider than its place says so; in print every fold is open.
  function tellWide() {
    all(".scroll").forEach((place) => place.classList.toggle("more", place.scrollWidth > place.clientWidth + 1));
  }
  all("details").forEach((fold) => fold.addEventListener("toggle", tellWide));
  window.addEventListener("resize", tellWide);
  window.addEventListener("beforeprint", () => all("details").forEach((fold) => {
    if (!fold.open) { fold.open = true; fold.dataset.printed = "yes"; }
  }));
  window.addEventListener("afterprint", () => all("details[data-printed]").forEach((fold) => {
    fold.open = false; delete fold.dataset.printed;
  }));
  tellWide();
  ["mouseover", "click"].forEach((kind) => document.addEventListener(kind, (event) => {
    const cell = event.target.closest && event.target.closest("td[data-of]");
    if (cell) tell(cell);
  }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") document.getElementById("pointed").hidden = true; });
  all("input[data-follow]").forEach((input) => { input.checked = false; input.addEventListener("change", followTables); });

  all("select[data-factor]").forEach((select) => select.addEventListener("change", choosePopulation));
  all("select[data-size]").forEach((select) => select.addEventListener("change", () => chooseSize(select)));
  all("button[data-method]").forEach((button) => button.addEventListener("click", () => toggle(button)));
  all("input[data-filters]").forEach((input) => input.addEventListener("input", () => filter(input)));
  all("form.controls").forEach((form) => form.reset());
  Promise.resolve(stored.packed ? unpack(stored.packed) : null).then((found) => {
    marks = found;
    return Promise.all(all(".plot").map(draw));
  }).then(() => { document.body.dataset.drawn = String(views.length); });
})();
