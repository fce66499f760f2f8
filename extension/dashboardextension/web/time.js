// Times are written as in Grafana: now, now-24h, now/d (rounded to the beginning or end of the unit), or milliseconds since 1970.

// Of these, the last word says what stands on the button of the ranges that are asked for most.
export const ranges = [
  ["Last 15 minutes", "now-15m", "now"],
  ["Last hour", "now-1h", "now"],
  ["Last 6 hours", "now-6h", "now"],
  ["Last 24 hours", "now-24h", "now", "24 h"],
  ["Today", "now/d", "now", "Today"],
  ["Yesterday", "now-1d/d", "now-1d/d", "Yesterday"],
  ["Last 7 days", "now-7d", "now", "7 d"],
  ["Last 30 days", "now-30d", "now", "30 d"],
  ["This month", "now/M", "now"],
  ["Last month", "now-1M/M", "now-1M/M"],
  ["Last 90 days", "now-90d", "now"],
];

const seconds = { s: 1, m: 60, h: 3600 };

// instant gives a time in seconds since 1970; roundUp takes the end of a rounded unit.
export function instant(text, roundUp) {
  if (/^\d+$/.test(text)) return Math.floor(Number(text) / 1000);
  const match = /^now(?:-(\d+)([smhdwM]))?(?:\/([hdwM]))?$/.exec(text);
  if (!match) return null;
  const [, count, unit, rounded] = match;
  const at = new Date();
  if (count) back(at, Number(count), unit);
  if (rounded) {
    floor(at, rounded);
    if (roundUp) {
      back(at, -1, rounded);
      at.setSeconds(at.getSeconds() - 1);
    }
  }
  return Math.floor(at.getTime() / 1000);
}

function back(at, count, unit) {
  if (unit === "M") {
    const day = at.getDate();
    at.setMonth(at.getMonth() - count);
    if (at.getDate() !== day) at.setDate(0); // a day that the month lacks is its last one, not one of the next month
  }
  else if (unit === "d" || unit === "w") at.setDate(at.getDate() - count * (unit === "w" ? 7 : 1));
  else at.setTime(at.getTime() - count * seconds[unit] * 1000);
}

function floor(at, unit) {
  at.setMinutes(0, 0, 0);
  if (unit === "h") return;
  at.setHours(0);
  if (unit === "M") at.setDate(1);
  if (unit === "w") at.setDate(at.getDate() - ((at.getDay() + 6) % 7));
}

const pad = (n) => String(n).padStart(2, "0");

// local writes seconds since 1970 in the browser's time, as inputs and people read it.
export function local(at, separator = " ") {
  const d = new Date(at * 1000);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}${separator}${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });

// brief writes the same for cells and lists, without the year and, where told so, the seconds.
export const brief = (at, withSeconds = true) => day.format(at * 1000) + " " + local(at).slice(11, withSeconds ? 19 : 16);

// parse reads a time of ClickHouse, which is UTC.
export const parse = (text) => Date.parse(text.replace(" ", "T") + "Z") / 1000;
