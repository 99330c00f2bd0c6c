// SPDX-License-Identifier: GPL-3.0-or-later
// Without a script, on paper, and for those whom movement disturbs.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { layout } from "./checks.mjs";
import { faults, house, open, shot, test } from "./harness.mjs";
import { pagesOf } from "./pages.mjs";

// Made by script from JSON; without it they say so and lead on. (/graph alone is a form.)
const scripted = ["wall", "graph", "graphs"];

test("no script", { houses: ["crowd"], state: "bad" }, async (t) => {
	const h = house("crowd");
	const page = await t.page(h, { script: false, lang: "az" });
	const wrong = [];
	for (const p of (await pagesOf("crowd")).filter((p) => !p.stranger)) {
		await open(page, h, p.path);
		const text = await page.locator("main").innerText();
		if (text.trim().length < (scripted.includes(p.name) ? 20 : 60))
			wrong.push(`${p.path}: nothing to read: "${text.trim()}"`);
		if (p.name === "problems") await shot(page, "problems without script", "plain");
		wrong.push(...(await faults(page)).map((f) => `${p.path}: ${f}`));
		page.faults.length = 0;
	}
	assert.ok(!wrong.length, wrong.join("\n"));
});

test("no script: acknowledge", { houses: ["crowd"], state: "bad" }, async (t) => {
	const h = house("crowd");
	const id = h.incidents.at(-1);
	const page = await t.page(h, { script: false });
	await open(page, h, `/incident/${id}`);
	const form = page.locator(`form[action$="/incident/${id}/acknowledge"]`).first();
	const author = form.locator('[name="author"]');
	if (await author.count() && await author.getAttribute("type") !== "hidden") await author.fill("Rəşad Əliyev");
	await form.locator('[name="comment"]').fill("baxıram <b>indi</b>");
	await form.locator("button, input[type=submit]").first().click();
	const text = await page.locator("main").innerText();
	assert.match(text, /baxıram <b>indi<\/b>/);
	const { incidents } = await h.api("incidents");
	assert.equal(incidents.find((i) => i.id === id).acknowledged.comment, "baxıram <b>indi</b>");
	assert.deepEqual(await faults(page), []);
});

test("print", { houses: ["centre", "crowd"], state: "bad", limit: 90 }, async (t) => {
	mkdirSync(`${process.env.ZW_OUT}/shots`, { recursive: true });
	const wrong = [];
	for (const kind of ["centre", "crowd"]) {
		const h = house(kind);
		// What A4 leaves between margins of 10 mm, in CSS pixels.
		const page = await t.page(h, { lang: "az", theme: "dark", size: [718, 1046] });
		for (const p of (await pagesOf(kind)).filter((p) => !p.stranger && p.name !== "wall")) {
			await open(page, h, p.path);
			await page.emulateMedia({ media: "print", colorScheme: "dark" });
			wrong.push(...(await layout(page)).map((w) => `${kind} ${p.path} printed: ${w}`));
			const ink = await page.evaluate(() => {
				const parts = (c) => c.match(/[\d.]+/g).map(Number);
				const [r, g, b, a = 1] = parts(getComputedStyle(document.body).backgroundColor);
				return a > 0 && r + g + b < 600;
			});
			if (ink) wrong.push(`${kind} ${p.path} printed: on a dark ground`);
			if (kind === "centre")
				await page.pdf({ path: `${process.env.ZW_OUT}/shots/print-${p.name}.pdf`, format: "A4",
					margin: { top: "10mm", right: "10mm", bottom: "10mm", left: "10mm" } });
			await page.emulateMedia({ media: null });
		}
	}
	assert.ok(!wrong.length, wrong.join("\n"));
});

test("reduced motion", { houses: ["crowd"], state: "bad" }, async (t) => {
	const h = house("crowd");
	const page = await t.page(h, { reducedMotion: "reduce" });
	const wrong = [];
	for (const p of (await pagesOf("crowd")).filter((p) => !p.stranger)) {
		await open(page, h, p.path);
		await page.waitForTimeout(300);
		const moving = await page.evaluate(() => document.getAnimations().filter((a) =>
			a.playState === "running" && a.effect.getComputedTiming().duration > 50).map((a) =>
			`${a.animationName ?? a.transitionProperty} of ${a.effect.target?.className}`));
		wrong.push(...moving.map((m) => `${p.path}: ${m} moves`));
	}
	assert.ok(!wrong.length, wrong.join("\n"));
});
