import { make } from "./dom.js";
import { format } from "./format.js";
import { follow } from "./state.js";
import { local, parse } from "./time.js";

// A column of shares has bars if one of them is long enough to be seen.
const leastMetered = 0.15;

const isNumber = (unit) => !["text", "time"].includes(unit);

// table shows rows as they are, or sorted by a column whose head was clicked.
export function table(place, answer, panel, context) {
  const columns = answer.meta.map((meta, at) => ({ at, name: meta.name, ...(context.columns[meta.name] ?? { title: meta.name, unit: panel.unit }) }));
  for (const column of columns) column.metered = column.unit === "share" && answer.data.some((row) => row[column.at] >= leastMetered);
  const shown = columns.filter((column) => !column.hidden);
  const body = make("tbody");
  const fill = (rows) => body.replaceChildren(...rows.map((row) => line(row, columns, shown, context)));
  const heads = shown.map((column) => make("th", { scope: "col", class: isNumber(column.unit) ? "number" : null },
    make("button", { type: "button", onclick: (event) => fill(sorted(answer.data, column, event.currentTarget)) }, column.title)));
  fill(answer.data);
  place.replaceChildren(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": panel.title },
    make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body)));
}

function sorted(rows, column, button) {
  const head = button.parentElement;
  const falling = head.ariaSort !== "descending";
  for (const other of head.parentElement.children) other.ariaSort = null;
  head.ariaSort = falling ? "descending" : "ascending";
  const sign = falling ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column.at], b[column.at]];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (isNumber(column.unit) ? x - y : String(x).localeCompare(String(y)));
  });
}

function line(values, columns, shown, context) {
  const row = Object.fromEntries(columns.map((column) => [column.name, values[column.at]]));
  return make("tr", {}, ...shown.map((column) => cell(row[column.name], column, row, context)));
}

// indented lays JSON out in lines. It moves white space and nothing else, since what was sent may be cut, or wrong in a way that matters.
function indented(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  return text.replace(/("(?:[^"\\]|\\[^])*"?)|([[{])\s*([\]}])?|([\]}])|(,)|(:)|\s+/g, (_, string, open, shut, close, comma, colon) => {
    if (string) return string;
    if (open && shut) return open + shut;
    if (open) depth++;
    if (close) depth = Math.max(0, depth - 1);
    return open ? open + line() : close ? line() + close : comma ? comma + line() : colon ? ": " : "";
  });
}

// wrapped tells how a text may be broken into lines where there is little room.
function wrapped(text, column) {
  if (column.link || column.unit === "time") return null;
  return text.length > 40 ? "long" : text.length > 15 ? "some" : null;
}

function cell(value, column, row, context) {
  const text = format(value, column.unit);
  const td = make("td", { class: isNumber(column.unit) ? "number" : wrapped(text, column), title: column.unit === "time" && value ? local(parse(value)) : text.length > 24 ? text : null });
  if (column.name === "body") return td.append(make("pre", {}, indented(text))), td;
  const href = column.link && value !== null ? follow(column.link, row, context.state, context.boards)
    : column.trace && context.traceUrl && value ? context.traceUrl.replace("{trace_id}", encodeURIComponent(value)) : null;
  const label = text === "" ? (["user", "team", "app", "model", "upstream"].includes(column.name) ? "(none)" : "") : column.name === "call" ? text.slice(0, 8) : text;
  td.append(href && label ? make("a", { href, "data-call": column.name === "call" ? value : null }, label) : label);
  if (["severity", "verdict", "outcome"].includes(column.name)) td.classList.add("tag-" + String(value).replace(/\W/g, ""));
  if (column.unit === "ratio" && value !== null && value >= 1.5) td.classList.add("more");
  if (column.metered && value > 0) {
    const meter = make("i", { class: "meter" });
    meter.style.width = Math.min(100, value * 100) + "%";
    td.append(meter);
  }
  return td;
}

// rank shows names with bars as long as their values.
export function rank(place, answer, panel, context) {
  const [name, value] = answer.meta.map((meta) => meta.name);
  const most = Math.max(...answer.data.map((row) => row[1]), 0);
  const link = context.columns[name]?.link;
  place.replaceChildren(make("ol", { class: "rank" }, ...answer.data.map((row) => {
    const bar = make("i", { class: "bar" });
    bar.style.width = (most > 0 ? (100 * row[1]) / most : 0) + "%";
    const label = row[0] === "" ? "(none)" : row[0];
    const href = link ? follow(link, { [name]: row[0], [value]: row[1] }, context.state, context.boards) : null;
    return make("li", {}, make("span", { class: "name" }, href ? make("a", { href, title: label }, label) : label),
      make("span", { class: "value" }, format(row[1], panel.unit)), bar);
  })));
}

// stat shows one number.
export function stat(place, answer, panel) {
  const value = answer.data[0]?.[0] ?? null;
  const text = value === null ? "–" : format(value, panel.unit);
  const bad = panel.bad > 0 && value >= panel.bad;
  place.replaceChildren(make("p", { class: bad ? "stat bad" : "stat", "data-value": value === null ? "" : String(value) }, text));
}
