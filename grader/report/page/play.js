/* play.js - the levels of play: whoever reads the page is the scheduler. All data is in the page, and all of it is put in as text. */
"use strict";
const levels = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
let level = levels[0], path = [], twin = false;
let done = {};
try { done = JSON.parse(localStorage.getItem("play") || "{}"); } catch (error) { /* a page that may not keep anything */ }

// A run that came to a choice that an earlier one had come to goes on as that one does.
const stateOf = number => { const run = level.runs[number]; return "r" in run ? level.runs[run.r] : run; };
const here = () => stateOf(path.length ? path[path.length - 1].run : 0);
const switches = () => path.reduce((sum, move) => sum + move.costs, 0);
const text = number => level.texts[number];

function element(name, content, type) {
	const made = document.createElement(name);
	made.textContent = content;
	if (type)
		made.className = type;
	return made;
}

function keep() {
	const known = done[level.name], count = switches();
	if (known === undefined || known > count)
		done[level.name] = count;
	try { localStorage.setItem("play", JSON.stringify(done)); } catch (error) { /* see above */ }
}

function begin(which) {
	level = which;
	path = [];
	twin = false;
	draw();
}

function choose(option) {
	const [, , , costs, run] = option;
	if (run < 0) {
		at("end").replaceChildren(element("p", "The page ends here: that would be too many switches, or too long a way. Undo, or go on with make play.", "soft"));
		return;
	}
	path.push({run, costs});
	if (here().e)
		keep();
	draw();
}

function drawProgram(run) {
	const who = {}, choices = run.o || [];
	for (const [lane, line] of run.n || []) {
		const option = choices.find(each => each[2] && each[1] === lane);
		(who[line] = who[line] || []).push(option ? option[0] : "(" + text(lane).replace(/\D+/g, "") + ")");
	}
	const lines = (twin ? level.twin : level.source).replace(/\n$/, "").split("\n");
	at("program").replaceChildren(...lines.map((code, index) => {
		const keys = twin ? [] : who[index + 1] || [], line = element("div", "", keys.length ? "here" : "");
		const marks = element("span", "", "at");
		marks.append(...keys.map(key => element("b", key, "marker l" + (parseInt(key, 36) || 0) % 6)));
		line.append(element("i", index + 1), marks, element("span", code || " ", "code"));
		return line;
	}));
}

function drawSteps() {
	const rows = [];
	for (const move of [{run: 0, costs: 0}, ...path])
		level.runs[move.run].s.forEach(([lane, line, what], index) => {
			const row = element("tr", "", move.costs && index === 0 ? "switched" : "");
			row.append(element("td", text(lane)), element("td", line ? "line " + line : ""), element("td", text(what)));
			rows.unshift(row);
		});
	at("steps").replaceChildren(...rows);
}

function drawChoices(run) {
	at("choices").replaceChildren(...(run.o || []).map((option, index) => {
		const [key, words, isLane, costs] = option;
		const next = isLane && (run.n || []).find(each => each[0] === words);
		const label = `${key}  ${text(words)}${next ? (next[1] ? "  line " + next[1] : "") + "  " + text(next[2]) : ""}${costs ? "  (a switch)" : ""}`;
		const button = element("button", label, index === 0 ? "usual" : "");
		button.onclick = () => choose(option);
		return button;
	}));
}

function drawEnd(run) {
	const shown = [];
	if (run.e === 1) {
		const count = switches(), plural = count === 1 ? "" : "es";
		shown.push(element("p", count > level.par ? `You broke it with ${count} switch${plural}; the fewest is ${level.par}.`
			: `You broke it with ${count} switch${plural}: no schedule does with fewer.`, "said bad"));
		shown.push(element("p", text(run.t)), ...run.x.map(row => element("p", text(row))));
		shown.push(element("p", "The notes say more: " + level.notes.join(", "), "soft"));
	} else if (run.e === 0) {
		shown.push(element("p", "This order works; try another.", "said good"));
	}
	if (twin)
		shown.push(element("p", "The fixed twin. The explorer says: " + level.proved + ".", "said good"));
	at("end").replaceChildren(...shown);
}

function drawLevels() {
	at("levels").replaceChildren(...levels.map((each, index) => {
		const option = element("option", `${index + 1}  ${each.title}  (par ${each.par}${each.name in done ? ", done with " + done[each.name] : ""})`);
		option.selected = each === level;
		return option;
	}));
	at("progress").textContent = `${levels.filter(each => each.name in done).length} of ${levels.length} levels done`;
}

function draw() {
	const run = here(), over = "e" in run;
	drawLevels();
	at("story").textContent = level.story;
	at("goal").textContent = level.goal + (level.par ? "" : " Par 0: no switch is needed. It matters who goes on where one waits or ends, and whom a signal wakes.");
	at("switches").textContent = `par ${level.par}, ${switches()} switch${switches() === 1 ? "" : "es"} so far`;
	at("held").replaceChildren(...(run.h || []).map(each => element("div", text(each))));
	at("question").firstChild.textContent = over ? "" : text(run.q);
	drawProgram(run);
	drawChoices(run);
	drawEnd(run);
	drawSteps();
	at("next").hidden = run.e !== 1;
	at("fixed").hidden = run.e !== 1;
}

at("undo").onclick = () => { path.pop(); twin = false; draw(); };
at("again").onclick = () => begin(level);
at("next").onclick = () => begin(levels[Math.min(levels.indexOf(level) + 1, levels.length - 1)]);
at("fixed").onclick = () => { twin = !twin; draw(); };
at("levels").onchange = event => begin(levels[event.target.selectedIndex]);
addEventListener("keydown", event => {
	if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT")
		return;
	const options = here().o || [], option = event.key === " " ? options[0] : options.find(each => each[0] === event.key);
	const button = {u: "undo", a: "again", n: "next", x: "fixed"}[event.key];
	if (option)
		choose(option);
	else if (button && !at(button).hidden)
		at(button).click();
	else
		return;
	event.preventDefault();
});
begin(levels.find(each => !(each.name in done)) || levels[0]);
