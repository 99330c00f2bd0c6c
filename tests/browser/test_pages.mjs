// SPDX-License-Identifier: GPL-3.0-or-later
// Every page in both centres, three languages, both themes and three sizes. A page is loaded once
// for each language and then looked at in all sizes and themes: they are style alone.
import assert from "node:assert/strict";
import { axe, garbage, language, layout } from "./checks.mjs";
import { faults, languages, newPage, open, shot, sizes, test } from "./harness.mjs";
import { pagesOf } from "./pages.mjs";

// Shown in a theme and size, and what is wrong with it there.
async function look(page, theme, size) {
	const [width, height] = sizes[size];
	await page.emulateMedia({ colorScheme: theme });
	await page.setViewportSize({ width, height });
	await page.waitForTimeout(60);
	return layout(page);
}

// One page in one language: all sizes and themes.
async function walk(page, h, path, { name, lang, group }) {
	const wrong = [];
	const note = (where, list) => list.forEach((w) => wrong.push(`${path} ${lang} ${where}: ${w}`));
	await open(page, h, path);
	note("", await language(page, lang));
	note("", await garbage(page));
	const axed = { az: ["light wide", "dark phone"], ru: ["dark wide"], en: ["light phone"] }[lang];
	for (const size of Object.keys(sizes))
		for (const theme of ["light", "dark"]) {
			const where = `${theme} ${size}`;
			if (theme === "light" || size === "wide" || axed.includes(where))
				note(where, await look(page, theme, size));
			if (axed.includes(where)) note(where, await axe(page));
			// Each size once in each theme, over the languages.
			if ((lang === "az") === (theme === "light") && lang !== "en")
				await shot(page, `${name} ${h.kind} ${lang} ${theme} ${size}`, group,
					{ fullPage: size !== "wide" });
		}
	note("", await faults(page));
	page.faults.length = 0;
	return wrong;
}

for (const kind of ["centre", "crowd"])
	for (const state of kind === "centre" ? ["calm", "bad"] : ["bad"])
		for (const lang of Object.keys(languages))
			test(`pages ${kind} ${state} ${lang}`, { houses: [kind], state, limit: 150 }, async (t) => {
				const h = (await import("./harness.mjs")).house(kind);
				const c = await t.context(h, { lang });
				const all = await pagesOf(h);
				// While all is well the main pages alone.
				const list = state === "calm" ? all.filter((p) => p.calm) : all;
				const left = [...list];
				const wrong = [];
				const worker = async () => {
					const page = await newPage(c);
					for (let p = left.shift(); p; p = left.shift())
						wrong.push(...await walk(page, h, p.path, { name: `${p.name} ${state}`, lang, group: p.name })
							.catch((e) => [`${p.path} ${lang}: ${e.message}`]));
				};
				await Promise.all([worker(), worker()]);
				assert.ok(!wrong.length, `${wrong.length} faults\n${wrong.join("\n")}`);
			});
