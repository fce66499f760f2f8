// What is shown stands in the address of the page, so that every view is a link.

export function read(boards) {
  const query = new URLSearchParams(location.search);
  const board = boards.find((b) => b.name === query.get("board")) ?? boards[0];
  const chosen = {};
  for (const key of new Set(query.keys())) {
    if (!["board", "from", "to"].includes(key)) chosen[key] = query.getAll(key).filter((v) => v !== "*");
  }
  return { board, from: query.get("from") ?? board.from, to: query.get("to") ?? "now", ranged: query.has("from"), chosen };
}

// address gives the link to a dashboard.
export function address({ board, from, to, chosen }) {
  const query = new URLSearchParams({ board });
  if (from) query.set("from", from);
  if (to) query.set("to", to);
  for (const [name, values] of Object.entries(chosen)) {
    for (const value of values) query.append(name, value);
  }
  return "?" + query;
}

// follow gives where a click on a column of a row leads: there with what the row says, and the rest as it is unless the link clears it.
export function follow(link, row, state, boards) {
  const name = boards.some((b) => b.name === link.board) ? link.board : row[link.board];
  const target = boards.find((b) => b.name === name);
  if (!target) return null;
  const chosen = {};
  for (const variable of target.variables) {
    if (!link.clear && state.chosen[variable]?.length) chosen[variable] = state.chosen[variable];
  }
  for (const [variable, column] of Object.entries(link.set ?? {})) {
    const value = row[column];
    if (target.variables.includes(variable) && value !== null && value !== "*" && !(variable === "conversation" && value === "")) {
      chosen[variable] = [String(value)];
    }
  }
  const [from, to] = link.from ? [row[link.from], row[link.to]] : state.ranged ? [state.from, state.to] : [state.board.from, "now"];
  return address({ board: target.name, from: String(from), to: String(to), chosen });
}
