// SPDX-License-Identifier: GPL-3.0-or-later
// The wall: what is seen from four metres away, through a restart of the collector, for weeks.
import assert from "node:assert/strict";
import { axe, garbage, language, layout } from "./checks.mjs";
import { faults, house, languages, newPage, open, shot, sleep, test, until } from "./harness.mjs";

const screens = { hd: [1920, 1080], uhd: [3840, 2160] };
const digits = 37; // px at 1080 lines: 20 minutes of arc from 4 m on 55 inches

// Runs in the page: how high a digit is where the hottest inlets stand, the smallest of them.
function digitHeight() {
	const pen = document.createElement("canvas").getContext("2d");
	return Math.min(...[...document.querySelectorAll(".inlet b")].map((el) => {
		const s = getComputedStyle(el);
		pen.font = `${s.fontStyle} ${s.fontWeight} ${s.fontSize} ${s.fontFamily}`;
		return pen.measureText("0").actualBoundingBoxAscent;
	}));
}

// What is wrong with a wall on such a screen.
async function judge(page, lang, lines) {
	const wrong = [...await layout(page), ...await garbage(page), ...await language(page, lang)];
	const { w, h, sw, sh } = await page.evaluate(() => ({ w: innerWidth, h: innerHeight,
		sw: document.documentElement.scrollWidth, sh: document.documentElement.scrollHeight }));
	if (sw > w || sh > h) wrong.push(`does not fit: ${sw} x ${sh} on ${w} x ${h}`);
	const high = await page.evaluate(digitHeight);
	if (!(high >= digits * lines / 1080)) wrong.push(`digits of ${high} px`);
	return wrong;
}

for (const [kind, state] of [["centre", "calm"], ["centre", "bad"], ["crowd", "bad"]])
	test(`wall ${kind} ${state}`, { houses: [kind], state, limit: 120 }, async (t) => {
		const h = house(kind);
		const wrong = [];
		for (const lang of Object.keys(languages)) {
			const page = await newPage(await t.context(h, { lang, size: screens.hd }));
			for (const theme of ["dark", "light"]) {
				if (theme === "light" && lang !== "az") continue;
				await open(page, h, `/wall?theme=${theme}`);
				await page.locator(".inlet b").first().waitFor();
				await sleep(400);
				for (const [screen, size] of Object.entries(screens)) {
					await page.setViewportSize({ width: size[0], height: size[1] });
					await sleep(500);
					const where = `${kind} ${state} ${lang} ${theme} ${screen}`;
					wrong.push(...(await judge(page, lang, size[1])).map((w) => `${where}: ${w}`));
					if (screen === "hd") wrong.push(...(await axe(page)).map((w) => `${where}: ${w}`));
					if (lang === "az" || screen === "hd") await shot(page, `wall ${where}`, "wall");
				}
				await page.setViewportSize({ width: screens.hd[0], height: screens.hd[1] });
			}
			wrong.push(...await faults(page));
			await page.close();
		}
		assert.ok(!wrong.length, `${wrong.length} faults\n${wrong.join("\n")}`);
	});

// Whether the band that says "lost" is there, over the whole width.
const band = (page) => page.evaluate(() => {
	const el = document.getElementById("band");
	const r = el.getBoundingClientRect();
	return el.checkVisibility() && r.width >= innerWidth - 16 && r.height >= 20 && el.textContent.trim() !== "";
});

// Lets the collector be gone by one way and come back by another, and looks at the band.
async function loseAndFind(h, page, away, back) {
	await h.tell(away);
	const gone = Date.now();
	await until(`band after ${away}`, 10, () => band(page));
	console.log(`       band ${((Date.now() - gone) / 1000).toFixed(1)} s after ${away}`);
	await shot(page, `wall without collector (${away})`, "wall");
	await h.tell(back);
	const there = Date.now();
	await until(`end of the band after ${back}`, 30, async () => !await band(page));
	console.log(`       gone ${((Date.now() - there) / 1000).toFixed(1)} s after ${back}`);
}

