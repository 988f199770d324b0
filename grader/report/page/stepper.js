/* stepper.js - one goes through a schedule step by step: source, lanes, and what is so after each step. All data is in
 * the page, and all of it is put in as text. */
"use strict";

const sources = JSON.parse(document.getElementById("sources").textContent);
const PLAY_MS = 900;
/* Below the heads of findings, or the head of a page of its own. */
const HEADING = document.querySelector("main h3") ? "h4" : "h2";

/* ---- elements ---- */

function make(name, className, ...children) {
	const element = document.createElement(name);
	if (className)
		element.className = className;
	element.append(...children.filter(child => child !== null && child !== undefined));
	return element;
}

function button(label, title, act) {
	const element = make("button", "", label);
	element.type = "button";
	element.title = title;
	element.setAttribute("aria-label", title);
	element.addEventListener("click", act);
	return element;
}

/* "main thread" M, "thread 2" 2, "child 1" c1, "thread 2 · task 0" t0: what fits on a marker. */
function shortName(name) {
	const task = name.match(/ · task (\d+)$/), number = name.match(/\d+/);
	if (task)
		return "t" + task[1];
	if (!number)
		return name[0].toUpperCase();
	return (name.startsWith("child") ? "c" : "") + number[0];
}

function marker(schedule, lane) {
	const name = schedule.lanes[lane], element = make("b", "marker l" + lane % 6, shortName(name));
	element.title = name;
	return element;
}

function markers(schedule, lanes) {
	const list = make("span", "");
	for (const lane of lanes) {
		const one = make("span", "who", marker(schedule, lane), " " + schedule.lanes[lane]);
		list.append(list.childNodes.length ? ", " : "", one);
	}
	return list;
}

function place(entry) {
	return entry.file ? entry.file + (entry.line ? ":" + entry.line : "") : "";
}

/* ---- the state: what the changes up to a step say ---- */

function stateAfter(schedule, at) {
	const state = {locks: new Map(), waits: new Map(), values: new Map(), pipes: new Map(), children: new Map()};
	const pipe = change => {
		if (!state.pipes.has(change.id))
			state.pipes.set(change.id, {name: change.object, bytes: 0, ends: new Map(), changed: false});
		return state.pipes.get(change.id);
	};
	const set = {
		holder: change => state.locks.set(change.id, change),
		waiter: change => change.object || change.text ? state.waits.set(change.lane, change) : state.waits.delete(change.lane),
		value: change => {
			const known = state.values.get(change.id);
			const first = known && (known.step === change.step && known.before !== undefined ? known.before : known.text);
			state.values.set(change.id, {...change, before: first});
		},
		bytes: change => pipe(change).bytes = change.value,
		ends: change => pipe(change).ends.set(change.lane, change.value),
		child: change => state.children.set(change.lane, change.value),
	};
	for (const change of schedule.changes)
		if (change.step <= at)
			set[change.kind](change);
	return state;
}

/* All objects of those classes that the schedule ever touches, so that the panel does not jump. */
function objectsOf(schedule, kind, classes) {
	const names = new Map();
	for (const change of schedule.changes)
		if ((change.kind === kind || change.kind === "waiter") && classes.includes(change.class) && change.object)
			names.set(change.id, change.object);
	return names;
}

function waitersOf(state, id) {
	return [...state.waits].filter(([, wait]) => wait.object && wait.id === id).map(([lane]) => lane);
}

/* ---- the panel ---- */

function section(title, ...content) {
	return make("section", "", make(HEADING, "", title), ...content);
}

function table(heads, rows) {
	const head = make("tr", "", ...heads.map(text => {
		const cell = make("th", "", text);
		cell.scope = "col";
		return cell;
	}));
	return make("table", "", make("thead", "", head), make("tbody", "", ...rows));
}

function row(changed, ...cells) {
	return make("tr", changed ? "changed" : "", ...cells.map(cell => cell instanceof Element && cell.tagName === "TD" ? cell : make("td", "", cell)));
}

const LOCKS = ["mutex", "rwlock", "spinlock"];

function holderOf(schedule, lock) {
	if (!lock || (lock.lane === undefined && !lock.value))
		return make("span", "soft", "free");
	if (lock.lane === undefined)
		return lock.value + (lock.value === 1 ? " reader" : " readers");
	const since = place(lock);
	return make("span", "", markers(schedule, [lock.lane]), since ? make("span", "soft", " since " + since) : "");
}

