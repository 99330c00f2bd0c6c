// SPDX-License-Identifier: GPL-3.0-or-later
// With the keyboard alone.
import assert from "node:assert/strict";
import { faults, house, open, shot, test, until } from "./harness.mjs";

// Presses Tab until what has the focus fits, and says after how many.
async function tabTo(page, what, fits, most = 200) {
	for (let i = 1; i <= most; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(fits)) {
			const box = await page.evaluate(() => {
				const e = document.activeElement;
				const s = getComputedStyle(e);
				const r = e.getBoundingClientRect();
				// Whether the eye finds it: an outline or a shadow, and nothing that lies over it.
				const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
				return { seen: s.outlineStyle !== "none" || s.boxShadow !== "none",
					covered: top !== null && !e.contains(top) && !top.contains(e) };
			});
			assert.ok(box.seen, `${what} has the focus, but nothing shows it`);
			assert.ok(!box.covered, `${what} has the focus, but something covers it`);
			return i;
		}
	}
	throw new Error(`${what}: not reached by ${most} times Tab`);
}

test("keys: skip, search, help", { houses: ["crowd"], state: "bad" }, async (t) => {
	const h = house("crowd");
	const page = await t.page(h);
	await open(page, h, "/");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#main",
		"the first thing is no skip link");
	await page.keyboard.press("Enter");
	assert.ok(await page.evaluate(() => document.activeElement.closest("main") !== null ||
		document.activeElement === document.body), "the skip link leads nowhere");
	await page.keyboard.press("/");
	assert.ok(await page.evaluate(() => document.activeElement.matches("input[type=search], input[name=q]")),
		"/ does not lead to the search");
	await page.keyboard.type("srv-b03");
	await page.keyboard.press("Enter");
	await page.waitForURL(/srv-b03/);
	assert.match(await page.locator("main").innerText(), /srv-b03/);
	await open(page, h, "/");
	await page.keyboard.press("?");
	const dialog = page.locator("dialog[open]");
	await dialog.waitFor();
	await shot(page, "help", "keys");
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" }).catch(() => dialog.waitFor({ state: "hidden" }));
	assert.deepEqual(await faults(page), []);
});

test("keys: reach and acknowledge an incident", { houses: ["crowd"], state: "bad" }, async (t) => {
	const h = house("crowd");
	const page = await t.page(h);
	const open_ = (await h.api("incidents")).incidents.filter((i) => i.closed_ms === null);
	await open(page, h, "/");
	const steps = await tabTo(page, "an incident", () => /^\/incident\/\d+$/.test(document.activeElement.getAttribute("href") ?? ""));
	await shot(page, "focus on an incident", "keys");
	await page.keyboard.press("Enter");
	await page.waitForURL(/\/incident\/\d+/);
	const id = Number(/incident\/(\d+)/.exec(page.url())[1]);
	assert.ok(open_.some((i) => i.id === id));
	const more = await tabTo(page, "the form of the acknowledgement", () =>
		document.activeElement.matches("form[action$='/acknowledge'] input:not([type=hidden])"));
	// Who came by the token of the file has no name, and is asked for one.
	if (await page.evaluate(() => document.activeElement.name === "author")) {
		await page.keyboard.type("Leyla");
		await page.keyboard.press("Tab");
	}
	await page.keyboard.type("klavyatura ilə");
	await page.keyboard.press("Enter");
	await until("acknowledgement", 5, async () =>
		(await h.api("incidents")).incidents.some((i) => i.id === id && i.acknowledged !== null));
	console.log(`       reached after ${steps} and ${more} times Tab`);
	assert.deepEqual(await faults(page), []);
});
