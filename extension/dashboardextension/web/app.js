import { make } from "./dom.js";
import { bars, heatmap, lines } from "./plot.js";
import { pickers } from "./variables.js";
import { rank, stat, table } from "./table.js";
import { address, read } from "./state.js";
import { brief, instant, local, ranges } from "./time.js";

const plots = { stat, table, rank, bars, heatmap, lines, band: lines };
const concurrent = 3; // questions at once, so that what is seen first is answered first

const byId = (id) => document.getElementById(id);
const { boards, variables, columns, traceUrl } = await (await fetch("api/dashboards")).json();
let state, running;

// query gives what the panels of the state are asked with.
function query(range) {
  const asked = new URLSearchParams({ from: range[0], to: range[1] });
  for (const name of state.board.variables) for (const value of state.chosen[name] ?? []) asked.append(name, value);
  return asked;
}

function show() {
  running?.abort();
  running = new AbortController();
  state = read(boards);
  const range = [instant(state.from, false), instant(state.to, true)];
  document.title = state.board.title + " · llmtap";
  showBoards();
  showRange(range);
  if (range[0] === null || range[1] === null || range[0] >= range[1]) {
    byId("panels").replaceChildren(make("p", { class: "problem" }, "This time range cannot be shown: it has to begin before it ends."));
    return;
  }
  pickers(byId("variables"), state, variables, (name) => values(name, range), choose);
  showPanels(range, running.signal);
}

function showBoards() {
  byId("boards").replaceChildren(...boards.map((board, at) => make("a", {
    href: address({ board: board.name, ...(state.ranged ? { from: state.from, to: state.to } : {}), chosen: carried(board) }),
    "aria-current": board === state.board ? "page" : null, title: board.question + " (" + (at + 1) + ")",
  }, board.title)));
}

const carried = (board) => Object.fromEntries(Object.entries(state.chosen).filter(([name]) => board.variables.includes(name)));

function showRange(range) {
  const known = ranges.findIndex(([, from, to]) => from === state.from && to === state.to);
  const whole = range.every((at) => at !== null);
  const text = whole ? range.map((at) => local(at)).join(" – ") : "?";
  byId("range").replaceChildren(...ranges.map(([title], at) => make("option", { value: at, selected: at === known }, title)),
    ...(known < 0 ? [make("option", { value: "shown", selected: true }, whole ? range.map((at) => brief(at, false)).join(" – ") : "?")] : []),
    make("option", { value: "between" }, "Between …"));
  byId("range").title = text;
  byId("between").hidden = true;
  if (whole) [byId("from").value, byId("to").value] = range.map((at) => local(at, "T"));
  byId("quick").replaceChildren(...ranges.filter(([, , , button]) => button).map(([title, from, to, button]) => make("a", {
    href: address({ board: state.board.name, from, to, chosen: state.chosen }), title,
    "aria-current": from === state.from && to === state.to ? "true" : null,
  }, button)));
  byId("footer").replaceChildren(make("span", {}, state.board.question + " · " + text + " · " + Intl.DateTimeFormat().resolvedOptions().timeZone),
    make("span", { class: "keys" }, "Keys: 1 to " + boards.length + " dashboards, r ask again, t light or dark"));
}

function showPanels(range, signal) {
  const asked = query(range);
  const waiting = [];
  let free = concurrent;
  const next = async () => {
    if (free === 0 || waiting.length === 0) return;
    free--;
    await waiting.shift()();
    free++;
    next();
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((e) => e.isIntersecting)) {
      seen.unobserve(entry.target);
      waiting.push(() => fill(entry.target, range, asked, signal));
      next();
    }
  }, { rootMargin: "200px" });
  const sections = state.board.panels.map((panel) => section(panel, asked));
  byId("panels").replaceChildren(...sections);
  sections.forEach((element) => seen.observe(element));
  signal.addEventListener("abort", () => seen.disconnect());
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

const source = (panel, asked) => `api/panels/${state.board.name}/${panel.query}?${asked}`;

function section(panel, asked) {
  const help = panel.query + "-help";
  const element = make("section", { id: panel.query, class: "panel as-" + panel.plot, "aria-labelledby": panel.query + "-title", "aria-busy": "true" },
    make("div", { class: "head" },
      make("h2", { id: panel.query + "-title" }, panel.title),
      make("button", { type: "button", class: "help", "aria-label": "What is this?", "aria-describedby": help }, "?"),
      make("span", { class: "about", id: help, role: "tooltip" }, panel.help),
      make("a", { class: "csv", href: source(panel, asked) + "&format=csv", download: "", "aria-label": "CSV of " + panel.title }, "CSV")),
    make("div", { class: "content" }));
  element.style.setProperty("--width", panel.width);
  element.style.setProperty("--height", panel.height);
  element.panel = panel;
  return element;
}

async function fill(element, range, asked, signal) {
  const { panel } = element;
  const place = element.querySelector(".content");
  try {
    const response = await fetch(source(panel, asked), { signal });
    if (!response.ok) throw new Error(await response.text());
    const answer = await response.json();
    const context = { columns, boards, state, traceUrl, range, zoom, summary: panel.title + ": " + panel.help };
    element.classList.toggle("nothing", answer.data.length === 0);
    if (answer.data.length === 0 && panel.plot !== "stat") place.replaceChildren(make("p", { class: "empty" }, empty(panel)));
    else plots[panel.plot](place, answer, panel, context);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    place.replaceChildren(make("p", { class: "problem", role: "alert" }, problem.message));
  }
  element.removeAttribute("aria-busy");
}

function empty(panel) {
  const needsCall = ["call", "verdicts", "trace", "content", "growth", "timeline"].includes(panel.query);
  if (state.board.name !== "calls" || !needsCall) return "Nothing to show.";
  return state.chosen.call?.length || state.chosen.conversation?.length ? "Nothing is known." : "Choose a call or conversation.";
}

async function values(name, range) {
  const response = await fetch(`api/variables/${name}?` + new URLSearchParams({ from: range[0], to: range[1] }));
  return response.ok ? (await response.json()).data : [];
}

function go(href) {
  history.pushState(null, "", href);
  show();
}

function choose(name, chosen) {
  go(address({ board: state.board.name, from: state.from, to: state.to, chosen: { ...state.chosen, [name]: chosen } }));
}

const zoom = (from, to) => go(address({ board: state.board.name, from, to, chosen: state.chosen }));

byId("range").addEventListener("change", (event) => {
  if (event.target.value === "between") {
    byId("between").hidden = false;
    byId("from").focus();
  } else if (event.target.value === "shown") byId("between").hidden = true;
  else zoom(...ranges[event.target.value].slice(1));
});
byId("between").addEventListener("submit", (event) => {
  event.preventDefault();
  zoom(Date.parse(byId("from").value), Date.parse(byId("to").value));
});
byId("refresh").addEventListener("click", show);
byId("theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const next = (document.documentElement.dataset.theme ?? (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
  show();
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pick[open]")) if (!open.contains(event.target)) open.open = false;
  const link = event.target.closest("a[href^='?']");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
  scrollTo(0, 0);
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "r") show();
  if (event.key === "t") byId("theme").click();
  if (boards[event.key - 1]) byId("boards").children[event.key - 1].click();
});
addEventListener("popstate", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
