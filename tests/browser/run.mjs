// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the tests of the files beside it, in order, and ends with 0 if all passed. A test is
// test(name, options, async function(t)): t has what harness.mjs makes.
import { readdirSync } from "node:fs";
import { all, finish, run } from "./harness.mjs";

const here = new URL(".", import.meta.url);
for (const file of readdirSync(here).filter((f) => /^test_.*\.mjs$/.test(f)).sort())
	await import(new URL(file, here));
const wanted = process.argv.slice(2);
const chosen = all.filter((t) => !wanted.length || wanted.some((w) => t.name.includes(w)));
if (!chosen.length) {
	console.error("no test has such a name; there are:\n  " + all.map((t) => t.name).join("\n  "));
	process.exit(2);
}
let failed = 0;
try {
	failed = await run(chosen);
} catch (e) {
	console.error(e);
	failed = chosen.length;
}
// A house that does not end as it should is a fault, too: a sanitizer's report, a hanging daemon.
for (const wrong of await finish()) {
	console.error(wrong);
	failed++;
}
console.log(`${chosen.length} tests, ${failed} failed`);
process.exit(failed ? 1 : 0);