test("wall: collector away, data stale", { houses: ["centre", "crowd"], state: "bad", limit: 150 }, async (t) => {
	const h = house("centre"), crowd = house("crowd");
	const page = await t.page(h, { lang: "az", size: screens.hd });
	const other = await t.page(crowd, { lang: "az", size: screens.hd });
	await open(page, h, "/wall");
	await open(other, crowd, "/wall");
	await page.locator(".inlet b").first().waitFor();
	await page.evaluate(() => { window.same = true; });
	assert.ok(!await band(page), "a band while all is well");
	// Nothing comes from zone I any more.
	await crowd.tell("still", { voice: "cool-i" });
	const since = Date.now();
	await loseAndFind(h, page, "freeze", "thaw");
	await loseAndFind(h, page, "kill", "revive");
	assert.ok(await page.evaluate(() => window.same), "the page was loaded anew");
	await until("values after the restart", 30, () => page.evaluate(() =>
		[...document.querySelectorAll(".inlet b")].some((el) => /\d/.test(el.textContent))));
	await until("zone I as stale", 45 - (Date.now() - since) / 1000 + 20, () => other.evaluate(() =>
		[...document.querySelectorAll(".zone.old")].some((z) =>
			[z, ...z.querySelectorAll("*"), ].some((e) => ["", "::before", "::after"].some((p) =>
				getComputedStyle(e, p || null).backgroundImage.includes("repeating-linear-gradient"))))));
	console.log(`       zone hatched ${((Date.now() - since) / 1000).toFixed(0)} s after its last value`);
	await shot(other, "wall with a silent zone", "wall");
	await crowd.tell("speak", { voice: "cool-i" });
});

// The first event of the wall's stream: all of its pieces.
async function wholeWall(h) {
	const stop = new AbortController();
	const answer = await fetch(`${h.url}/api/v1/live?topic=wall`,
		{ headers: { Authorization: `Bearer ${h.token}` }, signal: stop.signal });
	const decoder = new TextDecoder();
	let text = "";
	for await (const part of answer.body) {
		text += decoder.decode(part, { stream: true });
		if (text.includes("\n\n")) break;
	}
	stop.abort();
	return JSON.parse(/^data: (.*)$/m.exec(text)[1]);
}

// So many changes, as the collector would send them: each makes every number of a piece another.
function changes(whole, n, from) {
	const other = (v, i) => typeof v === "number" && Math.abs(v) < 1e9 ? v + (i % 7) / 10 :
		Array.isArray(v) ? v.map((x) => other(x, i)) :
		v !== null && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) =>
			[k, k === "place" ? x : other(x, i)])) : v;
	const keys = Object.keys(whole.set);
	return Array.from({ length: n }, (_, k) => {
		const i = from + k;
		const set = Object.fromEntries(keys.filter((_, j) => (j + i) % 9 === 0).map((key) =>
			[key, other(whole.set[key], i)]));
		return `event: state\ndata: ${JSON.stringify({ now_ms: whole.now_ms + i * 250, full: false, set, drop: [] })}\n\n`;
	}).join("");
}

test("wall: 2,000 updates", { houses: ["crowd"], state: "bad", limit: 120 }, async (t) => {
	const h = house("crowd");
	const whole = await wholeWall(h);
	const page = await t.page(h, { size: screens.hd });
	const all = `event: state\ndata: ${JSON.stringify(whole)}\n\n`;
	let sent = 0;
	// Each answer is 500 updates and ends; the page asks again. Its own code takes them.
	await page.route(/\/api\/v1\/live/, async (route) => {
		await route.fulfill({ contentType: "text/event-stream", body: all + changes(whole, 500, sent) });
		sent += 500;
	});
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("Performance.enable");
	const size = async () => {
		await cdp.send("HeapProfiler.collectGarbage");
		const { metrics } = await cdp.send("Performance.getMetrics");
		const of = (name) => metrics.find((m) => m.name === name).value;
		return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
	};
	await open(page, h, "/wall");
	await until("first updates", 40, () => sent >= 3000);
	await sleep(1000);
	const before = await size();
	const from = sent;
	await until("2,000 updates more", 80, () => sent >= from + 2000);
	await sleep(1000);
	const after = await size();
	console.log(`       heap ${(before.heap / 1048576).toFixed(2)} then ${(after.heap / 1048576).toFixed(2)} MiB, ` +
		`${before.nodes} then ${after.nodes} nodes after ${sent - from} updates`);
	assert.ok(after.heap < before.heap * 1.05 + 200000, "the heap grows");
	assert.ok(after.nodes < before.nodes * 1.02 + 50, "the document grows");
	assert.ok(after.listeners <= before.listeners + 5, "listeners grow");
	assert.deepEqual((await faults(page)).filter((f) => !/ERR_/.test(f)), []);
});
