"use strict";
/* The live page: asks for the state every second and shows what has changed. */
(() => {
  const EVERY_MS = 1000;
  const at = id => document.getElementById(id);
  const { element } = tables;
  const STATES = { waiting: "waiting for the first file", silent: "no news: stopped or killed?" };
  let shown = {}, choice = { x: "", y: "" }, last = [];

  const duration = seconds => {
    if (seconds === null || seconds === undefined) return "unknown";
    const s = Math.round(seconds);
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  };
  const changed = (key, value) => {
    const text = JSON.stringify(value);
    if (shown[key] === text) return false;
    shown[key] = text;
    return true;
  };
  const list = (id, items, empty) => {
    const lines = items.length ? items : [[quiet(empty)]];
    at(id).replaceChildren(...lines.map(parts => element("li", {}, ...parts)));
  };
  const spaced = name => name.replaceAll("_", " ");
  const strong = text => element("b", { textContent: text });
  const quiet = text => element("span", { textContent: text });

  function show(state) {
    document.title = state.total ? `${state.done ?? 0} of ${state.total}: ${state.title}` : state.title;
    at("title").textContent = state.title;
    at("folder").textContent = state.folder;
    at("state").textContent = STATES[state.state] ?? state.state;
    at("state").dataset.state = state.state;
    at("problem").textContent = state.message;
    const bar = at("bar");
    if (state.total) { bar.max = state.total; bar.value = state.done ?? 0; }
    else if (state.state === "complete") { bar.max = bar.value = 1; }
    else bar.removeAttribute("value");
    at("count").textContent = state.total ? `${state.done ?? 0} of ${state.total}` : "";
    const tiles = [["elapsed", duration(state.elapsed_s)], ["left", state.state === "running" ? duration(state.eta_s) : "–"],
      ["failed", String(state.failed)], ["taken from earlier", String(state.cached ?? 0)], ["workers", String(state.workers ?? "–")]];
    if (changed("tiles", tiles)) at("tiles").replaceChildren(...tiles.map(([what, value]) =>
      element("div", {}, element("dt", { textContent: what }), element("dd", { textContent: value }))));
    const running = state.running.map(one => [one.what, one.since_s === null ? "" : duration(one.since_s)]);
    if (changed("running-data", running)) list("running", running.map(([what, since]) => [`${what} `, quiet(since)]), "Nothing.");
    if (changed("best-data", state.best)) list("best", state.best.map(one => [
      strong(one.value === null ? "–" : one.value.toPrecision(4)), ` ${spaced(one.score)} `, quiet(one.what)]),
      "Nothing has finished yet.");
    if (changed("failure-data", state.failures)) list("failures", state.failures.map(one =>
      [strong(one.status), ` ${one.what} `, quiet(one.message), " ", quiet(one.run)]).reverse(), "None.");
    at("report").hidden = !state.has_report;
    if (changed("curves", state.curves)) draw(state.curves);
  }

  function options(name, values) {
    if (!values.includes(choice[name])) choice[name] = values[0];
    const select = element("select", {}, ...values.map(value =>
      element("option", { value, textContent: spaced(value), selected: value === choice[name] })));
    select.addEventListener("change", () => { choice[name] = select.value; draw(last); });
    return element("label", {}, name === "x" ? "against" : "score", select);
  }

  function draw(curves) {
    last = curves;
    at("no-curves").hidden = curves.length > 0;
    const names = [...new Set(curves.flatMap(curve => Object.keys(curve.columns)))];
    const places = ["forward_passes", "epoch", "writes", "energy_J"].filter(name => names.includes(name));
    const scores = [...new Set(["accuracy", "test_mse", ...names])].filter(name => names.includes(name) && !places.includes(name));
    if (!window.Plotly || !places.length || !scores.length) return;
    if (changed("choices", [places, scores])) at("choices").replaceChildren(options("y", scores), options("x", places));
    const drawn = curves.filter(curve => curve.columns[choice.x] && curve.columns[choice.y]);
    const colours = figures.theme(), width = Math.max(240, Math.floor(at("plot").getBoundingClientRect().width));
    const traces = drawn.map((curve, k) => ({
      type: "scatter", mode: "lines", x: curve.columns[choice.x], y: curve.columns[choice.y], name: figures.safe(curve.what),
      line: { color: `@${k % 8}`, width: 2 }, hovertemplate: "%{y:.4g}<extra></extra>",
    }));
    const values = drawn.flatMap(curve => curve.columns[choice.y]).filter(value => value !== null);
    const isLog = choice.y !== "accuracy" && Math.min(...values) > 0 && Math.max(...values) > 20 * Math.min(...values);
    const layout = {
      height: 380, hovermode: "closest", showlegend: true, xaxis: { title: { text: spaced(choice.x) }, counts: true },
      yaxis: { title: { text: spaced(choice.y) }, type: isLog ? "log" : "linear" },
    };
    Plotly.react(at("plot"), figures.painted(traces, colours), figures.layoutFor(layout, width, colours), { displayModeBar: false });
  }

  const redraw = () => { delete shown.curves; };  // with the next state
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", redraw);

  async function ask() {
    try {
      const answer = await fetch("/state.json", { cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      show(await answer.json());
    } catch (error) {
      at("problem").textContent = `This page has lost its server (${error.message}); what is shown is the last that was heard.`;
    }
    setTimeout(ask, EVERY_MS);
  }
  ask();
})();
