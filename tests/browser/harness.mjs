// SPDX-License-Identifier: GPL-3.0-or-later
// The rig of the browser's tests: houses (house.py) that are started when the first test wants
// them, one Chromium, pages that note everything that goes wrong in them, screenshots.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const require = createRequire(process.env.ZW_NPM + "/");
export const axeSource = require("axe-core").source;
const { chromium } = require("playwright-core");

const shots = process.env.ZW_OUT + "/shots";
export const sizes = { wide: [1920, 1080], tablet: [768, 1024], phone: [360, 740] };
export const languages = { az: "az-AZ", ru: "ru-RU", en: "en-GB" };
export const all = [];
const houses = new Map();
const pictures = [];
let browser;

// Declares a test. limit: seconds that it may take.
export function test(name, options, body) {
	all.push({ name, limit: 60, ...options, body });
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The first true result of probe(), asked for so many seconds.
export async function until(what, seconds, probe) {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const result = await probe();
		if (result) return result;
		if (Date.now() > end) throw new Error(`no ${what} within ${seconds} s`);
		await sleep(50);
	}
}

// A running house; tell() gives it an order and returns its answer.
class House {
	constructor(kind) {
		const script = fileURLToPath(new URL("house.py", import.meta.url));
		this.kind = kind;
		this.waiting = [];
		this.process = spawn("/usr/bin/python3", ["-u", script, kind],
			{ stdio: ["pipe", "pipe", "inherit"] });
		this.ended = new Promise((done) => this.process.on("exit", done));
		createInterface({ input: this.process.stdout }).on("line", (line) =>
			this.waiting.shift()?.done(JSON.parse(line)));
		this.ended.then((code) => {
			for (const w of this.waiting) w.fail(new Error(`house ${kind} ended with ${code}`));
		});
		this.up = this.answer().then((facts) => Object.assign(this, facts));
		this.up.catch(() => {});
	}

	answer() {
		return new Promise((done, fail) => this.waiting.push({ done, fail }));
	}

	async tell(what, more = {}) {
		const answer = this.answer();
		this.process.stdin.write(JSON.stringify({ do: what, ...more }) + "\n");
		return answer;
	}

	// As it must be for a test: calm, or bad (which stays).
	async become(state) {
		await this.up;
		if (state === "bad") this.turned ??= this.tell("bad").then((f) => Object.assign(this, f));
		await this.turned;
	}

	// JSON of the API.
	async api(path) {
		const answer = await fetch(`${this.url}/api/v1/${path}`,
			{ headers: { Authorization: `Bearer ${this.token}` } });
		assert.equal(answer.status, 200, path);
		return answer.json();
	}

	async end() {
		this.process.stdin.end();
		assert.equal(await this.ended, 0, `house ${this.kind} did not end well`);
	}
}

// "centre" or "crowd", started once.
export function house(kind) {
	if (!houses.has(kind)) houses.set(kind, new House(kind));
	return houses.get(kind);
}

// Runs in every page before its own scripts: what the content security policy refuses is kept.
function watchPolicy() {
	window.refusals = [];
	document.addEventListener("securitypolicyviolation", (e) =>
		window.refusals.push(`${e.violatedDirective}: ${e.blockedURI}`));
}

// What is on the console and in the network of a page that should not be there. A stream that
// ends because the page goes is no failure.
function watch(page) {
	page.faults = [];
	page.requests = [];
	page.on("console", (m) => {
		if (["error", "warning"].includes(m.type())) page.faults.push(`console: ${m.text()}`);
	});
	page.on("pageerror", (e) => page.faults.push(`error: ${e.stack ?? e}`));
	page.on("dialog", (d) => {
		page.faults.push(`dialog: ${d.message()}`);
		d.dismiss().catch(() => {});
	});
	page.on("request", (r) => page.requests.push(r.url()));
	page.on("requestfailed", (r) => {
		if (!/ERR_ABORTED/.test(r.failure()?.errorText ?? ""))
			page.faults.push(`request failed: ${r.url()} ${r.failure()?.errorText}`);
	});
	page.on("response", (r) => {
		if (r.status() >= 400) page.faults.push(`${r.status()} for ${r.url()}`);
	});
}

const cookies = new Map();

// A browser context, signed in by the house's token unless stranger; language, theme, size.
export async function context(h, { lang = "en", theme = "light", size = "wide", stranger = false,
	script = true, ...more } = {}) {
	await h.up;
	const [width, height] = Array.isArray(size) ? size : sizes[size];
	const options = { locale: languages[lang], timezoneId: "Asia/Baku", colorScheme: theme,
		viewport: { width, height }, javaScriptEnabled: script, ...more };
	if (!stranger) options.storageState = await signedIn(h);
	const c = await browser.newContext(options);
	c.setDefaultTimeout(8000);
	await c.addInitScript(watchPolicy);
	return c;
}