function lockSection(schedule, state, at) {
	const rows = [], quiet = [];
	for (const [id, name] of objectsOf(schedule, "holder", LOCKS)) {
		const lock = state.locks.get(id), waiting = waitersOf(state, id), changed = lock && lock.step === at;
		const free = !lock || (lock.lane === undefined && !lock.value);
		if (free && !waiting.length && !changed)
			quiet.push(name);
		else
			rows.push(row(changed, make("code", "", name), holderOf(schedule, lock), markers(schedule, waiting)));
	}
	if (!rows.length && !quiet.length)
		return null;
	const free = quiet.length ? make("p", "soft", "free: " + quiet.join(", ")) : null;
	return section("Locks", rows.length ? table(["lock", "held by", "waiting"], rows) : null, free);
}

function conditionSection(schedule, state) {
	const rows = [];
	for (const [id, name] of objectsOf(schedule, "waiter", ["condition", "barrier"])) {
		const waiting = waitersOf(state, id);
		rows.push(row(false, make("code", "", name), waiting.length ? markers(schedule, waiting) : make("span", "soft", "nobody")));
	}
	return rows.length ? section("Condition variables and barriers", table(["object", "waiting"], rows)) : null;
}

function semaphoreSection(schedule, state, at) {
	const rows = [];
	for (const [id, name] of objectsOf(schedule, "value", ["semaphore"])) {
		const value = state.values.get(id);
		rows.push(row(value && value.step === at, make("code", "", name), value ? value.text : "?", markers(schedule, waitersOf(state, id))));
	}
	return rows.length ? section("Semaphores", table(["semaphore", "value", "waiting"], rows)) : null;
}

function valueCell(value, changed) {
	const cell = make("td", "");
	if (changed && value.before !== undefined)
		cell.append(make("s", "soft", value.before), " → ", make("b", "", value.text));
	else
		cell.append(value.text);
	return cell;
}

function variableSection(schedule, state, at) {
	const rows = [], raced = schedule.racing === undefined ? null : schedule.steps[schedule.decisive].object;
	for (const value of state.values.values()) {
		if (value.class === "semaphore")
			continue;
		const changed = value.step === at && value.before !== undefined;
		const name = make("td", "", make("code", "", value.object), value.object === raced ? make("small", "bad pill", "race") : null);
		rows.push(row(changed, name, valueCell(value, changed)));
	}
	return rows.length ? section("Shared variables", table(["variable", "value"], rows)) : null;
}

const ENDS = ["", "read", "write", "read write", "open"];

/* Who has the write end open, or the other end of a pair of sockets, keeps whoever reads there waiting. */
function keepsReader(reading, id, ends) {
	return ends & 2 ? reading.has(id) : ends & 4 ? reading.has(id ^ 1) : false;
}

function pipeSection(schedule, state) {
	if (!state.pipes.size)
		return null;
	const pipes = [...state.pipes].sort((a, b) => a[0] - b[0]), reading = new Set(), lanes = new Set();
	for (const wait of state.waits.values())
		if (wait.text === "bytes" && state.pipes.has(wait.value) && !state.pipes.get(wait.value).bytes)
			reading.add(wait.value);
	for (const [, pipe] of pipes)
		for (const lane of pipe.ends.keys())
			lanes.add(lane);
	const rows = [...lanes].sort((a, b) => a - b).map(lane => row(false, markers(schedule, [lane]), ...pipes.map(([id, pipe]) => {
		const ends = pipe.ends.get(lane) || 0, keeps = keepsReader(reading, id, ends);
		const cell = make("td", keeps ? "mid" : "", ENDS[ends]);
		if (keeps)
			cell.append(make("small", "", " keeps a reader waiting"));
		return cell;
	})));
	rows.push(row(false, make("span", "soft", "bytes to be read"), ...pipes.map(([, pipe]) => String(pipe.bytes))));
	const scroll = make("div", "scroll", table(["open in", ...pipes.map(([, pipe]) => pipe.name)], rows));
	scroll.tabIndex = 0;
	scroll.setAttribute("role", "region");
	scroll.setAttribute("aria-label", "pipes and sockets");
	return section(pipes.every(([, pipe]) => !pipe.name.startsWith("socket")) ? "Pipes" : "Pipes and sockets", scroll);
}

