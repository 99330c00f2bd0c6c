// SPDX-License-Identifier: GPL-3.0-or-later
// Every page in both centres, three languages, both themes and three sizes. A page is loaded once
// for each language and then looked at in all sizes and themes: they are style alone.
import assert from "node:assert/strict";
import { axe, garbage, language, layout } from "./checks.mjs";
import { faults, house, languages, newPage, open, shot, sizes, test } from "./harness.mjs";
import { pagesOf } from "./pages.mjs";

// Where axe looks, over the languages; each of the others has its layout looked at.
const axed = { az: ["light wide", "dark phone"], ru: ["dark wide"], en: ["light phone"] };

// Shown in a theme and size, and what is wrong with it there.
async function look(page, theme, size) {
	const [width, height] = sizes[size];
	await page.emulateMedia({ colorScheme: theme });
	await page.setViewportSize({ width, height });
	await page.waitForTimeout(100);
	return layout(page);
}

// One page in one language: all sizes and themes.
async function walk(page, h, path, { name, lang, group, on = Object.keys(sizes) }) {
	const wrong = [];
	const note = (where, list) => list.forEach((w) => wrong.push(`${path} ${lang} ${where}: ${w}`));
	await open(page, h, path);
	note("", await language(page, lang));
	note("", await garbage(page));
	for (const size of on)
		for (const theme of ["light", "dark"]) {
			const where = `${theme} ${size}`;
			note(where, await look(page, theme, size));
			if (axed[lang].includes(where)) note(where, await axe(page));
			// Light in Azerbaijani, dark in Russian: each size in each theme, once.
			if (lang === (theme === "light" ? "az" : "ru"))
				await shot(page, `${name} ${h.kind} ${lang} ${theme} ${size}`, group,
					{ fullPage: size !== "wide" });
		}
	note("", await faults(page));
	page.faults.length = 0;
	return wrong;
}

// Two pages at a time take from the list until it is empty.
async function walkAll(contexts, h, list, state, lang) {
	const wrong = [];
	const worker = async () => {
		for (let p = list.shift(); p; p = list.shift()) {
			const page = await newPage(p.stranger ? contexts.stranger : contexts.known);
			wrong.push(...await walk(page, h, p.path, { name: `${p.name} ${state}`, lang, group: p.name, on: p.on })
				.catch((e) => [`${p.path} ${lang}: ${e.message}`]));
			await page.close();
		}
	};
	await Promise.all([worker(), worker()]);
	return wrong;
}

// What is calm differs little by language, and the crowd is where texts are longest.
for (const [kind, state, spoken] of [["centre", "calm", ["en"]], ["centre", "bad", ["az", "ru", "en"]],
	["crowd", "bad", ["az", "ru"]]])
	for (const lang of spoken)
		test(`pages ${kind} ${state} ${lang}`, { houses: [kind], state, limit: 400 }, async (t) => {
			const h = house(kind);
			const list = (await pagesOf(kind)).filter((p) => state !== "calm" || p.calm);
			const contexts = { known: await t.context(h, { lang }),
				stranger: await t.context(h, { lang, stranger: true }) };
			const wrong = await walkAll(contexts, h, list, state, lang);
			assert.ok(!wrong.length, `${wrong.length} faults\n${wrong.join("\n")}`);
		});
