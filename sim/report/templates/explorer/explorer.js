"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);

// -- small parts ------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
function add(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  for (const child of children) if (child !== null) node.append(child);
  return node;
}
const el = (tag, attributes, ...children) => add(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => add(document.createElementNS(SVG, tag), attributes, children);
const colour = k => "k" + Math.min(k, 4);

function text(value, places) {
  if (value === null || !isFinite(value)) return "not known";
  const words = Math.abs(value).toFixed(places);
  const [whole, part] = words.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
  return (value < 0 && /[1-9]/.test(words) ? "\u2212" : "") + grouped;
}
function listed(names, last) {
  return names.length < 2 ? names.join("") : names.slice(0, -1).join(", ") + " " + (last || "and") + " " + names[names.length - 1];
}
// A figure that is a cell of a table in the run folder.
function cited(shown, places, scale, file, row, column) {
  if (shown === null) return document.createTextNode("not known");
  return el("data", { value: shown / scale, "data-file": file, "data-row": row, "data-column": column, "data-scale": scale }, text(shown, places));
}
function table(caption, head, rows) {
  const header = el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...head.map(h => el("th", { scope: "col", role: "columnheader" }, h))));
  const body = el("tbody", { role: "rowgroup" }, ...rows.map(cells => el("tr", { role: "row", class: cells.chosen ? "chosen" : null },
    el("th", { scope: "row", role: "rowheader" }, cells[0]),
    ...cells.slice(1).map((cell, k) => el("td", { role: "cell", "data-label": head[k + 1] }, ...[].concat(cell))))));
  return el("table", { class: "stacks", role: "table" }, el("caption", {}, caption), header, body);
}
function bar(share, k) {
  return svg("svg", { class: "inline", "aria-hidden": "true" }, svg("rect", { class: "bar " + colour(k), x: 0, y: 0, height: 8, width: (100 * share).toFixed(1) + "%" }));
}
function download(name, rows) {
  const cell = value => { const words = String(value === null ? "" : value); return /[",\n]/.test(words) ? '"' + words.replace(/"/g, '""') + '"' : words; };
  const link = el("a", { download: name, href: URL.createObjectURL(new Blob([rows.map(r => r.map(cell).join(",")).join("\n") + "\n"], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// -- views and their addresses ------------------------------------------------------------------

const views = [...document.querySelectorAll(".view")], tabs = views.map(view => $("tab-" + view.id));
$("tabs").setAttribute("role", "tablist");
$("tabs").setAttribute("aria-label", "Views");
$("tabs").parentNode.removeAttribute("aria-label");
$("tabs").parentNode.setAttribute("role", "presentation");
tabs.forEach((tab, k) => {
  tab.parentNode.setAttribute("role", "presentation");
  add(tab, { role: "tab", "aria-controls": views[k].id }, []);
  add(views[k], { role: "tabpanel", "aria-labelledby": tab.id, tabindex: -1 }, []);
  tab.addEventListener("click", event => { event.preventDefault(); go(views[k].id === "council" ? councilAddress() : views[k].id); });
  tab.addEventListener("keydown", event => {
    const to = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    go(views[next].id === "council" ? councilAddress() : views[next].id);
    tabs[next].focus();
  });
});
function go(address) {
  if (location.hash === "#" + address) return;
  try { history.pushState(null, "", "#" + address); } catch (error) { location.hash = address; return; }
  route();
}
function route() {
  const [name, detail] = decodeURIComponent(location.hash.slice(1)).split("/");
  const chosen = Math.max(0, views.findIndex(view => view.id === name));
  views.forEach((view, k) => {
    view.hidden = k !== chosen;
    tabs[k].setAttribute("aria-selected", k === chosen);
    tabs[k].tabIndex = k === chosen ? 0 : -1;
  });
  if (views[chosen].id === "council") showCouncil(detail);
  if (views[chosen].id === "believe" && detail && D.belief) usePreset(detail);
}
addEventListener("popstate", route);
addEventListener("hashchange", route);
document.querySelectorAll(".js").forEach(node => { node.hidden = false; });
document.querySelectorAll(".static").forEach(node => { node.hidden = true; });
document.querySelector(".skip").addEventListener("click", event => { event.preventDefault(); go("answer"); views[0].focus(); });

// -- a lever ------------------------------------------------------------------------------------

document.querySelectorAll(".dial").forEach(dial => {
  const slider = dial.querySelector("input"), points = [...dial.querySelectorAll(".point")];
  const rows = [...dial.querySelectorAll(".rows")];
  function show() {
    const at = Number(slider.value);
    points.forEach((point, k) => { point.hidden = k !== at; });
    rows.forEach(list => [...list.children].forEach((row, k) => row.classList.toggle("chosen", k === at)));
    slider.setAttribute("aria-valuetext", points[at].dataset.value);
  }
  slider.addEventListener("input", show);
  show();
});

// -- a council ----------------------------------------------------------------------------------

const C = D.council;
let council = -1, measure = 0;
function councilAddress() { return council < 0 ? "council" : "council/" + C.slugs[council]; }
function year(period) { return "March " + period.slice(0, 2) + period.slice(4); }
function councilLink(k) { return el("a", { href: "#council/" + C.slugs[k] }, C.names[k]); }
function councilRow(k, period, s, metric) { return "time_period=" + period + ";la_name=" + C.names[k] + ";scenario=" + D.scenarios[s] + ";metric=" + metric; }

(function prepareCouncils() {
  $("which").append(el("option", { value: "" }, "Choose a council"));
  C.names.map((name, k) => [name, k]).sort((a, b) => a[0] < b[0] ? -1 : 1)
    .forEach(([name, k]) => $("which").append(el("option", { value: C.slugs[k] }, name)));
  $("which").addEventListener("change", () => go($("which").value ? "council/" + $("which").value : "council"));
  C.failing.forEach(k => $("failing-list").append(el("li", {}, councilLink(k))));
  if (!C.failing.length) $("failing-list").append(el("li", {}, "None."));
  const [wide, high] = C.map.size, corners = [0, 1, 2, 3, 4, 5].map(i => [Math.sin(i * Math.PI / 3) * 0.55, Math.cos(i * Math.PI / 3) * 0.55]);
  const map = svg("svg", { viewBox: "0 0 " + wide + " " + high, role: "img", "aria-label": "Hexagon map of England, one cell a council; dark cells are judged inadequate on the first day. The list above names the same councils." });
  C.map.cells.forEach(([k, x, y]) => {
    const cell = svg("polygon", { class: "hex" + (C.failing.includes(k) ? " failing" : ""), points: corners.map(([dx, dy]) => (x + dx).toFixed(2) + "," + (y + dy).toFixed(2)).join(" "), "data-council": k }, svg("title", {}, C.names[k]));
    cell.addEventListener("click", () => go("council/" + C.slugs[k]));
    map.append(cell);
  });
  $("map").append(map);
})();

function showCouncil(slug) {
  const error = $("council-error");
  error.hidden = true;
  error.textContent = "";
  if (slug === undefined || slug === "") { if (council < 0) return; slug = C.slugs[council]; }
  const place = C.slugs.indexOf(slug);
  if (place < 0) {
    error.hidden = false;
    error.append(el("h3", {}, "There is a problem"), el("p", {}, "No council of this run is called \u201c" + slug + "\u201d. Choose one from the list."));
    $("which").value = "";
    return;
  }
  council = place;
  $("which").value = slug;
  document.querySelectorAll(".hex").forEach(cell => cell.classList.toggle("chosen", Number(cell.dataset.council) === council));
  drawCouncil();
}

function drawCouncil() {
  const name = C.names[council], told = $("council-told"), M = C.measures[measure];
  const status = C.opening[council] ? "judged " + C.opening[council] + " on the first day" : "without a judgement on the first day";
  const chooser = el("select", { id: "what" }, ...C.measures.map((m, k) => el("option", { value: k, selected: k === measure }, m.title + ", " + m.unit)));
  chooser.addEventListener("change", () => { measure = Number(chooser.value); drawCouncil(); $("what").focus(); });
  told.replaceChildren(
    el("h3", { id: "council-name" }, name),
    el("p", {}, C.regions[council] + "; " + status + ". ", ...summary()),
    el("div", { class: "field" }, el("label", { for: "what" }, "What to draw, year by year"), chooser),
    ...(C.periods.length ? [paths(M), pathsTable(M)] : [el("p", { class: "caution" }, "The run holds no 31 March, so there are no yearly figures of councils.")]),
    neighboursTable(), ...story());
}

function yearsFigure(k, s) {
  return cited(C.years[s][k] / 10, 1, 1, "explorer/councils.csv", "la_name=" + C.names[k] + ";scenario=" + D.scenarios[s], "years_inadequate");
}
// No regime is called better for one council: so few runs of it could not tell.
function summary() {
  const years = C.years.map(row => row[council]), least = Math.min(...years), most = Math.max(...years);
  if (most === 0) return ["It is inadequate in hardly any of the runs."];
  const figure = value => yearsFigure(council, years.indexOf(value));
  const range = least === most ? [figure(most), D.labels.length > 1 ? " years of the run under every regime." : " years of the run."]
    : [figure(least), " to ", figure(most), " years of the run, by regime."];
  return ["It is expected to be inadequate for ", ...range];
}

function paths(M) {
  const values = M.values.map(row => row[council]), unit = 10 ** M.places;
  const shown = values.flat().filter(v => v !== null).map(v => v / unit);
  const top = M.unit === "per cent of runs" ? 100 : Math.max(1e-9, ...shown) * 1.05;
  const known = measure === 0 ? C.published[council] : [], n = C.periods.length, high = 140;
  const figures = D.labels.map((label, s) => {
    const drawing = svg("svg", { role: "img", "aria-label": label + ": " + M.title + ". The table below has every figure." });
    for (const share of [0, 0.5, 1]) drawing.append(svg("line", { class: share ? "grid" : "zero", x1: 0, x2: "100%", y1: high - 20 - 96 * share, y2: high - 20 - 96 * share }));
    values[s].forEach((value, k) => {
      if (value === null) return;
      const tall = 96 * value / unit / top;
      drawing.append(svg("rect", { class: "bar " + colour(s), x: (100 * k / n + 1) + "%", width: (100 / n - 2) + "%", y: high - 20 - tall, height: Math.max(tall, value ? 1.5 : 0) }));
    });
    known.forEach((value, k) => {
      if (value === null) return;
      const y = high - 20 - 96 * value;
      drawing.append(svg("line", { class: "record", x1: (100 * k / n) + "%", x2: (100 * (k + 1) / n) + "%", y1: y, y2: y }));
    });
    drawing.append(svg("text", { x: 0, y: high - 4 }, year(C.periods[0])), svg("text", { x: "100%", y: high - 4, "text-anchor": "end" }, year(C.periods[n - 1])), svg("text", { x: 0, y: 12 }, text(top, M.unit === "per cent of runs" ? 0 : 1)));
    return el("figure", {}, el("figcaption", {}, label), drawing);
  });
  const note = known.some(value => value !== null) ? " The dotted line is the published record: at the top where the council stood judged inadequate that March, at the foot where it did not; it ends in 2024." : "";
  return el("div", {}, el("p", { class: "small" }, M.title + ", " + M.unit + ", each 31 March, mean of the runs." + note), el("div", { class: "paths" }, ...figures));
}

function pathsTable(M) {
  const known = measure === 0 ? C.published[council] : [], recorded = known.some(value => value !== null);
  const rows = C.periods.map((period, k) => [year(period), ...D.labels.map((_, s) => {
    const value = M.values[s][council][k];
    return cited(value === null ? null : value / 10 ** M.places, M.places, M.scale, "councils.csv", councilRow(council, period, s, M.metric), "mean");
  }), ...(recorded ? [known[k] === undefined || known[k] === null ? "not known yet" : known[k] ? "inadequate" : "not inadequate"] : [])]);
  return el("details", {}, el("summary", {}, "The figures in a table"), el("div", { class: "wide", role: "region", "aria-label": "Figures by year", tabindex: 0 }, table(M.title + ", " + M.unit, ["31 March", ...D.labels, ...(recorded ? ["Published record"] : [])], rows)));
}

function neighboursTable() {
  const rows = [council, ...C.neighbours[council]].map((k, place) => {
    const row = [place ? councilLink(k) : C.names[k], ...D.labels.map((_, s) => yearsFigure(k, s))];
    row.chosen = !place;
    return row;
  });
  return el("div", {}, el("h4", {}, "Beside its statistical neighbours"), el("div", { class: "wide", role: "region", "aria-label": "Statistical neighbours", tabindex: 0 }, table("Expected years inadequate in the run", ["Council", ...D.labels], rows)));
}

function story() {
  if (C.replication === null) return [el("p", { class: "caution" }, "The run kept no events, so there is no story to tell: run it again with --events 1.")];
  const parts = D.labels.map((label, s) => {
    const sentences = C.stories.sentences[s][council].map(place => C.stories.texts[place]);
    return el("details", { open: s === 0 }, el("summary", {}, label), C.rules[s] ? el("p", { class: "small" }, "The rule: " + C.rules[s]) : null,
      sentences.length ? el("ol", { class: "story" }, ...sentences.map(words => el("li", {}, words))) : el("p", {}, "Nothing of note happened to it."));
  });
  return [el("h4", {}, "Its story in one run (replication " + C.replication + ", seed " + D.seed + ")"), el("p", { class: "small" }, "One way that events could go, with the same luck under each regime; not an account of what happened there."), ...parts];
}

// -- what you believe ---------------------------------------------------------------------------

const B = D.belief;
const state = { centres: [], preset: null };

// The same sums as sim/report/explorer/reweighting.py; a test compares them.
function weightsOf(centres, share) {
  const count = B.groups.length, exponents = new Float64Array(count);
  centres.forEach((centre, p) => {
    if (centre === null) return;
    const slider = B.sliders[p], width = share * (slider.high - slider.low);
    for (let f = 0; f < count; f++) exponents[f] -= 0.5 * ((slider.values[f] - centre) / width) ** 2;
  });
  let most = -Infinity, total = 0;
  for (const e of exponents) most = Math.max(most, e);
  const weights = exponents.map(e => Math.exp(e - most));
  for (const w of weights) total += w;
  return weights.map(w => w / total);
}
function reweigh(losses, weights) {
  const count = weights.length, regimes = losses.length, zeros = () => new Array(regimes).fill(0);
  const mean = zeros(), regret = zeros(), share = zeros(), lead = zeros();
  let squares = 0;
  for (let f = 0; f < count; f++) {
    const w = weights[f];
    squares += w * w;
    let least = Infinity, ties = 0;
    for (let r = 0; r < regimes; r++) least = Math.min(least, losses[r][f]);
    for (let r = 0; r < regimes; r++) if (Math.abs(losses[r][f] - least) <= 1e-8) ties++;
    for (let r = 0; r < regimes; r++) {
      mean[r] += w * losses[r][f];
      regret[r] += w * (losses[r][f] - least);
      if (Math.abs(losses[r][f] - least) <= 1e-8) share[r] += w / ties;
    }
  }
  const best = mean.indexOf(Math.min(...mean)), groups = Math.max(...B.groups) + 1;
  for (let r = 0; r < regimes; r++) lead[r] = mean[r] - mean[best];
  const half = losses.map((own, r) => {
    const sums = new Float64Array(groups);
    for (let f = 0; f < count; f++) sums[B.groups[f]] += weights[f] * (own[f] - losses[best][f] - lead[r]);
    return B.quantile * Math.sqrt(sums.reduce((a, s) => a + s * s, 0) * groups / (groups - 1));
  });
  return { effective: 1 / squares, best, mean, share, regret, lead, half };
}

function currentShare() { return B.sureness[Number($("sureness").value)].share; }
function currentMeasure() { return B.measures[Number($("judged").value)]; }
function placesOf(values) {
  const most = Math.max(...values.map(Math.abs).filter(isFinite), 0);
  return most >= 100 ? 0 : most >= 1 ? 1 : most >= 0.1 ? 2 : most >= 0.01 ? 3 : most > 0 ? 4 : 2;
}

function believe() {
  const M = currentMeasure(), weights = weightsOf(state.centres, currentShare()), R = reweigh(M.values, weights);
  const views = state.centres.filter(c => c !== null).length, few = R.effective < B.fewest;
  state.result = R;
  const told = [];
  const clear = R.lead.map((gap, r) => r === R.best || Math.abs(gap) > R.half[r]);
  const behind = B.labels.filter((_, r) => r !== R.best && clear[r]), unsure = B.labels.filter((_, r) => r !== R.best && !clear[r]);
  if (few) {
    told.push(el("p", { class: "error" }, "Too few futures are like this to tell who does best: " + text(R.effective, 1) + " effective futures, and " + B.fewest + " are needed. Hold your views less surely, take fewer, or explore more futures."));
  } else {
    told.push(el("p", { class: "lead" }, B.labels[R.best] + " does best on average under " + (views ? "these views" : "the beliefs of the exploration") + ", in " + text(100 * R.share[R.best], 0) + "% of futures; " +
      (behind.length ? "clearly ahead of " + listed(behind) + (unsure.length ? ", not clearly of " + listed(unsure, "or") : "") : unsure.length ? "not clearly ahead of " + listed(unsure, "or") : "there is nothing else") + "."));
  }
  told.push(el("p", { class: "small" }, text(R.effective, 0) + " effective futures of " + text(B.groups.length, 0) + "."));
  $("belief-told").replaceChildren(...told);
  const regretPlaces = placesOf(R.regret), leadPlaces = placesOf([...R.lead, ...R.half]), file = B.place + "/robust.csv";
  const cell = (shown, places, scale, r, column) => !views && M.name === B.judged && isFinite(shown)
    ? cited(shown, places, scale, file, "scenario=" + B.scenarios[r], column)
    : el("span", { class: "weighed" }, text(shown, places));
  const order = B.labels.map((_, r) => r).sort((a, b) => R.mean[a] - R.mean[b]);
  const rows = order.map(r => {
    const row = [B.labels[r],
      [cell(100 * R.share[r], 0, 100, r, "best_share"), "%", bar(R.share[r], r)],
      cell(M.sign * R.mean[r], M.places, M.scale, r, "mean"),
      cell(R.regret[r], regretPlaces, M.scale, r, "regret_mean"),
      r === R.best ? "the best" : [cell(R.lead[r], leadPlaces, M.scale, r, "lead"), " \u00b1 ", cell(R.half[r], leadPlaces, M.scale, r, "lead_ci95_half"), clear[r] ? "" : ", not clear"]];
    row.chosen = r === R.best && !few;
    return row;
  });
  $("belief-table").replaceChildren(el("div", { class: "wide", role: "region", "aria-label": "Who does best", tabindex: 0 },
    table(M.title + ", " + M.unit, ["Regime", "Best in", "Mean", "Regret", "Behind the best"], rows)),
    el("p", { class: "small" }, "Regret: how much worse than the best of the same future, on average. After \u00b1 half the 95% interval."));
  B.sliders.forEach((slider, p) => {
    let average = 0;
    for (let f = 0; f < weights.length; f++) average += weights[f] * slider.values[f];
    const places = placesOf([slider.high - slider.low]) + 1, centre = state.centres[p], input = $("slider" + p);
    const words = centre === null ? "no view" : text(centre, places) + " " + slider.unit;
    $("out" + p).textContent = (centre === null ? "No view" : "Your view: " + words) + ". Futures now average " + text(average, places) + ".";
    input.setAttribute("aria-valuetext", words);
    if (centre === null) input.value = average;
    $("clear" + p).disabled = centre === null;
  });
  [...$("presets").children].forEach((button, k) => button.setAttribute("aria-pressed", state.preset === B.presets[k].name));
}

function usePreset(name) {
  const preset = B.presets.find(one => one.name === name);
  if (!preset) return;
  state.preset = name;
  state.centres = B.sliders.map((_, p) => p in preset.centres ? preset.centres[p] : null);
  state.centres.forEach((centre, p) => { if (centre !== null) $("slider" + p).value = centre; });
  const set = Object.keys(preset.centres).length;
  $("preset-told").textContent = preset.title + ": " + preset.description + (preset.named ? " Sets " + set + " of the sliders; these beliefs name " + preset.named + " parameters, and the others are left as the exploration drew them." : "");
  believe();
}

if (B) {
  state.centres = B.sliders.map(() => null);
  B.presets.forEach(preset => {
    const button = el("button", { type: "button", class: "second", "aria-pressed": "false" }, preset.name[0].toUpperCase() + preset.name.slice(1));
    button.addEventListener("click", () => { usePreset(preset.name); go("believe/" + preset.name); });
    $("presets").append(button);
  });
  B.sureness.forEach((one, k) => $("sureness").append(el("option", { value: k, selected: one.name === B.usual }, one.name[0].toUpperCase() + one.name.slice(1))));
  B.measures.forEach((one, k) => $("judged").append(el("option", { value: k, selected: one.name === B.judged }, one.title)));
  $("sureness").addEventListener("change", believe);
  $("judged").addEventListener("change", believe);
  const own = () => { state.preset = null; $("preset-told").textContent = ""; };
  B.sliders.forEach((slider, p) => {
    const input = el("input", { type: "range", id: "slider" + p, min: slider.low, max: slider.high, step: (slider.high - slider.low) / B.steps, "aria-describedby": "about" + p });
    const clear = el("button", { type: "button", class: "second", id: "clear" + p, "aria-label": "No view: " + slider.title }, "No view");
    input.addEventListener("input", () => { own(); state.centres[p] = Number(input.value); believe(); });
    clear.addEventListener("click", () => { own(); state.centres[p] = null; believe(); input.focus(); });
    $("sliders").append(el("div", { class: "slider" }, el("label", { for: "slider" + p }, slider.title), el("span", { class: "hint", id: "about" + p }, slider.unit + ", from " + text(slider.low, 2) + " to " + text(slider.high, 2) + " (" + slider.parameter + ")"),
      el("div", { class: "line" }, input, clear), el("output", { id: "out" + p, for: "slider" + p })));
  });
  $("no-views").addEventListener("click", () => { own(); state.centres = B.sliders.map(() => null); believe(); });
  believe();
}

// -- downloads ----------------------------------------------------------------------------------

function offer(words, name, rows) {
  const button = el("button", { type: "button", class: "second" }, words);
  button.addEventListener("click", () => download(name, rows()));
  $("downloads").append(button);
}
offer("Every council, every year", "councils.csv", () => {
  const rows = [["council", "scenario", "financial_year", ...C.measures.map(m => m.metric + " (" + m.unit + ")")]];
  C.names.forEach((name, k) => D.scenarios.forEach((scenario, s) => C.periods.forEach((period, t) =>
    rows.push([name, scenario, period, ...C.measures.map(m => { const v = m.values[s][k][t]; return v === null ? null : v / 10 ** m.places; })]))));
  return rows;
});
if (B) offer("Who does best under your views", "beliefs.csv", () => {
  const R = state.result, rows = [["scenario", "best_share", "mean", "regret", "behind", "behind_ci95_half", "effective_futures"]];
  B.scenarios.forEach((name, r) => rows.push([name, R.share[r], R.mean[r], R.regret[r], R.lead[r], R.half[r], R.effective]));
  return rows;
});

route();
// A browser goes to the place of the address; the tabs above it are to be seen first.
addEventListener("load", () => requestAnimationFrame(() => scrollTo(0, 0)));
