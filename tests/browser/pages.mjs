// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that people look at. calm: those that are looked at while all is well, too.
export async function pagesOf(h) {
	const incident = h.incidents?.[0];
	const node = h.kind === "centre" ? "sim12" : "srv-b03";
	const list = [
		{ name: "problems", path: "/", calm: true },
		{ name: "incidents", path: "/incidents" },
		{ name: "silences", path: "/silences", calm: true },
		{ name: "node", path: `/node/${node}`, calm: true },
	];
	if (incident) list.push({ name: "incident", path: `/incident/${incident}` });
	return list;
}
