/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daily sign of life, at its time of day; missed while the program was down it comes within the
 * hour or not at all. A note keeps when it was made, so that a restart does not repeat it. */
#include "collector/notify/notify_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/str.h"

#define MAX_LINES 20
#define LATEST_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)
#define USUAL_HOUR 8

/* Hour and minute of "08:00". */
static void
parse_time(const char *text, int *hour, int *minute)
{
	char h[8] = "";
	uint64_t v;

	*hour = USUAL_HOUR;
	*minute = 0;
	size_t n = text == NULL ? 0 : strcspn(text, ":");
	if (n == 0 || n >= sizeof h || text[n] != ':')
		return;
	memcpy(h, text, n);
	if (str_to_u64(h, 0, 23, &v) == -1)
		return;
	*hour = (int)v;
	if (str_to_u64(text + n + 1, 0, 59, &v) == 0)
		*minute = (int)v;
}

/* The moment of today at which it is due. */
static int64_t
moment_of(const char *text, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	localtime_r(&now, &tm);
	parse_time(text, &tm.tm_hour, &tm.tm_min);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

/* Counts nodes and those of which values are live, but not those that only hold what is derived. */
static void
count_nodes(const struct site *s, struct text_digest *d)
{
	for (size_t i = 0; i < site_nnodes(s); i++) {
		const struct node *node = site_node_at(s, i);
		if (node->kind == NODE_SUMMARY)
			continue;
		d->nodes++;
		d->live += !site_is_stale(node, d->now_ms);
	}
}

/* What is open, and how much opened since yesterday. */
static void
count_incidents(const struct facts *from, struct text_line *lines, struct text_digest *d)
{
	for (size_t i = 0; i < engine_nincidents(from->engine); i++) {
		const struct incident *in = engine_incident_at(from->engine, i);
		d->opened += in->opened_ms > d->now_ms - DAY_MS;
		if (in->closed_ms != 0)
			continue;
		if (d->nlines == MAX_LINES)
			d->nmore++;
		else
			facts_line(from, in, &lines[d->nlines++]);
	}
}

/* Makes it for all who want it. */
static void
notify_life_make(struct notify *n, const struct engine *e, int64_t moment_ms, int64_t now_ms)
{
	struct facts from = notify_facts(n, e);
	struct text_line lines[MAX_LINES];
	struct text_digest d = { .site = site_title(n->site),
		.url = n->conf->web.url,
		.lines = lines,
		.waiting = n->stats.waiting,
		.since_ms = now_ms - DAY_MS,
		.now_ms = now_ms };

	count_nodes(n->site, &d);
	count_incidents(&from, lines, &d);
	for (size_t i = 0; n->silences != NULL && i < silences_count(n->silences); i++)
		d.silences += silence_is_active(silences_at(n->silences, i), now_ms);
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		if (n->plan.groups[g].daily == NULL || n->deaf[g])
			continue;
		struct mail *m =
		    letter_digest(&n->letters, &n->plan.groups[g], &d, true, moment_ms);
		if (m != NULL)
			pending_make(n, m);
	}
}

void
notify_life_tick(struct notify *n, const struct engine *e, int64_t now_ms)
{
	int64_t moment = moment_of(n->conf->notify.life_at, now_ms);
	char value[32];

	if (now_ms < moment || now_ms >= moment + LATEST_MS || n->life_ms >= moment)
		return;
	n->life_ms = now_ms;
	if (str_format(value, sizeof value, "%" PRId64, now_ms) == 0)
		history_note(n->history, "life", value);
	notify_life_make(n, e, moment, now_ms);
}
