// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold of every page, as it stands on the screen: layout, accessibility, language. Each
// returns a list of sentences, empty if all is well.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { axeSource } from "./harness.mjs";

const root = new URL("../../", import.meta.url);

// Runs in the page: what lies beyond the window's edge, text that its box cuts off, texts that lie
// over each other. mayScroll: regions with an own horizontal scroll bar (wide tables) are fine.
function lookAtLayout() {
	const found = [];
	const say = (el) => {
		const id = el.id ? `#${el.id}` : "";
		const cls = typeof el.className === "string" && el.className ? `.${el.className.trim().split(/\s+/).join(".")}` : "";
		return `<${el.localName}${id}${cls}> "${(el.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 60)}"`;
	};
	const edge = document.documentElement.clientWidth;
	const scrolls = document.documentElement.scrollWidth;
	const seen = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
	// Hidden for the eye alone, as texts for screen readers are.
	const tiny = (el) => {
		for (let e = el; e && e !== document.body; e = e.parentElement) {
			const s = getComputedStyle(e);
			if (s.clipPath !== "none" || (s.clip !== "auto" && s.position === "absolute")) return true;
		}
		return false;
	};
	const scroller = (el) => {
		for (let e = el; e && e !== document.body; e = e.parentElement)
			if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return e;
		return null;
	};
	const texts = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walker.nextNode(); n; n = walker.nextNode()) {
		const el = n.parentElement;
		if (!n.data.trim() || !seen(el) || el.closest("script,style,template,noscript,option,svg") || tiny(el)) continue;
		const range = document.createRange();
		range.selectNodeContents(n);
		for (const r of range.getClientRects())
			if (r.width > 1 && r.height > 1) texts.push({ el, n, r });
	}
	if (scrolls > edge + 1) {
		const far = texts.filter((t) => t.r.right > edge + 1 && !scroller(t.el))
			.sort((a, b) => b.r.right - a.r.right)[0];
		const boxes = [...document.querySelectorAll("body *")].filter((e) => seen(e) && !scroller(e.parentElement) &&
			e.getBoundingClientRect().right > edge + 1);
		found.push(`scrolls sideways: ${scrolls} px in ${edge}; ${say(far?.el ?? boxes.at(-1) ?? document.body)}`);
	}
	// Cut off by the box of the text, or of one around it.
	const cut = new Set();
	for (const { el, r } of texts) {
		for (let e = el; e && e !== document.body; e = e.parentElement) {
			const s = getComputedStyle(e);
			if (s.display === "inline" || s.display === "contents") continue;
			const b = e.getBoundingClientRect();
			const hidesX = /hidden|clip/.test(s.overflowX), hidesY = /hidden|clip/.test(s.overflowY);
			if (/auto|scroll/.test(s.overflowX)) break;
			// What is left out whole is not cut off: for it the page has a word of its own.
			if ((hidesX && (r.left >= b.right || r.right <= b.left)) ||
			    (hidesY && (r.top >= b.bottom || r.bottom <= b.top))) break;
			if ((hidesX && (r.right > b.right + 1.5 || r.left < b.left - 1.5)) ||
			    (hidesY && (r.bottom > b.bottom + 3 || r.top < b.top - 3))) {
				if (!cut.has(el)) found.push(`cut off: ${say(el)} by ${e === el ? "itself" : say(e).split(" ")[0]}`);
				cut.add(el);
			}
			if (s.position === "fixed") break;
		}
	}
	// Over each other: by cells of a grid, so that a thousand texts are no million pairs. Lines
	// overlap by a little of their leading.
	const layer = (el) => {
		for (let e = el; e && e !== document.body; e = e.parentElement) {
			const s = getComputedStyle(e);
			if (s.position === "fixed" || s.position === "sticky" || e.matches("dialog,[popover]")) return e;
		}
		return document.body;
	};
	const cells = new Map();
	let overlaps = 0;
	for (const t of texts) {
		if (cut.has(t.el)) continue;
		const lead = t.r.height * 0.2;
		const box = { l: t.r.left + 1, r: t.r.right - 1, t: t.r.top + lead, b: t.r.bottom - lead };
		const pairs = new Set();
		for (let x = Math.floor(box.l / 100); x <= Math.floor(box.r / 100); x++)
			for (let y = Math.floor(box.t / 40); y <= Math.floor(box.b / 40); y++) {
				const list = cells.get(`${x},${y}`) ?? [];
				for (const o of list)
					if (o.n !== t.n && !pairs.has(o.n) && Math.min(o.box.r, box.r) - Math.max(o.box.l, box.l) > 2 &&
					    Math.min(o.box.b, box.b) - Math.max(o.box.t, box.t) > 2 && layer(o.el) === layer(t.el) &&
					    scroller(o.el) === scroller(t.el)) {
						pairs.add(o.n);
						if (++overlaps <= 5) found.push(`overlap: ${say(t.el)} and ${say(o.el)}`);
					}
				list.push({ ...t, box });
				cells.set(`${x},${y}`, list);
			}
	}
	return found.slice(0, 12);
}

// A figure takes a moment to fit a window of another size: what is still so after a while counts.
export async function layout(page) {
	let wrong = await page.evaluate(lookAtLayout);
	for (let i = 0; i < 5 && wrong.length; i++) {
		await page.waitForTimeout(300);
		wrong = await page.evaluate(lookAtLayout);
	}
	return wrong;
}

