// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that people look at. calm: those that are looked at while all is well, too. stranger:
// without being signed in. on: for these sizes alone; default: all.
import { house } from "./harness.mjs";

const node = { centre: "sim12", crowd: "srv-b03" };

// Those of a house; one that is not there (404) is an error, but for the incident when all is calm.
export async function pagesOf(kind) {
	const h = house(kind);
	await h.up;
	const n = node[kind];
	const list = [
		{ name: "problems", path: "/", calm: true },
		{ name: "zones", path: "/zones" },
		{ name: "zone", path: "/zone/B", calm: true },
		{ name: "links", path: "/links", calm: true },
		{ name: "incidents", path: "/incidents" },
		{ name: "silences", path: "/silences", calm: true },
		{ name: "node", path: `/node/${n}`, calm: true },
		{ name: "graph", path: `/graph?s=${n}/cpu-total&last=1h`, calm: true },
		{ name: "graphs", path: "/graph" },
		{ name: "search", path: "/search?q=srv" },
		{ name: "audit", path: "/audit" },
		{ name: "messages", path: "/messages" },
		{ name: "system", path: "/system" },
		{ name: "reports", path: "/reports" },
		{ name: "quality", path: "/quality" },
		{ name: "account", path: "/account" },
		{ name: "users", path: "/users" },
		{ name: "wall", path: "/wall", calm: true, on: ["wide"] },
		{ name: "login", path: "/login", stranger: true },
	];
	for (const id of (h.incidents ?? []).slice(0, 1))
		list.push({ name: "incident", path: `/incident/${id}` });
	return list;
}
