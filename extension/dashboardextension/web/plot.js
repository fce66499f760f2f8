import { make } from "./dom.js";
import { format } from "./format.js";
import { parse } from "./time.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const color = (at) => css("--series-" + (at % 9));
const others = "(others)";
const shade = (title, at) => (title === others ? css("--others") : color(at));

// series turns rows into lists over time: one for each value of the label column, or one for each column of numbers.
export function series(answer, columns) {
  const names = answer.meta.map((meta) => meta.name);
  const label = names.findIndex((name, at) => at > 0 && answer.meta[at].type.includes("String"));
  const times = [...new Set(answer.data.map((row) => row[0]))];
  const index = new Map(times.map((time, at) => [time, at]));
  const lists = new Map();
  const put = (title, row, value) => {
    if (!lists.has(title)) lists.set(title, new Array(times.length).fill(null));
    lists.get(title)[index.get(row[0])] = value === null ? null : Number(value);
  };
  for (const row of answer.data) {
    if (label > 0) put(row[label] === "" ? "(none)" : row[label], row, row[names.length - 1]);
    else for (let at = 1; at < names.length; at++) put(names[at], row, row[at]);
  }
  const total = (title) => (title === others ? -Infinity : lists.get(title).reduce((sum, value) => sum + Math.abs(value ?? 0), 0));
  const titles = [...lists.keys()];
  if (label > 0) titles.sort((a, b) => total(b) - total(a)); // the largest is first in the legend and at the bottom
  return { times: times.map(parse), names: titles, titles: titles.map((t) => (label > 0 ? t : columns[t]?.title ?? t)), lists: titles.map((title) => lists.get(title)) };
}

function axes(unit) {
  const whole = unit === "count";
  const common = { stroke: css("--faint"), grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return [
    { ...common, space: 70, values: [[86400, "{MMM} {D}", null, null, null, null, null, null, 0], [3600, "{HH}:{mm}", "\n{MMM} {D}", null, "\n{MMM} {D}", null, null, null, 1],
      [60, "{HH}:{mm}", "\n{MMM} {D}", null, "\n{MMM} {D}", null, null, null, 1], [1, "{HH}:{mm}:{ss}", "\n{MMM} {D}", null, "\n{MMM} {D}", null, null, null, 1]] },
    { ...common, size: 64, values: (_, splits) => splits.map((value) => (whole && !Number.isInteger(value) ? "" : format(value, unit, false))) },
  ];
}

// around is a range that holds the times too, since steps of time begin before it.
const around = (range, times, step) => [Math.min(range[0], times[0]), Math.max(range[1], times.at(-1) + step)];

// tooltip shows the values at the cursor, largest first.
function tooltip(place, rows) {
  const tip = make("div", { class: "tip", hidden: true });
  place.append(tip);
  return {
    hooks: {
      setCursor: [(plot) => {
        const { idx, left, top } = plot.cursor;
        const lines = idx === null || idx === undefined || left < 0 ? [] : rows(idx);
        tip.hidden = lines.length === 0;
        if (tip.hidden) return;
        tip.replaceChildren(...lines);
        const box = place.getBoundingClientRect();
        const x = left + plot.bbox.left / devicePixelRatio;
        tip.style.left = Math.max(0, x > box.width / 2 ? x - tip.offsetWidth - 12 : x + 12) + "px";
        tip.style.top = Math.max(0, Math.min(top, box.height - tip.offsetHeight)) + "px";
      }],
    },
  };
}

const when = (at) => make("b", {}, new Date(at * 1000).toLocaleString());

function key(shade, title, text) {
  const mark = make("i", { class: "mark" });
  mark.style.background = shade;
  return make("span", { class: "key" }, mark, make("span", {}, title), text === undefined ? null : make("span", { class: "number" }, text));
}

// draw makes a plot that fills its place, grows with it, and zooms into a range that is dragged over it.
function draw(place, options, data, legend, context) {
  const box = make("div", { class: "plot", role: "img", "aria-label": context.summary });
  place.replaceChildren(box, make("div", { class: "legend" }, ...legend));
  const size = () => ({ width: Math.max(120, box.clientWidth), height: Math.max(80, box.clientHeight) });
  const zoom = (plot) => {
    if (plot.select.width < 4) return;
    const [from, to] = [plot.select.left, plot.select.left + plot.select.width].map((x) => plot.posToVal(x, "x"));
    if (to - from >= 1) context.zoom(Math.floor(from) * 1000, Math.ceil(to) * 1000);
  };
  const plot = new uPlot({
    ...size(), legend: { show: false }, padding: [8, 22, 0, 0], ...options,
    cursor: { y: false, points: { show: options.points ?? true }, drag: { x: true, y: false, setScale: false } },
    hooks: { ...options.hooks, setSelect: [zoom] },
    plugins: [tooltip(box, options.tip)],
  }, data, box);
  new ResizeObserver(() => plot.setSize(size())).observe(box);
}

export function lines(place, answer, panel, context) {
  const { times, names, titles, lists } = series(answer, context.columns);
  const shown = names.map((name, at) => at).filter((at) => panel.plot !== "band" || names[at].startsWith("rate"));
  const band = panel.plot === "band";
  const tip = (idx) => [when(times[idx]), ...lists.map((list, at) => ({ at, value: list[idx] })).filter(({ value }) => value !== null)
    .sort((a, b) => (band ? a.at - b.at : b.value - a.value)).slice(0, 12)
    .map(({ at, value }) => key(color(Math.max(0, shown.indexOf(at))), titles[at], format(value, context.columns[names[at]]?.unit ?? panel.unit)))];
  const style = (at, nth) => {
    const edge = band && names[at] !== "rate";
    return { stroke: edge ? "transparent" : color(nth), width: edge ? 0 : 1.75, points: { show: !edge && times.length < 40, size: 4 }, spanGaps: true };
  };
  const ofOne = ["call", "conversation"].some((name) => context.state.chosen[name]?.length) && times.length > 1;
  const range = ofOne ? [times[0], times.at(-1)] : around(context.range, times, 0);
  const found = (name) => 1 + shown.findIndex((at) => names[at] === name);
  draw(place, {
    scales: { x: { time: true, range: () => range }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : 1] } },
    axes: axes(panel.unit), tip,
    series: [{}, ...shown.map(style)],
    bands: band ? [{ series: [found("rate_high"), found("rate_low")], fill: color(0) + "33" }] : [],
  }, [times, ...shown.map((at) => lists[at])], shown.filter((at) => !band || names[at] === "rate").map((at, nth) => key(color(nth), titles[at])), context);
}

