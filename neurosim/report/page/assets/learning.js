"use strict";
/* Learning curves: one panel for every combination that shares its yardsticks, as many beside each other as there is room for. */
figures.builders.learning = (data, [y, x], width) => {
  const symbolsX = data.places[x], symbolsY = data.errors[y];
  const columns = Math.max(1, Math.min(data.panels.length, 3, Math.floor(width / 330)));
  const rows = Math.ceil(data.panels.length / columns), narrow = figures.isNarrow(width);
  const usable = data.curves.filter(curve => curve.columns[symbolsX] && curve.columns[symbolsY]);
  const isWhole = curve => !["diverged", "failed"].includes(curve.status);
  const traces = [], seen = new Set(), values = [];
  const axes = panel => panel === 0 ? { xaxis: "x", yaxis: "y" } : { xaxis: `x${panel + 1}`, yaxis: `y${panel + 1}` };
  const pairs = curve => curve.columns[symbolsX].map((at, k) => [at, curve.columns[symbolsY][k], curve.columns.epoch?.[k] ?? k])
    .filter(([at, value]) => at !== null && value !== null);

  data.groups.forEach((group, g) => {
    const own = usable.filter(curve => curve.group === g);
    const seeds = own.map(curve => ({ curve, points: pairs(curve) })).filter(seed => seed.points.length);
    if (!seeds.length) return;
    const place = axes(group.panel), colour = `@${group.series % 8}`;
    for (const own of [seeds.filter(seed => isWhole(seed.curve)), seeds.filter(seed => !isWhole(seed.curve))]) {
      if (!own.length) continue;
      const points = own.flatMap(seed => [...seed.points, [null, null]]);  // one trace, with gaps between the seeds
      values.push(...points.map(point => point[1]).filter(value => value !== null));
      traces.push({
        type: "scatter", mode: points.length > 2 ? "lines" : "markers", x: points.map(p => p[0]), y: points.map(p => p[1]), ...place,
        line: { color: `${colour}/0.4`, width: 0.9, dash: isWhole(own[0].curve) ? "solid" : "dot" }, marker: { color: colour },
        legendgroup: group.name, showlegend: false, hoverinfo: "skip",
      });
    }
    const whole = seeds.filter(seed => isWhole(seed.curve));
    const maps = whole.map(seed => new Map(seed.points.map(point => [point[2], point])));
    const shared = maps.length ? [...maps[0].keys()].filter(epoch => maps.every(map => map.has(epoch))) : [];
    if (!shared.length) return;
    const at = epoch => maps.map(map => map.get(epoch));
    const mean = numbers => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const xs = shared.map(epoch => mean(at(epoch).map(p => p[0]))), ys = shared.map(epoch => mean(at(epoch).map(p => p[1])));
    if (whole.length > 1) traces.push({
      type: "scatter", mode: "lines", x: [...xs, ...[...xs].reverse()], ...place, fill: "toself", fillcolor: `${colour}/0.14`,
      line: { width: 0 },
      y: [...shared.map(e => Math.max(...at(e).map(p => p[1]))), ...[...shared].reverse().map(e => Math.min(...at(e).map(p => p[1])))],
      legendgroup: group.name, showlegend: false, hoverinfo: "skip",
    });
    traces.push({
      type: "scatter", mode: "lines", x: xs, y: ys, ...place, line: { color: colour, width: 2.4 }, name: group.name,
      legendgroup: group.name, legendrank: group.series, showlegend: !seen.has(group.name),
      text: shared.map((epoch, k) => `${group.who}: ${ys[k].toPrecision(4)} (mean of ${whole.length})`),
      hovertemplate: "%{text}<extra></extra>",
    });
    seen.add(group.name);
  });

  if (symbolsY === data.score) data.panels.forEach((panel, n) => {
    const own = usable.filter(curve => data.groups[curve.group].panel === n)
      .flatMap(curve => curve.columns[symbolsX].filter(at => at !== null));
    if (!own.length) return;
    const ends = [Math.min(...own), Math.max(...own)];
    for (const line of panel.lines) {
      values.push(line.value);
      traces.push({
        type: "scatter", mode: "lines", x: ends, y: [line.value, line.value], ...axes(n), name: line.name, legendgroup: line.name,
        showlegend: !seen.has(line.name), line: { color: line.color, dash: line.dash, width: 1.4 }, text: [line.text, line.text],
        hovertemplate: "%{text}<extra></extra>",
      });
      seen.add(line.name);
    }
  });

  const positive = values.filter(value => value > 0), least = Math.min(...positive), most = Math.max(...values);
  const isLog = positive.length === values.length && most / least > 20 && data.titles.y[y] !== "accuracy";
  const wide = isLog ? [Math.log10(least) - 0.08, Math.log10(most) + 0.08] : [Math.min(...values), most];
  const range = isLog ? wide : [wide[0] - 0.04 * (wide[1] - wide[0] || 1), wide[1] + 0.04 * (wide[1] - wide[0] || 1)];
  const panelHeight = data.panels.length > 1 ? 250 : 400, height = rows * panelHeight + 130;
  const gap = { x: narrow ? 0 : 0.07, y: rows > 1 ? Math.min(0.4 / rows, 62 / (height - 70)) : 0 };
  const size = { x: (1 - gap.x * (columns - 1)) / columns, y: (1 - gap.y * (rows - 1)) / rows };
  const layout = { height, hovermode: "closest", annotations: [], legend: { y: -52 / (height - 70) } };
  data.panels.forEach((panel, n) => {
    const [row, column] = [Math.floor(n / columns), n % columns], suffix = n === 0 ? "" : n + 1;
    const left = column * (size.x + gap.x), top = 1 - row * (size.y + gap.y);
    const isLast = n + columns >= data.panels.length, hasCurve = usable.some(curve => data.groups[curve.group].panel === n);
    layout[`xaxis${suffix}`] = {
      domain: [left, left + size.x], anchor: `y${suffix}`, title: { text: isLast ? data.titles.x[x] : "" }, rangemode: "tozero", nticks: 6,
      counts: true,
    };
    layout[`yaxis${suffix}`] = {
      domain: [top - size.y, top], anchor: `x${suffix}`, range, type: isLog ? "log" : "linear",
      title: { text: column === 0 ? data.titles.y[y] : "" },
    };
    const note = (text, place, color) => layout.annotations.push(
      { xref: "paper", yref: "paper", showarrow: false, text, font: { color, size: 12.5 }, ...place });
    if (panel.title) note(`<b>${panel.title}</b>`, { x: left, xanchor: "left", y: top, yanchor: "bottom" }, "@ink");
    const middle = { x: left + size.x / 2, xanchor: "center", y: top - size.y / 2, yanchor: "middle" };
    if (!hasCurve) note(`${data.titles.x[x]}: unavailable`, middle, "@muted");
  });
  const missing = new Set(data.curves.filter(curve => !usable.includes(curve)).map(curve => data.groups[curve.group].who));
  const what = `${data.titles.y[y]} against ${data.titles.x[x]} is unavailable for ${missing.size} of ${data.groups.length} combinations`;
  return { data: traces, layout, note: missing.size ? `${what}; they are not drawn.` : "" };
};
