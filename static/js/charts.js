/* Chart options as functions of (data, tokens): data come from the server as JSON, colours and sizes from tokens.css.
   A chart is <div class="chart" data-chart="fan" data-source="id-of-json" role="img" aria-label="…">; its data stand in
   <script type="application/json" id="…">, which is not executed, so a strict content policy lets it pass.
   Words in a chart come with its data. Every chart has a table of the same figures beside it. */

const NAMES = ["paper", "paper-2", "paper-3", "ink", "ink-2", "ink-3", "rule", "rule-2", "accent", "accent-soft", "attn", "attn-soft", "band-1", "band-2"];
const SMALL = window.matchMedia("(max-width: 47.99rem)");
const A_YEAR = 31536e6;

export function tokens() {
  const css = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(NAMES.map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
  const chinese = document.documentElement.lang.startsWith("zh");
  found.font = css.getPropertyValue(chinese ? "--sans-zh" : "--sans").trim();
  found.small = SMALL.matches;
  return found;
}

/* Figures as everywhere else: commas, a point, a true minus; nothing there is a dash. */
export function grouped(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  const plain = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const isZero = !/[1-9]/.test(plain);
  return (value < 0 && !isZero ? "\u2212" : "") + plain;
}

function base(t, digits = 0) {
  return {
    animation: false,
    textStyle: { fontFamily: t.font, fontSize: 12, color: t["ink-2"] },
    aria: { enabled: false, decal: { show: false } },
    grid: { left: 8, right: t.small ? 78 : 84, top: 26, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true,
      backgroundColor: t.paper, borderColor: t["ink-3"], borderWidth: 1, padding: [6, 8],
      textStyle: { color: t.ink, fontSize: 12, fontFamily: t.font },
      axisPointer: { type: "line", lineStyle: { color: t["ink-3"], width: 1 } },
      valueFormatter: (value) => grouped(Array.isArray(value) ? value[1] : value, digits),
    },
  };
}

function axisX(t, extra) {
  return {
    axisLine: { lineStyle: { color: t["ink-3"] } },
    axisTick: { show: true, length: 4, lineStyle: { color: t["ink-3"] } },
    axisLabel: { color: t["ink-3"], fontSize: 11, hideOverlap: true },
    splitLine: { show: false },
    ...extra,
  };
}

function axisYears(t) {
  return axisX(t, { type: "time", minInterval: A_YEAR, axisLabel: { color: t["ink-3"], fontSize: 11, hideOverlap: true, formatter: "{yyyy}" } });
}

function axisY(t, extra = {}) {
  const { digits = 0, ...rest } = extra;
  return {
    type: "value",
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: t["ink-3"], fontSize: 11, formatter: (value) => grouped(value, digits) },
    splitLine: { lineStyle: { color: t.rule } },
    splitNumber: 4,
    nameLocation: "end",
    nameGap: 10,
    nameTextStyle: { color: t["ink-3"], fontSize: 11, align: "left" },
    ...rest,
  };
}

function endLabel(t, name, color, dy = 0) {
  return { show: true, formatter: name, color, fontSize: 11, distance: 5, offset: [0, dy], fontFamily: t.font, width: t.small ? 68 : 78, overflow: "break", lineHeight: 13 };
}

function verticals(t, marks = []) {
  return {
    silent: true, symbol: "none", animation: false,
    lineStyle: { color: t["ink-3"], type: [3, 3], width: 1 },
    label: { color: t["ink-3"], fontSize: 11, fontFamily: t.font, position: "end", distance: 4 },
    data: marks.map((mark) => ({ xAxis: mark.at, label: { formatter: mark.name, align: mark.align || "center" } })),
  };
}

function written(t, at, text, color, extra = {}) {
  return { coord: at, symbolSize: 0.1, label: { show: true, formatter: text, color, fontSize: 11, fontFamily: t.font, ...extra } };
}

/* A band is two stacked lines: an unseen lower edge and a filled difference. */
function band(dates, low, high, color, id) {
  const bare = { type: "line", stack: id, stackStrategy: "all", symbol: "none", lineStyle: { width: 0 }, tooltip: { show: false }, silent: true };
  return [
    { ...bare, data: dates.map((date, i) => [date, low[i]]) },
    { ...bare, data: dates.map((date, i) => [date, high[i] - low[i]]), areaStyle: { color, opacity: 1 } },
  ];
}