// dropEmpty leaves out series of which nothing would be seen.
function dropEmpty({ times, titles, lists }) {
  const kept = lists.map((_, at) => at).filter((at) => lists[at].some((value) => value));
  return { times, titles: kept.map((at) => titles[at]), lists: kept.map((at) => lists[at]) };
}

// bars stacks its series: each is drawn with those before it, the highest first.
export function bars(place, answer, panel, context) {
  const { times, titles, lists } = dropEmpty(series(answer, context.columns));
  const sums = times.map(() => 0);
  const stacked = lists.map((list) => list.map((value, at) => (sums[at] += value ?? 0)));
  const order = lists.map((_, at) => lists.length - 1 - at);
  const step = times.length > 1 ? Math.min(...times.slice(1).map((time, at) => time - times[at])) : 3600;
  const tip = (idx) => [when(times[idx]), ...lists.map((list, at) => ({ at, value: list[idx] })).filter(({ value }) => value)
    .sort((a, b) => b.value - a.value).slice(0, 12).map(({ at, value }) => key(shade(titles[at], at), titles[at], format(value, panel.unit)))];
  draw(place, {
    scales: { x: { time: true, range: () => around(context.range, times, step) }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: axes(panel.unit), points: false, tip,
    series: [{}, ...order.map((at) => ({ fill: shade(titles[at], at), width: 0, points: { show: false }, paths: boxes(step) }))],
  }, [times, ...order.map((at) => stacked[at])], titles.map((title, at) => key(shade(title, at), title)), context);
}

// boxes draws a bar from each time to the next step.
function boxes(step) {
  return (plot, at, from, to) => {
    const fill = new Path2D();
    const ground = plot.valToPos(0, "y", true);
    for (let i = from; i <= to; i++) {
      const value = plot.data[at][i];
      if (!value) continue;
      const left = plot.valToPos(plot.data[0][i], "x", true);
      const width = plot.valToPos(plot.data[0][i] + step, "x", true) - left;
      const top = plot.valToPos(value, "y", true);
      fill.rect(left + width * 0.06, top, Math.max(1, width * 0.88), ground - top);
    }
    return { stroke: null, fill };
  };
}

// heatmap shades a cell for each step of time and bin, by the number of calls in it.
export function heatmap(place, answer, panel, context) {
  const bins = [...new Set(answer.data.map((row) => Number(row[1])))].sort((a, b) => a - b);
  const times = [...new Set(answer.data.map((row) => row[0]))].sort();
  const seconds = times.map(parse);
  const step = seconds.length > 1 ? Math.min(...seconds.slice(1).map((time, at) => time - seconds[at])) : 3600;
  const cells = answer.data.map((row) => [parse(row[0]), bins.indexOf(Number(row[1])), Number(row[2])]);
  const most = Math.max(...cells.map((cell) => cell[2]), 1);
  const ink = css("--series-0");
  const paint = (plot) => {
    const { ctx } = plot;
    ctx.save();
    for (const [time, bin, count] of cells) {
      const left = plot.valToPos(time, "x", true);
      const top = plot.valToPos(bin + 1, "y", true);
      ctx.globalAlpha = 0.12 + 0.88 * Math.sqrt(count / most);
      ctx.fillStyle = ink;
      ctx.fillRect(left, top + 1, Math.max(1, plot.valToPos(time + step, "x", true) - left - 1), plot.valToPos(bin, "y", true) - top - 1);
    }
    ctx.restore();
  };
  const tip = (idx) => [when(seconds[idx]), ...cells.filter((cell) => cell[0] === seconds[idx]).sort((a, b) => b[1] - a[1])
    .map(([, bin, count]) => key(ink, "≤ " + format(bins[bin], "seconds"), format(count, "count")))];
  const [x, y] = axes(panel.unit);
  draw(place, {
    scales: { x: { time: true, range: () => around(context.range, seconds, step) }, y: { range: () => [0, Math.max(1, bins.length)] } },
    axes: [{ ...x, grid: { show: false } }, { ...y, grid: { show: false }, splits: () => bins.map((_, at) => at + 1), values: () => bins.map((bin) => format(bin, "seconds")) }],
    points: false, tip, series: [{}, { paths: () => null, points: { show: false } }], hooks: { draw: [paint] },
  }, [seconds, seconds.map(() => 0)], [], context);
}
