/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was made and nobody has yet. While the other side cannot be reached, what waits is kept
 * true: of an incident that goes on the newest word waits, made anew now and then; one that is over
 * leaves nothing but one message that tells all of it. */
#include "collector/notify/notify_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/notify/outbox.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* One that was handed to the history so long ago and did not come back had been made before. */
#define LOST_MS INT64_C(600000)

/* Notes a message. */
static struct pending *
add(struct notify *n, const struct mail *m)
{
	struct pending *p = xcalloc(1, sizeof *p);

	*p = (struct pending){ .id = m->id,
		.message_id = xstrdup(m->message_id),
		.incident = m->incident,
		.group = m->recipient,
		.created_ms = m->created_ms,
		.tries = m->tries };
	(void)str_copy(p->kind, sizeof p->kind, m->kind);
	n->pending = xreallocarray(n->pending, n->npending + 1, sizeof(struct pending *));
	n->pending[n->npending++] = p;
	return p;
}

void
pending_make(struct notify *n, struct mail *m)
{
	(void)add(n, m);
	history_mail(n->history, m);
}

struct pending *
pending_find(const struct notify *n, const char *message_id)
{
	for (size_t i = 0; i < n->npending; i++) {
		if (strcmp(n->pending[i]->message_id, message_id) == 0)
			return n->pending[i];
	}
	return NULL;
}

void
pending_forget(struct notify *n, size_t i)
{
	free(n->pending[i]->message_id);
	free(n->pending[i]);
	n->npending--;
	for (; i < n->npending; i++)
		n->pending[i] = n->pending[i + 1];
}

bool
pending_take(struct notify *n, const struct mail *m)
{
	struct pending *p = pending_find(n, m->message_id);

	/* An Alertmanager has it, and is told again and again. */
	if (m->rest != NULL && *m->rest == '\0')
		return true;
	if (p == NULL)
		p = add(n, m);
	p->id = m->id;
	if (!p->withdrawn)
		return true;
	history_mail_supersede(n->history, m->id, "withdrawn before it was stored");
	for (size_t i = 0; i < n->npending; i++) {
		if (n->pending[i] == p) {
			pending_forget(n, i);
			break;
		}
	}
	return false;
}

/* Whether it is of that kind. */
static bool
is_kind(const struct pending *p, enum plan_act act)
{
	return strcmp(p->kind, plan_word(act)) == 0;
}

/* Whether it is an opening. */
static bool
is_opening(const struct pending *p)
{
	return is_kind(p, PLAN_OPEN) || is_kind(p, PLAN_ESCALATE);
}

/* Whether it is likely still here in a moment. */
static bool
is_stuck(const struct pending *p, int64_t now_ms)
{
	return p->tries > 0 || now_ms - p->created_ms >= NOTIFY_FRESH_MS;
}

bool
pending_is_opening_stuck(const struct notify *n, uint64_t incident, uint32_t group, int64_t now_ms)
{
	for (size_t i = 0; i < n->npending; i++) {
		const struct pending *p = n->pending[i];
		if (p->incident == incident && p->group == group && is_opening(p) && !p->withdrawn)
			return is_stuck(p, now_ms);
	}
	return false;
}

void
pending_withdraw_one(struct notify *n, struct pending *p)
{
	if (p->withdrawn)
		return;
	p->withdrawn = true;
	n->dropped = true;
	if (p->id != 0)
		history_mail_supersede(n->history, p->id, "a later message tells it");
}

void
pending_withdraw(struct notify *n, uint64_t incident, uint32_t group, bool all)
{
	for (size_t i = 0; i < n->npending; i++) {
		struct pending *p = n->pending[i];
		if (p->incident == incident && p->group == group &&
		    (all || is_kind(p, PLAN_UPDATE) || is_kind(p, PLAN_REMIND)))
			pending_withdraw_one(n, p);
	}
}

bool
pending_is_wanted(void *arg, const struct mail *m, struct err *why)
{
	const struct notify *n = arg;
	struct pending *p = pending_find(n, m->message_id);
	const struct talk *t;

	if (p != NULL) {
		p->tries = m->tries;
		if (p->withdrawn)
			(void)err_set(why, "a later message tells it");
		return !p->withdrawn;
	}
	/* It was through before; asked is whether what it told lasts. */
	t = m->incident != 0 ? talk_find(n, m->incident) : NULL;
	if (m->incident != 0 && (t == NULL || (t->looked && t->in.closed_ms != 0))) {
		(void)err_set(why, "the incident is over");
		return false;
	}
	return true;
}

void
pending_ended(void *arg, const struct mail *m, bool sent)
{
	struct notify *n = arg;

	(void)sent; /* what was given up is over as well, and the outbox said so */
	for (size_t i = 0; i < n->npending; i++) {
		struct pending *p = n->pending[i];
		if (strcmp(p->message_id, m->message_id) != 0)
			continue;
		bool digest = !p->withdrawn && digest_is(n, p);
		int64_t created_ms = p->created_ms;
		uint32_t group = p->group;
		pending_forget(n, i);
		if (digest)
			digest_ended(n, group, created_ms);
		return;
	}
}

/* The place of a group among the plan's; ngroups: it is no more. */
static size_t
group_of(const struct notify *n, uint32_t number)
{
	size_t g = 0;

	while (g < n->plan.ngroups && n->plan.groups[g].number != number)
		g++;
	return g;
}

/* One that waits: whether its time is over, and what becomes of it then. */
static void
sweep_one(struct notify *n, const struct engine *e, struct pending *p, int64_t now_ms)
{
	struct talk *t = p->incident != 0 ? talk_find(n, p->incident) : NULL;
	size_t g = group_of(n, p->group);
	int64_t age = now_ms - p->created_ms;

	if (p->withdrawn || t == NULL || !t->looked || g == n->plan.ngroups || digest_is(n, p))
		return;
	bool over = t->in.closed_ms != 0;
	if (over && is_kind(p, PLAN_CLOSE)) {
		if (age >= PLAN_STALE_MS)
			digest_add_late(n, t, g, now_ms);
	} else if (over) {
		if (is_stuck(p, now_ms))
			digest_add_late(n, t, g, now_ms);
	} else if (age >= NOTIFY_RENEW_MS && t->c.now >= 0 && !is_kind(p, PLAN_CLOSE)) {
		enum plan_act act = is_opening(p)	      ? PLAN_OPEN
				    : is_kind(p, PLAN_REMIND) ? PLAN_REMIND
							      : PLAN_UPDATE;
		notify_perform(n, e, t, g, act, now_ms);
	}
}

/* Whether the history never gave it back. */
static bool
is_lost(const struct notify *n, const struct pending *p, int64_t now_ms)
{
	return p->id == 0 && now_ms - p->created_ms >= LOST_MS && history_waiting(n->history) == 0;
}

void
pending_sweep(struct notify *n, const struct engine *e, int64_t now_ms)
{
	/* What is made anew on the way comes at the end, and is young. */
	for (size_t i = 0; i < n->npending; i++)
		sweep_one(n, e, n->pending[i], now_ms);
	for (size_t i = n->npending; i-- > 0;) {
		struct pending *p = n->pending[i];
		if (!is_lost(n, p, now_ms))
			continue;
		bool digest = !p->withdrawn && digest_is(n, p);
		int64_t created_ms = p->created_ms;
		uint32_t group = p->group;
		pending_forget(n, i);
		if (digest)
			digest_ended(n, group, created_ms);
	}
}
