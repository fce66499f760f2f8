import { make } from "./dom.js";

// pickers shows a choice for each variable of the dashboard; change is called with the name and its new values.
export function pickers(place, state, variables, load, change) {
  place.replaceChildren(...state.board.variables.map((name) => {
    const variable = variables[name];
    const chosen = state.chosen[name] ?? [];
    return variable.kind === "text" ? field(name, variable, chosen, change) : list(name, variable, chosen, load, change);
  }));
}

function field(name, variable, chosen, change) {
  return make("label", { class: "field" }, variable.title,
    make("input", { type: "search", name, value: chosen[0] ?? "", placeholder: "any", spellcheck: "false", autocomplete: "off", maxlength: "1024",
      onchange: (event) => change(name, event.target.value.trim() ? [event.target.value.trim()] : []) }));
}

const label = (values) => (values.length === 0 ? "all" : values.length > 2 ? values.length + " chosen" : values.map((v) => v || "(none)").join(", "));

function list(name, variable, chosen, load, change) {
  const options = make("div", { class: "options", role: "group", "aria-label": variable.title });
  const filter = make("input", { type: "search", placeholder: "Filter, or any name", "aria-label": "Filter " + variable.title, autocomplete: "off" });
  const selected = new Set(chosen);
  const option = (value, text) => {
    const box = make("input", { type: "checkbox", value, checked: selected.has(value), onchange: () => (box.checked ? selected.add(value) : selected.delete(value)) });
    return make("label", { class: "option" }, box, make("span", {}, text));
  };
  const apply = () => {
    const typed = filter.value.trim();
    const found = [...options.querySelectorAll("label:not([hidden]) input")];
    if (typed && found.length < 2) selected.add(found[0]?.value ?? typed);
    change(name, [...selected]);
  };
  filter.addEventListener("input", () => {
    for (const entry of options.children) entry.hidden = !entry.textContent.toLowerCase().includes(filter.value.toLowerCase());
  });
  const open = async () => {
    filter.focus();
    const known = [...chosen.map((value) => [value, value || "(none)"]), ...(await load(name))];
    options.replaceChildren(...new Map(known.map(([value, text]) => [value, option(value, text)])).values());
  };
  const details = make("details", { class: "pick", "data-variable": name, ontoggle: () => details.open && open() },
    make("summary", { class: chosen.length ? "chosen" : null }, variable.title + ": ", make("b", {}, label(chosen))),
    make("form", { class: "choice", onsubmit: (event) => { event.preventDefault(); apply(); } }, filter, options,
      make("div", { class: "actions" }, make("button", { type: "submit", class: "primary" }, "Show"),
        make("button", { type: "button", onclick: () => change(name, []) }, "All"))));
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      details.open = false;
      details.querySelector("summary").focus();
    }
  });
  return details;
}