// Violations of WCAG 2.2 A and AA by axe-core.
export async function axe(page, rules) {
	await page.evaluate(axeSource);
	const result = await page.evaluate((only) => axe.run(document, { resultTypes: ["violations"],
		runOnly: only ? { type: "rule", values: only } :
			{ type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } }), rules);
	return result.violations.map((v) => `axe ${v.id} (${v.nodes.length}): ${v.nodes[0].target.join(" ")}: ` +
		`${(v.nodes[0].any[0] ?? v.nodes[0].all[0] ?? v.nodes[0].none[0])?.message ?? v.help}`);
}

// A catalog as {msgid: msgstr}; plurals by their first form.
function catalog(lang) {
	const files = [new URL(`lib/lang/${lang}.po`, root)];
	const dir = new URL(`lib/lang/${lang}/`, root);
	if (existsSync(dir)) files.push(...readdirSync(dir).filter((f) => f.endsWith(".po")).map((f) => new URL(f, dir)));
	const words = new Map();
	const unquote = (lines) => lines.match(/"(?:[^"\\]|\\.)*"/g)?.map((s) => JSON.parse(s)).join("") ?? "";
	for (const f of files)
		for (const entry of readFileSync(f, "utf8").split(/\n\n+/)) {
			const m = /^msgid ([\s\S]*?)^(?:msgid_plural ([\s\S]*?)^)?msgstr(?:\[0\])? ([\s\S]*?)(?=^msgstr|$(?![\s\S]))/m.exec(entry + "\n");
			if (!m) continue;
			words.set(unquote(m[1]), unquote(m[3]));
			if (m[2]) words.set(unquote(m[2]), unquote(m[3]));
		}
	return words;
}

const catalogs = new Map();

// Words that no Azerbaijani or Russian text has, in either of its scripts, and every page in
// English has some of.
const english = /(?<!\p{L})(the|of|and|since|with|is|for|from|are|was|not|has|have|nothing|none|values?|show|shown|nodes?|last|time|by|to|zones?|problems|silences?|incidents?|search|help|pages?|now|ago|hours?|minutes?|days?|yes|save|critical|warning|data|free|used|total)(?!\p{L})/iu;
// What is a name, an address, a unit, a figure or code; what the simulated devices call themselves
// and say; the subject of a mail, which is in its reader's language.
const names = new RegExp([/In-row cooling, zone \w/, /Rack PDU, zone \w/,
	/Probes of zone \w/, /UPS of zones \w and \w/, /Switch of the links/, /Environment controller/, /https?:\/\/\S+/, /\b[\w.]+[-_][\w.-]+(?:\/[\w.-]+)?/, /\bzonewatch(?:ctl)?\b/, /Test site/,
	/Zone [A-I]\b/, /\b(?:CPU|UPS|PUE)\b/, /<[^>]*>/, /javascript:\S*/,
	/Interface \d+ is (?:down|up)/, /^\[(?:CRITICAL|WARNING|RESOLVED)[^\]]*\] .*/].map((r) => r.source).join("|"), "g");

// Runs in the page: every text that somebody reads or hears.
function readTexts() {
	const texts = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walker.nextNode(); n; n = walker.nextNode()) {
		const el = n.parentElement;
		if (el.closest("script,style,template,noscript,code,pre,kbd,[translate=no],[data-name],[lang]:not(html)") || !n.data.trim()) continue;
		texts.push(n.data.trim().replace(/\s+/g, " "));
	}
	for (const a of ["aria-label", "title", "placeholder", "alt", "data-label", "aria-description"])
		for (const el of document.querySelectorAll(`body [${a}]`))
			if (!el.closest("[translate=no]") && el.getAttribute(a).trim()) texts.push(el.getAttribute(a).trim());
	texts.push(document.title);
	return [...new Set(texts)];
}

// English on a page in another language: texts of a catalog that have a translation, and words.
export async function language(page, lang) {
	const found = [];
	if (await page.evaluate(() => document.documentElement.lang) !== lang)
		found.push(`language: <html lang> is not ${lang}`);
	if (lang === "en") return found;
	if (!catalogs.has(lang)) catalogs.set(lang, catalog(lang));
	const words = catalogs.get(lang);
	for (const text of await page.evaluate(readTexts)) {
		const own = text.replace(names, "");
		if (words.get(text) && words.get(text) !== text) found.push(`English: "${text.slice(0, 90)}"`);
		else if (english.test(own)) found.push(`English ("${english.exec(own)[0]}"): "${text.slice(0, 90)}"`);
	}
	return found.slice(0, 12);
}

// Whether what may not appear in a page does: what no value should be shown as, or names that
// became markup.
export const garbage = (page) => page.evaluate(() => {
	const text = document.body.innerText;
	const found = [/\bundefined\b/, /\bNaN\b/, /\bnull\b/, /\[object /, /\(null\)/, /%[sdu]\b/, /\bnan\b/, /&(amp|lt|quot|#\d+);/]
		.filter((p) => p.test(text.replaceAll("&lt;b&gt;&#x27;", "").replaceAll("%s%n", "")))
		.map((p) => `garbage: ${p}: ${text.replaceAll("\n", " ").match(new RegExp(`.{0,40}${p.source}.{0,20}`))?.[0]}`);
	if (document.querySelector("img[src='x'], script:not([src]):not([type='application/json'])"))
		found.push("markup: a name became an element");
	return found;
});