// The cookies of somebody who came by the token's address; asked for once.
async function signedIn(h) {
	if (!cookies.has(h)) cookies.set(h, (async () => {
		const c = await browser.newContext();
		const page = await c.newPage();
		const answer = await page.goto(`${h.url}/login?token=${h.token}`);
		assert.ok(answer.ok(), `signing in by the token: ${answer.status()}`);
		const state = await c.storageState();
		assert.ok(state.cookies.length, "no cookie after signing in by the token");
		await c.close();
		return state;
	})());
	return cookies.get(h);
}

// A new page of the context that watches itself.
export async function newPage(c) {
	const page = await c.newPage();
	watch(page);
	return page;
}

// Goes there and waits until it stands still: a page with a stream never has an idle network.
export async function open(page, h, path) {
	const answer = await page.goto(h.url + path, { waitUntil: "load" });
	if (answer.status() >= 400) throw new Error(`${answer.status()} for ${path}`);
	await page.waitForTimeout(120);
	return answer;
}

// What went wrong in the page since it was made.
export async function faults(page) {
	const refused = await page.evaluate(() => window.refusals ?? []).catch(() => []);
	return [...page.faults, ...refused.map((r) => `policy: ${r}`)];
}

// Keeps a picture; group is its heading in index.html.
export async function shot(page, name, group, options = {}) {
	const file = name.replace(/[^\w.-]+/g, "_") + ".png";
	await page.screenshot({ path: `${shots}/${file}`, animations: "disabled", ...options });
	pictures.push({ file, name, group });
}

function writeIndex() {
	const groups = new Map();
	for (const p of pictures) groups.set(p.group, [...(groups.get(p.group) ?? []), p]);
	const body = [...groups].map(([group, list]) => `<h2>${group}</h2>\n` + list.map((p) =>
		`<figure><a href="${p.file}"><img loading="lazy" src="${p.file}" alt=""></a>` +
		`<figcaption>${p.name}</figcaption></figure>`).join("\n")).join("\n");
	writeFileSync(`${shots}/index.html`, `<!doctype html><meta charset="utf-8"><title>Screenshots</title>
<style>body{font:14px sans-serif;margin:1em}figure{display:inline-block;margin:4px;vertical-align:top}
img{max-width:420px;max-height:420px;border:1px solid #888}</style>\n${body}\n`);
}

function withLimit(promise, seconds) {
	let timer;
	const late = new Promise((_, fail) => {
		timer = setTimeout(() => fail(new Error(`not done within ${seconds} s`)), seconds * 1000);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Runs one test; returns what was wrong, or null. What a test opens it may leave open.
async function one(t) {
	const opened = [];
	const make = async (...args) => {
		const c = await context(...args);
		opened.push(c);
		return c;
	};
	try {
		await withLimit(t.body({ context: make, page: async (h, o) => newPage(await make(h, o)) }), t.limit);
		return null;
	} catch (e) {
		for (const [i, p] of opened.flatMap((c) => c.pages()).entries())
			await shot(p, `FAILED ${t.name} ${i}`, "Failed").catch(() => {});
		return e;
	} finally {
		await Promise.all(opened.map((c) => c.close().catch(() => {})));
	}
}

// Runs one test and says how it went; returns what was wrong, or null.
async function said(t) {
	const began = Date.now();
	const wrong = await one(t);
	const took = ((Date.now() - began) / 1000).toFixed(1);
	console.log(`${wrong ? "FAILED" : "ok    "} ${t.name} (${took} s)`);
	if (wrong)
		console.log(String(wrong.code === "ERR_ASSERTION" ? wrong.message : wrong.stack).replace(/^/gm, "       "));
	return wrong;
}

// All tests, one after the other: they measure times. At most three that fail are tried once more:
// what fails then is wrong, and not only the machine busy. Returns how many failed.
export async function run(tests) {
	rmSync(shots, { recursive: true, force: true });
	mkdirSync(shots, { recursive: true });
	for (const kind of new Set(tests.flatMap((t) => t.houses ?? []))) house(kind);
	browser = await chromium.launch({ executablePath: process.env.ZW_CHROMIUM ?? "/usr/bin/chromium",
		chromiumSandbox: process.getuid() !== 0,
		args: ["--disable-background-networking", "--no-first-run", "--disable-gpu"] });
	let failed = 0, spare = 3;
	// What has gone bad stays so.
	const order = [...tests.filter((t) => t.state !== "bad"), ...tests.filter((t) => t.state === "bad")];
	for (const t of order) {
		for (const kind of t.houses ?? []) await house(kind).become(t.state ?? "calm");
		if (!await said(t)) continue;
		if (spare-- <= 0 || await said(t)) failed++;
	}
	return failed;
}

// Ends what was started; returns what did not end as it should.
export async function finish() {
	writeIndex();
	await browser?.close();
	console.log(`screenshots: ${shots}/index.html`);
	const ends = await Promise.allSettled([...houses.values()].map((h) => h.end()));
	return ends.filter((e) => e.status === "rejected").map((e) => e.reason.message);
}