function waitSection(schedule, state) {
	const items = [...state.waits].filter(([, wait]) => wait.text).map(([lane, wait]) => {
		const pipe = state.pipes.get(wait.value), from = !pipe ? "" : wait.text === "bytes" ? " from " + pipe.name : wait.text === "room" ? " in " + pipe.name : "";
		return make("li", "", markers(schedule, [lane]), " for " + wait.text + from, make("span", "soft", place(wait) ? " at " + place(wait) : ""));
	});
	return items.length ? section("Also waiting", make("ul", "", ...items)) : null;
}

function childSection(schedule, state) {
	const words = ["runs", "has ended, not waited for", "has ended, waited for"];
	const items = [...state.children].map(([lane, how]) => make("li", "", markers(schedule, [lane]), " " + words[how]));
	return items.length ? section("Children", make("ul", "", ...items)) : null;
}

function fillPanel(panel, schedule, at) {
	const state = stateAfter(schedule, at);
	const variables = variableSection(schedule, state, at), raced = schedule.racing !== undefined;
	const parts = [raced ? variables : null, lockSection(schedule, state, at), conditionSection(schedule, state), semaphoreSection(schedule, state, at),
		pipeSection(schedule, state), raced ? null : variables, waitSection(schedule, state), childSection(schedule, state)];
	panel.replaceChildren(...parts.filter(part => part));
	if (!panel.childNodes.length)
		panel.append(make("p", "soft", "Nobody holds anything or waits."));
}

/* ---- the source ---- */

/* Where each lane is after the step: its last step with a line of that file. */
function positions(schedule, at, file) {
	const lanes = new Map();
	for (let i = 0; i <= at; i++) {
		const step = schedule.steps[i];
		if (step.kind === "end")
			lanes.delete(step.lane);
		else if (step.file === file && step.line)
			lanes.set(step.lane, step.line);
	}
	return lanes;
}

/* The step whose source is shown: this one, else the last one before it that has source here, else the first after it. */
function sourceStep(schedule, at) {
	const has = step => sources[step.file] && step.line;
	return schedule.steps.slice(0, at + 1).reverse().find(has) || schedule.steps.slice(at).find(has);
}

function openSource(view, file) {
	view.file = file;
	view.title.textContent = file;
	view.lines = sources[file].map((text, i) => make("div", "", make("i", "", String(i + 1)), make("span", "at"), make("span", "code", text)));
	view.box.replaceChildren(...view.lines);
	view.box.setAttribute("aria-label", "source of " + file);
}

function fillSource(view, schedule, at) {
	const step = schedule.steps[at], shown = sourceStep(schedule, at);
	if (!shown)
		return;
	if (view.file !== shown.file)
		openSource(view, shown.file);
	for (const line of view.marked || []) {
		line.className = "";
		line.children[1].replaceChildren();
	}
	view.marked = [];
	for (const [lane, number] of positions(schedule, at, view.file)) {
		const line = view.lines[number - 1];
		if (!line)
			continue;
		line.children[1].append(marker(schedule, lane));
		view.marked.push(line);
	}
	const line = view.lines[shown.line - 1];
	if (!line)
		return;
	if (step === shown)
		line.className = "here";
	view.box.scrollTop = line.offsetTop - view.box.clientHeight / 2;
}

/* ---- the lanes ---- */

function isIdle(schedule, lane) {
	return schedule.steps.every(step => step.lane !== lane || ["start", "end", "wait"].includes(step.kind));
}

function stepCell(schedule, i) {
	const step = schedule.steps[i], cell = make("td", "step " + step.kind);
	cell.append(make("b", "", step.label));
	if (place(step))
		cell.append(make("small", "mono", " " + place(step)));
	if (step.effect)
		cell.append(make("small", "", step.effect));
	if (step.spurious)
		cell.append(make("small", "pill mid", "spurious wakeup"));
	if (i === schedule.decisive)
		cell.append(make("small", "pill bad", "decisive step"));
	if (i === schedule.racing)
		cell.append(make("small", "pill bad", "races with step " + (schedule.decisive + 1)));
	return cell;
}

function laneRow(stepper, i) {
	const step = stepper.schedule.steps[i], cells = stepper.schedule.lanes.map((_, lane) =>
		lane === step.lane ? stepCell(stepper.schedule, i) : make("td", ""));
	const number = make("td", "number", button(String(i + 1), "step " + (i + 1), () => stepper.go(i)));
	const element = make("tr", step.switched ? "switched" : "", number, ...cells);
	if (step.switched)
		number.append(make("small", "", "switch"));
	return element;
}

