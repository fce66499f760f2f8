import { local, parse } from "./time.js";

const short = (value, digits) => {
  const size = Math.abs(value);
  for (const [least, letter] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (size >= least) {
      const unit = letter === "k" ? 1e3 : least;
      return (value / unit).toLocaleString("en", { maximumFractionDigits: digits }) + " " + letter;
    }
  }
  return value.toLocaleString("en", { maximumFractionDigits: digits });
};

function usd(value) {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  const text = size >= 1e5 ? short(size, 1) : size.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
  return (value < 0 ? "−$" : "$") + text;
}

function duration(value) {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return (value * 1e6).toPrecision(3) + " µs";
  if (size < 1) return Number((value * 1e3).toPrecision(3)) + " ms";
  if (size < 120) return Number(value.toPrecision(3)) + " s";
  if (size < 7200) return (value / 60).toFixed(1) + " min";
  return (value / 3600).toLocaleString("en", { maximumFractionDigits: 1 }) + " h";
}

const share = (value) => {
  const percent = value * 100;
  const digits = percent === 0 || Math.abs(percent) >= 10 ? 1 : 2;
  return percent.toLocaleString("en", { maximumFractionDigits: digits }) + " %";
};

const formats = {
  usd,
  seconds: duration,
  share,
  count: (value) => short(value, 1),
  tokens: (value) => short(value, 1),
  number: (value) => String(Number(value.toPrecision(4))),
  ratio: (value) => "× " + value.toFixed(2),
  id: String,
  text: String,
  time: (value) => local(parse(value)),
};

// format writes a value of ClickHouse for people; null is unknown.
export function format(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "text" || unit === "time") return formats[unit](String(value));
  return Number.isFinite(Number(value)) ? (formats[unit] ?? String)(Number(value)) : String(value);
}
