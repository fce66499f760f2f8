import { brief, parse } from "./time.js";

const number = (value, least, most) => value.toLocaleString("en", { minimumFractionDigits: least, maximumFractionDigits: most });

function short(value, even) {
  const size = Math.abs(value);
  for (const [from, unit, letter] of [[1e9, 1e9, "G"], [1e6, 1e6, "M"], [1e4, 1e3, "k"]]) {
    if (size >= from) return number(value / unit, even ? 1 : 0, 1) + " " + letter;
  }
  return number(value, 0, size < 100 ? 1 : 0);
}

function usd(value, even) {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : Math.min(9, 2 - Math.floor(Math.log10(size)));
  return (value < 0 ? "−$" : "$") + (size >= 1e5 ? short(size, even) : number(size, even ? digits : 2, digits));
}

// three writes a value with three significant digits.
function three(value, even) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return number(value, even ? digits : 0, digits);
}

function duration(value, even) {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return three(value * 1e6, even) + " µs";
  if (size < 1) return three(value * 1e3, even) + " ms";
  if (size < 120) return three(value, even) + " s";
  if (size < 7200) return number(value / 60, even ? 1 : 0, 1) + " min";
  return number(value / 3600, even ? 1 : 0, 1) + " h";
}

function share(value, even) {
  const percent = value * 100;
  if (Math.abs(percent) < 0.0005) return "0 %";
  const digits = Math.abs(percent) >= 10 ? 1 : 2;
  return number(percent, even ? digits : 0, digits) + " %";
}

const formats = {
  usd,
  seconds: duration,
  share,
  count: short,
  tokens: short,
  number: (value) => String(Number(value.toPrecision(4))),
  ratio: (value) => "× " + value.toFixed(2),
  id: String,
  text: String,
  time: (value) => brief(parse(value)),
};

// format writes a value of ClickHouse for people; null is unknown. Numbers in columns are even: with zeros at their end, unlike those of axes.
export function format(value, unit, even = true) {
  if (value === null || value === undefined) return "–";
  if (unit === "text" || unit === "time") return formats[unit](String(value));
  return Number.isFinite(Number(value)) ? (formats[unit] ?? String)(Number(value), even) : String(value);
}