function foldRow(stepper, fold) {
	const toggle = button("… " + fold.words, "show or hide: " + fold.words, () => {
		fold.open = !fold.open;
		stepper.showFolds();
	});
	const cell = make("td", "", toggle);
	cell.colSpan = stepper.schedule.lanes.length + 1;
	fold.toggle = toggle;
	return make("tr", "fold", cell);
}

function lanesOf(stepper) {
	const schedule = stepper.schedule, heads = schedule.lanes.map((name, lane) => make("th", "", marker(schedule, lane), " " + name));
	const number = make("th", "", "step");
	[number, ...heads].forEach(head => head.scope = "col");
	stepper.rows = schedule.steps.map((_, i) => laneRow(stepper, i));
	const all = [];
	stepper.rows.forEach((element, i) => {
		const fold = schedule.folds.find(one => one.from === i);
		if (fold)
			all.push(foldRow(stepper, fold));
		all.push(element);
	});
	const grid = make("table", "lanes", make("thead", "", make("tr", "", number, ...heads)), make("tbody", "", ...all));
	stepper.idle = schedule.lanes.map((_, lane) => lane).filter(lane => isIdle(schedule, lane));
	stepper.box = make("div", "scroll lanes-box", grid);
	stepper.box.tabIndex = 0;
	stepper.box.setAttribute("role", "region");
	stepper.box.setAttribute("aria-label", "what each thread does");
	return stepper.box;
}

/* ---- a stepper ---- */

class Stepper {
	constructor(element) {
		this.element = element;
		this.id = element.id;
		this.schedule = JSON.parse(document.getElementById(this.id + "-data").textContent);
		this.at = 0;
		this.showsIdle = false;
		if (!this.schedule.steps.length)
			return;
		element.prepend(this.build());
		element.classList.add("stepped");
		element.addEventListener("keydown", event => this.key(event));
		this.showFolds();
		this.show(0);
	}

	build() {
		const last = this.schedule.steps.length - 1, slider = make("input", "");
		slider.type = "range";
		slider.min = 1;
		slider.max = last + 1;
		slider.setAttribute("aria-label", "step");
		slider.addEventListener("input", () => this.go(slider.value - 1));
		this.slider = slider;
		this.play = button("▶", "play", () => this.toggle());
		this.count = make("span", "soft", "");
		this.now = make("div", "now", "");
		this.now.setAttribute("role", "status");
		this.panel = make("div", "panel");
		this.source = {title: make(HEADING, "", ""), box: make("div", "source")};
		this.source.box.tabIndex = 0;
		this.source.box.setAttribute("role", "region");
		this.picture = button("picture", "show or hide the whole schedule as a picture", () => this.element.classList.toggle("pictured"));
		const bar = make("div", "controls", button("|◀", "first step", () => this.go(0)), button("◀", "previous step", () => this.go(this.before())),
			button("▶", "next step", () => this.go(this.after())), button("▶|", "last step", () => this.go(last)), this.play,
			button("next switch", "next switch", () => this.go(this.nextSwitch())),
			button("decisive step", "decisive step", () => this.go(this.schedule.decisive)), this.picture, slider, this.count);
		this.play.append(" play");
		const lanes = lanesOf(this);
		const views = make("div", "views", make("div", "", this.source.title, this.source.box), this.panel);
		const stepper = make("div", "stepper", bar, this.now, views);
		if (this.idle.length) {
			const many = this.idle.length === 1 ? "1 thread that only waits" : this.idle.length + " threads that only wait";
			const toggle = button(many, "show or hide " + many, () => {
				this.showsIdle = !this.showsIdle;
				this.showIdle();
			});
			stepper.append(toggle);
			this.idleToggle = toggle;
			this.grid = lanes;
			this.showIdle();
		}
		stepper.append(lanes);
		return stepper;
	}

	showIdle() {
		this.idleToggle.setAttribute("aria-expanded", this.showsIdle);
		for (const line of this.box.querySelectorAll("tr:not(.fold)"))
			for (const lane of this.idle)
				line.children[lane + 1].hidden = !this.showsIdle;
		for (const lane of this.idle)
			this.rows.forEach((element, i) => element.hidden = this.isHidden(i));
	}

	foldAt(i) {
		return this.schedule.folds.find(fold => i >= fold.from && i < fold.from + fold.count);
	}

	isHidden(i) {
		const fold = this.foldAt(i), lane = this.schedule.steps[i].lane;
		return Boolean(fold && !fold.open) || (!this.showsIdle && this.idle.includes(lane));
	}

