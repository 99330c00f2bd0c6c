/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series has the time of its last sample and the number of steps after it that are expected
 * already (unpaid). A sample that comes n steps after the last one pays the n-th of them; those
 * before it will not come any more, for a stream is in order. Steps are counted from sample to
 * sample, not on a grid: what is asked over a network has no exact time. */
#include "collector/ledger.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ledger_int.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/str.h"

#define HOUR_S 3600
#define ADVANCE_S 43200
#define RUN_S 180   /* a node that was silent for longer begins a new run of samples */
#define RUN_STEPS 3 /* and for so many of its steps */
#define GONE_S 600
#define GONE_STEPS 60
#define NEW_NODE_S 300	  /* then its series are counted */
#define FRESH_S 600	  /* nothing is new to a ledger that just began */
#define SKIPPED (1 << 20) /* numbers or a multiple, by a spool that is opened (agent/spool.c) */
#define UNKEPT 512	  /* records that it may have sent and not on disk */
#define THINNED_S 120	  /* one a minute is kept: a greater hole was dropped */
#define AHEAD_S 300	  /* a sample that is this far ahead is of a wrong clock */
#define RESTART_S 60	  /* a clock that is set makes smaller jumps of the beginning */

struct ledger *
ledger_new(const struct site *site)
{
	struct ledger *l = xcalloc(1, sizeof *l);

	l->site = site;
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->nnodes; i++)
		free(l->nodes[i].hours);
	free(l->nodes);
	free(l->series);
	for (size_t i = 0; i < l->nlost; i++)
		free(l->lost[i]);
	free(l->lost);
	free(l);
}

void
ledger_on_news(struct ledger *l,
    void (*news)(void *arg, enum ledger_news what, const char *node, const char *text), void *arg)
{
	l->news = news;
	l->arg = arg;
}

void
ledger_warm(struct ledger *l, bool warm)
{
	l->warm = warm;
}

int64_t
ledger_till(const struct ledger *l)
{
	return l->till_s;
}

struct ledger_node *
ledger_node(struct ledger *l, const struct node *n)
{
	if (n->index >= l->nnodes) {
		size_t room = site_nnodes(l->site);
		room = n->index < room ? room : n->index + 1;
		l->nodes = xreallocarray(l->nodes, room, sizeof *l->nodes);
		memset(l->nodes + l->nnodes, 0, (room - l->nnodes) * sizeof *l->nodes);
		l->nnodes = room;
	}
	return &l->nodes[n->index];
}

struct ledger_series *
ledger_series(struct ledger *l, uint32_t sid)
{
	if (sid >= l->nseries) {
		size_t room = l->nseries == 0 ? 256 : 2 * l->nseries;
		room = sid < room ? room : (size_t)sid + 1;
		l->series = xreallocarray(l->series, room, sizeof *l->series);
		memset(l->series + l->nseries, 0, (room - l->nseries) * sizeof *l->series);
		l->nseries = room;
	}
	return &l->series[sid];
}

uint32_t
ledger_hash(const struct series *se)
{
	return crc32c(0, se->name, strlen(se->name));
}

/* Tells what changed, unless it was told before. */
static void
tell(const struct ledger *l, enum ledger_news what, const char *node, const char *text)
{
	if (l->news != NULL && !l->warm)
		l->news(l->arg, what, node, text);
}

/* The node's tally of the hour; they are in order. */
static struct tally *
tally_at(struct ledger_node *ln, int64_t time_s)
{
	int64_t hour_s = time_s - time_s % HOUR_S;
	size_t lo = 0, hi = ln->nhours;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (ln->hours[mid].hour_s < hour_s)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < ln->nhours && ln->hours[lo].hour_s == hour_s)
		return &ln->hours[lo].t;
	if (ln->nhours == ln->room) {
		ln->room = ln->room == 0 ? 2 : 2 * ln->room;
		ln->hours = xreallocarray(ln->hours, ln->room, sizeof *ln->hours);
	}
	memmove(&ln->hours[lo + 1], &ln->hours[lo], (ln->nhours - lo) * sizeof ln->hours[0]);
	ln->hours[lo] = (struct ledger_hour){ .hour_s = hour_s };
	ln->nhours++;
	return &ln->hours[lo].t;
}

