"use strict";
/* Figures: drawn when they come near, in the colours of the page, again when those or the width change. */
const figures = (() => {
  const builders = {};
  const known = new Map();  // key -> {box, data, choice, isDrawn}
  const isNarrow = width => width < 560;

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const value = name => style.getPropertyValue(`--${name}`).trim();
    const hex = name => value(name);
    const named = { ink: hex("ink"), muted: hex("muted"), grid: hex("grid"), paper: hex("paper"), line: hex("line"), soft: hex("soft") };
    for (let k = 0; k < 8; k++) named[k] = hex(`c${k}`);
    const scales = {
      sequential: [[0, hex("low")], [1, hex("high")]],
      diverging: [[0, hex("against")], [0.5, hex("neutral")], [1, hex("for")]],
    };
    return { named, scales, sans: value("sans") };
  }

  function paint(name, colours) {
    const [key, alpha] = name.slice(1).split("/");
    if (colours.scales[key]) return colours.scales[key];
    const hex = colours.named[key] ?? colours.named.ink;
    if (alpha === undefined) return hex;
    const [r, g, b] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    return `rgba(${r},${g},${b},${alpha})`;
  }

  /* Names of colours stand only where colours do: a label that begins with @ is a label. */
  function painted(value, colours, key = "") {
    if (Array.isArray(value)) return value.map(item => painted(item, colours, key));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, colours, name)]));
    return typeof value === "string" && value[0] === "@" && /color/.test(key) ? paint(value, colours) : value;
  }

  /* An axis may say that it `counts`: its numbers are read as 2M, not as 2×10⁶. */
  function layoutFor(layout, width, colours) {
    const narrow = isNarrow(width), { ink, muted, grid, paper, line, soft } = colours.named;
    const axis = ({ counts, ...given }) => ({
      automargin: true, gridcolor: grid, linecolor: line, zerolinecolor: line, tickcolor: line, ...given,
      ticktext: given.ticktext?.map(text => narrow && text.length > 16 ? `${text.slice(0, 15)}…` : text),
      tickfont: { color: soft, size: narrow ? 11 : 12 },
      title: { standoff: 10, ...given.title, font: { color: soft, size: narrow ? 12 : 13 } },
      exponentformat: counts ? "SI" : "power", minexponent: counts ? 2 : 4,
    });
    const given = Object.entries(layout).filter(([name]) => /^[xy]axis\d*$/.test(name));
    const axes = Object.fromEntries(given.map(([name, settings]) => [name, axis(settings)]));
    return painted({
      font: { family: colours.sans, size: 12, color: ink }, paper_bgcolor: paper, plot_bgcolor: paper, colorway: undefined,
      margin: { l: narrow ? 40 : 60, r: narrow ? 8 : 24, t: 24, b: 44, pad: 2 },
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",  // a finger scrolls the page
      hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink, size: 12, family: colours.sans }, align: "left" },
      ...layout, ...axes, width,
      legend: {
        orientation: "h", y: -(narrow ? 62 : 52) / (layout.height - (narrow ? 200 : 100)), yanchor: "top", x: 0, xanchor: "left",
        font: { color: soft, size: 12 }, ...layout.legend,
      },
    }, colours);
  }

  function shown(figure, width) {
    const { data, choice } = figure;
    if (data.builder) return builders[data.builder](data, choice, width);
    return data.views[choice.join(",")] ?? { data: [], layout: { height: 120 }, note: "Nothing was measured here." };
  }

  /* A trace without what there is no room for: a colour bar lies down, names beside marks go. */
  function fitted(trace, width, colours) {
    if (!trace.colorbar) return isNarrow(width) && trace.mode === "markers+text" ? { ...trace, mode: "markers" } : trace;
    const { soft } = colours.named, lying = { orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0.5, len: 0.9 };
    const title = { ...trace.colorbar.title, font: { color: soft, size: 12 }, ...(isNarrow(width) ? { side: "bottom" } : {}) };
    const bar = { ...trace.colorbar, ...(isNarrow(width) ? lying : {}), tickfont: { color: soft, size: 11 }, title };
    return { ...trace, colorbar: bar };
  }

  /* plotly.js takes longer to read than the whole rest of the page: it is read when the first figure comes near, or in an idle moment. */
  function plotly() {
    if (!window.Plotly) {
      const source = document.getElementById("plotly");
      document.head.append(Object.assign(document.createElement("script"), { textContent: source.textContent }));
      source.remove();
    }
    return window.Plotly;
  }

  async function draw(key) {
    const figure = known.get(key);
    figure.isDrawn = true;
    const place = figure.box.querySelector(".plot");
    const width = Math.max(240, Math.floor(place.getBoundingClientRect().width)), colours = theme();
    const view = shown(figure, width);
    const traces = painted(view.data, colours).map(trace => fitted(trace, width, colours));
    const layout = layoutFor(view.layout, width, colours);
    if (isNarrow(width) && traces.some(trace => trace.colorbar)) layout.height += 70;
    place.style.minHeight = `${layout.height}px`;
    figure.box.querySelector(".note").textContent = view.note ?? "";
    figure.width = width;
    await plotly().react(place, traces, layout, {
      displaylogo: false, displayModeBar: isNarrow(width) ? false : "hover", modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
      toImageButtonOptions: { format: "svg", filename: key },
    });
  }

  function choose(figure, key) {
    const place = figure.box.querySelector(".controls");
    figure.data.controls.forEach((control, k) => {
      const options = control.options.map((option, n) => tables.element("option", { value: String(n), textContent: option }));
      const select = tables.element("select", {}, ...options);
      select.addEventListener("change", () => { figure.choice[k] = Number(select.value); draw(key); });
      place.append(tables.element("label", {}, control.label, select));
    });
  }

  const drawAll = () => Promise.all([...known.keys()].map(draw));
  const redraw = () => Promise.all([...known].filter(([, figure]) => figure.isDrawn).map(([key]) => draw(key)));

  function start() {
    let queue = Promise.resolve();
    const near = new IntersectionObserver(entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        queue = queue.then(() => new Promise(resolve => setTimeout(resolve)))  // the page answers between two figures
          .then(() => known.get(target.dataset.figure).isDrawn || draw(target.dataset.figure));
      }
    }, { rootMargin: "600px 0px" });
    for (const box of document.querySelectorAll("[data-figure]")) {
      const key = box.dataset.figure, data = JSON.parse(document.getElementById(`data-${key}`).textContent);
      known.set(key, { box, data, choice: data.controls.map(() => 0), isDrawn: false });
      choose(known.get(key), key);
      near.observe(box);
    }
    addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(plotly));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    let waiting = 0;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        for (const [key, figure] of known)
          if (figure.isDrawn && Math.abs(figure.box.getBoundingClientRect().width - figure.width) > 1) draw(key);
      }, 150);
    });
    addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); drawAll(); });
    addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); redraw(); });
  }
  /* Text that Plotly shows as it is, instead of reading tags in it. */
  const safe = text => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("$", "&#36;");
  return { start, drawAll, redraw, builders, isNarrow, known, theme, painted, layoutFor, safe };
})();
