/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests: one message on all that a group was not told of by itself, because its budget was spent,
 * or because the other side could not be reached until it was over. A row is held until the message
 * that tells of it is through; while none is, that message is made anew when there is more to tell,
 * so that after a long outage there is one and it is true. */
#include "collector/notify/notify_parts.h"

#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/outbox.h"
#include "zw/log.h"

#define MAX_LINES 50

void
digest_count(struct notify *n, size_t group)
{
	struct plan_group *g = &n->plan.groups[group];

	g->held = 0;
	g->held_ms = 0;
	for (size_t i = 0; i < n->ntalks; i++) {
		const struct told *told = &n->talks[i]->told[group];
		if (!told->digested)
			continue;
		if (g->held++ == 0 || told->last_ms < g->held_ms)
			g->held_ms = told->last_ms;
	}
}

bool
digest_is(const struct notify *n, const struct pending *p)
{
	const struct talk *t;

	if (strcmp(p->kind, plan_word(PLAN_HOLD)) == 0)
		return true;
	if (p->incident == 0 || strcmp(p->kind, plan_word(PLAN_CLOSE)) != 0 ||
	    (t = talk_find(n, p->incident)) == NULL)
		return false;
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		if (n->plan.groups[g].number == p->group)
			return t->told[g].digested && t->told[g].closed;
	}
	return false;
}

void
digest_add_late(struct notify *n, struct talk *t, size_t group, int64_t now_ms)
{
	struct told *told = &t->told[group];

	for (size_t i = 0; i < n->npending; i++) {
		const struct pending *p = n->pending[i];
		bool opening = strcmp(p->kind, plan_word(PLAN_OPEN)) == 0 ||
			       strcmp(p->kind, plan_word(PLAN_ESCALATE)) == 0;
		if (opening && !p->withdrawn && p->incident == t->incident &&
		    p->group == told->recipient)
			told->opened_ms = 0; /* nobody knows of it */
	}
	pending_withdraw(n, t->incident, told->recipient, true);
	told->closed = true;
	plan_hold(&n->plan.groups[group], told, now_ms);
	talk_store(n, t, group);
}

/* The digest of a group that waits, or NULL. */
static struct pending *
waiting_digest(const struct notify *n, uint32_t group)
{
	for (size_t i = 0; i < n->npending; i++) {
		struct pending *p = n->pending[i];
		if (p->group == group && !p->withdrawn && digest_is(n, p))
			return p;
	}
	return NULL;
}

/* What the rows of a group come to. */
struct sum {
	int64_t newest_ms; /* when the last of them was held */
	bool late;	   /* one is over that nobody could be told of */
	size_t n;
	struct talk *only; /* if there is one */
};

/* Looks through the rows. Those whose incident ended since the message was made are new again. */
static struct sum
sum_up(struct notify *n, size_t group, int64_t made_ms, int64_t now_ms)
{
	struct sum s = { 0 };

	for (size_t i = 0; i < n->ntalks; i++) {
		struct talk *t = n->talks[i];
		struct told *told = &t->told[group];
		if (!told->digested)
			continue;
		if (made_ms != 0 && t->looked && t->in.closed_ms > made_ms && !told->closed)
			told->last_ms = now_ms;
		if (told->last_ms > s.newest_ms)
			s.newest_ms = told->last_ms;
		s.late = s.late || told->closed;
		s.only = s.n++ == 0 ? t : NULL;
	}
	return s;
}

/* Notes that a row is told, as it is now. */
static void
note(struct notify *n, struct talk *t, size_t group, int64_t now_ms)
{
	struct told *told = &t->told[group];

	if (told->opened_ms == 0)
		told->opened_ms = now_ms;
	if (t->looked) {
		told->changed_ms = t->in.changed_ms;
		told->closed = told->closed || t->in.closed_ms != 0;
	}
	if (t->c.now >= 0)
		told->severity = (enum wire_severity)t->c.now;
	talk_store(n, t, group);
}

/* The one message on a single incident that nobody could be told of. */
static struct mail *
single(struct notify *n, const struct engine *e, struct talk *t, size_t group, int64_t now_ms)
{
	struct facts from = notify_facts(n, e);
	struct text_facts f;

	facts_gather(&from, &t->in, now_ms, &f);
	facts_freshen(&f, &t->told[group]);
	return letter_new(&n->letters, &n->plan.groups[group], &f, PLAN_CLOSE, &t->told[group],
	    t->roots[group], true);
}

/* The message on all rows of a group. */
static struct mail *
several(struct notify *n, const struct engine *e, size_t group, const struct sum *s, int64_t now_ms)
{
	struct facts from = notify_facts(n, e);
	struct plan_group *g = &n->plan.groups[group];
	struct text_line lines[MAX_LINES];
	struct text_digest d = { .site = site_title(n->site),
		.url = n->conf->web.url,
		.lines = lines,
		.late = s->late,
		.since_ms = g->held_ms,
		.now_ms = now_ms };

	for (size_t i = 0; i < n->ntalks; i++) {
		const struct talk *t = n->talks[i];
		if (!t->told[group].digested)
			continue;
		if (!t->looked || d.nlines == MAX_LINES)
			d.nmore++;
		else
			facts_line(&from, &t->in, &lines[d.nlines++]);
	}
	return letter_digest(&n->letters, g, &d, false, s->newest_ms);
}

/* Makes a group's digest. */
static void
digest_make(
    struct notify *n, const struct engine *e, size_t group, const struct sum *s, int64_t now_ms)
{
	struct mail *m;

	if (s->n == 1 && s->late && s->only->looked)
		m = single(n, e, s->only, group, now_ms);
	else
		m = several(n, e, group, s, now_ms);
	for (size_t i = 0; i < n->ntalks; i++) {
		if (n->talks[i]->told[group].digested)
			note(n, n->talks[i], group, now_ms);
	}
	if (m == NULL)
		digest_ended(n, n->plan.groups[group].number, now_ms);
	else
		pending_make(n, m);
}

/* One group's digest: whether it is due, or the one that waits no longer is true. */
static void
digest_tick_group(struct notify *n, const struct engine *e, size_t group, int64_t now_ms)
{
	struct plan_group *g = &n->plan.groups[group];
	struct pending *p = waiting_digest(n, g->number);
	struct sum s = sum_up(n, group, p == NULL ? 0 : p->created_ms, now_ms);

	if (p != NULL) {
		bool stuck = p->tries > 0 || now_ms - p->created_ms >= NOTIFY_FRESH_MS;
		if (!stuck || s.newest_ms <= p->created_ms)
			return;
		pending_withdraw_one(n, p);
	} else if (s.late ? !plan_is_awake(g, now_ms) : plan_digest_ms(g, now_ms) > now_ms) {
		return;
	}
	digest_make(n, e, group, &s, now_ms);
}

void
digest_tick(struct notify *n, const struct engine *e, int64_t now_ms)
{
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		if (n->plan.groups[g].held > 0 && !n->deaf[g])
			digest_tick_group(n, e, g, now_ms);
	}
}

void
digest_ended(struct notify *n, uint32_t group, int64_t created_ms)
{
	for (size_t g = 0; g < n->plan.ngroups; g++) {
		if (n->plan.groups[g].number != group)
			continue;
		for (size_t i = 0; i < n->ntalks; i++) {
			struct told *told = &n->talks[i]->told[g];
			if (!told->digested || told->last_ms > created_ms)
				continue;
			told->digested = false;
			n->talks[i]->next_ms = 0;
			talk_store(n, n->talks[i], g);
		}
		digest_count(n, g);
	}
}