/* n steps, the first at time_s, count by so much in a column of the tally. */
static void
count_steps(const struct ledger *l, struct ledger_node *ln, size_t column, int64_t time_s,
    uint32_t step_s, uint64_t n, int64_t by)
{
	if (l->warm)
		return;
	while (n > 0) {
		int64_t left = HOUR_S - time_s % HOUR_S;
		uint64_t here = (uint64_t)(left + step_s - 1) / step_s;
		if (here > n)
			here = n;
		int64_t *cell = (int64_t *)(void *)((char *)tally_at(ln, time_s) + column);
		*cell += by * (int64_t)here;
		time_s += (int64_t)here * step_s;
		n -= here;
	}
}

#define COUNT(l, ln, column, time_s, step_s, n, by)                                                \
	count_steps(l, ln, offsetof(struct tally, column), time_s, step_s, n, by)

/* Steps between that did not come: those of which the sender's numbers are missing, too, were let
 * go by its spool. */
static void
count_lost(const struct ledger *l, struct ledger_node *ln, const struct ledger_series *s,
    uint64_t lost, int64_t time_s, uint64_t missing)
{
	uint64_t n = lost < missing ? lost : missing;

	if (n == 0)
		return;
	if (time_s - s->last_s <= THINNED_S)
		COUNT(l, ln, thinned, s->last_s + s->step_s, s->step_s, n, 1);
	else
		COUNT(l, ln, dropped, s->last_s + s->step_s, s->step_s, n, 1);
}

/* A sample came, with a value or without. */
static void
count_sample(
    const struct ledger *l, struct ledger_node *ln, int64_t time_s, int64_t recv_ms, bool known)
{
	if (l->warm)
		return;
	struct tally *t = tally_at(ln, time_s);
	t->received += known;
	t->empty += !known;
	t->late += known && recv_ms - time_s * 1000 > TALLY_LATE_S * INT64_C(1000);
}

/* The series' first sample, or the first after it was gone, or after its step changed. */
static void
begin(const struct ledger *l, struct ledger_node *ln, struct ledger_series *s,
    const struct series *se, uint64_t lost, int64_t time_s)
{
	bool new = s->last_s == 0 || s->gone;

	*s = (struct ledger_series){ .last_s = time_s,
		.step_s = se->step_s,
		.lost = lost,
		.hash = ledger_hash(se),
		.is_new = new || s->is_new };
	COUNT(l, ln, expected, time_s, se->step_s, 1, 1);
}

/* The next sample, n steps after the last one. */
static void
proceed(const struct ledger *l, struct ledger_node *ln, struct ledger_series *s, uint64_t lost,
    int64_t time_s, uint64_t n)
{
	uint64_t paid = n < s->unpaid ? n : s->unpaid;

	if (n > paid) {
		COUNT(l, ln, expected, s->last_s + (int64_t)(paid + 1) * s->step_s, s->step_s,
		    n - paid - 1, 1);
		COUNT(l, ln, expected, time_s, s->step_s, 1, 1);
	}
	count_lost(l, ln, s, lost - s->lost, time_s, n - 1);
	s->unpaid -= paid;
	s->last_s = time_s;
	s->lost = lost;
}

/* The node is heard of. */
static void
note_node(struct ledger_node *ln, const struct node *n, int64_t time_s)
{
	int64_t run_s = RUN_STEPS * site_step_ms(n) / 1000;

	if (time_s <= ln->last_s)
		return;
	if (ln->first_s == 0)
		ln->first_s = time_s;
	if (time_s - ln->last_s > (run_s > RUN_S ? run_s : RUN_S))
		ln->run_s = time_s;
	ln->last_s = time_s;
}

/* Its machine began anew, if its uptime is less than it was. */
static void
note_uptime(struct ledger *l, struct ledger_node *ln, const struct series *se, int64_t time_s,
    const double *values)
{
	unsigned i = site_field(se, "uptime");
	char text[32];

	if (i == se->nfields || !(values[i] >= 0 && values[i] < 1e10))
		return;
	int64_t uptime_s = (int64_t)values[i], boot_s = time_s - uptime_s;
	if (ln->boot_s != 0 && uptime_s < ln->uptime_s && boot_s > ln->boot_s + RESTART_S) {
		snprintf(text, sizeof text, "%lld", (long long)boot_s * 1000);
		tell(l, LEDGER_RESTART, se->node->name, text);
	}
	ln->boot_s = boot_s;
	ln->uptime_s = uptime_s;
}