	showFolds() {
		this.rows.forEach((element, i) => element.hidden = this.isHidden(i));
		for (const fold of this.schedule.folds)
			fold.toggle.setAttribute("aria-expanded", Boolean(fold.open));
	}

	/* Folded rounds are passed over at once. */
	after() {
		const last = this.schedule.steps.length - 1, fold = this.foldAt(this.at + 1);
		return Math.min(last, fold && !fold.open ? fold.from + fold.count - 1 : this.at + 1);
	}

	before() {
		const fold = this.foldAt(this.at);
		return Math.max(0, fold && !fold.open ? fold.from - 1 : this.at - 1);
	}

	nextSwitch() {
		const next = this.schedule.steps.findIndex((step, i) => i > this.at && step.switched);
		return next < 0 ? this.at : next;
	}

	go(at) {
		this.show(at);
		history.replaceState(null, "", "#" + this.id + "." + (this.at + 1));
	}

	show(at) {
		this.at = Math.max(0, Math.min(this.schedule.steps.length - 1, at));
		const step = this.schedule.steps[this.at], say = make("p", "", marker(this.schedule, step.lane), " " + this.schedule.lanes[step.lane] + ": ", make("b", "", step.label));
		if (step.effect)
			say.append(" – " + step.effect);
		if (place(step))
			say.append(make("span", "soft mono", " " + place(step)));
		const notes = [step.switched ? "Here another one is preempted, which could have gone on." : "",
			step.spurious ? "A spurious wakeup: POSIX allows it." : "",
			this.at === this.schedule.decisive ? "Here it shows: " + this.schedule.outcome : ""].filter(text => text);
		this.now.replaceChildren(say, ...notes.map(text => make("p", "note", text)));
		this.now.classList.toggle("wrong", this.at === this.schedule.decisive);
		this.slider.value = this.at + 1;
		this.slider.setAttribute("aria-valuetext", "step " + (this.at + 1) + ", " + this.schedule.lanes[step.lane] + ": " + step.label);
		this.count.textContent = "step " + (this.at + 1) + " of " + this.schedule.steps.length;
		fillPanel(this.panel, this.schedule, this.at);
		fillSource(this.source, this.schedule, this.at);
		this.showRow();
	}

	showRow() {
		if (this.current) {
			this.current.classList.remove("here");
			this.current.removeAttribute("aria-current");
		}
		const fold = this.foldAt(this.at);
		this.current = fold && !fold.open ? fold.toggle.closest("tr") : this.rows[this.at];
		this.current.classList.add("here");
		this.current.setAttribute("aria-current", "step");
		this.box.scrollTop = this.current.offsetTop - this.box.clientHeight / 2;
		const cell = this.current.children[this.schedule.steps[this.at].lane + 1];
		if (cell)
			this.box.scrollLeft = cell.offsetLeft - this.box.clientWidth / 2 + cell.offsetWidth / 2;
	}

	toggle() {
		if (this.timer)
			this.stop();
		else
			this.timer = setInterval(() => this.tick(), PLAY_MS);
		this.play.setAttribute("aria-pressed", Boolean(this.timer));
	}

	tick() {
		if (this.at === this.schedule.steps.length - 1)
			this.stop();
		else
			this.go(this.after());
	}

	stop() {
		clearInterval(this.timer);
		this.timer = undefined;
		this.play.setAttribute("aria-pressed", "false");
	}

	/* The slider has its own arrows, and buttons their space. */
	key(event) {
		const acts = {
			ArrowRight: () => this.go(this.after()),
			ArrowLeft: () => this.go(this.before()),
			Home: () => this.go(0),
			End: () => this.go(this.schedule.steps.length - 1),
			" ": () => this.toggle(),
		};
		const own = event.target.tagName === "INPUT" || (event.target.tagName === "BUTTON" && event.key === " ");
		if (own || !acts[event.key] || event.ctrlKey || event.altKey || event.metaKey)
			return;
		event.preventDefault();
		acts[event.key]();
	}
}

/* ---- the page ---- */

const steppers = [...document.querySelectorAll(".schedule")].map(element => new Stepper(element));

/* "#F1.17": step 17 of the schedule of F1. */
function follow() {
	const parts = decodeURIComponent(location.hash.slice(1)).split("."), stepper = steppers.find(one => one.id === parts[0]);
	if (!stepper || !(parts[1] > 0))
		return;
	stepper.show(parts[1] - 1);
	stepper.element.scrollIntoView();
}

addEventListener("hashchange", follow);
follow();