function spread(ends, least) {
  /* Labels at line ends keep `least` apart, in the order of their values. */
  const sorted = [...ends].sort((a, b) => a.value - b.value);
  sorted.forEach((end, i) => {
    end.dy = 0;
    if (i && end.at - sorted[i - 1].at < least) end.at = sorted[i - 1].at + least;
  });
  return sorted;
}

export const make = {
  /* Collections, cumulative: nine in ten paths, half of the paths, median; what a note needs as one line. */
  fan(d, t) {
    const option = base(t, d.digits);
    const last = d.dates.length - 1;
    const at = (key) => d.dates.map((date, i) => [date, d[key][i]]);
    const top = Math.max(...d.p95);
    const shift = (key) => (d[key][last] - d.p50[last]) / top;
    const pushed = (key, sign) => (Math.abs(shift(key)) < 0.07 ? sign * 12 : 0);
    const quiet = { type: "line", symbol: "none", lineStyle: { width: 0 }, itemStyle: { color: t["band-2"] } };
    option.xAxis = axisYears(t);
    option.yAxis = axisY(t);
    option.series = [
      ...band(d.dates, d.p05, d.p95, t["band-1"], "nine"),
      ...(d.p25 ? band(d.dates, d.p25, d.p75, t["band-2"], "half") : []),
      { type: "line", name: d.names.p50, data: at("p50"), symbol: "none", lineStyle: { color: t.accent, width: 2 }, itemStyle: { color: t.accent }, endLabel: endLabel(t, d.names.p50, t.accent), markLine: verticals(t, d.marks), z: 4 },
      { ...quiet, name: d.names.p95, data: at("p95"), endLabel: endLabel(t, d.names.p95, t["ink-3"], pushed("p95", -1)) },
      { ...quiet, name: d.names.p05, data: at("p05"), endLabel: endLabel(t, d.names.p05, t["ink-3"], pushed("p05", 1)) },
    ];
    if (d.expected) {
      option.series.push({ type: "line", name: d.names.expected, data: at("expected"), symbol: "none", lineStyle: { color: t.ink, width: 1, type: [1, 3] }, itemStyle: { color: t.ink }, z: 5 });
    }
    for (const need of d.needs || []) {
      option.series.push({
        type: "line", name: need.name, data: [[d.dates[0], need.value], [d.dates[last], need.value]], symbol: "none",
        lineStyle: { color: t.ink, width: 1, type: [6, 3] }, itemStyle: { color: t.ink }, tooltip: { show: false }, z: 6,
        markPoint: { silent: true, data: [written(t, [d.dates[0], need.value], need.name, t.ink, { position: "right", offset: [2, need.value > top * 0.12 ? 9 : -9] })] },
      });
    }
    return option;
  },

  /* Balance of a note after each payment: one step line a case; a case that fails is broken and says so at its end. */
  balances(d, t) {
    const option = base(t, d.digits);
    option.xAxis = axisYears(t);
    option.yAxis = axisY(t);
    option.grid.right = 14;
    option.grid.bottom = 18;
    const colorOf = (c) => (c.fails ? t.attn : c.main ? t.accent : t["ink-3"]);
    option.series = d.cases.map((c, i) => {
      const color = colorOf(c);
      const points = d.dates.map((date, k) => [date, c.values[k]]);
      const paid = points.findIndex((point) => point[1] < 0.5 * (d.one || 1));
      const shown = paid > 0 ? points.slice(0, paid + 1) : points;
      return {
        type: "line", step: "end", name: c.name, data: shown, symbol: "none", z: c.main ? 3 : 2,
        itemStyle: { color }, lineStyle: { color, width: c.main ? 2 : 1.5, type: c.fails ? [4, 3] : "solid" },
        markLine: i ? undefined : verticals(t, d.marks),
        markPoint: { silent: true, symbol: c.fails ? "triangle" : "circle", symbolSize: 7, itemStyle: { color }, label: { show: false }, data: [{ coord: shown[shown.length - 1] }] },
      };
    });
    /* Balances fall, so the corner above them is clear; where one hardly falls, the corner below is. */
    const staysHigh = d.cases.some((c) => c.values.at(-1) > 0.55 * c.values[0]);
    option.graphic = d.cases.map((c, i) => ({
      type: "text", silent: true, z: 10,
      ...(staysHigh ? { left: 64, bottom: 34 + 16 * (d.cases.length - 1 - i) } : { right: 18, top: 34 + 16 * i }),
      style: { text: (c.fails ? "\u25b2 " : "\u25cf ") + c.label, fill: colorOf(c), font: `${c.main ? 600 : 400} 11px ${t.font}`, textAlign: staysHigh ? "left" : "right" },
    }));
    return option;
  },

  /* Breakeven: the line on which the note just passes; each level a point above (passes) or below (fails). */
  frontier(d, t) {
    const option = base(t, 1);
    option.tooltip = { ...option.tooltip, trigger: "item" };
    option.grid.right = 24;
    option.grid.bottom = 22;
    option.xAxis = axisX(t, { type: "value", min: 0, max: d.maxX, name: d.xname, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: t["ink-3"], fontSize: 11 } });
    option.yAxis = axisY(t, { name: d.yname, min: d.minY, max: d.maxY, axisLabel: { color: t["ink-3"], fontSize: 11, showMaxLabel: false } });
    option.series = [
      { type: "line", name: d.lname, data: d.line, symbol: "none", lineStyle: { color: t.ink, width: 1.5 }, itemStyle: { color: t.ink }, areaStyle: { origin: "start", color: t["attn-soft"], opacity: 0.7 } },
      {
        type: "scatter", z: 5,
        data: d.points.map((p) => {
          const color = p.fails ? t.attn : p.main ? t.accent : t["ink-3"];
          return {
            name: p.name, value: [p.x, p.y], symbol: p.fails ? "triangle" : "circle", symbolSize: p.main ? 11 : 7, itemStyle: { color },
            label: { show: p.show, formatter: p.name, position: p.pos || "right", color: p.fails ? t.attn : p.main ? t.accent : t["ink-2"], fontWeight: p.main ? 600 : 400, fontSize: 11, fontFamily: t.font },
          };
        }),
        markPoint: { silent: true, symbol: "rect", itemStyle: { color: "transparent" }, data: d.words.map((w) => written(t, [w.x, w.y], w.text, w.bad ? t.attn : t["ink-3"])) },
      },
    ];
    return option;
  },

  /* What each level leaves of the base, and what the note needs there; short where they cross. */
  levels(d, t) {
    const option = base(t, 1);
    const short = d.left.map((value, i) => (value < d.needs[i] ? [d.levels[i], value] : null)).filter(Boolean);
    const line = (name, data, color, extra) => ({ type: "line", name, data, symbol: "circle", symbolSize: 4, itemStyle: { color }, lineStyle: { color, width: 1.5 }, endLabel: endLabel(t, name, color), ...extra });
    option.xAxis = axisX(t, { type: "category", data: d.levels, boundaryGap: false, axisLabel: { color: t["ink-3"], fontSize: 11, hideOverlap: true } });
    option.yAxis = axisY(t, { scale: true });
    const ends = Math.abs(d.left.at(-1) - d.needs.at(-1)) / (Math.max(...d.left, ...d.needs) - Math.min(...d.left, ...d.needs) || 1);
    const apart = ends < 0.12 ? 8 : 0;
    const leftIsAbove = d.left.at(-1) >= d.needs.at(-1);
    option.series = [
      line(d.names.needs, d.needs, t.ink, { endLabel: endLabel(t, d.names.needs, t.ink, leftIsAbove ? apart : -apart) }),
      line(d.names.left, d.left, t.accent, { lineStyle: { color: t.accent, width: 2 }, z: 4, endLabel: endLabel(t, d.names.left, t.accent, leftIsAbove ? -apart : apart) }),
      { type: "scatter", data: short, symbol: "triangle", symbolSize: 9, itemStyle: { color: t.attn }, z: 6, tooltip: { show: false }, label: { show: short.length === 1, formatter: d.words.short, position: "left", color: t.attn, fontSize: 11, fontFamily: t.font } },
    ];
    return option;
  },

  /* Bridge: from one figure to another, one assumption at a time. */
  bridge(d, t) {
    const option = base(t);
    let level = 0;
    const hidden = [];
    const shown = [];
    for (const step of d.steps) {
      if (step.total !== undefined && step.total !== null) {
        level = step.total;
        hidden.push(0);
        shown.push({ value: step.total, itemStyle: { color: step.main ? t.accent : t["ink-3"], decal: { symbol: "none" } }, label: { formatter: grouped(step.total) } });
        continue;
      }
      const down = step.by < 0;
      hidden.push(Math.min(level, level + step.by));
      level += step.by;
      const decal = down ? { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -0.8, color: t.attn } : { symbol: "none" };
      shown.push({
        value: Math.abs(step.by),
        itemStyle: { color: down ? t.paper : t["band-2"], borderColor: down ? t.attn : t.accent, borderWidth: 1, decal },
        label: { formatter: (step.by > 0 ? "+" : "") + grouped(step.by), color: down ? t.attn : t.ink },
      });
    }
    option.grid = { ...option.grid, right: 12, top: 30 };
    option.aria.enabled = true;
    option.aria.label = { enabled: false };
    option.aria.decal.show = true;
    option.tooltip = { show: false };
    const names = axisX(t, { type: "category", data: d.steps.map((step) => step.name), axisTick: { show: false }, axisLabel: { color: t["ink-2"], fontSize: 11, interval: 0, width: t.small ? 78 : 92, overflow: "break", lineHeight: 14 } });
    const values = axisY(t, { min: d.min });
    option.xAxis = t.small ? { ...values, splitNumber: 3 } : names;
    option.yAxis = t.small ? { ...names, inverse: true } : values;
    if (t.small) option.grid = { ...option.grid, right: 44, top: 4 };
    option.series = [
      { type: "bar", stack: "x", data: hidden, itemStyle: { color: "transparent", decal: { symbol: "none" } }, silent: true },
      { type: "bar", stack: "x", data: shown, barWidth: t.small ? 18 : 40, label: { show: true, position: t.small ? "right" : "top", color: t.ink, fontSize: t.small ? 11 : 12, fontFamily: t.font } },
    ];
    return option;
  },

  /* Price index: published months, then the projected path and the stressed one; dates marked. */
  index(d, t) {
    const option = base(t, 1);
    option.xAxis = axisYears(t);
    option.yAxis = axisY(t, { min: d.min, max: d.max });
    option.series = [
      { type: "line", name: d.names.seen, data: d.seen, symbol: "none", lineStyle: { color: t.ink, width: 2 }, itemStyle: { color: t.ink }, markLine: verticals(t, d.marks) },
      { type: "line", name: d.names.path, data: d.path, symbol: "none", lineStyle: { color: t.accent, width: 2, type: [6, 3] }, itemStyle: { color: t.accent }, endLabel: endLabel(t, d.names.path, t.accent, -2) },
      { type: "line", name: d.names.stress, data: d.stress, symbol: "none", lineStyle: { color: t["ink-3"], width: 1.5, type: [2, 3] }, itemStyle: { color: t["ink-3"] }, endLabel: endLabel(t, d.names.stress, t["ink-3"], 4) },
      {
        type: "scatter", symbolSize: 7, itemStyle: { color: t.paper, borderColor: t.ink, borderWidth: 1.5 }, tooltip: { show: false }, z: 6,
        data: (d.dots || []).map(([x, y, text, pos]) => ({ value: [x, y], label: { show: true, position: pos || "top", offset: [2, -9], formatter: text, color: t.ink, fontSize: 11, fontFamily: t.font } })),
      },
    ];
    return option;
  },

  /* Distribution: shares of paths by outcome; what the notes need as lines; the part that fails is hatched. */
  distribution(d, t) {
    const option = base(t, 1);
    option.aria.enabled = true;
    option.aria.label = { enabled: false };
    option.aria.decal.show = true;
    option.grid = { ...option.grid, right: 24, bottom: 22, top: 34 };
    option.tooltip = { ...option.tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: t["paper-3"], opacity: 0.5 } }, formatter: (items) => `${items[0].data.name}\n${grouped(items[0].data.value[1], 2)}%` };
    option.xAxis = axisX(t, { type: "value", min: d.bins[0].from, max: d.bins[d.bins.length - 1].to, name: d.xname, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: t["ink-3"], fontSize: 11 }, axisLabel: { color: t["ink-3"], fontSize: 11, hideOverlap: true, formatter: (value) => grouped(value) } });
    option.yAxis = axisY(t, { name: d.yname, digits: d.ydigits || 0 });
    option.series = [{
      type: "bar", barWidth: "94%",
      data: d.bins.map((bin) => ({
        name: bin.name, value: [(bin.from + bin.to) / 2, bin.share],
        itemStyle: bin.fails
          ? { color: t.paper, borderColor: t.attn, borderWidth: 1, decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: -0.8, color: t.attn } }
          : { color: bin.main ? t.accent : t["band-2"], decal: { symbol: "none" } },
      })),
      markLine: verticals(t, d.marks),
    }];
    return option;
  },

  /* Lines through time or age, at most four, with an optional band: static pools, actual against expected. */
  lines(d, t) {
    const option = base(t, d.digits ?? 1);
    option.xAxis = d.time === false
      ? axisX(t, { type: "value", min: d.minX, max: d.maxX, name: d.xname, nameLocation: "middle", nameGap: 24, nameTextStyle: { color: t["ink-3"], fontSize: 11 } })
      : axisYears(t);
    if (d.time === false) option.grid.bottom = 22;
    option.yAxis = axisY(t, { name: d.yname, min: d.min, max: d.max, digits: d.axisDigits || 0 });
    const banded = d.band ? band(d.band.x, d.band.low, d.band.high, t["band-1"], "band") : [];
    const tall = Math.max(...d.series.flatMap((s) => s.data.map((p) => p[1] ?? 0)), 1e-9);
    const ends = spread(d.series.map((s) => ({ name: s.name, value: s.data.at(-1)[1], at: (s.data.at(-1)[1] / tall) * 100 })), 8);
    const lift = Object.fromEntries(ends.map((end) => [end.name, -(end.at - (end.value / tall) * 100) * 1.8]));
    option.series = [...banded, ...d.series.map((s, i) => {
      const color = s.fails ? t.attn : s.main ? t.accent : s.reference ? t.ink : t["ink-3"];
      return {
        type: "line", name: s.name, data: s.data, symbol: "none", step: s.step ? "end" : undefined, z: s.main ? 4 : 3,
        lineStyle: { color, width: s.main ? 2 : 1.5, type: s.dashed ? [6, 3] : "solid" }, itemStyle: { color },
        endLabel: s.unnamed ? { show: false } : endLabel(t, s.name, color, lift[s.name]),
        markLine: i ? undefined : verticals(t, d.marks),
      };
    })];
    return option;
  },

  /* Bars by category: stratification of a pool. */
  bars(d, t) {
    const option = base(t, d.digits ?? 1);
    option.grid = { ...option.grid, right: 14, top: 20 };
    option.xAxis = axisX(t, { type: "category", data: d.names, axisTick: { show: false }, axisLabel: { color: t["ink-2"], fontSize: 11, interval: t.small ? "auto" : 0, hideOverlap: true, width: 76, overflow: "break", lineHeight: 13 } });
    option.yAxis = axisY(t, { name: d.yname, digits: d.axisDigits || 0 });
    option.series = d.series.map((s) => ({
      type: "bar", name: s.name, data: s.values, barMaxWidth: 40,
      itemStyle: { color: s.main ? t.accent : t["band-2"] },
      label: { show: d.series.length === 1, position: "top", color: t.ink, fontSize: 11, fontFamily: t.font, formatter: (item) => grouped(item.value, d.digits ?? 1) },
    }));
    return option;
  },
};

const drawn = new Map();

export function draw() {
  if (!window.echarts) return;
  const t = tokens();
  for (const [element, chart] of drawn) {
    if (!element.isConnected) { chart.dispose(); drawn.delete(element); }
  }
  for (const element of document.querySelectorAll("[data-chart]")) {
    const source = document.getElementById(element.dataset.source);
    const options = make[element.dataset.chart](JSON.parse(source.textContent), t);
    const chart = drawn.get(element) || window.echarts.init(element, null, { renderer: "svg" });
    chart.setOption(options, true);
    drawn.set(element, chart);
  }
}

function resize() {
  drawn.forEach((chart) => chart.resize());
}

draw();
document.addEventListener("theme-changed", draw);
document.addEventListener("htmx:afterSettle", draw);
SMALL.addEventListener("change", draw);
window.addEventListener("resize", resize);
window.addEventListener("beforeprint", resize);
window.addEventListener("afterprint", resize);