/* What the sender's stream lost so far. Who hears of a node from another sender than before cannot
 * tell what was lost between. */
static uint64_t
lost_of(struct ledger *l, struct ledger_node *ln, const struct node *of, const struct node *sender)
{
	uint64_t lost = sender != NULL ? ledger_node(l, sender)->lost : 0;

	if (ln->sender != sender) {
		for (size_t i = 0; i < of->nseries; i++)
			ledger_series(l, of->series[i]->sid)->lost = lost;
		ln->sender = sender;
	}
	return lost;
}

/* Of numbers that are missing, how many had records. A sender leaves out a multiple of SKIPPED
 * numbers when it begins anew, less those that it had sent and not kept. So of a loss of SKIPPED
 * or more only the remainder is told, and of one just short of that nothing: the rest is missing
 * without a reason. */
static uint64_t
records_of(uint64_t gap)
{
	uint64_t rest = gap % SKIPPED;

	return rest >= SKIPPED - UNKEPT ? 0 : rest;
}

void
ledger_record(struct ledger *l, const struct node *sender, const uint8_t *stream, uint64_t seq)
{
	if (sender == NULL)
		return;
	struct ledger_node *ln = ledger_node(l, sender);
	if (ln->seq != 0 && memcmp(ln->stream, stream, sizeof ln->stream) == 0 && seq > ln->seq + 1)
		ln->lost += records_of(seq - ln->seq - 1);
	memcpy(ln->stream, stream, sizeof ln->stream);
	ln->seq = seq;
}

/* Whether any of the values is one. */
static bool
any_known(const struct series *se, const double *values)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		if (!isnan(values[i]))
			return true;
	}
	return false;
}

/* Whether the series was told of times to come, and this sample is of now: clocks had been ahead.
 */
static bool
is_ahead(const struct ledger_series *s, int64_t time_s, int64_t recv_ms)
{
	int64_t recv_s = recv_ms / 1000;

	return s->last_s > recv_s + AHEAD_S && time_s <= recv_s + AHEAD_S &&
	       time_s > recv_s - AHEAD_S;
}

void
ledger_sample(struct ledger *l, const struct series *se, const struct node *sender, int64_t time_s,
    int64_t recv_ms, const double *values)
{
	if (se->node->kind == NODE_SUMMARY || se->about || se->step_s == 0 || time_s <= 0)
		return;
	if (sender != NULL)
		(void)ledger_node(l, sender); /* before the other, for nodes may be moved */
	struct ledger_node *ln = ledger_node(l, se->node);
	struct ledger_series *s = ledger_series(l, se->sid);
	uint64_t lost = lost_of(l, ln, se->node, sender);

	s = ledger_series(l, se->sid);
	bool ahead = is_ahead(s, time_s, recv_ms);
	if (s->last_s == 0 || s->gone || s->step_s != se->step_s || ahead) {
		if (time_s <= s->last_s && !ahead)
			return;
		begin(l, ln, s, se, lost, time_s);
	} else {
		int64_t n =
		    time_s <= s->last_s ? 0 : (time_s - s->last_s + s->step_s / 2) / s->step_s;
		if (n == 0)
			return; /* of a step that was counted */
		proceed(l, ln, s, lost, time_s, (uint64_t)n);
	}
	note_node(ln, se->node, time_s);
	count_sample(l, ln, time_s, recv_ms, any_known(se, values));
	note_uptime(l, ln, se, time_s, values);
}

/* Whether the node has left the series out for so long that it no longer has it. */
static bool
is_gone(const struct ledger_node *ln, const struct ledger_series *s)
{
	int64_t since_s = s->last_s > ln->run_s ? s->last_s : ln->run_s;
	int64_t steps_s = (int64_t)GONE_STEPS * s->step_s;

	return ln->last_s - since_s > (steps_s > GONE_S ? steps_s : GONE_S);
}

/* Names, joined, as many as there is room for; then how many more. */
struct names {
	char text[LEDGER_NAMES];
	unsigned n;
	unsigned more;
};

