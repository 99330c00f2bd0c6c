/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One list for each kind of end point; routes.c says which has which. */
#include "collector/web/api/params.h"

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL, false                                                            \
	}

const struct route_param params_nodes[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	{ "state", "text",
	    "Only in this state: ok, never-seen, no-data, warning, critical, or several with "
	    "commas.",
	    false },
	{ "kind", "text", "Only of this kind: server, device, link.", false },
	{ "q", "text", "Only what has this in a name or title.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	END,
};

const struct route_param params_series[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	{ "source", "text", "Only of this source.", false },
	{ "q", "text", "Only what has this in a name or title.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	END,
};

const struct route_param params_last[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	{ "series", "text", "Only of this series or source.", false },
	{ "q", "text", "Only what has this in a name or title.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	END,
};

const struct route_param params_alerts[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	{ "rule", "text", "Only of this rule.", false },
	{ "state", "text", "pending, firing, clearing, resolved, closed, or several with commas.",
	    false },
	{ "severity", "text",
	    "Only of this severity: info, warning, critical, or several with commas.", false },
	{ "q", "text", "Only what has this in a name or title.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	END,
};

const struct route_param params_incidents[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	{ "state", "open|closed", "Only such.", false },
	{ "severity", "text",
	    "Only of this severity: info, warning, critical, or several with commas.", false },
	{ "q", "text", "Only what has this in a name or title.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	END,
};

const struct route_param params_acknowledge[] = {
	{ "author", "text", "Who does it.", true },
	{ "comment", "text", "What is being done.", false },
	{ "for", "duration", "For so long; default: to its end.", false },
	END,
};

const struct route_param params_author[] = {
	{ "author", "text", "Who does it.", true },
	END,
};

const struct route_param params_comment[] = {
	{ "author", "text", "Who does it.", true },
	{ "comment", "text", "The remark.", true },
	END,
};

const struct route_param params_pattern[] = {
	{ "zone", "text", "A pattern of zones.", false },
	{ "node", "text", "A pattern of nodes.", false },
	{ "source", "text", "A pattern of sources.", false },
	{ "rule", "text", "A pattern of rules.", false },
	END,
};

const struct route_param params_silence[] = {
	{ "zone", "text", "A pattern of zones.", false },
	{ "node", "text", "A pattern of nodes.", false },
	{ "source", "text", "A pattern of sources.", false },
	{ "rule", "text", "A pattern of rules.", false },
	{ "kind", "silence|maintenance|out-of-service", "What it is; default: silence.", false },
	{ "author", "text", "Who does it.", true },
	{ "reason", "text", "Why.", true },
	{ "for", "duration", "For so long,", false },
	{ "until", "time", "or until then, seconds since 1970,", false },
	{ "window", "text", "or each week: \"Sun 02:00-04:30\", local time.", false },
	{ "starts", "time", "From then on; default: now.", false },
	END,
};

const struct route_param params_past[] = {
	{ "from", "time", "From this moment, seconds since 1970.", false },
	{ "to", "time", "To this moment; default: now.", false },
	{ "zone", "text", "Only of this zone.", false },
	{ "limit", "integer", "So many at most, 1 to 10000; default 500.", false },
	END,
};

const struct route_param params_stats[] = {
	{ "from", "time", "From this moment, seconds since 1970.", false },
	{ "to", "time", "To this moment; default: now.", false },
	{ "zone", "text", "Only of this zone.", false },
	END,
};

const struct route_param params_node[] = {
	{ "node", "text", "Only of this node.", false },
	END,
};

const struct route_param params_where[] = {
	{ "zone", "text", "Only of this zone; \"site\": of none.", false },
	{ "node", "text", "Only of this node.", false },
	END,
};

const struct route_param params_graph[] = {
	{ "series", "text", "NODE/SERIES; up to 8 times.", true },
	{ "field", "text", "Only this field.", false },
	{ "last", "duration", "The span up to now or to the end; default 6h.", false },
	{ "start", "time", "Or from this moment, seconds since 1970.", false },
	{ "end", "time", "To this moment.", false },
	{ "width", "integer", "Pixels of the plot, 100 to 4000.", false },
	{ "height", "integer", "Likewise.", false },
	{ "limit", "number", "Where a line is drawn.", false },
	{ "format", "svg|png|pdf|json", "svg if not given.", false },
	{ "cf", "average|min|max", "Of json.", false },
	{ "step", "integer", "Of json: wanted seconds of a row.", false },
	END,
};

const struct route_param params_named_list[] = {
	{ "lang", "az|ru|en", "Of the titles; default: the reader's.", false },
	END,
};

const struct route_param params_named[] = {
	{ "zone", "text", "Of this zone.", false },
	{ "node", "text", "Of this node.", false },
	{ "month", "text", "2026-10; or a week, 2026-W43; or days, 2026-10-01..2026-10-15.",
	    false },
	{ "last", "duration", "Or the span up to now; default: the graph's own.", false },
	{ "from", "time", "Or from this moment, seconds since 1970.", false },
	{ "to", "time", "To this moment.", false },
	{ "lang", "az|ru|en", "Default: the reader's.", false },
	{ "format", "svg|png|pdf", "svg if not given.", false },
	{ "width", "integer", "Pixels, 100 to 4000; default 960.", false },
	{ "height", "integer", "Likewise; default: as looks well.", false },
	END,
};

const struct route_param params_metrics[] = {
	{ "values", "text", "1: with the latest values; only: nothing else.", false },
	{ "zone", "text", "Values of this zone.", false },
	{ "node", "text", "Values of this node.", false },
	{ "source", "text", "Values of this source.", false },
	END,
};

const struct route_param params_find[] = {
	{ "query", "text", "A path with patterns: zone.node.series.field, * ? [] {}.", true },
	{ "from", "text", "Taken, of no use.", false },
	{ "until", "text", "Likewise.", false },
	{ "format", "text", "treejson or completer.", false },
	END,
};

const struct route_param params_render[] = {
	{ "target", "text", "A path with patterns, or functions of such; up to 16 times.", true },
	{ "from", "text", "-1h, now-1h, now, seconds since 1970; default -24h.", false },
	{ "until", "text", "Likewise; default now.", false },
	{ "maxDataPoints", "integer", "Points of a line at most; default 800.", false },
	{ "format", "json", "json.", false },
	END,
};

const struct route_param params_extend[] = {
	{ "author", "text", "Who does it.", true },
	{ "for", "duration", "By so much.", true },
	END,
};
