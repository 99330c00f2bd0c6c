// SPDX-License-Identifier: GPL-3.0-or-later
// Graphs: they appear, zoom changes what is read and the address, the cursor is one for all figures,
// the keyboard does the same, the numbers are in a table, and the address shows it again.
import assert from "node:assert/strict";
import { context, faults, house, newPage, open, test, until } from "./harness.mjs";

// Two figures of one node.
const path = "/graph?s=sim12/cpu-total:user&s=sim12/cpu-total:idle&layout=apart";

// Whether all figures show lines.
const drawn = (page) => page.evaluate(() => {
	const all = [...document.querySelectorAll("figure.plot")];
	return all.length >= 2 && all.every((f) => f.querySelector("canvas") && f.querySelector(".lines li"));
});

test("graphs zoom, point and remember", { limit: 90 }, async () => {
	const h = house("centre");
	const c = await context(h);
	const page = await newPage(c);
	await open(page, h, `${path}&last=1h`);
	await until("graphs", 15, () => drawn(page));
	const area = page.locator("figure.plot .area").first();
	const box = await area.boundingBox();
	// Dragging shows less time, and says so in the address.
	await page.mouse.move(box.x + box.width * 0.6, box.y + 60);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.9, box.y + 62, { steps: 6 });
	await page.mouse.up();
	await until("the address of the zoom", 5, () => /from=\d+&to=\d+/.test(page.url()));
	const span = new URL(page.url()).searchParams;
	const seconds = Number(span.get("to")) - Number(span.get("from"));
	assert.ok(seconds > 600 && seconds < 1500, `zoomed to ${seconds} s`);
	// The same again from the address, in another page.
	const other = await newPage(c);
	await open(other, h, new URL(page.url()).pathname + new URL(page.url()).search);
	await until("graphs by the address", 15, () => drawn(other));
	assert.equal(await other.getAttribute(".graphs", "data-from"), span.get("from"));
	// One cursor for all figures; by the keyboard, too.
	await page.locator('.spans a[data-last="1h"]').click();
	await until("the hour", 5, () => new URL(page.url()).searchParams.get("last") === "1h");
	await page.waitForTimeout(1200);
	await area.focus();
	await page.keyboard.press("End");
	const said = await until("cursor", 5, () => page.evaluate(() =>
		[...document.querySelectorAll("figure.plot .when")].map((w) => w.textContent.slice(0, 16))));
	assert.ok(said.every((s) => /^\d{4}-\d\d-\d\d \d\d:\d\d/.test(s)), said.join(" | "));
	await page.keyboard.press("Escape");
	assert.equal(await page.locator("figure.plot .when").first().textContent(), "");
	// The numbers are there for who sees no lines.
	await page.locator("figure.plot .numbers > summary").first().click();
	await until("table", 5, async () =>
		await page.locator("figure.plot .numbers tbody th[scope=row]").count() > 10);
	await until("the figures' words", 10, async () => /lowest .* mean .* highest/.test(
		await page.locator("figure.plot .summary").first().textContent()));
	const href = await page.locator("figure.plot .save a").first().getAttribute("href");
	const csv = await page.request.get(h.url + href);
	assert.equal(csv.status(), 200);
	assert.match(csv.headers()["content-type"], /text\/csv/);
	assert.deepEqual(await faults(page), []);
	await c.close();
});
