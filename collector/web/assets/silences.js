// SPDX-License-Identifier: GPL-3.0-or-later
// What a new silence would cover, shown while somebody types. The server says it: the same page is
// asked for with the form's values, and the part of it with the preview takes the old one's place.

const WAIT_MS = 300;
const NAMES = ["zone", "node", "source", "rule"];

let timer = 0;
let asked = 0;

/** The address of the page with the form's patterns. */
function addressOf(form) {
	const query = new URLSearchParams();
	for (const name of NAMES) query.set(name, form.elements[name].value);
	return `/silences?${query}`;
}

/** Puts the preview of that page in the place of ours; an answer that is late is thrown away. */
async function renew(form) {
	const number = ++asked;
	const answer = await fetch(addressOf(form), { headers: { Accept: "text/html" } });
	if (!answer.ok || number !== asked) return;
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	const id = form.dataset.preview;
	const fresh = page.getElementById(id);
	const old = document.getElementById(id);
	if (fresh && old) old.replaceChildren(...document.importNode(fresh, true).childNodes);
}

/** Somebody types: ask when he pauses. <main> may be renewed, so the document listens. */
function onInput(event) {
	const form = event.target.form;
	if (!form || !form.dataset.preview || !NAMES.includes(event.target.name)) return;
	clearTimeout(timer);
	timer = setTimeout(() => renew(form).catch(() => {}), WAIT_MS);
}

document.addEventListener("input", onInput);
