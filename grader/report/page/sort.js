/* sort.js - the heads of the class table sort it. Numbers by value, names as the reader's language sorts them; equal
 * rows stay in their order. */
"use strict";

const order = new Intl.Collator(undefined, {numeric: true}).compare;

function compare(a, b) {
	return a.dataset.v === undefined ? order(a.textContent, b.textContent) : a.dataset.v - b.dataset.v;
}

function sortBy(head) {
	const table = head.closest("table"), heads = [...head.parentNode.children], column = heads.indexOf(head);
	const up = head.getAttribute("aria-sort") !== "ascending";
	for (const other of heads)
		other.removeAttribute("aria-sort");
	head.setAttribute("aria-sort", up ? "ascending" : "descending");
	const rows = [...table.tBodies[0].rows];
	rows.sort((a, b) => compare(a.children[column], b.children[column]) * (up ? 1 : -1));
	table.tBodies[0].append(...rows);
}

for (const button of document.querySelectorAll("th button"))
	button.addEventListener("click", () => sortBy(button.parentNode));