static void
names_add(struct names *n, const char *name)
{
	size_t used = strlen(n->text);

	if (n->more > 0 || str_format(n->text + used, sizeof n->text - 16 - used, "%s%s",
			       n->n > 0 ? ", " : "", name) == -1) {
		n->text[used] = '\0';
		n->more++;
	}
	n->n++;
}

static void
names_tell(const struct ledger *l, struct names *n, enum ledger_news what, const char *node)
{
	size_t used = strlen(n->text);

	if (n->n == 0)
		return;
	if (n->more > 0)
		snprintf(
		    n->text + used, sizeof n->text - used, "%s+%u", used > 0 ? ", " : "", n->more);
	tell(l, what, node, n->text);
}

/* What is expected of a series up to then; or it is gone, and nothing is since its last sample. */
static void
advance_series(
    struct ledger *l, struct ledger_node *ln, struct ledger_series *s, int64_t till_s, bool *gone)
{
	*gone = false;
	if (s->last_s == 0 || s->gone)
		return;
	if (is_gone(ln, s)) {
		COUNT(l, ln, expected, s->last_s + s->step_s, s->step_s, s->unpaid, -1);
		s->unpaid = 0;
		s->gone = *gone = true;
		return;
	}
	int64_t due = till_s > s->last_s ? (till_s - 1 - s->last_s) / s->step_s : 0;
	if (due <= (int64_t)s->unpaid)
		return;
	COUNT(l, ln, expected, s->last_s + (int64_t)(s->unpaid + 1) * s->step_s, s->step_s,
	    (uint64_t)due - s->unpaid, 1);
	s->unpaid = (uint32_t)due;
}

/* A node that is new is told with the number of its series, a known one's new series by name. */
static void
advance_node(struct ledger *l, const struct node *n, int64_t till_s)
{
	struct ledger_node *ln = ledger_node(l, n);
	struct names came = { .n = 0 }, went = { .n = 0 };
	bool known = ln->told || l->began_s + FRESH_S > ln->first_s;
	unsigned count = 0;

	for (size_t i = 0; i < n->nseries; i++) {
		struct ledger_series *s = ledger_series(l, n->series[i]->sid);
		bool gone;
		advance_series(l, ln, s, till_s, &gone);
		count += s->last_s != 0;
		if (gone)
			names_add(&went, n->series[i]->name);
		if (s->is_new && ln->told)
			names_add(&came, n->series[i]->name);
		s->is_new = false;
	}
	names_tell(l, &came, LEDGER_SERIES_NEW, n->name);
	names_tell(l, &went, LEDGER_SERIES_GONE, n->name);
	if (ln->told || till_s - ln->first_s < NEW_NODE_S)
		return;
	char text[16];
	snprintf(text, sizeof text, "%u", count);
	if (!known)
		tell(l, LEDGER_NODE_NEW, n->name, text);
	ln->told = true;
}

void
ledger_advance(struct ledger *l, int64_t till_s)
{
	if (l->till_s != 0 && till_s > l->till_s + ADVANCE_S)
		till_s = l->till_s + ADVANCE_S;
	if (till_s <= l->till_s)
		return;
	if (l->began_s == 0)
		l->began_s = till_s;
	for (size_t i = 0; i < l->nlost; i++) {
		tell(l, LEDGER_NODE_GONE, l->lost[i], "");
		free(l->lost[i]);
	}
	l->nlost = 0;
	for (size_t i = 0; i < site_nnodes(l->site); i++) {
		const struct node *n = site_node_at(l->site, i);
		if (n->kind != NODE_SUMMARY && ledger_node(l, n)->first_s != 0)
			advance_node(l, n, till_s);
	}
	l->till_s = till_s;
}

void
ledger_take(struct ledger *l,
    void (*count)(void *arg, const char *node, int64_t hour_s, const struct tally *t), void *arg)
{
	for (size_t i = 0; i < l->nnodes; i++) {
		struct ledger_node *ln = &l->nodes[i];
		for (size_t h = 0; h < ln->nhours; h++)
			count(arg, site_node_at(l->site, i)->name, ln->hours[h].hour_s,
			    &ln->hours[h].t);
		ln->nhours = 0;
	}
}
