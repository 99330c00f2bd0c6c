/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What joins the ledger, which knows no history, and the history. */
#include "collector/clerk.h"

#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/ledger.h"
#include "collector/limits_text.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/wire.h"

#define CLOCK_MS 600000
#define DAY_MS INT64_C(86400000)
#define NEWS_A_DAY 48 /* of a node: who sends nonsense does not fill the history */

/* What was told of a node. */
struct clerk_told {
	int64_t clock_ms; /* of its clock, last */
	int64_t day;	  /* of which news are counted, since 1970 UTC */
	unsigned news;
};

struct clerk {
	const struct collector *c;
	struct ledger *ledger;
	uint64_t cursor;
	struct clerk_told *told; /* by the node's index */
	size_t ntold;
	int64_t now_ms;
	char *limits; /* of this configuration, as text */
	char *before; /* of the last start; NULL: not known */
	bool unsaved; /* this configuration's is not stored yet */
};

/* What was told of a node of the site. */
static struct clerk_told *
told_of(struct clerk *k, const struct node *n)
{
	if (n->index >= k->ntold) {
		size_t room = site_nnodes(k->c->site);
		k->told = xreallocarray(k->told, room, sizeof *k->told);
		memset(k->told + k->ntold, 0, (room - k->ntold) * sizeof *k->told);
		k->ntold = room;
	}
	return &k->told[n->index];
}

/* Whether there is room for one more of today; the first without is said. */
static bool
has_room(struct clerk *k, const struct node *n, int64_t now_ms)
{
	struct clerk_told *t = told_of(k, n);

	if (t->day != now_ms / DAY_MS) {
		t->day = now_ms / DAY_MS;
		t->news = 0;
	}
	if (t->news == NEWS_A_DAY)
		log_warnx("ledger",
		    "%s: more than %d changes of its series and restarts in a day; further ones "
		    "are not noted",
		    n->name, NEWS_A_DAY);
	if (t->news <= NEWS_A_DAY)
		t->news++;
	return t->news <= NEWS_A_DAY;
}

/* The ledger noticed that something came, went or began anew: it is an act of the history. */
static void
news(void *arg, enum ledger_news what, const char *node, const char *text)
{
	static const char *const kinds[] = {
		[LEDGER_NODE_NEW] = "node-new",
		[LEDGER_NODE_GONE] = "node-gone",
		[LEDGER_SERIES_NEW] = "series-new",
		[LEDGER_SERIES_GONE] = "series-gone",
		[LEDGER_RESTART] = "restart",
	};
	struct clerk *k = arg;
	int64_t now_ms = clock_wall_ms();
	const struct node *n = site_node(k->c->site, node);

	if (n == NULL || has_room(k, n, now_ms))
		history_act(k->c->history, now_ms, "zonewatch", kinds[what], 0, node, text);
}

struct clerk *
clerk_new(const struct collector *c)
{
	struct clerk *k = xcalloc(1, sizeof *k);

	k->c = c;
	k->ledger = ledger_new(c->site);
	ledger_on_news(k->ledger, news, k);
	return k;
}

void
clerk_free(struct clerk *k)
{
	if (k == NULL)
		return;
	ledger_free(k->ledger);
	free(k->told);
	free(k->limits);
	free(k->before);
	free(k);
}

struct ledger *
clerk_ledger(struct clerk *k)
{
	return k->ledger;
}

void
clerk_record(struct clerk *k, const struct journal_record *rec)
{
	uint64_t seq;

	if (wire_seq_peek(rec->payload, rec->len, &seq) == 0)
		ledger_record(k->ledger, site_node(k->c->site, rec->sender), rec->stream, seq);
}

void
clerk_event(struct clerk *k, const struct node *sender, const struct wire_event *ev)
{
	int64_t now_ms = clock_wall_ms();

	if (strcmp(ev->code, "clock-stepped") != 0)
		return;
	int64_t *last_ms = &told_of(k, sender)->clock_ms;
	if (*last_ms != 0 && now_ms >= *last_ms && now_ms - *last_ms < CLOCK_MS)
		return;
	*last_ms = now_ms;
	history_act(k->c->history, now_ms, "zonewatch", "clock", 0, sender->name, ev->text);
}

/* What was counted goes with the position of the journal that it came of. */
static void
count(void *arg, const char *node, int64_t hour_s, const struct tally *t)
{
	const struct clerk *k = arg;

	history_count(k->c->history, k->cursor, node, hour_s, t);
}

void
clerk_commit(struct clerk *k, uint64_t cursor)
{
	k->cursor = cursor;
	ledger_take(k->ledger, count, k);
}

bool
clerk_advance(struct clerk *k, uint64_t cursor, int64_t now_ms)
{
	int64_t before_s = ledger_till(k->ledger);
	bool unsaved = k->unsaved;

	ledger_advance(k->ledger, now_ms / 1000 - TALLY_LATE_S);
	clerk_commit(k, cursor);
	k->unsaved = false;
	return unsaved || ledger_till(k->ledger) != before_s;
}

#define LIMITS_KEY "limits"

/* A change of the configuration. */
static void
changed(void *arg, const char *kind, const char *what, const char *text)
{
	const struct clerk *k = arg;

	history_act(k->c->history, k->now_ms, "zonewatch", kind, 0, what, text);
}

void
clerk_compare(struct clerk *k, int64_t now_ms)
{
	k->now_ms = now_ms;
	k->limits = limits_text(k->c->conf);
	limits_text_compare(k->before != NULL ? k->before : "", k->limits, changed, k);
	k->unsaved = k->before == NULL || strcmp(k->before, k->limits) != 0;
}

void
clerk_save(const struct clerk *k,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg)
{
	if (k->limits != NULL)
		put(arg, LIMITS_KEY, k->limits, strlen(k->limits));
	ledger_save(k->ledger, put, arg);
}

bool
clerk_load(struct clerk *k, const char *key, const void *bytes, size_t n)
{
	if (strcmp(key, LIMITS_KEY) != 0)
		return ledger_load(k->ledger, key, bytes, n);
	free(k->before);
	k->before = xmalloc(n + 1);
	memcpy(k->before, bytes, n);
	k->before[n] = '\0';
	return true;
}
